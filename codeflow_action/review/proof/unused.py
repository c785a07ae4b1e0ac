"""Unused: whether anything else names an import, a local variable or a definition."""

import re
import sys
from pathlib import PurePosixPath

from codeflow_action.engine.diff import Side
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
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of
from codeflow_action.review.proof.reach import is_private, is_registered
from codeflow_action.review.syntax import Definition, DefinitionKind, Import

# An import that nothing names can do nothing else in these languages.
_IMPORTS_ONLY_NAME = frozenset({"java", "javascript", "php", "python", "typescript", "tsx"})
_LOCALS_ONLY_NAME = frozenset(
    {"c", "c_sharp", "go", "java", "javascript", "kotlin", "python", "typescript", "tsx"}
)
# Modules of Python's library that do something as they are imported.
_ACTIVE_MODULES = frozenset({"antigravity", "readline", "rlcompleter", "site", "this"})
_JSX = frozenset({"React", "h", "Fragment", "jsx", "jsxs", "preact"})  # compilers use them
_REEXPORTS = regex(r"(?:__init__|conftest|index|mod|main)\Z")
_SILENCER = regex(r"noqa|pylint|pyright|eslint|@ts-|unused|NOSONAR|noinspection|type:\s*ignore")
_DYNAMIC = regex(r"\b(?:globals|locals|vars|exec|eval|compact|binding)\b")
# A statement that makes the variable: elsewhere than in Python a bare `x = 1` may set another's.
_SETS = r"^\s*{}\s*(?::[^=]+)?=(?![=>])"
_DECLARES = (
    r"^\s*(?:(?:const|let|var|val|final|auto|int|long|double|bool|boolean|String)\s+)+{0}"
    r"\s*(?::[^=]+)?=(?![=>])|^\s*{0}\s*:="
)


