"""The shape of a reviewing model's reply."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Dropped, Severity, Stage


class QuotedSide(StrEnum):
    """Which version of the file a quote is from."""

    NEW = "new"
    OLD = "old"

    @property
    def side(self) -> Side:
        """GitHub's word for it."""
        return Side.RIGHT if self is QuotedSide.NEW else Side.LEFT


class Remark(BaseModel):
    """One remark as the model makes it; nothing in it is believed yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str = Field(max_length=4_096)
    quote: str = Field(max_length=8_000)
    side: QuotedSide
    severity: Severity
    category: Category
    title: str = Field(min_length=3, max_length=300)
    message: str = Field(min_length=3, max_length=4_000)
    failure_scenario: str = Field(max_length=4_000)
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
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "remark"
            reason = f"{where}: {error.errors()[0]['msg']}"
            title = str(item.get("title", ""))[:300] if isinstance(item, dict) else ""
            gone.append(Dropped(stage=Stage.SHAPE, reason=reason, title=title or "(no title)"))
    return tuple(remarks), tuple(gone)
