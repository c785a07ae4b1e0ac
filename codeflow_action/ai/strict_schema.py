"""One JSON Schema dialect that all four APIs take in their strict modes.

Strict modes differ (OpenAI wants every property required, Anthropic no numeric limits, Groq no
defaults ...); what is left when all of them are obeyed is small: objects whose properties are all
required and closed, arrays, strings, numbers, booleans, enums, and null beside one of these. What
is dropped goes into the description, and pydantic checks it afterwards.
"""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, JsonValue

_MAX_DEPTH = 5
_LIMITS = (
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
)

type Schema = dict[str, JsonValue]


@cache
def strict(reply: type[BaseModel]) -> Schema:
    """Return the schema in the common strict dialect; the same object every time.

    Raises `TypeError` for what no strict mode can express: recursion, mappings with free keys,
    unions of anything but one type and null, and roots that are no object.
    """
    schema = reply.model_json_schema()
    # The model's docstring is for readers of the code, not for models.
    schema.pop("description", None)
    root = _node(schema, schema.get("$defs", {}), 0)
    if root.get("type") != "object":
        raise TypeError("a reply must be an object")
    return root


def _node(schema: Schema, definitions: Mapping[str, JsonValue], depth: int) -> Schema:
    if depth > _MAX_DEPTH:
        raise TypeError("a reply may be nested five levels deep, and may not contain itself")
    schema = _resolve(schema, definitions)
    node: Schema
    match schema:
        case {"anyOf": branches}:
            node = {"anyOf": [_node(_only_type(branches), definitions, depth), {"type": "null"}]}
        case {"enum": values}:
            node = {"type": "string", "enum": values}
        case {"const": value}:
            node = {"type": "string", "enum": [value]}
        case {"type": "object", "properties": dict(properties)} if not isinstance(
            schema.get("additionalProperties"), dict
        ):
            nodes: Schema = {
                name: _node(value, definitions, depth + 1)
                for name, value in properties.items()
                if isinstance(value, dict)
            }
            node = {"type": "object", "properties": nodes, "required": list(nodes)}
            node["additionalProperties"] = False
        case {"type": "object"}:
            raise TypeError("an object needs named properties")
        case {"type": "array", "items": dict(items)}:
            node = {"type": "array", "items": _node(items, definitions, depth + 1)}
        case {"type": "array"}:
            raise TypeError("an array needs one kind of items")
        case {"type": "string" | "number" | "integer" | "boolean" as kind}:
            node = {"type": kind}
        case _:
            raise TypeError(f"a reply cannot hold {schema.get('type')!r}")
    # The description says what the dialect cannot.
    words = [str(schema["description"]).split("\n")[0]] if schema.get("description") else []
    words += [f"{key}: {schema[key]}" for key in _LIMITS if key in schema]
    return {**node, "description": "; ".join(words)} if words else node


def _resolve(schema: Schema, definitions: Mapping[str, JsonValue]) -> Schema:
    """Put a definition in place of a reference to it."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target = definitions.get(reference.removeprefix("#/$defs/"))
    if not isinstance(target, dict):
        raise TypeError(f"{reference} is not defined")
    # A definition's description is its docstring: for readers of the code, not for models.
    definition = {key: value for key, value in target.items() if key != "description"}
    return {**definition, **{key: value for key, value in schema.items() if key != "$ref"}}


def _only_type(branches: JsonValue) -> Schema:
    """Return the X of `X or null`. Raises `TypeError` for every other union."""
    types = (
        [branch for branch in branches if isinstance(branch, dict)]
        if isinstance(branches, list)
        else []
    )
    real = [branch for branch in types if branch.get("type") != "null"]
    if len(real) != 1 or len(types) != 2:
        raise TypeError("a union may only be one type or null")
    return real[0]
