"""How much of a change a model has read, file by file."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.facts import Fact


class ReviewExtent(StrEnum):
    """How much of the change a model has read. `none` where one was wanted and read nothing."""

    FULL = "full"
    PART = "part"
    NONE = "none"
    NOT_ASKED = "not_asked"


class FileReceipt(BaseModel):
    """What became of one changed file, in changed lines.

    `reason` says why not all of it was read, and is empty where all was. A file that is not
    `reviewable` (a lock file, a generated one, a binary ...) counts for nothing in the receipt.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    changed: int
    reviewed: int
    reason: str = ""
    reviewable: bool = True


class Receipt(BaseModel, Fact):
    """What a model has read: every changed file, with the reason for what it has not read.

    `share` is the part of the reviewable changed lines that was read, 0 to 1, and None where no
    model was asked. `notes` say what beside the change was not looked at. One `from_ledger` says
    what an earlier round's models have read of the same change: the numbers only, without files.
    """

    model_config = ConfigDict(frozen=True)

    share: float | None = None
    reviewable_lines: int = 0
    reviewed_lines: int = 0
    files: tuple[FileReceipt, ...] = ()
    notes: tuple[str, ...] = ()
    from_ledger: bool = False

    @classmethod
    def of(cls, files: Iterable[FileReceipt], notes: Iterable[str] = ()) -> "Receipt":
        """Return the receipt for all changed files of a review that was begun."""
        files = tuple(files)
        reviewable = sum(file.changed for file in files if file.reviewable)
        reviewed = sum(file.reviewed for file in files if file.reviewable)
        return cls(
            share=round(reviewed / reviewable, 4) if reviewable else 1.0,
            reviewable_lines=reviewable,
            reviewed_lines=reviewed,
            files=files,
            notes=tuple(notes),
        )
