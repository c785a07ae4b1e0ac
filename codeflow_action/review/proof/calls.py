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
from codeflow_action.review.syntax import Definition, DefinitionKind

_CALLABLE = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE})
_MIN_TELLING = 4  # characters; shorter names are too common to say whose they are


def subject_of(claim: Claim, facts: ProofFacts) -> tuple[SourceText, Definition] | None:
    """Return the one function or type of the claimed name in its file, None where unclear."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.subject)
    if text is None or not parts:
        return None
    definitions = [
        definition for definition in text.defines(parts[-1]) if definition.kind in _CALLABLE
    ]
    return (text, definitions[0]) if len(definitions) == 1 else None


def check_never_called(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a use outside of the definition; proven where nothing names it at all."""
    callee = subject_of(claim, facts)
    if callee is None:
        return NoProof("no such function in the file")
    text, definition = callee
    # Where the name has no other definition, who uses the name means this one.
    if len(facts.definitions(definition.name)) == 1:
        texts = facts.texts_with(definition.name, besides=text.path) or ()
        for text_with_use in (text, *texts):
            for use in text_with_use.uses(definition.name):
                if text_with_use is not text or not definition.holds(use.line, use.line):
                    used_at = place(text_with_use.path, use.line)
                    return Refutation(f"{name(definition.name)} is used at {used_at}.")
    mentions = [
        line for line in text.with_word(definition.name) if not definition.holds(line, line)
    ]
    if mentions or any(path != text.path for path in facts.files_with(definition.name)):
        return NoProof("named elsewhere")
    if not facts.is_whole or text.syntax is None or text.syntax.errors:
        return NoProof("not all was searched")
    if is_registered(text, definition) or (
        definition.outer_names and not is_private(text, definition)
    ):
        return NoProof("may be called without its name")
    return Proof(
        f"No file names {name(definition.name)} but {place(text.path, definition.name_line)}."
    )


def check_missing_test(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a use in a test; proven where tests exist and none names it or its file.

    What a coverage report says of the very lines comes before what names say.
    """
    lines = facts.not_run.get(claim.path, frozenset()) if claim.side is Side.RIGHT else ()
    if not_run := [number for number in lines if claim.line <= number <= claim.end_line]:
        return Proof(f"By the coverage report no test ran {place(claim.path, min(not_run))}.")
    callee = subject_of(claim, facts)
    if callee is None:
        return NoProof("no such function in the file")
    text, definition = callee
    if is_test(text.path):
        return NoProof("about a test")
    texts = facts.texts_with(definition.name, besides=text.path)
    tests = [text_elsewhere for text_elsewhere in texts or () if is_test(text_elsewhere.path)]
    if len(facts.definitions(definition.name)) == 1 and len(definition.name) >= _MIN_TELLING:
        for test in tests:
            if uses := test.uses(definition.name):
                return Refutation(
                    f"A test uses {name(definition.name)}: {place(test.path, uses[0].line)}."
                )
        if inline := _inline(text, definition):
            return Refutation(f"A test uses {name(definition.name)}: {place(text.path, inline)}.")
    return _without_test(facts, text, definition)


def _inline(text: SourceText, definition: Definition) -> int | None:
    """Return where a test in the same file uses it, as Rust has them."""
    if text.language != "rust":
        return None
    tests = [
        module
        for module in text.definitions
        if module.kind is DefinitionKind.MODULE and "test" in module.name
    ]
    uses = (use.line for use in text.uses(definition.name))
    return next(
        (number for number in uses if any(module.holds(number, number) for module in tests)), None
    )


def _without_test(facts: ProofFacts, text: SourceText, definition: Definition) -> ProofResult:
    if facts.listing is None or not facts.is_whole:
        return NoProof("not all was searched")
    count = sum(1 for path in facts.listing if is_test(path))
    if not count:
        return NoProof("no tests that their paths would tell")
    owners = {definition.name, *definition.outer_names, stem_of(text.path)}
    if any(is_test(path) for owner in owners for path in facts.files_with(owner)):
        return NoProof("tests name it, its class or its file")
    if text.language == "rust" and "#[cfg(test)]" in text.content.decode("utf-8", "replace"):
        return NoProof("tests in the same file")
    # Where a function that tests may know uses it, they may cover it without naming it.
    if any(path != text.path for path in facts.files_with(definition.name)) or any(
        not definition.holds(number, number) for number in text.with_word(definition.name)
    ):
        return NoProof("tests may reach it through others")
    return Proof(f"None of {count} test files names {name(definition.name)} or {place(text.path)}.")
