"""Answers GraphQL documents: takes what was asked for out of nested dictionaries.

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
    asked = call.json()
    errors: list[JsonObject] = []
    try:
        operation = read_operation(str(asked.get("query", "")), asked.get("variables") or {})
        root = queries(call.hub) if operation.kind == "query" else mutations(call.hub)
        data = _select(root, operation.selection, (), errors)
    except QueryError as error:
        return json_response({"errors": [{"message": str(error)}]})
    return json_response({"data": data} | ({"errors": errors} if errors else {}))


def is_mutation(body: bytes) -> bool:
    """Return True when a request's body holds a document that changes something."""
    try:
        asked = json.loads(body)
    except ValueError:
        return False
    query = asked.get("query") if isinstance(asked, dict) else None
    return isinstance(query, str) and query.lstrip().startswith("mutation")


def _select(
    source: Mapping[str, Any],
    selection: Sequence[Field],
    path: tuple[str, ...],
    errors: list[JsonObject],
) -> JsonObject:
    """Take the fields asked for. One that cannot be given becomes null and adds to `errors`."""
    taken: JsonObject = {}
    for wanted in selection:
        here = (*path, wanted.key)
        try:
            value = _value(source, wanted)
        except FieldError as error:
            errors.append({"type": error.kind, "path": list(here), "message": str(error)})
            value = None
        taken[wanted.key] = _nested(value, wanted, here, errors)
    return taken


def _value(source: Mapping[str, Any], wanted: Field) -> Any:  # noqa: ANN401 - JSON
    if wanted.name not in source:
        raise QueryError(f"Field '{wanted.name}' doesn't exist on type '{source['__typename']}'")
    value = source[wanted.name]
    return value(wanted.arguments) if callable(value) else value


def _nested(
    value: Any,  # noqa: ANN401 - JSON
    wanted: Field,
    path: tuple[str, ...],
    errors: list[JsonObject],
) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_nested(item, wanted, path, errors) for item in value]
    if isinstance(value, Mapping):
        if not wanted.selection:
            raise QueryError(f"Field must have selections (field '{wanted.name}')")
        return _select(value, wanted.selection, path, errors)
    if wanted.selection and value is not None:
        raise QueryError(f"Selections can't be made on scalars (field '{wanted.name}')")
    return value
