"""What an API has turned out to take: which form of reply, which parameters, how long a reply.

Servers that speak one wire format take different parts of it, and say so only when they refuse. A
refusal that names what it refuses leads to the next dialect; each dialect takes less than the one
before, so that there is an end to it.
"""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from codeflow_action.ai.providers.overflow import is_plainly_too_long
from codeflow_action.ai.providers.status import Refusal
from codeflow_action.engine.lazy import dataclass, regex

# Of 404, 409, 429 and the like no word is about the request's form. llama-cpp-python refuses a
# schema with 500.
_ABOUT_THE_REQUEST = frozenset({400, 422, 500, 501})
_ABOUT_FORMAT = regex(
    r"response_format|json_schema|json_object|output_config|structured output|grammar|\bschema\b"
    r"|required for format",
    re.IGNORECASE,
)
# How servers say that they do not take a parameter; bodies of each stand in
# `codeflow_action.testing.models.parameters`.
_REFUSES = regex(
    r"unsupported|not supported|n[o']t support|unknown|unrecogni[sz]ed|unexpected|extra_forbidden"
    r"|extra(?:neous)? (?:inputs?|fields?|keys?)|additional propert|not permitted|not allowed"
    r"|deprecated|cannot find field|not available|is unavailable|only the default",
    re.IGNORECASE,
)
# How they say that a reply may not be so long. The number is what it may be.
_AT_MOST = regex(
    r"(?:at most|less than or equal to|<=|maximum(?: value| allowed)?(?: is| of| for)?|>)"
    r"[\s`'\"(:]*(\d{2,7})",
    re.IGNORECASE,
)
_NEAR = 100  # characters between a parameter's name and what is said of it
_LEAST_REPLY = 256  # tokens; below that no reply fits, and something else is meant
_EVERYDAY_NAMES = frozenset({"type", "name"})  # which refusals of anything may hold
_PARTS = ("messages", "system")  # where a request has parameters of its parts


class Form(enum.Enum):
    """How a reply's shape is asked for, strictest first."""

    SCHEMA = enum.auto()  # the API holds the model to the schema
    OBJECT = enum.auto()  # the API holds it to JSON; the schema is in the prompt
    PROMPT = enum.auto()  # the schema is in the prompt


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """What a provider's requests consist of.

    `forms` are those that it knows. `essentials` are parameters without which there is no request.
    `twins` are two names of one parameter: where the first is refused, the second is tried.
    `lengths` bound the reply; `formats` ask for its form.
    """

    forms: tuple[Form, ...] = (Form.SCHEMA, Form.OBJECT, Form.PROMPT)
    essentials: frozenset[str] = frozenset({"model", "messages", "role", "content", "type", "text"})
    twins: Mapping[str, str]
    lengths: frozenset[str]
    formats: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How to ask an API, as far as its refusals have told."""

    grammar: Grammar
    step: int = 0  # into the grammar's forms
    names: Mapping[str, str] | None = None  # a parameter's other name, by its first one
    omitted: frozenset[str] = frozenset()  # parameters that the API does not take
    longest: int | None = None  # tokens that a reply may have

    @property
    def form(self) -> Form:
        """How the reply's shape is asked for."""
        return self.grammar.forms[self.step]

    def adapt(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request as this API takes it."""
        names = self.names or {}
        parameters: dict[str, Any] = {}
        for name, value in request.items():
            spelling = names.get(name, name)
            if spelling in self.omitted:
                continue
            if name in self.grammar.lengths and self.longest is not None:
                value = min(value, self.longest)  # noqa: PLW2901 - the value as it is sent
            parameters[spelling] = self._without_omitted(value) if name in _PARTS else value
        return parameters

    def _without_omitted(self, value: Any) -> Any:  # noqa: ANN401 - JSON, as the SDKs take it
        match value:
            case dict():
                return {
                    name: self._without_omitted(inner)
                    for name, inner in value.items()
                    if name not in self.omitted
                }
            case list():
                return [self._without_omitted(element) for element in value]
            case _:
                return value

    def after(self, refusal: Refusal, request: Mapping[str, Any]) -> "Dialect | None":
        """Return the dialect to try after the API has refused the request, None where none helps.

        The form of the reply is loosened where the refusal is about it. A parameter that it names
        gets its other name, else it is left out. A reply that may not be so long is made shorter.
        """
        body, grammar = refusal.body, self.grammar
        if refusal.status not in _ABOUT_THE_REQUEST or is_plainly_too_long(body):
            return None
        formats = {key: request[key] for key in grammar.formats & request.keys()}
        of_format = {*formats, *_names_within(formats)}
        # Of all names the first counts, see there.
        name = _refused_name(body, (*_optional_names(request, grammar.essentials), *of_format))
        if name and name not in of_format:
            names, twin = self.names or {}, grammar.twins.get(name)
            if twin and name not in names.values():
                return replace(self, names={**names, name: twin})
            return replace(self, omitted=self.omitted | {name})
        if name or (formats and _ABOUT_FORMAT.search(body)):
            is_last = self.step + 1 >= len(grammar.forms)
            return None if is_last else replace(self, step=self.step + 1)
        length = next((request[name] for name in grammar.lengths & request.keys()), None)
        if length is None or not any(name in body for name in grammar.lengths):
            return None
        limits = (int(match[1]) for match in _AT_MOST.finditer(body))
        longest = next((limit for limit in limits if _LEAST_REPLY <= limit < length), None)
        return None if longest is None else replace(self, longest=longest)


def _optional_names(request: Mapping[str, Any], essentials: frozenset[str]) -> Iterator[str]:
    """Yield the parameters of a request and of its parts that it could do without."""
    yield from (name for name in request if name not in essentials)
    queue = [request[name] for name in _PARTS if name in request]
    while queue:
        match queue.pop():
            case dict() as part:
                yield from (name for name in part if name not in essentials)
                queue.extend(part.values())
            case list() as parts:
                queue.extend(parts)


def _names_within(formats: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that ask for the reply's form, but no property of its schema."""
    for name, value in formats.items():
        if isinstance(value, Mapping) and name != "schema":
            yield from _names_within(value)
        elif name not in _EVERYDAY_NAMES:
            yield name


def _refused_name(body: str, names: Iterable[str]) -> str | None:
    """Return which of the names the refusal is about, None where it is about none.

    The first that it mentions near words of refusal: what it mentions later is what it would take
    instead ("Use 'max_completion_tokens' instead", "expected one of `model`, `messages`, …").
    """
    mentions: list[tuple[int, str]] = []
    for name in dict.fromkeys(names):
        for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body):
            context = body[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            if _REFUSES.search(context):
                mentions.append((match.start(), name))
                break
    return min(mentions)[1] if mentions else None
