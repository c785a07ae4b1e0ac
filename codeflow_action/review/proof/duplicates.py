"""Duplicate of: whether two definitions have the same lines."""

import re
from difflib import SequenceMatcher

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
from codeflow_action.review.syntax import Definition, enclosing

_SAME = 0.9  # of the lines, in the same order
_OTHER = 0.2
_MIN_LINES = 3  # shorter bodies are alike by chance
_COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--|;)")
_MAX_LINES = 400  # comparing takes time by their product


def check_duplicate(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Compare what is defined around the lines with every definition of the other name."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.other)
    if text is None or not parts:
        return NoProof("no name to compare with")
    here = enclosing(text.definitions, claim.line, claim.end_line) or _named(text, claim.subject)
    if here is None:
        return NoProof("nothing is defined around the lines")
    others = [
        (path, one)
        for path, one in facts.definitions(parts[-1])
        if (path, one.line) != (text.path, here.line)
        and (len(parts) == 1 or set(parts[:-1]) & {*one.enclosing, *path.split("/")})
    ]
    if not others:
        return _without_other(facts, parts[-1])
    return _compared(facts, text, here, others)


def _named(text: SourceText, subject: str) -> Definition | None:
    parts = parts_of(subject)
    found = text.defines(parts[-1]) if parts else ()
    return found[0] if len(found) == 1 else None


def _without_other(facts: ProofFacts, other: str) -> ProofResult:
    if facts.found(other) or not facts.is_whole:
        return NoProof("the other was not found, but may be there")
    return Refutation(f"No file names {name(other)}.")


def _compared(
    facts: ProofFacts, text: SourceText, here: Definition, others: list[tuple[str, Definition]]
) -> ProofResult:
    mine = _body(text, here)
    likeness = [(_alike(mine, _body(facts.head[path], one)), path, one) for path, one in others]
    best, path, one = max(likeness, key=lambda found: found[0])
    if best >= _SAME and len(mine) >= _MIN_LINES:
        share = "the same lines as" if best == 1 else f"{best:.0%} of the lines of"
        return Proof(f"{name(here.name)} has {share} {name(one.name)} at {place(path, one.line)}.")
    if best < _OTHER and min(len(mine), len(_body(facts.head[path], one))) >= 2 * _MIN_LINES:
        return Refutation(
            f"{name(here.name)} shares {best:.0%} of its lines with {name(one.name)} "
            f"at {place(path, one.line)}."
        )
    return NoProof("alike in part")


def _body(text: SourceText, one: Definition) -> list[str]:
    """Return its lines without their indent, blank ones, comments and its own name.

    None of one that is too long to compare.
    """
    lines = text.lines[one.line - 1 : one.end_line] if one.line_count <= _MAX_LINES else ()
    bare = (" ".join(line.split()) for line in lines if not _COMMENT.match(line))
    return [word(one.name).sub("_", line) for line in bare if line]


def _alike(mine: list[str], other: list[str]) -> float:
    if mine == other:
        return 1.0
    ratio = SequenceMatcher(None, mine, other, autojunk=False).ratio()
    return min(ratio, 0.99)
