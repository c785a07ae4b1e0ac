"""Was removed: whether what stood at the base still stands somewhere at the head."""

from collections.abc import Sequence

from codeflow_action.engine.diff import Side
from codeflow_action.review.proof.claims import (
    Claim,
    NoProof,
    Proof,
    ProofResult,
    Refutation,
    name,
    place,
)
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of
from codeflow_action.review.syntax import Definition, DefinitionKind


def check_was_removed(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted where the definition is still there or moved; proven where nothing names it."""
    before = facts.base.get(claim.path)
    parts = parts_of(claim.subject)
    if before is None or not parts:
        return NoProof("no version before, or no name")
    subject = parts[-1]
    if not before.with_word(subject):
        return NoProof("the version before does not name it")
    defined = _defined(before, parts)
    if defined is None:
        return _gone_line(claim, facts, before, subject)
    if _only_use_went(claim, facts, before, defined):
        return NoProof("a use may be meant, not the definition")
    return _definition(claim, facts, before, defined)


def _defined(text: SourceText, parts: Sequence[str]) -> Definition | None:
    found = [one for one in text.defines(parts[-1]) if one.kind is not DefinitionKind.BLOCK]
    if len(parts) > 1:
        found = [one for one in found if parts[-2] in one.enclosing]
    return found[0] if len(found) == 1 else None


def _only_use_went(
    claim: Claim, facts: ProofFacts, before: SourceText, defined: Definition
) -> bool:
    """True when the change takes away a line that names it, and is not its definition's."""
    removed = facts.changed[claim.path].removed_lines
    return any(at in removed and not defined.holds(at, at) for at in before.with_word(defined.name))


def _definition(
    claim: Claim, facts: ProofFacts, before: SourceText, defined: Definition
) -> ProofResult:
    same = [
        (path, one)
        for path, one in facts.definitions(defined.name)
        if one.kind is defined.kind
        and (path == claim.path or _was_added(facts, path, one.name_line))
        and one.enclosing == defined.enclosing
    ]
    if same:
        path, one = min(same, key=lambda found: found[0] != claim.path)
        how = "is still defined" if path == claim.path else "moved and is defined"
        return Refutation(f"{name(defined.qualified_name)} {how} at {place(path, one.name_line)}.")
    if facts.found(defined.name) or not facts.is_whole:
        return NoProof("the head still names it")
    return Proof(
        f"{place(before.path, defined.name_line)} defined {name(defined.qualified_name)} before; "
        "no file names it now."
    )


def _was_added(facts: ProofFacts, path: str, line: int) -> bool:
    """True when this change added the line: what was there before did not move there."""
    file = facts.changed.get(path)
    return file is not None and line in file.added_lines


def _gone_line(claim: Claim, facts: ProofFacts, before: SourceText, subject: str) -> ProofResult:
    """Judge removed lines: gone when nothing in the file names the subject any more."""
    now = facts.head.get(claim.path)
    if claim.side is not Side.LEFT:
        return NoProof("not on removed lines")
    removed = facts.changed[claim.path].removed_lines & {*range(claim.line, claim.end_line + 1)}
    naming = [at for at in before.with_word(subject) if at in removed]
    if not naming:
        return NoProof("the quoted lines do not name it")
    if now is not None and now.with_word(subject):
        return _moved(claim, facts, [before.lines[at - 1].strip() for at in naming], subject)
    if not facts.is_whole or any(
        _was_added(facts, hit.path, hit.line) for hit in facts.found(subject)
    ):
        return NoProof("another file of the change may have it now")
    return Proof(
        f"{name(subject)} stood at {place(before.path, naming[0])} before; "
        "nothing in this file names it now."
    )


def _moved(claim: Claim, facts: ProofFacts, lines: Sequence[str], subject: str) -> ProofResult:
    """Refute where the same lines were added elsewhere in the file, within the same function."""
    now, before = facts.head[claim.path], facts.base[claim.path]
    file = facts.changed[claim.path]
    was = before.scope(claim.line, claim.end_line)
    for at in now.with_word(subject):
        if at not in file.added_lines or [now.lines[at - 1].strip()] != lines:
            continue
        scope = now.scope(at, at)
        same = was and scope and scope.qualified_name == was.qualified_name
        if same and now.depth(at) <= before.depth(claim.line):
            return Refutation(f"The line with {name(subject)} moved to {place(now.path, at)}.")
    return NoProof("the file still names it")
