"""How risky a change is: the facts of each file, the lane that follows, and what to read first.

All of it is a function of values. What could not be found out is None or named in `omission`, and
never counts as harmless: without a fact that the lane needs, the lane is `unknown`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import log2

from codeflow_action.engine.sensitive_paths import SensitiveArea


class Purpose(StrEnum):
    """What a file is for, as far as its name tells; the first that fits."""

    FOREIGN = "foreign"  # generated, vendored, a snapshot or a lock: nobody here wrote it
    TEST = "test"
    DOCUMENTATION = "documentation"
    EXAMPLE = "example"
    TRANSLATION = "translation"
    CODE = "code"
    DATA = "data"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class FileRisk:
    """What is known of one changed file. Numbers that nobody could tell are None.

    `untested_count` counts added lines that no test has run, of those that a coverage report
    speaks of. `churn` counts earlier commits to the file in the history at hand, `user_count` other
    files that name what the change changed in it. `is_read` is False where its lines could not be
    had.
    """

    path: str
    purpose: Purpose
    added_count: int
    removed_count: int
    areas: tuple[SensitiveArea, ...] = ()
    untested_count: int | None = None
    churn: int | None = None
    user_count: int | None = None
    is_read: bool = True

    @property
    def size(self) -> int:
        """Added and removed lines together."""
        return self.added_count + self.removed_count

    @property
    def attention(self) -> float:
        """How much a reader's eyes are worth here, to put files in order; comparable, no measure.

        An area weighs as much as a change of a thousand lines of code does, a doubling of anything
        else one.
        """
        share = _SHARES[self.purpose]
        doublings = log2(1 + self.size) + log2(1 + (self.untested_count or 0))
        doublings += log2(1 + (self.churn or 0)) / 2 + log2(1 + (self.user_count or 0))
        return share * doublings + 10.0 * len(self.areas)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why somebody should look here, in phrases for readers, the weightiest first."""
        phrases = [f"it {area.reason}" for area in self.areas]
        if self.untested_count:
            phrases.append(f"no test has run {_count(self.untested_count, 'added line')}")
        if self.user_count:
            phrases.append(f"{_count(self.user_count, 'other file')} name what it changes")
        if self.churn:
            phrases.append(f"it was changed in {_count(self.churn, 'earlier commit')}")
        return tuple(phrases)


_SHARES = {
    Purpose.FOREIGN: 0.1,  # nobody reads it line by line
    Purpose.TEST: 0.5,
    Purpose.DOCUMENTATION: 0.2,
    Purpose.EXAMPLE: 0.3,
    Purpose.TRANSLATION: 0.2,
    Purpose.CODE: 1.0,
    Purpose.DATA: 0.7,
    Purpose.OTHER: 0.7,
}


@dataclass(frozen=True, kw_only=True)
class ChangeRisk:
    """What is known of a whole change. `omission` says why files are missing, empty where none."""

    files: tuple[FileRisk, ...]
    omission: str = ""

    @property
    def added_count(self) -> int:
        """All added lines."""
        return sum(file.added_count for file in self.files)

    @property
    def removed_count(self) -> int:
        """All removed lines."""
        return sum(file.removed_count for file in self.files)

    @property
    def areas(self) -> tuple[SensitiveArea, ...]:
        """All sensitive areas that the change touches, each once."""
        areas = {area for file in self.files for area in file.areas}
        return tuple(area for area in SensitiveArea if area in areas)

    def of(self, *purposes: Purpose) -> tuple[FileRisk, ...]:
        """Return the files of these purposes."""
        return tuple(file for file in self.files if file.purpose in purposes)


def reading_order(files: Iterable[FileRisk]) -> tuple[FileRisk, ...]:
    """Return the files in the order in which a reviewer should read them, the riskiest first."""
    return tuple(sorted(files, key=lambda file: (-file.attention, file.path)))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
