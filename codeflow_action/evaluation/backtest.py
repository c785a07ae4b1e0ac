"""Reviews past changes that had to be fixed later, as if they were pull requests.

The lines that a fix has deleted or replaced are what should have been seen. So a repository's own
history says what a review would have shown to a model, and found, and cost.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.risk import Purpose
from codeflow_action.evaluation.backtest_report import Backtest, BacktestFix, FixedChange
from codeflow_action.evaluation.dataset import KnownFinding, Level, Sample
from codeflow_action.evaluation.evaluate import EvaluationRequest, evaluate
from codeflow_action.evaluation.later_fixes import (
    LaterFix,
    PastChange,
    PastChanges,
    past_changes,
)
from codeflow_action.evaluation.results import Evaluation
from codeflow_action.evaluation.scoring import MAX_DISTANCE
from codeflow_action.hosts.laptop import Local, ReviewRequest, open_repository
from codeflow_action.review.change_risk import purpose_of

DEFAULT_LAST = 1_000  # changes
DEFAULT_REVIEWS = 20
DEFAULT_BUDGET = 5.0  # US dollars
_DAYS = 365  # in which a fix counts: later on, the code around has changed as well
# A fix of more touches lines that were not wrong, so nobody knows which ones were.
_MAX_FIX_FILES = 5
_MAX_FIX_LINES = 60  # that it deletes or replaces
_MAX_LINES = 30  # of one change in one fix
# What says "fix" and mends nothing that runs; a feature may close an issue in the same words.
_CHORE = regex(
    r"^feat\b|\b(?:typos?|spell\w*|lint\w*|format\w*|prettier|docs?|documentation|readme|changelog"
    r"|ci|flak\w*|tests?|style|styling|comments?|wording|translations?|i18n|l10n|deps?|dependenc\w+|bump"
    r"|release|build|workflows?|types?|typing|mypy|clippy|warnings?|benchmarks?|examples?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class BacktestRequest:
    """Which changes to look at, and what it may cost. `head` names a commit.

    `last` counts changes of the main line, `reviews` those of them that are reviewed at most.
    """

    directory: Path
    head: str = "HEAD"
    config: Path | None = None
    last: int = DEFAULT_LAST
    reviews: int = DEFAULT_REVIEWS
    budget_usd: float = DEFAULT_BUDGET


async def backtest(request: BacktestRequest, local: Local) -> Backtest:
    """Return what reviews of past changes come to. Nothing is written or fetched.

    Raises `CodeFlowError`.
    """
    repository = await open_repository(request.directory, local.environment)
    head = await repository.resolve(request.head)
    local.progress(f"reading the last {request.last:,} changes")
    past = await asyncio.to_thread(
        past_changes, repository.git, head, last=request.last, is_fix=is_bug_fix, ignore_space=True
    )
    fixes = {change.sha: telling_fixes(change, past) for change in past.changes}
    # The newest first: they are most like those to come.
    candidates = [change for change in reversed(past.changes) if fixes[change.sha]]
    samples = [_sample(change, fixes[change.sha]) for change in candidates[: request.reviews]]
    evaluation = await _evaluate(tuple(samples), request, local, head)
    by_people = [past.sizes[change.sha] for change in past.changes if not change.is_by_bot]
    return Backtest(
        version=evaluation.version,
        repository=await repository.remote_name(),
        head=head,
        is_shallow=repository.is_shallow,
        read_changes=len(past.changes),
        unread_changes=past.unread_count,
        weeks=past.weeks,
        lines_per_week=sum(size.lines for size in by_people) / past.weeks,
        fixed_changes=len(candidates),
        fixes=len({fix.sha for of_change in fixes.values() for fix in of_change}),
        budget_usd=request.budget_usd,
        stand_in=evaluation.stand_in,
        model=evaluation.model,
        changes=tuple(_rows(candidates, fixes, evaluation)),
        not_done=evaluation.not_done,
    )


async def _evaluate(
    samples: tuple[Sample, ...], request: BacktestRequest, local: Local, head: str
) -> Evaluation:
    # The configuration of today reviews what was then: it is the one that is to be tested.
    at_head = ReviewRequest(
        directory=request.directory, base=head, head=head, config=request.config
    )
    return await evaluate(
        EvaluationRequest(
            samples=samples,
            folder=request.directory,
            repos=request.directory,
            distance=MAX_DISTANCE,
            budget_usd=request.budget_usd,
            may_lack_keys=not local.inputs.provider,
        ),
        local,
        (await local.configure(at_head)).resolution.effective,
    )


def is_bug_fix(change: PastChange) -> bool:
    """True for a change that says that it mends what runs."""
    return change.mends and not change.is_by_bot and not _CHORE.search(change.title)


def telling_fixes(change: PastChange, past: PastChanges) -> tuple[LaterFix, ...]:
    """Return the fixes that tell what was wrong with a change: small ones, soon, of what runs."""
    if change.is_by_bot or not change.parent:
        return ()
    sizes = past.sizes
    return tuple(
        fix
        for fix in change.fixes
        if 0 < len(fix.lines) <= _MAX_LINES
        and fix.days <= _DAYS
        and purpose_of(fix.old_path) is Purpose.CODE
        and sizes[fix.sha].code_files <= _MAX_FIX_FILES
        and sizes[fix.sha].removed_code_lines <= _MAX_FIX_LINES
    )


def _sample(change: PastChange, fixes: Iterable[LaterFix]) -> Sample:
    return Sample(
        schema_version=1,
        repository=".",
        base=change.parent,
        head=change.sha,
        title=change.title,
        body=change.body,
        findings=tuple(
            KnownFinding(
                path=fix.old_path,
                lines=lines,
                text=f"{fix.title} ({fix.sha[:10]})",
                context=Level.DIFF,
            )
            for fix in fixes
            for lines in _ranges(fix.lines)
        ),
    )


def _ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of lines."""
    first = last = 0
    for number in sorted(set(numbers)):
        if number != last + 1:
            if last:
                yield first, last
            first = number
        last = number
    if last:
        yield first, last


def _rows(
    candidates: Iterable[PastChange],
    fixes: Mapping[str, Sequence[LaterFix]],
    evaluation: Evaluation,
) -> Iterator[FixedChange]:
    """Yield a row for each change that was reviewed."""
    results = {sample.label: sample for sample in evaluation.samples}
    for change in candidates:
        result = results.get(_sample(change, fixes[change.sha]).label)
        if result is None:
            continue
        findings = [finding for finding in result.context.findings if not finding.is_misplaced]
        review = result.review
        of_change = {fix.sha: fix for fix in fixes[change.sha]}.values()
        yield FixedChange(
            sha=change.sha,
            title=change.title,
            fixes=tuple(
                BacktestFix(sha=fix.sha, title=fix.title, days=round(fix.days, 1))
                for fix in of_change
            ),
            changed_lines=result.context.changed_lines,
            lines=sum(finding.lines for finding in findings),
            lines_shown=sum(finding.lines_shown for finding in findings),
            reported=review.by_lines.reported if review else None,
            found=review.by_lines.matched if review else None,
            cost_usd=review.cost_usd if review else result.context.cost_usd,
        )
