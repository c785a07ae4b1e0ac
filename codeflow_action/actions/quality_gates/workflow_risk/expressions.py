"""GitHub's expressions, parsed: what of a context flows into their value.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex

# GitHub refuses a text with expressions that is longer than 21,000 characters.
_MAX_TEXT = 30_000
_MAX_TOKENS = 2_000
_MAX_DEPTH = 40  # GitHub's own limit is 50
_TOKEN = regex(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[-+]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?)"
    r"|(?P<name>[a-z_][\w-]*)|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!().,\[\]*]))",
    re.IGNORECASE,
)
# What these return is true, false, a hash or a number, whatever is handed in.
_JUDGES = frozenset(
    {"contains", "startswith", "endswith", "always", "success", "failure", "cancelled", "hashfiles"}
)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_CONSTANTS = frozenset({"true", "false", "null", "nan", "infinity"})


class ExpressionError(ValueError):
    """The text is no expression, or a larger one than GitHub takes."""


@dataclass(frozen=True)
class Literal:
    """A text, a number, or one of the constants."""

    text: str


@dataclass(frozen=True)
class Context:
    """A value of a context, such as `github.event.issue.title`: its parts in lower case.

    An index that is computed, a number and `*` are all `*`.
    """

    parts: tuple[str, ...]
    indexes: tuple["Expression", ...] = ()

    @property
    def name(self) -> str:
        """The parts as they are usually written."""
        return ".".join(self.parts)


@dataclass(frozen=True)
class Application:
    """A call of a function, or an operator with its operands; `name` is in lower case."""

    name: str
    arguments: tuple["Expression", ...]
    parts: tuple[str, ...] = ()  # what is taken of the result


type Expression = Literal | Context | Application


@dataclass(frozen=True)
class Insertion:
    """One `${{ }}` in a text with its place; `expression` is None where it is wrong."""

    start: int
    end: int
    source: str
    expression: Expression | None


@dataclass(frozen=True)
class Flow:
    """A context whose value, or the JSON of it, becomes part of an expression's value."""

    context: Context
    is_json: bool = False


def insertions(text: str) -> Iterator[Insertion]:
    """Yield every `${{ }}` of a text. A `}}` within quotes ends none."""
    position = 0
    text = text[:_MAX_TEXT]
    while (start := text.find("${{", position)) >= 0:
        end = _end_of(text, start + 3)
        if end < 0:
            return
        source = text[start + 3 : end].strip()
        yield Insertion(start, end + 2, source, parse_or_none(source))
        position = end + 2


def _end_of(text: str, position: int) -> int:
    """Return where the `}}` stands that ends an expression, -1 where there is none."""
    for match in re.compile(r"'|\}\}").finditer(text, position):
        if match.start() < position:
            continue
        if match[0] == "}}":
            return match.start()
        quote_end = text.find("'", match.end())
        if quote_end < 0:
            return text.find("}}", match.end())
        position = quote_end + 1
    return -1


@lru_cache(maxsize=4_096)
def parse_or_none(source: str) -> Expression | None:
    """Return the expression, None for what GitHub would refuse."""
    try:
        return parse_expression(source)
    except ExpressionError:
        return None


def parse_expression(source: str) -> Expression:
    """Return the parsed expression. Raises `ExpressionError`."""
    parser = _Parser(_tokens(source))
    expression = parser.either(0)
    if parser.peek() != ("", ""):
        raise ExpressionError("something follows the expression")
    return expression


def flows(expression: Expression | None, *, is_json: bool = False) -> Iterator[Flow]:
    """Yield the contexts whose text the value of an expression holds.

    What stands before `&&` only decides; comparisons and questions are true or false.
    """
    match expression:
        case Context():
            yield Flow(expression, is_json)
        case Application(name="&&", arguments=arguments):
            yield from flows(arguments[-1], is_json=is_json)
        case Application(name="||", arguments=arguments):
            for argument in arguments:
                yield from flows(argument, is_json=is_json)
        case Application(name=name) if name in _JUDGES or name in _COMPARISONS or name == "!":
            return
        case Application(name=name, arguments=arguments):
            # `case(test, value, …, other)` hands on every second one; which ones does not matter.
            for argument in arguments:
                yield from flows(argument, is_json=is_json or name == "tojson")