def check_unused(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a use; proven for what can only be used where it is named, and is not."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.subject)
    if text is None or text.syntax is None or not parts or claim.side is Side.LEFT:
        return NoProof("no syntax to ask")
    subject = parts[-1]
    lines = range(claim.line, claim.end_line + 1)
    for statement in text.syntax.imports:
        if (
            statement.line <= claim.end_line
            and claim.line <= statement.end_line
            and any(imported_name.name == subject for imported_name in statement.names)
        ):
            return _import(facts, text, statement, subject)
    for definition in text.defines(subject):
        if definition.name_line in lines or definition.line in lines:
            return _definition(facts, text, definition)
    if any(
        not statement.is_use and statement.line in lines for statement in text.mentions(subject)
    ):
        return _local(claim, text, subject)
    return NoProof("not bound on the quoted lines")


def _use_of(subject: str, text: SourceText, line: int) -> Refutation:
    return Refutation(f"{name(subject)} is used at {place(text.path, line)}.")


def _import(facts: ProofFacts, text: SourceText, statement: Import, subject: str) -> ProofResult:
    mentions = [
        mention
        for mention in text.mentions(subject)
        if not statement.line <= mention.line <= statement.end_line
    ]
    if any(not mention.is_use for mention in mentions):
        return NoProof("bound a second time")
    if real := [mention for mention in mentions if text.stands_free(subject, mention.line)]:
        return _use_of(subject, text, real[0].line)
    outside = [
        mention
        for mention in text.with_word(subject)
        if not statement.line <= mention <= statement.end_line
    ]
    if outside or _may_be_for_others(text, statement, subject):
        return NoProof("may be used where no syntax shows it")
    if text.syntax is None or text.syntax.errors or text.language not in _IMPORTS_ONLY_NAME:
        return NoProof("the language lets an import do more than name")
    return Proof(
        f"{name(subject)} stands nowhere in {place(text.path)} "
        f"but where line {statement.line} imports it.",
        is_whole=_is_new_name(facts, text, statement, subject),
    )


def _is_new_name(facts: ProofFacts, text: SourceText, statement: Import, subject: str) -> bool:
    """True when this change adds the import, and nobody can mean what happens as it is read."""
    file = facts.changed_files.get(text.path)
    lines = range(statement.line, statement.end_line + 1)
    is_new = file is not None and all(line in file.added_lines for line in lines)
    if text.language != "python":
        return is_new
    # Modules are imported for what they register. What is taken out of one by name is wanted.
    takes_name = not re.match(r"\s*import\b", text.lines[statement.line - 1])
    of_package = not statement.source.strip(".")
    is_plain = subject in sys.stdlib_module_names - _ACTIVE_MODULES
    return is_new and (is_plain or (takes_name and not of_package))


def _may_be_for_others(text: SourceText, statement: Import, subject: str) -> bool:
    """True for what other files, tools or a run may want of the import."""
    code = "\n".join(text.lines[statement.line - 1 : statement.end_line])
    is_as_itself = any(
        imported_name.name == imported_name.original == subject for imported_name in statement.names
    )
    return (
        text.path.endswith((".pyi", ".d.ts"))
        or bool(_REEXPORTS.match(PurePosixPath(text.path).stem))
        or (" as " in code and is_as_itself)
        or "__future__" in code
        or bool(text.depth(statement.line))
        or code.startswith(("export", "pub"))
        or subject.startswith("_")
        or subject in _JSX
        or bool(_SILENCER.search(code))
        or any("__all__" in line or _DYNAMIC.search(line) for line in text.lines)
    )


def _local(claim: Claim, text: SourceText, subject: str) -> ProofResult:
    scope = text.scope(claim.line, claim.end_line)
    if scope is None or scope.kind is not DefinitionKind.FUNCTION:
        return NoProof("not local to a function")
    later_mentions = [
        first_line
        for first_line in text.mentions(subject)
        if claim.end_line < first_line.line <= scope.end_line
    ]
    uses = [
        first_line
        for first_line in later_mentions
        if first_line.is_use and text.stands_free(subject, first_line.line)
    ]
    if uses and not any(
        not first_line.is_use and first_line.line <= uses[0].line for first_line in later_mentions
    ):
        return _use_of(subject, text, uses[0].line)
    # One at least, as something on the quoted lines binds it.
    first_line, *later_lines = (
        first_line
        for first_line in text.with_word(subject)
        if scope.line <= first_line <= scope.end_line
    )
    form = _SETS if text.language == "python" else _DECLARES
    line = text.lines[first_line - 1]
    if later_lines or not re.match(form.format(re.escape(subject)), line):
        return NoProof("named more than once, or no plain variable")
    if first_line <= scope.signature_end or not _is_plain_local(text, subject, line):
        return NoProof("may be kept for what it does")
    return Proof(
        f"{name(subject)} stands nowhere in {name(scope.name or 'the function')} "
        f"but where it is set at {place(text.path, first_line)}."
    )


def _is_plain_local(text: SourceText, subject: str, line: str) -> bool:
    syntax = text.syntax
    return (
        syntax is not None
        and not syntax.errors
        and text.language in _LOCALS_ONLY_NAME
        and not subject.startswith("_")
        and not _SILENCER.search(line)
        and line.count(subject) == 1
        and not any(_DYNAMIC.search(text_line) for text_line in text.lines)
    )


def _definition(facts: ProofFacts, text: SourceText, definition: Definition) -> ProofResult:
    """Look for uses in the file outside of the definition, then in all others."""
    outside = [
        use for use in text.uses(definition.name) if not definition.holds(use.line, use.line)
    ]
    is_only = len(facts.definitions(definition.name)) == 1
    real = [
        use
        for use in outside
        if text.stands_free(definition.name, use.line) or definition.outer_names
    ]
    if real and is_only:
        return _use_of(definition.name, text, real[0].line)
    texts = facts.texts_with(definition.name, besides=text.path)
    for text_elsewhere in texts or ():
        if is_only and (uses := text_elsewhere.uses(definition.name)):
            return _use_of(definition.name, text_elsewhere, uses[0].line)
    words = [use for use in text.with_word(definition.name) if not definition.holds(use, use)]
    if words or facts.files_with(definition.name) not in ((), (text.path,)):
        return NoProof("named elsewhere")
    if not facts.is_whole or not is_private(text, definition) or is_registered(text, definition):
        return NoProof("others may use it")
    return Proof(
        f"No file names {name(definition.name)} but {place(text.path, definition.name_line)}."
    )
