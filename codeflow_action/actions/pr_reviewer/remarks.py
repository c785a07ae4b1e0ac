"""What a reviewing model replies with: remarks, and judgements of remarks."""

from enum import StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, DroppedFinding, DropStage, Severity
from codeflow_action.engine.model import Completion
from codeflow_action.review.proof import ClaimKind
from codeflow_action.review.verification import RulingKind
from codeflow_action.security.untrusted import one_line


class QuotedSide(StrEnum):
    """Which version of the file a quote is from."""

    NEW = "new"
    OLD = "old"

    @property
    def side(self) -> Side:
        """GitHub's word for it."""
        return Side.RIGHT if self is QuotedSide.NEW else Side.LEFT


_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
# No test is asked for: a model that claims it all the same is checked, and taken at its word.
_ASKED_CLAIMS = [kind.value for kind in ClaimKind if kind is not ClaimKind.MISSING_TEST]


# Limits of length keep one runaway reply from filling the report and the comment.
class Remark(BaseModel):
    """One remark as the model makes it; nothing in it is believed yet.

    In this order, in which a model writes it: what it commits to comes after what it is based on.
    Fields with a default are asked for too, but a model without a strict mode may leave them out.
    Only `suggestion` is not asked for, since the second round writes it; one that comes is taken.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str = Field(max_length=4_096)
    quote: str = Field(max_length=8_000)
    side: QuotedSide
    line: int | None = None
    claim: Annotated[ClaimKind, WithJsonSchema({"type": "string", "enum": _ASKED_CLAIMS})] = (
        ClaimKind.OTHER
    )
    subject: str | None = Field(default=None, max_length=400)
    other: str | None = Field(default=None, max_length=400)
    trigger: Annotated[_Text, Field(max_length=2_000)]
    effect: Annotated[_Text, Field(max_length=2_000)]
    rule: str | None = Field(default=None, max_length=200)
    category: Category
    title: Annotated[_Text, Field(min_length=3, max_length=300)]
    message: Annotated[_Text, Field(min_length=3, max_length=4_000)]
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    suggestion: SkipJsonSchema[str | None] = Field(default=None, max_length=8_000)

    @property
    def scenario(self) -> str:
        """The case in which the code goes wrong, as one line: what leads to what."""
        if self.trigger == self.effect:
            return self.trigger
        return f"{self.trigger.removesuffix('.')} → {self.effect}"

    @model_validator(mode="before")
    @classmethod
    def _split_scenario(cls, data: object) -> object:
        """Take replies that were recorded when the scenario was one field: it stands for both."""
        if not isinstance(data, dict) or "failure_scenario" not in data or "trigger" in data:
            return data
        scenario = data["failure_scenario"]
        half = scenario[:2_000] if isinstance(scenario, str) else scenario
        return {**data, "trigger": half, "effect": half}


class Review(BaseModel):
    """The whole reply of a finding model."""

    model_config = ConfigDict(frozen=True)

    remarks: list[Remark]


class RemarkJudgement(BaseModel):
    """The judgement of one remark, by the number that the prompt gave it.

    In this order, in which a model writes it: what it commits to comes after what it is based on.
    `mitigation` is a quote of what prevents the trouble already. The `suggestion` comes last: asked
    for a fix while judging, models call more correct code wrong (arXiv 2603.00539).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    mitigation: str | None = Field(default=None, max_length=8_000)
    reason: Annotated[_Text, Field(min_length=3, max_length=2_000)]
    verdict: RulingKind
    severity: Severity
    suggestion: str | None = Field(default=None, max_length=8_000)


class Judgements(BaseModel):
    """The whole reply of a verifying model."""

    model_config = ConfigDict(frozen=True)

    judgements: list[RemarkJudgement]


def read_remarks(completion: Completion) -> tuple[tuple[Remark, ...], tuple[DroppedFinding, ...]]:
    """Return the remarks, and a record of those that did not fit or were cut off."""
    review = Review.model_validate(completion.data)
    drops = (
        DroppedFinding(
            stage=DropStage.SHAPE, reason=str(flaw), title=one_line(flaw.label) or "(no title)"
        )
        for flaw in completion.flaws
    )
    return tuple(review.remarks), tuple(drops)
