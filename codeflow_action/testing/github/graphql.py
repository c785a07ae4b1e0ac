"""Answers GraphQL documents: takes what is asked for out of nested dictionaries.

A field with arguments is a function of them. A document that cannot be read is answered with
HTTP 200 and `errors`, as GitHub does.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from codeflow_action.testing.github.exchange import ApiCall, Response, json_response
from codeflow_action.testing.github.graph import queries
from codeflow_action.testing.github.mutations import mutations
from codeflow_action.testing.github.selection import Field, FieldError, QueryError, read_operation
from codeflow_action.testing.github.values import JsonObject


def answer(call: ApiCall) -> Response:
    """Return the answer to the document in the request."""
    body = call.json()
    errors: list[JsonObject] = []
    try:
        operation = read_operation(str(body.get("query", "")), body.get("variables") or {})
        root = queries(call.hub) if operation.kind == "query" else mutations(call.hub)
        data = _select(root, operation.selection, (), errors)
    except QueryError as error:
        return json_response({"errors": [{"message": str(error)}]})
    # Data and errors may come together: a field that is refused does not spoil the others.
    return json_response({"data": data} | ({"errors": errors} if errors else {}))


def is_mutation(raw_body: bytes) -> bool:
    """Return True when a request's body holds a document that changes something."""
    try:
        body = json.loads(raw_body)
    except ValueError:
        return False
    query = body.get("query") if isinstance(body, dict) else None
    return isinstance(query, str) and query.lstrip().startswith("mutation")


def _select(
    source: Mapping[str, Any],
    selection: Sequence[Field],
    path: tuple[str, ...],
    errors: list[JsonObject],
) -> JsonObject:
    """Take the fields asked for. One that cannot be given becomes null and adds to `errors`."""
    values: JsonObject = {}
    for field in selection:
        if field.on_type not in ("", source["__typename"]):
            continue
        field_path = (*path, field.key)
        if field.name not in source:
            raise QueryError(f"Field '{field.name}' doesn't exist on type '{source['__typename']}'")
        value = source[field.name]
        if callable(value):
            try:
                value = value(field.arguments)
            except FieldError as error:
                errors.append({"type": error.kind, "path": list(field_path), "message": str(error)})
                value = None
        values[field.key] = _select_within(value, field, field_path, errors)
    return values


def _select_within(
    value: Any,  # noqa: ANN401 - JSON
    field: Field,
    path: tuple[str, ...],
    errors: list[JsonObject],
) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_select_within(element, field, path, errors) for element in value]
    if isinstance(value, Mapping):
        if not field.selection:
            raise QueryError(f"Field must have selections (field '{field.name}')")
        return _select(value, field.selection, path, errors)
    if field.selection and value is not None:
        raise QueryError(f"Selections can't be made on scalars (field '{field.name}')")
    return value
