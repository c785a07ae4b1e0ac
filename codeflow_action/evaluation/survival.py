"""Which real comments outlive the stages of code that stand between a model and its reader."""

from collections import Counter
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.findings import DropStage
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.report import Report

_NUMBER = regex(r"\((\d+)\)$")
# The reader still finds these in the table.
_TABLE_STAGES = frozenset({DropStage.CAP})


class CommentCount(BaseModel):
    """Comments of one kind that were made as remarks; `lost` counts by the stage that took them.

    `merged` are said by another remark that stands at the same place.
    """

    model_config = ConfigDict(frozen=True)

    made: int = 0
    merged: int = 0
    kept: int = 0
    lost: dict[DropStage, int] = {}

    @property
    def share(self) -> float | None:
        """The share that was kept, of those that were not merged."""
        apart = self.made - self.merged
        return self.kept / apart if apart else None

    def __add__(self, second: "CommentCount") -> "CommentCount":
        """Return the counts of both."""
        return CommentCount(
            made=self.made + second.made,
            merged=self.merged + second.merged,
            kept=self.kept + second.kept,
            lost=dict(Counter(self.lost) + Counter(second.lost)),
        )


class Survival(BaseModel):
    """What became of comments that people accepted, and of those that they rejected."""

    model_config = ConfigDict(frozen=True)

    accepted: CommentCount = CommentCount()
    rejected: CommentCount = CommentCount()

    def __add__(self, second: "Survival") -> "Survival":
        """Return the counts of both."""
        return Survival(
            accepted=self.accepted + second.accepted, rejected=self.rejected + second.rejected
        )


def numbered_title(title: str, number: int) -> str:
    """Return a title by which the remark is known again in a report."""
    return f"{title} ({number})"


def count_comments(report: Report, numbers: Collection[int]) -> CommentCount:
    """Return what the report shows of the remarks that were made, by the numbers in their titles.

    One that the report does not speak of has been merged into another.
    """
    shown_numbers = {_number(entry.finding.title) for entry in report.findings}
    stages = {_number(drop.title): drop.stage for drop in report.dropped}
    shown_numbers |= {number for number, stage in stages.items() if stage in _TABLE_STAGES}
    losses = Counter(
        stages[number] for number in numbers if number in stages and number not in shown_numbers
    )
    kept_count = sum(number in shown_numbers for number in numbers)
    merged_count = len(numbers) - kept_count - losses.total()
    return CommentCount(made=len(numbers), merged=merged_count, kept=kept_count, lost=dict(losses))


def _number(title: str) -> int | None:
    match = _NUMBER.search(title)
    return int(match[1]) if match else None
