"""A wrong value in a reader's words: where it stands, what would be right there, what it is."""

import json
from collections.abc import Iterable, Mapping
from typing import get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from codeflow_action.config.names import did_you_mean
from codeflow_action.manifests.yaml_text import Path

_MAX_QUOTE = 80  # characters of a wrong value
_LIST = "should be a list, such as [a, b]"
_MAPPING = "should hold keys of its own, indented below"
_TEXT = "should be text (a number or a word such as true needs quotes)"
_WHOLE_NUMBER = "should be a whole number"
_NUMBER = "should be a number"
_TRUTH = "should be true or false"
# By pydantic's kind of error, https://docs.pydantic.dev/latest/errors/validation_errors/; its own
# words name types of Python. The braces are filled from the error's context.
_WORDS: Mapping[str, str] = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "string_type": _TEXT,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "should be a finite number",
    "missing": "is missing",
    "enum": "should be {expected}",
    "literal_error": "should be {expected}",
    "greater_than": "should be more than {gt}",
    "greater_than_equal": "should be at least {ge}",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be at most {le}",
    "string_pattern_mismatch": "should match the pattern {pattern}",
    "string_too_short": "should have at least {min_length} characters",
    "string_too_long": "should have at most {max_length} characters",
    "too_short": "should have at least {min_length} entries",
    "too_long": "should have at most {max_length} entries",
}


def mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong; a key that is missing may be one that is written wrong, told first."""
    return sorted(error.errors(), key=lambda problem: problem["type"] == "missing")


def written_path(problem: ErrorDetails, value: object) -> Path:
    """Return where an error of pydantic stands in `value`, the key that is missing included.

    Pydantic also names what is not written: the branch of a union, and that a key was meant.
    """
    path: list[str | int] = []
    for part in problem["loc"]:
        match value:
            case dict() if part in value:
                value = value[part]
            case list() if isinstance(part, int) and part < len(value):
                value = value[part]
            case _ if problem["type"] != "missing" or part != problem["loc"][-1]:
                continue
        path.append(part)
    return tuple(path)


def explain(problem: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    """Return what is wrong at `path`, which is empty where the place needs no words.

    `model` is what the value as a whole should be.
    """
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])[:_MAX_QUOTE]
        return f"there is no key {key!r} here{did_you_mean(key, _right_keys(model, path[:-1]))}"
    template = _WORDS.get(problem["type"])
    context = {
        name: f"{limit:g}" if isinstance(limit, float) else limit
        for name, limit in problem.get("ctx", {}).items()
    }
    # A message of our own validators says what is right; it is pydantic that puts a head before it.
    own_words = str(problem["msg"]).removeprefix("Value error, ")
    words = template.format_map(context) if template else own_words
    name = ".".join(str(part)[:_MAX_QUOTE] for part in path)
    separator = " " if template and name else ": " if name else ""
    return f"{name}{separator}{words}{_quote(problem)}"


def _quote(problem: ErrorDetails) -> str:
    """Return the wrong value as it is written, unless it is large or an address with a password."""
    value = problem["input"]
    if problem["type"] == "missing" or not isinstance(value, str | int | float | bool | None):
        return ""
    if value is None:
        return ", and is empty"
    is_address_with_password = isinstance(value, str) and "://" in value and "@" in value
    quote = repr(value) if isinstance(value, str) else json.dumps(value)
    return "" if is_address_with_password or len(quote) > _MAX_QUOTE else f", not {quote}"


def _right_keys(model: type[BaseModel], path: Path) -> Iterable[str]:
    """Return the keys that are right under `path`."""
    is_any_key = False
    for part in path:
        if isinstance(part, int) or is_any_key:
            is_any_key = False
            continue
        key_field = model.model_fields.get(part)
        inner_model = _model_in(key_field.annotation) if key_field else None
        if key_field is None or inner_model is None:
            return ()
        model, is_any_key = inner_model, get_origin(key_field.annotation) is Mapping
    return model.model_fields


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model inside `X`, `X | None`, `tuple[X, ...]` or `Mapping[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if model := _model_in(argument):
            return model
    return None
