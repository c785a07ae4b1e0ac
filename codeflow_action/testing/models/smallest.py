"""The smallest value that a JSON Schema allows: what the server answers when nothing was said."""

from codeflow_action.testing.models.replies import JsonObject, JsonValue


def smallest(schema: JsonObject, root: JsonObject | None = None) -> JsonValue:
    """Return it: null where it may be, else empty lists and strings, zeros and first enums.

    Knows what pydantic writes: `$ref` into `$defs`, `anyOf`, `allOf`, `enum`, `const`, required
    properties, `minItems`, `minLength`, `minimum` and `exclusiveMinimum`; not `pattern`.
    Raises `LookupError` for a reference to nothing.
    """
    whole = schema if root is None else root
    match schema:
        case {"$ref": str(reference)}:
            return smallest(_definition(whole, reference), whole)
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"anyOf": [*branches]} | {"oneOf": [*branches]} | {"allOf": [*branches]}:
            return _least([branch for branch in branches if isinstance(branch, dict)], whole)
        case {"type": [*kinds]}:
            return _least([{**schema, "type": kind} for kind in kinds], whole)
        case _:
            return _plain(schema, whole)


def _plain(schema: JsonObject, whole: JsonObject) -> JsonValue:
    value: JsonValue = None
    match schema.get("type"):
        case "object":
            value = _object(schema, whole)
        case "array":
            items = schema.get("items")
            item = items if isinstance(items, dict) else {}
            value = [smallest(item, whole) for _ in range(_count(schema.get("minItems")))]
        case "string":
            value = "-" * _count(schema.get("minLength"))
        case "boolean":
            value = False
        case "integer" | "number":
            value = _number(schema)
    return value


def _least(branches: list[JsonObject], whole: JsonObject) -> JsonValue:
    """Prefer null: it ends what contains itself."""
    if any(branch.get("type") == "null" for branch in branches):
        return None
    return smallest(branches[0], whole) if branches else None


def _object(schema: JsonObject, whole: JsonObject) -> JsonObject:
    properties, required = schema.get("properties"), schema.get("required")
    named = properties if isinstance(properties, dict) else {}
    wanted = required if isinstance(required, list) else []
    return {
        name: smallest(node, whole)
        for name, node in named.items()
        if name in wanted and isinstance(node, dict)
    }


def _number(schema: JsonObject) -> JsonValue:
    match schema:
        case {"minimum": int(least) | float(least)}:
            return max(0, least)
        case {"exclusiveMinimum": int(bound) | float(bound)}:
            return max(0, bound + 1)
        case _:
            return 0


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _definition(whole: JsonObject, reference: str) -> JsonObject:
    match whole.get("$defs"), reference.removeprefix("#/$defs/"):
        case dict(definitions), name if isinstance(target := definitions.get(name), dict):
            return target
    raise LookupError(f"{reference} is not defined in the request's schema")
