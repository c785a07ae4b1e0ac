"""Duplicate of: whether two definitions have the same lines."""

from difflib import SequenceMatcher

from codeflow_action.engine.files import is_test
from codeflow_action.engine.lazy import regex
from codeflow_action.review.proof.claims import (
    Claim,
    NoProof,
    Proof,
    ProofResult,
    Refutation,
    name,
    place,
)
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of, word
from codeflow_action.review.syntax import Definition, DefinitionKind, innermost_definition

_LEAST_PROVEN = 0.9  # of the lines, in the same order
_MOST_REFUTED = 0.2  # of the lines: braces and returns are in every function
_MIN_LINES = 3  # shorter bodies are alike by chance
_MIN_WHOLE = 5  # lines; what is shorter may well be said twice
_COMMENT = regex(r"^\s*(?:#|//|/\*|\*|--|;)")
_MAX_LINES = 400  # comparing takes time by their product


def check_duplicate(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Compare what is defined around the lines with every definition of the other name."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.other)
    if text is None or not parts:
        return NoProof("no name to compare with")
    definition = innermost_definition(text.definitions, claim.line, claim.end_line)
    if definition is None and (subject_parts := parts_of(claim.subject)):
        of_name = text.defines(subject_parts[-1])
        definition = of_name[0] if len(of_name) == 1 else None
    if definition is None:
        return NoProof("nothing is defined around the lines")
    namesakes = [
        (path, namesake)
        for path, namesake in facts.definitions(parts[-1])
        if (path, namesake.line) != (text.path, definition.line)
        and (len(parts) == 1 or set(parts[:-1]) & {*namesake.outer_names, *path.split("/")})
    ]
    if not namesakes:
        if facts.hits.get(parts[-1]) or not facts.is_whole:
            return NoProof("the other was not found, but may be there")
        return Refutation(f"No file names {name(parts[-1])}.")
    return _compare(facts, text, definition, namesakes)


def _compare(
    facts: ProofFacts,
    text: SourceText,
    definition: Definition,
    namesakes: list[tuple[str, Definition]],
) -> ProofResult:
    mine = _body(text, definition)
    likeness = []
    for path, namesake in namesakes:
        namesake_lines = _body(facts.head[path], namesake)
        ratio = SequenceMatcher(None, mine, namesake_lines, autojunk=False).ratio()
        # A matcher may call the same what is not: only equal lines are "the same lines".
        likeness.append((1.0 if mine == namesake_lines else min(ratio, 0.99), path, namesake))
    best, path, namesake = max(likeness, key=lambda candidate: candidate[0])
    if best >= _LEAST_PROVEN and len(mine) >= _MIN_LINES:
        share = "the same lines as" if best == 1 else f"{best:.0%} of the lines of"
        return Proof(
            f"{name(definition.name)} has {share} {name(namesake.name)}"
            f" at {place(path, namesake.line)}.",
            is_whole=len(mine) >= _MIN_WHOLE and _is_copy(facts, text, definition, path, namesake),
        )
    if (
        best < _MOST_REFUTED
        and min(len(mine), len(_body(facts.head[path], namesake))) >= 2 * _MIN_LINES
    ):
        return Refutation(
            f"{name(definition.name)} shares {best:.0%} of its lines with {name(namesake.name)} "
            f"at {place(path, namesake.line)}."
        )
    return NoProof("alike in part")


def _is_copy(
    facts: ProofFacts, text: SourceText, definition: Definition, path: str, namesake: Definition
) -> bool:
    """True when this change adds what stands elsewhere, and no rule of a language asks for both.

    Methods may have to be repeated in each class, and tests are better read than shared.
    """
    file = facts.changed_files.get(text.path)
    lines = range(definition.line, definition.end_line + 1)
    is_new = file is not None and all(
        line in file.added_lines or not text.lines[line - 1].strip() for line in lines
    )
    is_at_top = not definition.outer_names and not namesake.outer_names
    is_function = definition.kind is namesake.kind is DefinitionKind.FUNCTION
    return is_new and is_at_top and is_function and not (is_test(text.path) or is_test(path))


def _body(text: SourceText, definition: Definition) -> list[str]:
    """Return its lines without their indent, blank ones, comments and its own name.

    None of one that is too long to compare.
    """
    lines = (
        text.lines[definition.line - 1 : definition.end_line]
        if definition.line_count <= _MAX_LINES
        else ()
    )
    bare = (" ".join(line.split()) for line in lines if not _COMMENT.match(line))
    return [word(definition.name).sub("_", line) for line in bare if line]
