"""The project's own checks: `.github/codeflow/checks/*.md`, read with the policy, as lenses."""

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.globs import compile_glob
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Tree
from codeflow_action.manifests.yaml_text import DocumentError, parse

FOLDER = ".github/codeflow/checks/"
_MAX_CHECKS = 20  # each takes room in every prompt
_MAX_TEXT = 4_000  # characters of one check's instruction
_MAX_MESSAGE = 300  # characters
_FRONT = regex(r"\A---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", re.DOTALL)


class _FrontMatter(BaseModel):
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
class ProjectChecks:
    """The checks that can be run, and one sentence on each that cannot."""

    lenses: tuple[Lens, ...] = ()
    problems: tuple[str, ...] = ()


class BadCheck(ValueError):
    """A check that cannot be run: `str()` says why, `line` where in its file."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def is_check(path: str) -> bool:
    """True for the path of a check."""
    return path.startswith(FOLDER) and path.endswith(".md")


async def read_checks(policy: Tree) -> ProjectChecks:
    """Return the checks of a tree. Raises `RepositoryError` or `GitHubError`."""
    paths = await policy.list()
    if paths is None:
        return ProjectChecks()
    check_paths = [path for path in paths if is_check(path)]
    # The policy's tree, not the head's: a pull request must not choose what it is checked for.
    contents = await policy.read_many(check_paths[:_MAX_CHECKS]) if check_paths else {}
    lenses: list[Lens] = []
    problems: list[str] = []
    for path in check_paths[:_MAX_CHECKS]:
        content = contents.get(path)
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        try:
            lenses.append(parse_check(path, text))
        except BadCheck as error:
            problems.append(f"the check {path} was not run: {error}")
    if (rest := len(check_paths) - _MAX_CHECKS) > 0:
        problems.append(f"{rest} checks beyond the first {_MAX_CHECKS} were not run")
    return ProjectChecks(lenses=tuple(lenses), problems=tuple(problems))


def parse_check(path: str, text: str) -> Lens:
    """Return a check as a lens. Raises `BadCheck`."""
    match = _FRONT.match(text.removeprefix("\ufeff"))
    if match is None:
        raise BadCheck("it needs front matter between two lines of `---`, and text below it")
    front = _front_matter(match[1])
    body = match[2].strip()
    if not body:
        raise BadCheck("there is no text below its front matter")
    name = path.removeprefix(FOLDER).removesuffix(".md")
    return Lens(
        name=name,
        text=f"{front.title}: {body[:_MAX_TEXT]}",
        rule=f"check:{name}",
        paths=front.paths,
        severity=front.severity,
    )


def _front_matter(text: str) -> _FrontMatter:
    try:
        document = parse(text)
    except DocumentError as error:
        place = error.problem.place
        line = place.line + 1 if place else 1  # the first line of the file is `---`
        raise BadCheck(f"its front matter: {error.problem.message}", line) from None
    try:
        return _FrontMatter.model_validate(document.value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"])) or "front matter"
        place = document.place(tuple(problem["loc"]))
        message = f"{key}: {problem['msg']}"[:_MAX_MESSAGE]
        raise BadCheck(message, place.line + 1 if place else 1) from None
