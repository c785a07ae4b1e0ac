"""Claims that code can decide are decided by code, before a model is asked again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from codeflow_action.actions.pr_reviewer.candidates import Candidate, Shortlist
from codeflow_action.engine.action import Task
from codeflow_action.engine.facts import LineCoverage
from codeflow_action.engine.findings import DroppedFinding, DropStage, Evidence
from codeflow_action.review.proof import (
    Claim,
    NoProof,
    Proof,
    ProofContext,
    ProofResult,
    Refutation,
    prove_all,
)
from codeflow_action.review.ranking import dropped


async def prove(candidates: Sequence[Candidate], task: Task) -> Shortlist:
    """Return the candidates that stand, proven ones marked, and those that were refuted.

    Where only a part of a defect is proven the candidate gets the proof, for the second round.
    Raises `RepositoryError` or `GitHubError`.
    """
    context = ProofContext(
        head=task.head,
        base=task.base,
        files=task.pull_request.files,
        coverage=task.facts.get(LineCoverage) or LineCoverage(),
    )
    claims = [_claim(candidate) for candidate in candidates]
    verdicts = await prove_all(claims, context)
    return Shortlist.of(
        _apply_verdict(candidate, verdict)
        for candidate, verdict in zip(candidates, verdicts, strict=True)
    )


def _claim(candidate: Candidate) -> Claim:
    finding = candidate.finding
    return Claim(
        kind=candidate.claim,
        subject=candidate.subject,
        other=candidate.counterpart,
        path=finding.path or "",
        line=finding.line or 1,
        end_line=finding.last_line or 1,
        side=finding.side,
    )


def _apply_verdict(candidate: Candidate, verdict: ProofResult) -> Candidate | DroppedFinding:
    finding = candidate.finding
    match verdict:
        case Refutation(evidence=evidence):
            return dropped(finding, DropStage.PROOF, evidence)
        case Proof(evidence=evidence, is_whole=is_whole):
            # The remark must be about what is proven: its words name what the claim is about.
            names = [candidate.subject] if candidate.subject else []
            names += [candidate.counterpart] if candidate.counterpart else []
            words = f"{finding.title}\n{finding.message}"
            is_about_it = bool(names) and all(name in words for name in names)
            # A proof of only a part, or of something else, is for the second round to weigh.
            if not (is_whole and is_about_it):
                return replace(candidate, proof=evidence)
            message = f"{finding.message}\n\nChecked: {evidence}"
            fields = {"evidence": Evidence.PROVEN, "message": message}
            return replace(candidate, finding=finding.model_copy(update=fields))
        case NoProof():
            return candidate
        case _:
            assert_never(verdict)
