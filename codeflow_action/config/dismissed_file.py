"""Reads `.github/codeflow-dismissed.yml`: strict, with line and column of what is wrong."""

from collections.abc import Iterator

from pydantic import JsonValue, ValidationError

from codeflow_action.config.mistakes import explain, mistakes, written_path
from codeflow_action.engine.standing_dismissals import StandingDismissals
from codeflow_action.manifests.yaml_text import Document, DocumentError, Problem, parse

_MAX_PROBLEMS = 20


def read_dismissed(content: bytes | str) -> tuple[StandingDismissals, tuple[Problem, ...]]:
    """Return what the file dismisses, and what is wrong with it: then it must not be applied."""
    try:
        document = parse(content)
    except DocumentError as error:
        return StandingDismissals(), (error.problem,)
    try:
        return StandingDismissals.model_validate(document.value), ()
    except ValidationError as error:
        return StandingDismissals(), tuple(_problems(document, error))[:_MAX_PROBLEMS]


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    for problem in mistakes(error):
        path = written_path(problem, document.value)
        message = explain(problem, path, StandingDismissals)
        yield Problem(message=message, place=document.place(path))


def dismissed_schema() -> dict[str, JsonValue]:
    """Return the file's JSON Schema, for editors."""
    schema = StandingDismissals.model_json_schema()
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **schema, "title": "CodeFlow dismissals"}
