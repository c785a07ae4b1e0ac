"""A model's text to the JSON object that was asked for, what can be saved of it, or a refusal."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args, get_origin

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json

from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.model import Flaw

_THINK_TAGS = regex(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_MAX_STARTS = 50  # places where an object may begin in a wordy answer
_MAX_PROBLEMS = 3  # told to the model; the rest is counted
_MAX_LABEL = 100  # characters
_LAST_VALUE = regex(r"[\w+.-]+\Z")
_MAX_VALUE = 400  # characters of a value that is no string
_CUT_OFF = Flaw(where="the answer", problem="it was cut off")

type JsonObject = dict[str, JsonValue]


def parse_reply(text: str, reply: type[BaseModel]) -> JsonObject:
    """Return the first object in `text` that fits `reply`.

    Tolerates a byte-order mark, thinking aloud, code fences and words around. Raises
    `UnusableReply`, which says what is wrong with the object that comes nearest.
    """
    nearest: ValidationError | None = None
    for candidate in _objects(_bare(text)):
        try:
            reply.model_validate(candidate)
        except ValidationError as error:
            failures = [error] if nearest is None else [nearest, error]
            nearest = min(failures, key=ValidationError.error_count)
        else:
            return candidate
    complaint = "it holds no JSON object"
    if nearest:
        # The first problems by place. Values are the model's own and are not repeated.
        problems = nearest.errors(include_url=False, include_input=False, include_context=False)
        lines = [
            f"{'.'.join(map(str, problem['loc'])) or 'the object'}: {problem['msg']}"
            for problem in problems[:_MAX_PROBLEMS]
        ]
        if len(problems) > len(lines):
            lines.append(f"and {len(problems) - len(lines)} more")
        complaint = "; ".join(lines)
    raise UnusableReply(f"the model's answer is not what was asked for: {complaint}")


@dataclass(frozen=True, kw_only=True)
class Salvage:
    """What is left of a bad reply: an object that fits, and what had to go for that."""

    data: JsonObject
    flaws: tuple[Flaw, ...]


def salvage(text: str, reply: type[BaseModel]) -> Salvage | None:
    """Return what can be kept of a reply that was cut off or does not fit, None when nothing can.

    An element of a list at the root is kept where it fits by itself. The rest of the root must fit
    as it is, and nothing is made up.
    """
    bare = _bare(text)
    for root in _objects(bare):
        if whole := _fitting_part(root, reply):
            return whole
    # The text may end in the middle of an object. The value that it ends in does not count: of a
    # number nobody can say whether it goes on, and strings are left out by the parser.
    bare = bare.rstrip()
    bare = bare[:-_MAX_VALUE] + _LAST_VALUE.sub("", bare[-_MAX_VALUE:])
    for start in _starts(bare):
        try:
            root = from_json(bare[start:], allow_partial=True)
        except ValueError:
            continue
        if isinstance(root, dict) and (part := _fitting_part(root, reply)):
            return replace(part, flaws=(*part.flaws, _CUT_OFF))
    return None


def _fitting_part(root: JsonObject, reply: type[BaseModel]) -> Salvage | None:
    flaws: list[Flaw] = []
    data = dict(root)
    for name, field in reply.model_fields.items():
        elements = root.get(name)
        if isinstance(elements, list) and get_origin(field.annotation) in (list, tuple):
            adapter = TypeAdapter(get_args(field.annotation)[0])
            verdicts = [_flaw(adapter, element) for element in elements]
            data[name] = [
                element for element, flaw in zip(elements, verdicts, strict=True) if flaw is None
            ]
            flaws += [
                replace(flaw, where=f"{name}[{index}]{flaw.where}")
                for index, flaw in enumerate(verdicts)
                if flaw
            ]
    try:
        reply.model_validate(data)
    except ValidationError:
        return None
    return Salvage(data=data, flaws=tuple(flaws))


def _flaw(adapter: TypeAdapter[object], element: JsonValue) -> Flaw | None:
    """Return what is wrong with the element and where in it, None when it fits."""
    try:
        adapter.validate_python(element)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        title = element.get("title") if isinstance(element, dict) else None
        return Flaw(
            where="".join(f".{part}" for part in problem["loc"]),
            problem=problem["msg"],
            label=title[:_MAX_LABEL] if isinstance(title, str) else "",
        )
    return None


def _bare(text: str) -> str:
    """Return the text from behind the thinking that comes before its first object.

    Whatever stands in an object is the answer's: a remark may quote those words.
    """
    start = 0
    while (match := _THINK_TAGS.search(text, start)) and "{" not in text[start : match.start()]:
        start = match.end()
    return text[start:]


def _starts(text: str) -> Iterator[int]:
    start = text.find("{")
    for _start in range(_MAX_STARTS):
        if start < 0:
            return
        yield start
        start = text.find("{", start + 1)


def _objects(text: str) -> Iterator[JsonObject]:
    """Yield the whole objects in the text, none that lies inside another."""
    decoder = json.JSONDecoder(strict=False)
    end = 0
    for start in _starts(text):
        if start < end:
            continue
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value
