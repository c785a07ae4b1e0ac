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
    definitions = [
        definition
        for definition in before.defines(subject)
        if definition.kind is not DefinitionKind.BLOCK
        and (len(parts) == 1 or parts[-2] in definition.outer_names)
    ]
    if len(definitions) != 1:
        return _gone_line(claim, facts, before, subject)
    [definition] = definitions
    removed_lines = facts.changed_files[claim.path].removed_lines
    if any(
        number in removed_lines and not definition.holds(number, number)
        for number in before.with_word(subject)
    ):
        return NoProof("a use may be meant, not the definition")
    return _definition(claim, facts, before, definition)


def _definition(
    claim: Claim, facts: ProofFacts, before: SourceText, definition: Definition
) -> ProofResult:
    survivors = [
        (path, survivor)
        for path, survivor in facts.definitions(definition.name)
        if survivor.kind is definition.kind
        and (path == claim.path or _was_added(facts, path, survivor.name_line))
        and survivor.outer_names == definition.outer_names
    ]
    if survivors:
        path, survivor = min(survivors, key=lambda survivor_place: survivor_place[0] != claim.path)
        where_it_is = "is still defined" if path == claim.path else "moved and is defined"
        return Refutation(
            f"{name(definition.qualified_name)} {where_it_is} at {place(path, survivor.name_line)}."
        )
    if facts.hits.get(definition.name) or not facts.is_whole:
        return NoProof("the head still names it")
    return Proof(
        f"{place(before.path, definition.name_line)} defined {name(definition.qualified_name)}"
        " before; no file names it now."
    )


def _was_added(facts: ProofFacts, path: str, line: int) -> bool:
    """True when this change added the line: what was there before did not move there."""
    file = facts.changed_files.get(path)
    return file is not None and line in file.added_lines


def _gone_line(claim: Claim, facts: ProofFacts, before: SourceText, subject: str) -> ProofResult:
    """Judge removed lines: gone when nothing in the file names the subject any more."""
    head_text = facts.head.get(claim.path)
    if claim.side is not Side.LEFT:
        return NoProof("not on removed lines")
    removed_lines = facts.changed_files[claim.path].removed_lines & {
        *range(claim.line, claim.end_line + 1)
    }
    naming_lines = [number for number in before.with_word(subject) if number in removed_lines]
    if not naming_lines:
        return NoProof("the quoted lines do not name it")
    if head_text is not None and head_text.with_word(subject):
        return _moved_line(
            claim, facts, [before.lines[number - 1].strip() for number in naming_lines], subject
        )
    if not facts.is_whole or any(
        _was_added(facts, hit.path, hit.line) for hit in facts.hits.get(subject, ())
    ):
        return NoProof("another file of the change may have it now")
    return Proof(
        f"{name(subject)} stood at {place(before.path, naming_lines[0])} before; "
        "nothing in this file names it now."
    )


def _moved_line(claim: Claim, facts: ProofFacts, lines: Sequence[str], subject: str) -> ProofResult:
    """Refute where the same lines were added elsewhere in the file, within the same function."""
    head_text, base_text = facts.head[claim.path], facts.base[claim.path]
    file = facts.changed_files[claim.path]
    old_scope = base_text.scope(claim.line, claim.end_line)
    for number in head_text.with_word(subject):
        if number not in file.added_lines or [head_text.lines[number - 1].strip()] != lines:
            continue
        scope = head_text.scope(number, number)
        is_same_scope = old_scope and scope and scope.qualified_name == old_scope.qualified_name
        if is_same_scope and head_text.depth(number) <= base_text.depth(claim.line):
            return Refutation(
                f"The line with {name(subject)} moved to {place(head_text.path, number)}."
            )
    return NoProof("the file still names it")
