"""Asks a model which reported findings make a known point; its answer is bounded by the paths."""

from collections.abc import Sequence
from importlib import resources

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.evaluation.dataset import KnownFinding
from codeflow_action.evaluation.scoring import Pair
from codeflow_action.security.untrusted import for_model, one_line

_MAX_TEXT = 2_000  # characters of one remark: its point is made before
_MAX_OUTPUT_TOKENS = 4_000  # enough for some two hundred pairs, at about 15 tokens each


class SamePoint(BaseModel):
    """Two remarks by their numbers, counted from 1."""

    model_config = ConfigDict(frozen=True)

    known: int
    reported: int


class Judgement(BaseModel):
    """The judge's whole reply."""

    model_config = ConfigDict(frozen=True)

    pairs: list[SamePoint]


def judge_prompt(known_findings: Sequence[KnownFinding], findings: Sequence[Finding]) -> Prompt:
    """Return the question about all findings of one pull request."""
    text = resources.files(__package__).joinpath("judge.md").read_text("utf-8")
    known_remarks = [
        f"{_place(known_finding.path, known_finding.lines)}\n{known_finding.text[:_MAX_TEXT]}"
        for known_finding in known_findings
    ]
    remarks: list[str] = []
    for finding in findings:
        has_lines = finding.line is not None and finding.last_line is not None
        lines = (finding.line or 0, finding.last_line or 0) if has_lines else None
        place = _place(finding.path or "", lines)
        remarks.append(f"{place}\n{finding.title}\n{finding.message[:_MAX_TEXT]}")
    return Prompt(
        role=Role.VERIFY,
        instructions=text,
        parts=(
            Part(text=for_model("known remarks", _number(known_remarks))),
            Part(text=for_model("reported remarks", _number(remarks))),
        ),
        reply=Judgement,
        max_output_tokens=_MAX_OUTPUT_TOKENS,
    )


def same_points(
    data: object, known_findings: Sequence[KnownFinding], findings: Sequence[Finding]
) -> frozenset[Pair]:
    """Return the pairs that the judge names and that can be: both there, about the same file."""
    try:
        judgement = Judgement.model_validate(data)
    except ValidationError:  # no pair is named, so none is matched
        return frozenset()
    return frozenset(
        (pair.known - 1, pair.reported - 1)
        for pair in judgement.pairs
        if 1 <= pair.known <= len(known_findings)
        and 1 <= pair.reported <= len(findings)
        and known_findings[pair.known - 1].path == findings[pair.reported - 1].path
    )


def _number(remarks: Sequence[str]) -> str:
    return "\n\n".join(f"{number}. {remark}" for number, remark in enumerate(remarks, start=1))


def _place(path: str, lines: tuple[int, int] | None) -> str:
    return one_line(f"{path}:{lines[0]}-{lines[1]}" if lines else path)
