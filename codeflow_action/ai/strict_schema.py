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
    if "anyOf" in schema:
        return _optional(schema, definitions, depth)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema.get("const")]
        return _with_description({"type": "string", "enum": values}, schema)
    match schema.get("type"):
        case "object":
            return _object(schema, definitions, depth)
        case "array":
            items = schema.get("items")
            if not isinstance(items, dict):
                raise TypeError("an array needs one kind of items")
            return _with_description(
                {"type": "array", "items": _node(items, definitions, depth + 1)}, schema
            )
        case "string" | "number" | "integer" | "boolean" as kind:
            return _with_description({"type": kind}, schema)
        case kind:
            raise TypeError(f"a reply cannot hold {kind!r}")


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


def _optional(schema: Schema, definitions: Mapping[str, JsonValue], depth: int) -> Schema:
    """Take `X or null` and nothing else."""
    branches = schema["anyOf"]
    types = (
        [branch for branch in branches if isinstance(branch, dict)]
        if isinstance(branches, list)
        else []
    )
    real = [branch for branch in types if branch.get("type") != "null"]
    if len(real) != 1 or len(types) != 2:
        raise TypeError("a union may only be one type or null")
    node = _node(real[0], definitions, depth)
    return _with_description({"anyOf": [node, {"type": "null"}]}, schema)


def _object(schema: Schema, definitions: Mapping[str, JsonValue], depth: int) -> Schema:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or isinstance(schema.get("additionalProperties"), dict):
        raise TypeError("an object needs named properties")
    nodes: Schema = {
        name: _node(value, definitions, depth + 1)
        for name, value in properties.items()
        if isinstance(value, dict)
    }
    return _with_description(
        {
            "type": "object",
            "properties": nodes,
            "required": list(nodes),
            "additionalProperties": False,
        },
        schema,
    )


def _with_description(node: Schema, schema: Schema) -> Schema:
    """Keep the description, and say in it what the dialect cannot."""
    words = [str(schema["description"]).split("\n")[0]] if schema.get("description") else []
    words += [f"{key}: {schema[key]}" for key in _LIMITS if key in schema]
    return {**node, "description": "; ".join(words)} if words else node
