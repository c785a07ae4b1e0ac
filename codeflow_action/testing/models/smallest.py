"""The smallest value that a JSON Schema allows: what the server answers without a script."""

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
            name = reference.removeprefix("#/$defs/")
            match whole:
                case {"$defs": dict(definitions)} if isinstance(
                    target := definitions.get(name), dict
                ):
                    return smallest(target, whole)
            raise LookupError(f"{reference} is not defined in the request's schema")
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"anyOf": [*branches]} | {"oneOf": [*branches]} | {"allOf": [*branches]}:
            alternatives = [branch for branch in branches if isinstance(branch, dict)]
        case {"type": [*kinds]}:
            alternatives = [{**schema, "type": kind} for kind in kinds]
        case _:
            return _smallest_of_type(schema, whole)
    # Null first: in a schema that contains itself, it is what ends the recursion.
    if any(alternative.get("type") == "null" for alternative in alternatives):
        return None
    return smallest(alternatives[0], whole) if alternatives else None


def _smallest_of_type(schema: JsonObject, whole: JsonObject) -> JsonValue:
    value: JsonValue = None
    match schema:
        case {"type": "object", "properties": dict(properties), "required": [*names]}:
            value = {
                name: smallest(node, whole)
                for name, node in properties.items()
                if name in names and isinstance(node, dict)
            }
        case {"type": "object"}:
            value = {}
        case {"type": "array"}:
            items = schema.get("items")
            item = items if isinstance(items, dict) else {}
            value = [smallest(item, whole) for _ in range(_count(schema, "minItems"))]
        case {"type": "string"}:
            value = "-" * _count(schema, "minLength")
        case {"type": "boolean"}:
            value = False
        case {"type": "integer" | "number", "minimum": int(least) | float(least)}:
            value = max(0, least)
        case {"type": "integer" | "number", "exclusiveMinimum": int(bound) | float(bound)}:
            value = max(0, bound + 1)
        case {"type": "integer" | "number"}:
            value = 0
    return value


def _count(schema: JsonObject, key: str) -> int:
    value = schema.get(key)
    return value if isinstance(value, int) else 0
