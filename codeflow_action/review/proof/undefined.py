"""Undefined: whether a name has its meaning from somewhere at the lines that use it."""

import re
from collections.abc import Iterator

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
from codeflow_action.review.proof.predeclared import DISPUTED_NAMES, PREDECLARED_NAMES
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of
from codeflow_action.review.syntax import DefinitionKind, Syntax

# A name may stand before its definition: declarations count in the whole file or type.
_ORDER_FREE = frozenset({"c_sharp", "go", "java", "kotlin", "php", "rust", "scala", "swift"})
_RUNS_TYPES = frozenset({"python", "ruby"})  # where a class's body runs as it is read
_BY_PACKAGE = frozenset({"c_sharp", "go", "java", "kotlin", "scala"})
_PACKAGE = regex(r"^[^\S\n]*(?:package|namespace)\s+([\w.]+)", re.MULTILINE)
_SCRIPT = ("javascript", "typescript", "tsx")
# Ways in which a name comes into a Python module that no statement shows.
_DYNAMIC = regex(r"\b(?:globals|locals|vars|exec|eval|execfile|__builtins__|builtins)\b")
_SILENCER = regex(r"noqa|type:\s*ignore|pylint|pyright|pragma|eslint|@ts-|global ")
_INJECTION = regex(
    r"\b(?:builtins|__builtins?__|window|globalThis|global|self|declare|Provide|define|globals)\b"
)
_ASSIGNS = (
    r"^\s*(?:(?:export|const|let|var|val|final|local|mut|my|auto)\s+)*{}\s*(?::[^=]+)?:?=(?![=>])"
)
_EXPECTS_ABSENCE = regex(r"\b(?:NameError|ReferenceError|TYPE_CHECKING)\b")
_DELETES = regex(r"\bdel\b")
# What may bind names for one expression alone: a lambda, a comprehension, an arrow that ends here.
_INNER = regex(r"\blambda\b|(?<=.)\bfor\b|=>(?!\s*(?:[({]\s*)?$)")
_OPENS = regex(r"(?:[{:(|]|=>|->|\bdo)\s*(?:#.*|//.*)?$")


