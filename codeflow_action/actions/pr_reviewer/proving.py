"""What code can decide of the claims is decided by code, before a model is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from codeflow_action.actions.pr_reviewer.candidates import Candidate
from codeflow_action.engine.action import Task
from codeflow_action.engine.facts import LineCoverage
from codeflow_action.engine.findings import Dropped, Evidence, Stage
from codeflow_action.review.proof import (
    Claim,
    ProofContext,
    Proven,
    Refuted,
    Unknown,
    Verdict,
    prove_all,
)
from codeflow_action.review.ranking import dropped


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The candidates that stand, proven ones marked, and those that were refuted.

    Where only a part of a defect is proven the candidate has the proof, for the second look.
    """

    candidates: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...] = ()


async def prove(candidates: Sequence[Candidate], task: Task) -> Checked:
    """Return what becomes of each claim. Raises `RepositoryError` or `GitHubError`."""
    context = ProofContext(
        head=task.head,
        base=task.base,
        files=task.pull_request.files,
        coverage=task.facts.get(LineCoverage) or LineCoverage(),
    )
    verdicts = await prove_all([_claim(one) for one in candidates], context)
    checked = [_ruled(*pair) for pair in zip(candidates, verdicts, strict=True)]
    return Checked(
        candidates=tuple(one for one in checked if isinstance(one, Candidate)),
        dropped=tuple(one for one in checked if isinstance(one, Dropped)),
    )


def _claim(candidate: Candidate) -> Claim:
    finding = candidate.finding
    return Claim(
        kind=candidate.claim,
        subject=candidate.subject,
        other=candidate.other,
        path=finding.path or "",
        line=finding.line or 1,
        end_line=finding.last_line or 1,
        side=finding.side,
    )


def _ruled(candidate: Candidate, verdict: Verdict) -> Candidate | Dropped:
    match verdict:
        case Refuted(evidence=evidence):
            return dropped(candidate.finding, Stage.PROOF, evidence)
        case Proven(evidence=evidence, is_whole=is_whole):
            if not (is_whole and _says_so(candidate)):
                return replace(candidate, proof=evidence)
            said = f"{candidate.finding.message}\n\nChecked: {evidence}"
            proven = {"evidence": Evidence.PROVEN, "message": said}
            return replace(candidate, finding=candidate.finding.model_copy(update=proven))
        case Unknown():
            return candidate
        case _:
            assert_never(verdict)


def _says_so(candidate: Candidate) -> bool:
    """True when the remark is about what is proven: its words name the subject."""
    finding = candidate.finding
    return candidate.subject in f"{finding.title}\n{finding.message}"
