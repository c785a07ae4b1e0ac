"""What an evaluation comes to, as JSON gives it and as the tables show it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from codeflow_action.evaluation.dataset import KnownFinding, Level
from codeflow_action.evaluation.recall import Reach
from codeflow_action.evaluation.scoring import Score


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class FindingReach(_Value):
    """Context recall of one known finding; `why` is the receipt's reason for what is left out.

    `lines` is 0 where the dataset names lines that are not there: such a finding is not counted.
    """

    path: str
    first: int | None
    last: int | None
    side: str
    level: Level
    lines: int
    shown: int
    tokens: int
    needs: int
    needs_shown: int
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """True when every line reached a prompt."""
        return 0 < self.lines == self.shown

    @property
    def is_misplaced(self) -> bool:
        """True when the dataset names lines that do not exist."""
        return self.lines == 0

    @classmethod
    def of(cls, finding: KnownFinding, reach: Reach, why: str) -> "FindingReach":
        """Return the finding's place and how much of it was shown."""
        first, last = finding.lines or (None, None)
        return cls(
            path=finding.path,
            first=first,
            last=last,
            side=finding.side.value,
            level=finding.context,
            lines=reach.lines,
            shown=reach.shown,
            tokens=reach.tokens,
            needs=len(reach.needs),
            needs_shown=sum(reach.needs),
            why=why,
        )


class ContextResult(_Value):
    """What the prompts for one pull request hold, without a model having been asked.

    `changed` are the changed lines of files worth reviewing, `covered` the share of them that the
    receipt says was read; tokens are estimates (`ai.tokens`) of the first and the second round's
    prompts, sizes are in bytes: of the first round's prompts
    with their schema, of the changed lines in them, and of the unchanged ones.
    """

    changed: int
    covered: float
    prompts: int
    tokens: int
    second_tokens: int = 0
    size: int
    changed_size: int
    unchanged_size: int
    findings: tuple[FindingReach, ...]


class Rates(_Value):
    """A score in shares; None where there is nothing to divide by."""

    known: int
    reported: int
    matched: int
    precision: float | None
    recall: float | None
    f1: float | None

    @classmethod
    def of(cls, score: Score) -> "Rates":
        """Return the score's counts and shares."""
        return cls(
            known=score.known,
            reported=score.reported,
            matched=score.matched,
            precision=score.precision,
            recall=score.recall,
            f1=score.f1,
        )

    @property
    def score(self) -> Score:
        """The counts, which can be added."""
        return Score(known=self.known, reported=self.reported, matched=self.matched)


class ReviewResult(_Value):
    """A model's review of one pull request. `incomplete` says what it has not done.

    `by_meaning` is None without a judge. Tokens, cost and seconds are the review's alone.
    """

    by_lines: Rates
    by_meaning: Rates | None = None
    tokens: int
    cost_usd: float | None
    seconds: float
    incomplete: str = ""


class SampleResult(_Value):
    """One pull request. `review` is None where no model was to be asked."""

    label: str
    language: str
    context: ContextResult
    review: ReviewResult | None = None


class NotDone(_Value):
    """A pull request that could not be looked at; it counts nowhere."""

    label: str
    reason: str


class LevelRecall(_Value):
    """Context recall of all findings of one level. Misplaced ones are in no count but their own."""

    level: Level
    findings: int
    whole: int
    lines: int
    lines_shown: int
    needs: int
    needs_shown: int
    misplaced: int


class Evaluation(_Value):
    """The whole outcome. `model` is empty where none was asked; `stand_in` is whose limits held."""

    schema_version: Literal[1] = 1
    version: str
    stand_in: str
    model: str = ""
    judge: str = ""
    within: int
    samples: tuple[SampleResult, ...]
    not_done: tuple[NotDone, ...] = ()
    judge_tokens: int = 0
    judge_cost_usd: float | None = 0.0
    levels: tuple[LevelRecall, ...]
    tokens_per_line: float | None
    by_lines: Rates | None = None
    by_meaning: Rates | None = None


def by_level(samples: Iterable[SampleResult]) -> tuple[LevelRecall, ...]:
    """Return context recall of each level that occurs, the nearest first."""
    findings = [finding for sample in samples for finding in sample.context.findings]
    groups = ([finding for finding in findings if finding.level is level] for level in Level)
    return tuple(_level(group[0].level, group) for group in groups if group)


def _level(level: Level, findings: list[FindingReach]) -> LevelRecall:
    placed_findings = [finding for finding in findings if not finding.is_misplaced]
    return LevelRecall(
        level=level,
        findings=len(placed_findings),
        whole=sum(finding.is_whole for finding in placed_findings),
        lines=sum(finding.lines for finding in placed_findings),
        lines_shown=sum(finding.shown for finding in placed_findings),
        needs=sum(finding.needs for finding in placed_findings),
        needs_shown=sum(finding.needs_shown for finding in placed_findings),
        misplaced=len(findings) - len(placed_findings),
    )


def tokens_per_line(samples: Iterable[SampleResult]) -> float | None:
    """Return prompt tokens of both rounds for a changed line over all samples."""
    contexts = [sample.context for sample in samples]
    lines = sum(context.changed for context in contexts)
    tokens = sum(context.tokens + context.second_tokens for context in contexts)
    return tokens / lines if lines else None


def total(rates: Iterable[Rates | None]) -> Rates | None:
    """Return the rates over all counts, None where there are none."""
    scores = [rate.score for rate in rates if rate is not None]
    return Rates.of(sum(scores, start=Score())) if scores else None
