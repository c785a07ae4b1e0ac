"""The shape of a reviewing model's reply."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Dropped, Severity, Stage
from codeflow_action.security.untrusted import one_line


class QuotedSide(StrEnum):
    """Which version of the file a quote is from."""

    NEW = "new"
    OLD = "old"

    @property
    def side(self) -> Side:
        """GitHub's word for it."""
        return Side.RIGHT if self is QuotedSide.NEW else Side.LEFT


_Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]


class Remark(BaseModel):
    """One remark as the model makes it; nothing in it is believed yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str = Field(max_length=4_096)
    quote: str = Field(max_length=8_000)
    side: QuotedSide
    severity: Severity
    category: Category
    title: Annotated[_Trimmed, Field(min_length=3, max_length=300)]
    message: Annotated[_Trimmed, Field(min_length=3, max_length=4_000)]
    failure_scenario: Annotated[_Trimmed, Field(max_length=4_000)]
    suggestion: str | None = Field(max_length=8_000)
    confidence: float = Field(ge=0, le=1)


class Review(BaseModel):
    """The whole reply."""

    model_config = ConfigDict(frozen=True)

    remarks: list[Remark]


def read_remarks(data: object) -> tuple[tuple[Remark, ...], tuple[Dropped, ...]]:
    """Return the remarks that fit, each judged alone, and a record of those that do not."""
    items = data.get("remarks") if isinstance(data, dict) else None
    remarks: list[Remark] = []
    gone: list[Dropped] = []
    for item in items if isinstance(items, list) else []:
        try:
            remarks.append(Remark.model_validate(item))
        except ValidationError as error:
            gone.append(_malformed(item, error))
    return tuple(remarks), tuple(gone)


def _malformed(item: object, error: ValidationError) -> Dropped:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "remark"
    title = one_line(str(item.get("title", ""))) if isinstance(item, dict) else ""
    return Dropped(
        stage=Stage.SHAPE, reason=f"{where}: {first['msg']}", title=title or "(no title)"
    )
