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
    `earlier` are those of the `reviewed` lines that were read in an earlier round.
    `lines` is the stretch of its diff that is meant where the file was divided among shards.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    changed: int
    reviewed: int
    earlier: int = 0
    reason: str = ""
    reviewable: bool = True
    lines: tuple[int, int] | None = None


class Receipt(BaseModel, Fact):
    """What a model has read: every changed file, with the reason for what it has not read.

    `share` is the part of the reviewable changed lines that was read, 0 to 1, and None where no
    model was asked. `notes` say what beside the change was not looked at. One `from_ledger` says
    what an earlier round's models have read of the same change: the numbers only, without files.
    One that `lacks_part` is of several parts, of which one was read by no model and has no lines
    here. `units` are digests of what was read of this head, in this round or before; `revisited`
    are ids of earlier findings whose code was read again in this one.
    """

    model_config = ConfigDict(frozen=True)

    share: float | None = None
    reviewable_lines: int = 0
    reviewed_lines: int = 0
    files: tuple[FileReceipt, ...] = ()
    notes: tuple[str, ...] = ()
    from_ledger: bool = False
    lacks_part: bool = False
    units: tuple[str, ...] = ()
    revisited: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Iterable[FileReceipt], notes: Iterable[str] = ()) -> "Receipt":
        """Return the receipt for all changed files of a review that was begun."""
        files = tuple(files)
        reviewable_lines = sum(file.changed for file in files if file.reviewable)
        reviewed_lines = sum(file.reviewed for file in files if file.reviewable)
        return cls(
            share=round(reviewed_lines / reviewable_lines, 4) if reviewable_lines else 1.0,
            reviewable_lines=reviewable_lines,
            reviewed_lines=reviewed_lines,
            files=files,
            notes=tuple(notes),
        )

    def __add__(self, second: "Receipt") -> "Receipt":
        """Return the receipt for two parts of a change; `Receipt()` adds nothing.

        A file that both parts name counts once, as the part has read it that read more of it; so
        does each stretch of a divided one.
        """
        files = {(file.path, file.lines): file for file in self.files}
        reviewable_lines = self.reviewable_lines + second.reviewable_lines
        reviewed_lines = self.reviewed_lines + second.reviewed_lines
        for file in second.files:
            key = (file.path, file.lines)
            twin = files.get(key)
            files[key] = file if twin is None else max(twin, file, key=_weight)
            # The sums hold both, so the one that is left out comes off again.
            if twin and (loser := min(file, twin, key=_weight)).reviewable:
                reviewable_lines -= loser.changed
                reviewed_lines -= loser.reviewed
        parts = [receipt for receipt in (self, second) if receipt.share is not None]
        least = min((receipt.share for receipt in parts if receipt.share is not None), default=None)
        return Receipt(
            share=round(reviewed_lines / reviewable_lines, 4)
            if parts and reviewable_lines
            else least,
            reviewable_lines=reviewable_lines,
            reviewed_lines=reviewed_lines,
            files=tuple(sorted(files.values(), key=_place)),
            notes=tuple(dict.fromkeys((*self.notes, *second.notes))),
            from_ledger=bool(parts) and all(receipt.from_ledger for receipt in parts),
            lacks_part=self.lacks_part or second.lacks_part,
            units=tuple(sorted({*self.units, *second.units})),
            revisited=tuple(sorted({*self.revisited, *second.revisited})),
        )

    @property
    def earlier_lines(self) -> int:
        """How many of the lines that count as read were read in an earlier round."""
        return sum(file.earlier for file in self.files if file.reviewable)

    @property
    def undivided(self) -> "Receipt":
        """The same receipt with each file once: the stretches of a divided one add up."""
        whole: dict[str, FileReceipt] = {}
        for file in self.files:
            twin = whole.get(file.path)
            sums = {
                "changed": file.changed + (twin.changed if twin else 0),
                "reviewed": file.reviewed + (twin.reviewed if twin else 0),
                "earlier": file.earlier + (twin.earlier if twin else 0),
                "reason": (twin.reason if twin else "") or file.reason,
                "lines": None,
            }
            whole[file.path] = file.model_copy(update=sums)
        return self.model_copy(update={"files": tuple(whole.values())})


def _place(file: FileReceipt) -> tuple[bool, str, tuple[int, int]]:
    return not file.reviewable, file.path, file.lines or (0, 0)


def _weight(file: FileReceipt) -> tuple[bool, int, int, str]:
    return file.reviewable, file.reviewed, file.changed, file.reason
