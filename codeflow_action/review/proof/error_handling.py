"""Not handled in caller: whether what a function raises or returns meets a handler."""

from collections.abc import Iterator

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
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of
from codeflow_action.review.syntax import Definition, DefinitionKind, MentionRole

_TRY = {
    "python": regex(r"\s*try\s*:"),
    "javascript": regex(r".*\btry\s*\{\s*$"),
    "typescript": regex(r".*\btry\s*\{\s*$"),
    "tsx": regex(r".*\btry\s*\{\s*$"),
    "java": regex(r".*\btry\s*(?:\(.*)?\{\s*$"),
    "kotlin": regex(r".*\btry\s*\{\s*$"),
    "c_sharp": regex(r"\s*try\s*\{?\s*$"),
    "php": regex(r"\s*try\s*\{?\s*$"),
}
# A handler that takes whatever comes; a narrower one may miss what the claim is about.
_BROAD = regex(
    r"\bexcept\s*(?::|\(?\s*(?:Base)?Exception\b)|"
    r"\bcatch\s*(?:\{|\(\s*(?:final\s+)?(?:[\w$]+\s*(?::\s*(?:unknown|any|Throwable|Exception))?\)"
    r"|\\?(?:Throwable|Exception)\b))|\bcatch\s*$"
)
_HANDLER = regex(r"\s*(?:\}\s*)?(?:except|catch)\b")
_NO_TRY_BODY = regex(r"\s*(?:\}\s*)?(?:except|catch|else|finally|with)\b")
_ELSEWHERE = regex(r"\.(?:catch|then)\s*\(|\bcatchError|\bsuppress\(|\braises\(|\brunCatching")


def check_not_handled(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Look at every call of the one function of that name, but those of tests."""
    parts = parts_of(claim.subject)
    text = facts.head.get(claim.path)
    if text is None or not parts or text.language not in _TRY:
        return NoProof("no rules for the language")
    definitions = [definition for _path, definition in facts.definitions(parts[-1])]
    if (
        len(definitions) != 1
        or definitions[0].kind is not DefinitionKind.FUNCTION
        or not facts.is_whole
    ):
        return NoProof("not the only function of that name")
    texts = facts.texts_with(parts[-1], besides=claim.path)
    if texts is None:
        return NoProof("not all callers were read")
    callers = [definition for definition in (text, *texts) if not is_test(definition.path)]
    return _judge_callers(definitions[0], callers)


def _judge_callers(definition: Definition, callers: list[SourceText]) -> ProofResult:
    calls = [
        (text, use.line)
        for text in callers
        for use in text.uses(definition.name)
        if use.role is MentionRole.CALL
        and not (text.defines(definition.name) and definition.holds(use.line, use.line))
    ]
    use_count = sum(len(text.uses(definition.name)) for text in callers)
    states = [(_is_handled_around(text, line), text, line) for text, line in calls]
    if bare := [(text, line) for is_handled, text, line in states if is_handled is False]:
        text, line = bare[0]
        return Proof(
            f"{place(text.path, line)} calls {name(definition.name)} outside of any `try`."
        )
    if (
        states
        and all(is_handled for is_handled, _text, _line in states)
        and use_count == len(calls)
    ):
        first = place(states[0][1].path, states[0][2])
        return Refutation(
            f"Every call of {name(definition.name)} ({len(calls)}) is in a `try` that takes all "
            f"exceptions, the first at {first}."
        )
    return NoProof("no call, or not plain how it is handled")


def _is_handled_around(text: SourceText, line: int) -> bool | None:
    """Return whether the call stands in a `try` that takes all; None where that is not plain."""
    opens = _TRY.get(text.language)
    syntax = text.syntax
    if opens is None or syntax is None or syntax.errors or _ELSEWHERE.search(text.lines[line - 1]):
        return None
    scope = text.scope(line, line)
    code = text.lines[line - 1]
    for number in _around(text, line, scope.line if scope else 1):
        if opens.match(text.lines[number - 1]):
            # In JavaScript a promise leaves the `try` before it fails, unless it is awaited.
            is_awaited = not text.language.endswith(("script", "tsx")) or "await " in code
            return True if _is_broad(text, number) and is_awaited else None
        if _NO_TRY_BODY.match(text.lines[number - 1]):
            return None
    return None if "lambda" in code or "=>" in code else False


def _around(text: SourceText, line: int, first: int) -> Iterator[int]:
    """Yield the lines above that open the blocks around the line, inner ones first."""
    depth = text.depth(line)
    for number in range(line - 1, first - 1, -1):
        line_text = text.lines[number - 1].strip()
        if not line_text or text.depth(number) >= depth:
            continue
        is_brace = line_text == "{"  # what it belongs to stands above, as deep
        depth = text.depth(number) + is_brace
        if not is_brace:
            yield number


def _is_broad(text: SourceText, line: int) -> bool:
    """True when a handler of the `try` at the line takes every exception."""
    depth = text.depth(line)
    for number in range(line + 1, len(text.lines) + 1):
        line_text = text.lines[number - 1]
        if line_text.strip() and text.depth(number) <= depth:
            if _HANDLER.match(line_text) and _BROAD.search(line_text):
                return True
            if not _HANDLER.match(line_text) and line_text.strip() not in ("{", "}"):
                return False
    return False
