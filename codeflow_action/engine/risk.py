"""How risky a change is: the facts of each file, the lane that follows, and what to read first.

All of it is a function of values. What could not be found out is None or named in `omission`, and
never counts as harmless: without a fact that the lane needs, the lane is `unknown`.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from math import log2

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.facts import Fact
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.quantities import count
from codeflow_action.engine.sensitive_paths import SensitiveArea

# The limits of the lane `low`, in lines that are added, and in lines that are removed. Fitted on
# some repositories' histories and held against others': `benchmarks/risk.md`.
_MAX_RUNNING = 3  # of what runs
_MAX_SHOWN = 20  # of tests and examples, where nothing that runs is changed


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
            phrases.append(f"no test has run {count(self.untested_count, 'added line')}")
        if self.user_count:
            phrases.append(f"{count(self.user_count, 'other file')} name what it changes")
        if self.churn:
            phrases.append(f"it was changed in {count(self.churn, 'earlier commit')}")
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


class Lane(StrEnum):
    """How much a change asks of people, from what is known of it."""

    LOW = "low"  # nothing that history says is likely to be fixed later
    PERSON = "person"  # somebody should look
    UNKNOWN = "unknown"  # a fact is missing without which nobody can tell


class RiskAssessment(BaseModel):
    """The lane of a change, and why: a sentence without its full stop, in part a stranger's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lane: Lane
    reason: str

    @property
    def sentence(self) -> str:
        """The lane and why, for readers."""
        return f"Risk: {_LANES[self.lane]}: {self.reason}."


_LANES = {Lane.LOW: "low", Lane.PERSON: "a person should look", Lane.UNKNOWN: "unknown"}


@dataclass(frozen=True, kw_only=True)
class RiskObjection(Fact):
    """Why somebody should look all the same, in an action's words or a model's.

    It makes a lane `person`; there is nothing by which a lane could be lowered.
    """

    reason: str


def assess(change: ChangeRisk) -> RiskAssessment:
    """Return the lane of a change.

    What is certain decides before what is missing: one workflow among files that could not be read
    is enough.
    """
    if reason := next(_objections(change), ""):
        return RiskAssessment(lane=Lane.PERSON, reason=reason)
    if change.omission:
        reason = f"not all of the change is known: {change.omission}"
        return RiskAssessment(lane=Lane.UNKNOWN, reason=reason)
    if unread := [file.path for file in change.files if not file.is_read]:
        reason = f"what changed in {_paths(unread)} is not known"
        return RiskAssessment(lane=Lane.UNKNOWN, reason=reason)
    return RiskAssessment(lane=Lane.LOW, reason=_contents(change))


def with_objection(assessment: RiskAssessment, reason: str) -> RiskAssessment:
    """Return the assessment of a change that somebody should look at for that reason, too."""
    if assessment.lane is Lane.PERSON or not reason:
        return assessment
    return RiskAssessment(lane=Lane.PERSON, reason=reason)


def _objections(change: ChangeRisk) -> Iterator[str]:
    """Yield why somebody should look at the change, the gravest reason first."""
    for area in change.areas:
        yield f"{_paths(file.path for file in change.files if area in file.areas)} {area.reason}"
    if untested := sum(file.untested_count or 0 for file in change.files):
        yield f"no test has run {count(untested, 'added line')}"
    running = _lines(
        file for file in change.files if file.purpose not in _PROSE_PURPOSES | _TEST_PURPOSES
    )
    if running > _MAX_RUNNING:
        yield f"it changes {count(running, 'line')} of what runs"
    shown = _lines(change.of(*_TEST_PURPOSES))
    if shown > (0 if running else _MAX_SHOWN):
        beside = " beside what runs" if running else ""
        yield f"it changes {count(shown, 'line')} of tests or examples{beside}"


_PROSE_PURPOSES = frozenset({Purpose.DOCUMENTATION, Purpose.TRANSLATION})
_TEST_PURPOSES = frozenset({Purpose.TEST, Purpose.EXAMPLE})


def _lines(files: Iterable[FileRisk]) -> int:
    """Return how many lines are changed; one that takes another's place counts once."""
    counts = [(file.added_count, file.removed_count) for file in files]
    return max(sum(added for added, _ in counts), sum(removed for _, removed in counts))


def _contents(change: ChangeRisk) -> str:
    """Return what a harmless change is made of."""
    purposes = {file.purpose for file in change.files}
    running = _lines(
        file for file in change.files if file.purpose not in _PROSE_PURPOSES | _TEST_PURPOSES
    )
    parts = [count(running, "line") + " of what runs"] if running else []
    parts += [name for purpose, name in _NAMES.items() if purpose in purposes]
    return f"it changes {', '.join(parts) or 'no line'}, and no sensitive file"


_NAMES = {
    Purpose.DOCUMENTATION: "documentation",
    Purpose.TRANSLATION: "translations",
    Purpose.TEST: "a few lines of tests",
    Purpose.EXAMPLE: "a few lines of examples",
}


def _paths(paths: Iterable[str]) -> str:
    first, *rest = paths
    return f"{first}{f' (and {count(len(rest), "more file")})' if rest else ''}"


def reading_order(files: Iterable[FileRisk]) -> tuple[FileRisk, ...]:
    """Return the files in the order in which a reviewer should read them, the riskiest first."""
    return tuple(sorted(files, key=lambda file: (-file.attention, file.path)))
