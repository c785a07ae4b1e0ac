"""Asks a model which reported findings make a known point; its answer is bounded by the paths."""

from collections.abc import Sequence
from importlib import resources

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.evaluation.dataset import Known
from codeflow_action.evaluation.scoring import Pair
from codeflow_action.security.untrusted import for_model, one_line

_MAX_TEXT = 2_000  # characters of one remark
_MAX_OUTPUT_TOKENS = 4_000


class SamePoint(BaseModel):
    """Two remarks by their numbers, counted from 1."""

    model_config = ConfigDict(frozen=True)

    known: int
    reported: int


class Verdict(BaseModel):
    """The judge's whole reply."""

    model_config = ConfigDict(frozen=True)

    pairs: list[SamePoint]


def judge_prompt(known: Sequence[Known], reported: Sequence[Finding]) -> Prompt:
    """Return the question about all findings of one pull request."""
    text = resources.files(__package__).joinpath("judge.md").read_text("utf-8")
    left = [f"{_place(one.path, one.lines)}\n{one.text[:_MAX_TEXT]}" for one in known]
    right = [
        f"{_place(one.path or '', _lines(one))}\n{one.title}\n{one.message[:_MAX_TEXT]}"
        for one in reported
    ]
    return Prompt(
        role=Role.VERIFY,
        instructions=text,
        parts=(
            Part(text=for_model("known remarks", _numbered(left))),
            Part(text=for_model("reported remarks", _numbered(right))),
        ),
        reply=Verdict,
        max_output_tokens=_MAX_OUTPUT_TOKENS,
    )


def same_points(
    data: object, known: Sequence[Known], reported: Sequence[Finding]
) -> frozenset[Pair]:
    """Return the pairs that the judge names and that can be: both there, about the same file."""
    try:
        verdict = Verdict.model_validate(data)
    except ValidationError:
        return frozenset()
    return frozenset(
        (pair.known - 1, pair.reported - 1)
        for pair in verdict.pairs
        if 1 <= pair.known <= len(known)
        and 1 <= pair.reported <= len(reported)
        and known[pair.known - 1].path == reported[pair.reported - 1].path
    )


def _numbered(remarks: Sequence[str]) -> str:
    return "\n\n".join(f"{at}. {remark}" for at, remark in enumerate(remarks, start=1))


def _lines(finding: Finding) -> tuple[int, int] | None:
    if finding.line is None or finding.last_line is None:
        return None
    return finding.line, finding.last_line


def _place(path: str, lines: tuple[int, int] | None) -> str:
    return one_line(f"{path}:{lines[0]}-{lines[1]}" if lines else path)
