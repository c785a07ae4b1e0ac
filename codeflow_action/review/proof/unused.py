"""Unused: whether anything else names an import, a local variable or a definition."""

import re
from pathlib import PurePosixPath

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
from codeflow_action.review.proof.reach import is_private, is_registered
from codeflow_action.review.syntax import Definition, DefinitionKind, Import

# An import that nothing names can do nothing else in these languages.
_IMPORTS_ONLY_NAME = frozenset({"java", "javascript", "php", "python", "typescript", "tsx"})
_LOCALS_ONLY_NAME = frozenset(
    {"c", "c_sharp", "go", "java", "javascript", "kotlin", "python", "typescript", "tsx"}
)
_JSX = frozenset({"React", "h", "Fragment", "jsx", "jsxs", "preact"})  # compilers use them
_REEXPORTS = re.compile(r"(?:__init__|conftest|index|mod|main)\Z")
_SILENCED = re.compile(
    r"noqa|pylint|pyright|eslint|@ts-|unused|NOSONAR|noinspection|type:\s*ignore"
)
_DYNAMIC = re.compile(r"\b(?:globals|locals|vars|exec|eval|compact|binding)\b")
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
    for one in text.syntax.imports:
        if one.line <= claim.end_line and claim.line <= one.end_line and _binds(one, subject):
            return _import(text, one, subject)
    for defined in text.defines(subject):
        if defined.name_line in lines or defined.line in lines:
            return _definition(facts, text, defined)
    if any(not one.is_use and one.line in lines for one in text.mentions(subject)):
        return _local(claim, text, subject)
    return NoProof("not bound on the quoted lines")


def _binds(one: Import, subject: str) -> bool:
    return any(bound.name == subject for bound in one.names)


def _used(subject: str, text: SourceText, line: int) -> Refutation:
    return Refutation(f"{name(subject)} is used at {place(text.path, line)}.")


def _import(text: SourceText, one: Import, subject: str) -> ProofResult:
    mentions = [at for at in text.mentions(subject) if not one.line <= at.line <= one.end_line]
    if any(not at.is_use for at in mentions):
        return NoProof("bound a second time")
    if real := [at for at in mentions if text.stands_free(subject, at.line)]:
        return _used(subject, text, real[0].line)
    outside = [at for at in text.with_word(subject) if not one.line <= at <= one.end_line]
    if outside or _may_be_for_others(text, one, subject):
        return NoProof("may be used where no syntax shows it")
    if text.syntax is None or text.syntax.errors or text.language not in _IMPORTS_ONLY_NAME:
        return NoProof("the language lets an import do more than name")
    return Proof(
        f"{name(subject)} stands nowhere in {place(text.path)} "
        f"but where line {one.line} imports it."
    )


def _may_be_for_others(text: SourceText, one: Import, subject: str) -> bool:
    """True for what other files, tools or a run may want of the import."""
    statement = "\n".join(text.lines[one.line - 1 : one.end_line])
    is_as_itself = any(bound.name == bound.original == subject for bound in one.names)
    return (
        text.path.endswith((".pyi", ".d.ts"))
        or bool(_REEXPORTS.match(PurePosixPath(text.path).stem))
        or (" as " in statement and is_as_itself)
        or "__future__" in statement
        or bool(text.depth(one.line))
        or statement.startswith(("export", "pub"))
        or subject.startswith("_")
        or subject in _JSX
        or bool(_SILENCED.search(statement))
        or any("__all__" in line or _DYNAMIC.search(line) for line in text.lines)
    )


def _local(claim: Claim, text: SourceText, subject: str) -> ProofResult:
    scope = text.scope(claim.line, claim.end_line)
    if scope is None or scope.kind is not DefinitionKind.FUNCTION:
        return NoProof("not local to a function")
    later = [at for at in text.mentions(subject) if claim.end_line < at.line <= scope.end_line]
    uses = [at for at in later if at.is_use and text.stands_free(subject, at.line)]
    if uses and not any(not at.is_use and at.line <= uses[0].line for at in later):
        return _used(subject, text, uses[0].line)
    # One at least, as something on the quoted lines binds it.
    at, *others = (at for at in text.with_word(subject) if scope.line <= at <= scope.end_line)
    form = _SETS if text.language == "python" else _DECLARES
    line = text.lines[at - 1]
    if others or not re.match(form.format(re.escape(subject)), line):
        return NoProof("named more than once, or no plain variable")
    if at <= scope.signature_end or not _is_plain_local(text, subject, line):
        return NoProof("may be kept for what it does")
    return Proof(
        f"{name(subject)} stands nowhere in {name(scope.name or 'the function')} "
        f"but where it is set at {place(text.path, at)}."
    )


def _is_plain_local(text: SourceText, subject: str, line: str) -> bool:
    syntax = text.syntax
    return (
        syntax is not None
        and not syntax.errors
        and text.language in _LOCALS_ONLY_NAME
        and not subject.startswith("_")
        and not _SILENCED.search(line)
        and line.count(subject) == 1
        and not any(_DYNAMIC.search(each) for each in text.lines)
    )


def _definition(facts: ProofFacts, text: SourceText, one: Definition) -> ProofResult:
    """Look for uses in the file outside of the definition, then in all others."""
    outside = [at for at in text.uses(one.name) if not one.holds(at.line, at.line)]
    is_only = len(facts.definitions(one.name)) == 1
    real = [at for at in outside if text.stands_free(one.name, at.line) or one.enclosing]
    if real and is_only:
        return _used(one.name, text, real[0].line)
    others = facts.texts_with(one.name, besides=text.path)
    for other in others or ():
        if is_only and (uses := other.uses(one.name)):
            return _used(one.name, other, uses[0].line)
    words = [at for at in text.with_word(one.name) if not one.holds(at, at)]
    if words or facts.files_with(one.name) not in ((), (text.path,)):
        return NoProof("named elsewhere")
    if not facts.is_whole or not is_private(text, one) or is_registered(text, one):
        return NoProof("others may use it")
    return Proof(f"No file names {name(one.name)} but {place(text.path, one.name_line)}.")
