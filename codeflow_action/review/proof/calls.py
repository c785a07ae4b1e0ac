"""Never called, and missing test: who in the whole tree names a function."""

from codeflow_action.engine.diff import Side
from codeflow_action.engine.files import is_test
from codeflow_action.review.proof.claims import (
    Claim,
    NoProof,
    Proof,
    ProofResult,
    Refutation,
    name,
    place,
)
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of, stem_of
from codeflow_action.review.proof.reach import is_private, is_registered
from codeflow_action.review.syntax import Definition, DefinitionKind, Mention

_CALLABLE = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE})
_MIN_TELLING = 4  # characters; shorter names are too common to say whose they are


def subject_of(claim: Claim, facts: ProofFacts) -> tuple[SourceText, Definition] | None:
    """Return the one function or type of the claimed name in its file, None where unclear."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.subject)
    if text is None or not parts:
        return None
    found = [one for one in text.defines(parts[-1]) if one.kind in _CALLABLE]
    return (text, found[0]) if len(found) == 1 else None


def is_only_one(facts: ProofFacts, one: Definition) -> bool:
    """True when the name has no other definition, so that who names it means this one."""
    return len(facts.definitions(one.name)) == 1


def check_never_called(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a use outside of the definition; proven where nothing names it at all."""
    found = subject_of(claim, facts)
    if found is None:
        return NoProof("no such function in the file")
    text, one = found
    if is_only_one(facts, one):
        for at, use in _uses(facts, text, one):
            return Refutation(f"{name(one.name)} is used at {place(at, use.line)}.")
    words = [at for at in text.with_word(one.name) if not one.holds(at, at)]
    if words or any(path != text.path for path in facts.files_with(one.name)):
        return NoProof("named elsewhere")
    if not facts.is_whole or text.syntax is None or text.syntax.errors:
        return NoProof("not all was searched")
    if is_registered(text, one) or (one.enclosing and not is_private(text, one)):
        return NoProof("may be called without its name")
    return Proof(f"No file names {name(one.name)} but {place(text.path, one.name_line)}.")


def _uses(facts: ProofFacts, text: SourceText, one: Definition) -> list[tuple[str, Mention]]:
    others = facts.texts_with(one.name, besides=text.path) or ()
    inside = [(text.path, use) for use in text.uses(one.name) if not one.holds(use.line, use.line)]
    return inside + [(other.path, use) for other in others for use in other.uses(one.name)]


def check_missing_test(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a use in a test; proven where tests exist and none names it or its file.

    What a coverage report says of the very lines comes before what names say.
    """
    if not_run := _not_run(claim, facts):
        return Proof(f"By the coverage report no test ran {place(claim.path, not_run)}.")
    found = subject_of(claim, facts)
    if found is None:
        return NoProof("no such function in the file")
    text, one = found
    if is_test(text.path):
        return NoProof("about a test")
    others = facts.texts_with(one.name, besides=text.path)
    tests = [other for other in others or () if is_test(other.path)]
    if is_only_one(facts, one) and len(one.name) >= _MIN_TELLING:
        for test in tests:
            if uses := test.uses(one.name):
                return Refutation(
                    f"A test uses {name(one.name)}: {place(test.path, uses[0].line)}."
                )
        if inline := _inline(text, one):
            return Refutation(f"A test uses {name(one.name)}: {place(text.path, inline)}.")
    return _without_test(facts, text, one)


def _not_run(claim: Claim, facts: ProofFacts) -> int | None:
    """Return the first of the claim's lines that tests did not run, None where none is known."""
    lines = facts.not_run.get(claim.path, frozenset()) if claim.side is Side.RIGHT else ()
    return min((at for at in lines if claim.line <= at <= claim.end_line), default=None)


def _inline(text: SourceText, one: Definition) -> int | None:
    """Return where a test in the same file uses it, as Rust has them."""
    if text.language != "rust":
        return None
    tests = [
        each
        for each in text.definitions
        if each.kind is DefinitionKind.MODULE and "test" in each.name
    ]
    uses = (use.line for use in text.uses(one.name))
    return next((at for at in uses if any(each.holds(at, at) for each in tests)), None)


def _without_test(facts: ProofFacts, text: SourceText, one: Definition) -> ProofResult:
    if facts.listing is None or not facts.is_whole:
        return NoProof("not all was searched")
    count = sum(1 for path in facts.listing if is_test(path))
    if not count:
        return NoProof("no tests that their paths would tell")
    owners = {one.name, *one.enclosing, stem_of(text.path)}
    if any(is_test(path) for owner in owners for path in facts.files_with(owner)):
        return NoProof("tests name it, its class or its file")
    if text.language == "rust" and "#[cfg(test)]" in text.content.decode("utf-8", "replace"):
        return NoProof("tests in the same file")
    if _is_used_by_tested(facts, text, one):
        return NoProof("tests may reach it through others")
    return Proof(f"None of {count} test files names {name(one.name)} or {place(text.path)}.")


def _is_used_by_tested(facts: ProofFacts, text: SourceText, one: Definition) -> bool:
    """True when a function that tests may know uses it: then tests may cover it unnamed."""
    return any(path != text.path for path in facts.files_with(one.name)) or any(
        not one.holds(at, at) for at in text.with_word(one.name)
    )
