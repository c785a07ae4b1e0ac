"""The project's own checks: `.github/codeflow/checks/*.md`, read at the base, as further lenses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.globs import compile_glob
from codeflow_action.engine.ports import Tree

FOLDER = ".github/codeflow/checks/"
_MAX_CHECKS = 20
_MAX_TEXT = 4_000  # characters of one check's instruction
_FRONT = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", re.DOTALL)


class _Front(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=3, max_length=120)
    paths: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING

    @field_validator("paths")
    @classmethod
    def _globs_compile(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for path in paths:
            compile_glob(path.removeprefix("!"))
        return paths


@dataclass(frozen=True, kw_only=True)
class Checks:
    """The checks that can be run, and in one sentence each why others cannot."""

    lenses: tuple[Lens, ...] = ()
    problems: tuple[str, ...] = ()


async def read_checks(base: Tree) -> Checks:
    """Return the base's checks. Raises `RepositoryError` or `GitHubError`."""
    paths = await base.list()
    if paths is None:
        return Checks()
    wanted = [path for path in paths if path.startswith(FOLDER) and path.endswith(".md")]
    contents = await base.read_many(wanted[:_MAX_CHECKS]) if wanted else {}
    lenses: list[Lens] = []
    problems: list[str] = []
    for path in wanted[:_MAX_CHECKS]:
        content = contents.get(path)
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        try:
            lenses.append(parse_check(path.removeprefix(FOLDER).removesuffix(".md"), text))
        except ValueError as error:
            problems.append(f"the check {path} was not run: {error}")
    problems += _beyond(wanted)
    return Checks(lenses=tuple(lenses), problems=tuple(problems))


def _beyond(wanted: Sequence[str]) -> list[str]:
    more = len(wanted) - _MAX_CHECKS
    return [f"{more} checks beyond the first {_MAX_CHECKS} were not run"] if more > 0 else []


def parse_check(name: str, text: str) -> Lens:
    """Return a check as a lens. Raises `ValueError` that says what is wrong."""
    match = _FRONT.match(text)
    if match is None:
        raise ValueError("it needs front matter between two lines of `---`, and a text below")
    try:
        front = _Front.model_validate(yaml.safe_load(match[1]))
    except yaml.YAMLError:
        raise ValueError("its front matter is no YAML") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"])) or "front matter"
        raise ValueError(f"{where}: {problem['msg']}") from None
    body = match[2].strip()
    if not body:
        raise ValueError("it says nothing below its front matter")
    return Lens(
        name=name,
        text=f"{front.title}: {body[:_MAX_TEXT]}",
        rule=f"check:{name}",
        paths=front.paths,
        severity=front.severity,
    )