def check_undefined(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted where a binding is seen from the lines; proven where none can be in that file."""
    text = facts.head.get(claim.path)
    parts = parts_of(claim.subject)
    if text is None or text.syntax is None or not parts or claim.side is Side.LEFT:
        return NoProof("no syntax to ask")
    if len(parts) > 1 and parts[0] in ("self", "this", "cls"):
        return _member(claim, text, parts[1])
    subject = parts[0]
    if not any(
        text.stands_free(subject, number)
        for number in text.with_word(subject)
        if claim.line <= number <= claim.end_line
    ):
        return NoProof("not used on the quoted lines")
    if len(parts) > 1:
        verdict = _proof(claim, facts, text, subject)
        return verdict if isinstance(verdict, Proof) else NoProof("a member of something")
    if subject in PREDECLARED_NAMES.get(text.language, ()):
        of_language = f"{name(subject)} is a name of the language ({text.language})."
        is_disputed = subject in DISPUTED_NAMES
        return NoProof("predeclared in some versions") if is_disputed else Refutation(of_language)
    # A binding in sight settles it; only without one is it worth asking whether there can be one.
    sentence = next(_bindings(claim, text, subject), None) or _in_package(facts, text, subject)
    return Refutation(sentence) if sentence else _proof(claim, facts, text, subject)


def _member(claim: Claim, text: SourceText, member: str) -> ProofResult:
    """Look for a method of the class around the lines; a field may not be set yet."""
    for definition in text.defines(member):
        outer = text.scope_of(definition)
        if outer and outer.kind is DefinitionKind.TYPE and outer.holds(claim.line, claim.end_line):
            return Refutation(
                f"{name(member)} is defined at {place(text.path, definition.name_line)}."
            )
    return NoProof("a member that this class does not define by name")


def _bindings(claim: Claim, text: SourceText, subject: str) -> Iterator[str]:
    """Yield sentences that say where the name is bound in sight of the lines."""
    if any(_DELETES.search(text.lines[number - 1]) for number in text.with_word(subject)):
        return
    for statement in text.syntax.imports if text.syntax else ():
        binds_it = any(imported_name.name == subject for imported_name in statement.names)
        is_first = statement.end_line < claim.line or _is_later(claim, text)
        # At the file's margin: an indented import may not have happened.
        if binds_it and is_first and text.depth(statement.line) == 0:
            yield f"{name(subject)} is imported at {place(text.path, statement.line)}."
    for definition in text.defines(subject):
        is_first = definition.end_line < claim.line or _is_later(claim, text)
        is_plain = definition.kind not in (DefinitionKind.BLOCK, DefinitionKind.EXTENSION)
        # What stands elsewhere than at the file's top may not be seen, or not be run.
        is_at_top = not definition.outer_names and text.depth(definition.line) == 0
        if is_first and is_plain and is_at_top and text.scope_of(definition) is None:
            yield f"{name(subject)} is defined at {place(text.path, definition.name_line)}."
    for definition in text.definitions:
        is_around = definition.kind is DefinitionKind.FUNCTION and definition.holds(
            claim.line, claim.end_line
        )
        if not is_around or claim.line <= definition.signature_end or definition.name == subject:
            continue
        signature = range(definition.line, definition.signature_end + 1)
        for mention in text.mentions(subject):
            is_parameter = mention.line in signature and not mention.is_use
            if is_parameter and not _INNER.search(text.lines[mention.line - 1].strip()):
                yield f"{name(subject)} is a parameter at {place(text.path, mention.line)}."
    yield from _variables(claim, text, subject)


def _is_later(claim: Claim, text: SourceText) -> bool:
    """True for lines that see all of the file's top: a function runs once that has run."""
    late = (
        {DefinitionKind.FUNCTION}
        if text.language in _RUNS_TYPES
        else {DefinitionKind.FUNCTION, DefinitionKind.TYPE}
    )
    return text.language in _ORDER_FREE or any(
        definition.kind in late and definition.holds(claim.line, claim.end_line)
        for definition in text.definitions
    )


def _variables(claim: Claim, text: SourceText, subject: str) -> Iterator[str]:
    """Yield assignments, loops and blocks before the lines that the run must have passed."""
    assigns = re.compile(_ASSIGNS.format(re.escape(subject)))
    scope = text.scope(claim.line, claim.end_line)
    for mention in text.mentions(subject):
        line = mention.line
        if mention.is_use or line >= claim.line or text.scope(line, line) is not scope:
            continue
        after = range(line + 1, claim.end_line + 1)
        least = min(text.depth(number) for number in after if text.lines[number - 1].strip())
        code, depth = text.lines[line - 1], text.depth(line)
        is_passed = bool(assigns.match(code)) and least >= depth
        is_around = _OPENS.search(code) and least > depth and not _INNER.search(code.strip())
        if is_passed or is_around:
            yield f"{name(subject)} is bound at {place(text.path, line)}."


def _in_package(facts: ProofFacts, text: SourceText, subject: str) -> str | None:
    """Return where another file of the same package and folder defines the name."""
    if text.language not in _BY_PACKAGE:
        return None
    folder = text.path.rpartition("/")[0]
    for path, definition in facts.definitions(subject):
        text_elsewhere = facts.head[path]
        folder_elsewhere, _, file_name = path.rpartition("/")
        if (
            path == text.path
            or folder_elsewhere != folder
            or text_elsewhere.language != text.language
            or definition.outer_names
        ):
            continue
        # A Go file with such a name is a test's, or one of a platform: it is not always built.
        are_both_tests = path.endswith("_test.go") and text.path.endswith("_test.go")
        if path.endswith(".go") and "_" in file_name and not are_both_tests:
            continue
        if _package(text_elsewhere) is not None and _package(text_elsewhere) == _package(text):
            return (
                f"{name(subject)} is defined in the same package at {place(path, definition.line)}."
            )
    return None


def _package(text: SourceText) -> str | None:
    match = _PACKAGE.search("\n".join(text.lines))
    return match[1] if match else None


def _proof(claim: Claim, facts: ProofFacts, text: SourceText, subject: str) -> ProofResult:
    syntax = text.syntax
    if syntax is None or syntax.errors or not facts.is_whole:
        return NoProof("not all could be read")
    if _may_be_bound(claim, text, syntax, subject):
        return NoProof("may be bound in the file")
    # Another file may make the name a global one, or use it as one.
    is_injected = any(
        _INJECTION.search(hit.text) or f"'{subject}'" in hit.text or f'"{subject}"' in hit.text
        for hit in facts.hits.get(subject, ())
        if hit.path != text.path
    )
    if is_injected or not _is_plain(claim, text, subject):
        return NoProof("may come from elsewhere")
    export = _export_elsewhere(facts, text, subject)
    if text.language == "python" and text.path.endswith(".py"):
        also = f"; {place(*export)} defines one" if export else ""
    elif (
        text.language in _SCRIPT
        and export
        and any(re.match(r"(?:import|export)\b", line) for line in text.lines)
        and not _needs_no_import(facts, text, subject)
    ):
        also = f"; {place(*export)} exports one"
    else:
        return NoProof("the language does not decide it from one file")
    return Proof(
        f"{name(subject)} is neither defined nor imported in {place(text.path)}, "
        f"and is used at {place(text.path, claim.line)}{also}.",
        is_whole=_is_run_by_the_change(claim, facts, text, subject),
    )


def _may_be_bound(claim: Claim, text: SourceText, syntax: Syntax, subject: str) -> bool:
    """True unless all that names it in the file plainly reads it, on the quoted lines too."""
    reads = syntax.reads
    lines = range(claim.line, claim.end_line + 1)
    return (
        reads is None
        or subject in reads.beyond
        or subject in PREDECLARED_NAMES.get(text.language, ())
        or not any((subject, line) in reads.plain for line in lines)
        or any(
            imported_name.name in (subject, "*")
            for statement in syntax.imports
            for imported_name in statement.names
        )
        or any(not statement.is_use for statement in text.mentions(subject))
        or bool(text.defines(subject))
    )


def _is_run_by_the_change(claim: Claim, facts: ProofFacts, text: SourceText, subject: str) -> bool:
    """True when an added line evaluates the name, and nothing reckons with its absence.

    What was undefined before is not this change's; an annotation may never be evaluated (PEP 649).
    """
    file = facts.changed_files.get(claim.path)
    added_lines = file.added_lines if file else frozenset()
    typeof = re.compile(rf"\btypeof\s+{re.escape(subject)}\b")
    if any(_EXPECTS_ABSENCE.search(line) or typeof.search(line) for line in text.lines):
        return False
    annotation = re.compile(rf"\s*[\w.]+\s*:[^=]*(?<!\w){re.escape(subject)}\b")
    for number in range(claim.line, claim.end_line + 1):
        if number not in added_lines or not text.stands_free(subject, number):
            continue
        scope = text.scope(number, number)
        in_signature = scope is not None and scope.line <= number <= scope.signature_end
        is_annotation = in_signature or annotation.match(text.lines[number - 1])
        if text.language != "python" or not is_annotation:
            return True
    return False


def _is_plain(claim: Claim, text: SourceText, subject: str) -> bool:
    """True when nothing in the file hints at names that no statement binds."""
    quoted_name = re.compile(rf"""["'`]{re.escape(subject)}["'`]""")
    if any(quoted_name.search(line) for line in text.lines):
        return False
    if text.language == "python" and any(_DYNAMIC.search(line) for line in text.lines):
        return False
    if any(
        text.lines[number - 1].lstrip().startswith(("#", "//", "/*", "*", "%"))
        for number in text.with_word(subject)
    ):
        return False
    return not any(_SILENCER.search(line) for line in text.lines[claim.line - 1 : claim.end_line])


def _export_elsewhere(facts: ProofFacts, text: SourceText, subject: str) -> tuple[str, int] | None:
    """Return where another file of the language offers the name at its top."""
    for path, definition in facts.definitions(subject):
        text_elsewhere = facts.head[path]
        if definition.outer_names or _family(text_elsewhere) != _family(text):
            continue
        if text.language == "python" or text_elsewhere.lines[definition.line - 1].startswith(
            "export "
        ):
            return path, definition.name_line
    return None


def _family(text: SourceText) -> str:
    return "script" if text.language in _SCRIPT else text.language


def _needs_no_import(facts: ProofFacts, text: SourceText, subject: str) -> bool:
    """True when another script uses the name without binding it: a global, or a tool imports it."""
    texts = facts.texts_with(subject, besides=text.path)
    return texts is None or any(
        text_elsewhere.uses(subject)
        and not text_elsewhere.defines(subject)
        and all(mention.is_use for mention in text_elsewhere.mentions(subject))
        for text_elsewhere in texts
        if _family(text_elsewhere) == "script"
    )
