"""A model's text to the JSON object that was asked for, or a clear refusal of it."""

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.model import ReplySchema

_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_MAX_STARTS = 50  # places where an object may begin in a wordy answer
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def parse_reply(text: str, reply: ReplySchema) -> dict[str, JsonValue]:
    """Return the first object in `text` that has the schema's shape at its root.

    Tolerates a byte-order mark, thinking aloud, code fences and words around. Elements of a list
    are not judged here: whoever asked keeps the good ones. Raises `UnusableReply`.
    """
    wrong = "it holds no JSON object"
    for candidate in _objects(_THINKING.sub("", text.lstrip("\ufeff"))):
        problem = root_problem(candidate, reply.schema)
        if not problem:
            return candidate
        wrong = problem
    raise UnusableReply(f"the model's answer is not what was asked for: {wrong}")


def _objects(text: str) -> Iterator[dict[str, JsonValue]]:
    decoder = json.JSONDecoder(strict=False)
    at = text.find("{")
    for _start in range(_MAX_STARTS):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict):
            yield value
        at = text.find("{", end)


def root_problem(value: Mapping[str, JsonValue], schema: Mapping[str, JsonValue]) -> str:
    """Return what is wrong with the root's properties, empty when they fit."""
    properties = schema.get("properties")
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if name not in value:
            return f"the key {name!r} is missing"
    for name, wanted in properties.items() if isinstance(properties, dict) else ():
        kind = wanted.get("type") if isinstance(wanted, dict) else None
        if name in value and isinstance(kind, str) and not _is(value[name], kind):
            return f"{name!r} must be of type {kind}"
    return ""


def _is(value: JsonValue, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES.get(kind, (object,)))
