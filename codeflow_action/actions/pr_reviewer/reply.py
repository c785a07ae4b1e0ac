"""The shape of a reviewing model's reply."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Dropped, Severity, Stage
from codeflow_action.engine.model import Completion, Flaw
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


def read_remarks(completion: Completion) -> tuple[tuple[Remark, ...], tuple[Dropped, ...]]:
    """Return the remarks, and a record of those that did not fit or were cut off."""
    review = Review.model_validate(completion.data)
    return tuple(review.remarks), tuple(_malformed(flaw) for flaw in completion.flaws)


def _malformed(flaw: Flaw) -> Dropped:
    return Dropped(stage=Stage.SHAPE, reason=str(flaw), title=one_line(flaw.label) or "(no title)")
