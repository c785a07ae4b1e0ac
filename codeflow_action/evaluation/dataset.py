"""The dataset: pull requests with known findings, one JSON object a line (docs/evaluation.md)."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import regex

_SHA = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MAX_PROBLEMS = 3  # shown at once; whoever mends three has found the pattern


class Level(StrEnum):
    """How much one must have read to make the finding."""

    DIFF = "diff"
    FILE = "file"
    REPOSITORY = "repository"


class NeedKind(StrEnum):
    """What a finding needs from outside of the diff."""

    DEFINITION = "definition"
    CALLER = "caller"
    OTHER = "other"


class _Value(BaseModel):
    # Strict: a set is written once and measured often, so a slip in it is worth an error.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _check_range(lines: tuple[int, int]) -> tuple[int, int]:
    if lines[1] < lines[0]:
        raise ValueError("the last line comes before the first")
    return lines


def _check_sha(text: str) -> str:
    # A short name may mean another commit once the repository has grown.
    if not _SHA.fullmatch(text):
        raise ValueError("write the commit's whole name, 40 hex digits")
    return text


type _Line = Annotated[int, Field(ge=1)]
type Lines = Annotated[tuple[_Line, _Line], AfterValidator(_check_range)]
type Sha = Annotated[str, AfterValidator(_check_sha)]
type Text = Annotated[str, Field(min_length=1)]


class Place(_Value):
    """Lines at head, 1-based and included."""

    path: Text
    lines: Lines


class FindingNeed(_Value):
    """Something outside of the diff: any one of `places` will do; without places, the name."""

    name: str = ""
    kind: NeedKind = NeedKind.OTHER
    places: tuple[Place, ...] = ()

    @model_validator(mode="after")
    def _check_not_empty(self) -> Self:
        if not self.name and not self.places:
            raise ValueError("give a name, places, or both")
        return self


class KnownFinding(_Value):
    """One known finding. `lines` is None for one about a whole file; they count in `side`."""

    path: Text
    lines: Lines | None = None
    side: Side = Side.RIGHT
    text: Text
    category: str = ""
    severity: Severity | None = None
    context: Level
    needs: tuple[FindingNeed, ...] = ()


class Sample(_Value):
    """One pull request. `repository` is `owner/name`, or a path beside the dataset's file.

    `rejected` are comments that people found wrong or useless.
    """

    schema_version: Literal[1]
    repository: Text
    base: Sha
    head: Sha
    title: str = ""
    body: str = ""
    url: str = ""
    language: str = ""
    findings: tuple[KnownFinding, ...]
    rejected: tuple[KnownFinding, ...] = ()

    @property
    def label(self) -> str:
        """A short name for people."""
        number = self.url.rpartition("/")[2]
        return f"{self.repository}#{number}" if number else f"{self.repository}@{self.head[:7]}"


def read_dataset(text: str, name: str) -> tuple[Sample, ...]:
    """Return the samples; empty lines are none.

    Raises `ConfigError` that names the lines which are wrong, and what is wrong in them.
    """
    samples: list[Sample] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            samples.append(Sample.model_validate_json(line))
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                field = ".".join(str(part) for part in problem["loc"])
                message = problem["msg"].removeprefix("Value error, ")
                problems.append(f"{name}:{number}: {f'{field}: ' if field else ''}{message}")
    if problems:
        rest = len(problems) - _MAX_PROBLEMS
        text = "; ".join(problems[:_MAX_PROBLEMS]) + (f"; and {rest} more" if rest > 0 else "")
        raise ConfigError(text, hint="docs/evaluation.md describes the format")
    if not samples:
        raise ConfigError(f"{name} holds no pull request", hint="one JSON object a line")
    return tuple(samples)
