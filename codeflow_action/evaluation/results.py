"""What an evaluation comes to, as JSON gives it and as the tables show it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.evaluation.dataset import KnownFinding, Level
from codeflow_action.evaluation.planted_claims import ProofCount
from codeflow_action.evaluation.recall import Reach, SecondReach
from codeflow_action.evaluation.scoring import Score
from codeflow_action.evaluation.survival import Survival


class _Value(BaseModel):
    # A field may have a better name here than in the JSON, where the first one stays for those who
    # read it.
    model_config = ConfigDict(
        frozen=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class FindingReach(_Value):
    """Context recall of one known finding; `reason` is the receipt's for what is left out.

    `lines` is 0 where the dataset names lines that are not there: such a finding is not counted.
    What begins with `second` is of the second round; `block_lines` are those that the first round
    showed in one piece around the finding, 0 for one that it did not show.
    """

    path: str
    first: int | None
    last: int | None
    side: str
    level: Level
    lines: int
    lines_shown: int = Field(alias="shown")
    tokens: int
    needs: int
    needs_shown: int
    second_lines_shown: int = 0
    second_needs_shown: int = 0
    block_lines: int = 0
    second_block_lines: int = 0
    reason: str = Field(default="", alias="why")

    @property
    def is_whole(self) -> bool:
        """True when every line reached a prompt."""
        return 0 < self.lines == self.lines_shown

    @property
    def is_misplaced(self) -> bool:
        """True when the dataset names lines that do not exist."""
        return self.lines == 0

    @classmethod
    def of(
        cls, finding: KnownFinding, reach: Reach, second: SecondReach, reason: str
    ) -> "FindingReach":
        """Return the finding's place and how much of it was shown."""
        first, last = finding.lines or (None, None)
        return cls(
            path=finding.path,
            first=first,
            last=last,
            side=finding.side.value,
            level=finding.context,
            lines=reach.lines,
            lines_shown=reach.lines_shown,
            tokens=reach.tokens,
            needs=len(reach.needs),
            needs_shown=sum(reach.needs),
            second_lines_shown=second.reach.lines_shown,
            second_needs_shown=sum(second.reach.needs),
            block_lines=second.block_lines,
            second_block_lines=second.block_lines_shown,
            reason=reason,
        )


class ContextResult(_Value):
    """What the prompts for one pull request hold, without a model having been asked.

    `changed_lines` are those of files worth reviewing, `read_share` is the share of them that the
    receipt says was read. Tokens are estimates (`ai.tokens`) of the first and the second round's
    prompts. Sizes are in bytes: of the first round's prompts with their schema, of the changed
    lines in them, and of the unchanged ones. `cost_usd` is what the prompts and the stand-in's
    answers would cost, None where the price is unknown.
    """

    changed_lines: int = Field(alias="changed")
    read_share: float = Field(alias="covered")
    prompts: int
    second_prompts: int = 0
    tokens: int
    second_tokens: int = 0
    cost_usd: float | None = None
    size: int
    changed_size: int
    unchanged_size: int
    findings: tuple[FindingReach, ...]


class ReviewResult(_Value):
    """A model's review of one pull request. `incomplete` says what it has not done.

    `by_meaning` is None without a judge. Tokens, cost and seconds are the review's alone.
    """

    by_lines: Score
    by_meaning: Score | None = None
    tokens: int
    cost_usd: float | None
    seconds: float
    incomplete: str = ""


class SampleResult(_Value):
    """One pull request. `review` is None where no model was to be asked.

    `survival` is None where the dataset knows of no comment that was rejected.
    """

    label: str
    language: str
    context: ContextResult
    review: ReviewResult | None = None
    survival: Survival | None = None


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
    misplaced_findings: int = Field(alias="misplaced")
    second_lines_shown: int = 0
    second_needs_shown: int = 0
    block_lines: int = 0
    second_block_lines: int = 0


class Evaluation(_Value):
    """The whole outcome. `model` is empty where none was asked; `stand_in` is whose limits held.

    `proofs` are of planted claims, whatever the dataset.
    """

    schema_version: Literal[1] = 1
    version: str
    stand_in: str
    model: str = ""
    judge: str = ""
    distance: int = Field(alias="within")
    samples: tuple[SampleResult, ...]
    not_done: tuple[NotDone, ...] = ()
    judge_tokens: int = 0
    judge_cost_usd: float | None = 0.0
    levels: tuple[LevelRecall, ...]
    tokens_per_line: float | None
    by_lines: Score | None = None
    by_meaning: Score | None = None
    survival: Survival | None = None
    proofs: tuple[ProofCount, ...] = ()


def by_level(samples: Iterable[SampleResult]) -> tuple[LevelRecall, ...]:
    """Return context recall of each level that occurs, the nearest first."""
    findings = [finding for sample in samples for finding in sample.context.findings]
    recalls: list[LevelRecall] = []
    for level in Level:
        of_level = [finding for finding in findings if finding.level is level]
        # A fault of the dataset is none of the reviewer.
        valid_findings = [finding for finding in of_level if not finding.is_misplaced]
        recall = LevelRecall(
            level=level,
            findings=len(valid_findings),
            whole=sum(finding.is_whole for finding in valid_findings),
            lines=sum(finding.lines for finding in valid_findings),
            lines_shown=sum(finding.lines_shown for finding in valid_findings),
            needs=sum(finding.needs for finding in valid_findings),
            needs_shown=sum(finding.needs_shown for finding in valid_findings),
            misplaced_findings=len(of_level) - len(valid_findings),
            second_lines_shown=sum(finding.second_lines_shown for finding in valid_findings),
            second_needs_shown=sum(finding.second_needs_shown for finding in valid_findings),
            block_lines=sum(finding.block_lines for finding in valid_findings),
            second_block_lines=sum(finding.second_block_lines for finding in valid_findings),
        )
        recalls += [recall] if of_level else []
    return tuple(recalls)


def tokens_per_line(samples: Iterable[SampleResult]) -> float | None:
    """Return prompt tokens of both rounds for a changed line over all samples."""
    contexts = [sample.context for sample in samples]
    lines = sum(context.changed_lines for context in contexts)
    tokens = sum(context.tokens + context.second_tokens for context in contexts)
    return tokens / lines if lines else None


def total_survival(samples: Iterable[SampleResult]) -> Survival | None:
    """Return the counts over all samples, None where there are none."""
    counts = [sample.survival for sample in samples if sample.survival is not None]
    return sum(counts, start=Survival()) if counts else None


def total(scores: Iterable[Score | None]) -> Score | None:
    """Return the score over all counts, None where there are none."""
    # Counts are added, not shares averaged: else a pull request with one finding would weigh as
    # much as one with twenty.
    known_scores = [score for score in scores if score is not None]
    return sum(known_scores, start=Score()) if known_scores else None