def contexts(expression: Expression | None) -> Iterator[Context]:
    """Yield every context that an expression names."""
    match expression:
        case Context(indexes=indexes):
            yield expression
            for index in indexes:
                yield from contexts(index)
        case Application(arguments=arguments):
            for argument in arguments:
                yield from contexts(argument)


def conjuncts(expression: Expression | None) -> Iterator[Expression]:
    """Yield the conditions that must all hold."""
    match expression:
        case None:
            return
        case Application(name="&&", arguments=arguments):
            for argument in arguments:
                yield from conjuncts(argument)
        case _:
            yield expression


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    source = source.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None or len(tokens) > _MAX_TOKENS:
            raise ExpressionError("it holds what no expression holds")
        kind = match.lastgroup or ""
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


class _Parser:
    """Descends along the operators' precedence: `||`, `&&`, comparisons, `!`, what is called."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._position = 0

    def peek(self) -> tuple[str, str]:
        """Return the next token, two empty texts at the end."""
        return self._tokens[self._position] if self._position < len(self._tokens) else ("", "")

    def either(self, depth: int) -> Expression:
        """Read an expression at its loosest."""
        if depth > _MAX_DEPTH:
            raise ExpressionError("it is nested too deeply")
        return self._chain("||", lambda: self._chain("&&", lambda: self._comparison(depth)))

    def _chain(self, sign: str, operand: Callable[[], Expression]) -> Expression:
        operands = [operand()]
        while self._accepts(sign):
            operands.append(operand())
        return operands[0] if len(operands) == 1 else Application(sign, tuple(operands))

    def _comparison(self, depth: int) -> Expression:
        value = self._negation(depth)
        while self.peek()[0] == "sign" and self.peek()[1] in _COMPARISONS:
            sign = self._next()[1]
            value = Application(sign, (value, self._negation(depth)))
            depth += 1
            if depth > _MAX_DEPTH:
                raise ExpressionError("it is nested too deeply")
        return value

    def _negation(self, depth: int) -> Expression:
        count = 0
        while self._accepts("!"):
            count += 1
        value = self._postfix(self._primary(depth), depth)
        # Twice is a question, too: what counts is that the value itself does not come through.
        return (
            Application("!", (value,))
            if count % 2
            else Application("!", (Application("!", (value,)),))
            if count
            else value
        )

    def _primary(self, depth: int) -> Expression:
        kind, text = self._next()
        if kind == "text":
            return Literal(text[1:-1].replace("''", "'"))
        if kind == "number":
            return Literal(text)
        if kind == "name":
            if self._accepts("("):
                return Application(text.lower(), tuple(self._arguments(depth)))
            return Literal(text) if text.lower() in _CONSTANTS else Context((text.lower(),))
        if text == "(":
            value = self.either(depth + 1)
            self._expect(")")
            return value
        raise ExpressionError(f"{text!r} stands where a value should")

    def _arguments(self, depth: int) -> Iterator[Expression]:
        if self._accepts(")"):
            return
        yield self.either(depth + 1)
        while self._accepts(","):
            yield self.either(depth + 1)
        self._expect(")")

    def _postfix(self, value: Expression, depth: int) -> Expression:
        parts: list[str] = []
        indexes: list[Expression] = []
        while self.peek() in {("sign", "."), ("sign", "[")}:
            if self._accepts("."):
                kind, text = self._next()
                if kind != "name" and text != "*":
                    raise ExpressionError("no name follows the dot")
                parts.append(text.lower())
                continue
            self._expect("[")
            part = "*"
            if not self._accepts("*"):
                index = self.either(depth + 1)
                indexes.append(index)
                if isinstance(index, Literal) and not index.text.isdecimal():
                    part = index.text.lower()
            parts.append(part)
            self._expect("]")
        match value:
            case Context(parts=start):
                return Context((*start, *parts), tuple(indexes))
            case Application(name=name, arguments=arguments) if parts:
                return Application(name, arguments, tuple(parts))
        return value

    def _next(self) -> tuple[str, str]:
        token = self.peek()
        if token == ("", ""):
            raise ExpressionError("it ends too early")
        self._position += 1
        return token

    def _accepts(self, sign: str) -> bool:
        is_next = self.peek() == ("sign", sign)
        self._position += is_next
        return is_next

    def _expect(self, sign: str) -> None:
        if not self._accepts(sign):
            raise ExpressionError(f"{sign!r} is missing")
