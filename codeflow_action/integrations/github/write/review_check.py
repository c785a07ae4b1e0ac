"""Writes the check that says whether a model has read the change: "CodeFlow: model review".

It never fails: success where enough was read, neutral otherwise, with the reason in its title. To a
branch rule that requires it neutral is as good as success (https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks),
so the rule makes a merge wait until a run has spoken about this very head; what closes the gate is
`gate.min_coverage`.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError, PermissionDenied
from codeflow_action.engine.headline import review_sentence
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.receipt import ReviewExtent
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.write.check_run import (
    MAX_TITLE,
    StandingCheckRun,
    plain_text,
    read_check_runs,
)
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.security import untrusted

_DEFAULT_NAME = "codeflow"  # of the input `name`, in lower case as everywhere but in prose
_PRODUCT = "CodeFlow"
_MEANING = (
    "This check says whether a model has read the change, and nothing about what it found. "
    "It never fails: where too little was read it is neutral, which a branch rule takes for "
    "success. `gate.min_coverage` makes the run itself fail."
)


@dataclass(frozen=True, kw_only=True)
class ReviewCheck:
    """Write the check, once on each head: a later run there changes what it says.

    One that asked no model knows nothing new, so with `is_last_word` False it leaves what is there.
    """

    name: str
    head_sha: str
    conclusion: Literal["success", "neutral"]
    title: str
    is_last_word: bool = True

    async def carry_out(self, desk: Desk) -> None:
        """Create or change it. That the job may not is told in the summary alone."""
        if not desk.has_time(f"the check {self.name}"):
            return
        try:
            await self._write(desk)
        except PermissionDenied:  # most jobs need no such permission: nothing is amiss
            desk.notices.append(
                f"with `checks: write` the check “{self.name}” would say: {self.title}"
            )
        except GitHubError as error:
            desk.note_refusal(f"the check {self.name}", error)

    @property
    def mark(self) -> str:
        """Its `external_id`: without a seal, because a run without a key changes it, too."""
        return f"{self.name}@{self.head_sha}"

    async def _write(self, desk: Desk) -> None:
        """Raise `GitHubError` where it cannot be written."""
        earlier_run = await self._find(desk)
        if earlier_run and (not self.is_last_word or self._is_said_by(earlier_run)):
            return
        body: dict[str, JsonValue] = {
            "name": self.name,
            "status": "completed",
            "conclusion": self.conclusion,
            "external_id": self.mark,
            "output": {"title": self.title, "summary": _MEANING},
        }

        async def find_written() -> StandingCheckRun | None:
            check_run = await self._find(desk)
            return check_run if check_run and self._is_said_by(check_run) else None

        path = f"{desk.repository_path}/check-runs"
        if earlier_run:
            await desk.write_once("PATCH", f"{path}/{earlier_run.id}", body, find_written)
        else:
            await desk.write_once("POST", path, {**body, "head_sha": self.head_sha}, find_written)

    async def _find(self, desk: Desk) -> StandingCheckRun | None:
        check_runs = await read_check_runs(self.head_sha, self.name, desk)
        own_runs = [check_run for check_run in check_runs if check_run.external_id == self.mark]
        return max(own_runs, key=lambda check_run: check_run.id, default=None)

    def _is_said_by(self, check_run: StandingCheckRun) -> bool:
        return (check_run.conclusion, check_run.output.title) == (self.conclusion, self.title)


def plan_review_check(report: Report, min_coverage: float) -> Iterator[ReviewCheck]:
    """Yield the check where models have to do with the run: a key is there, or is missed.

    `min_coverage` is the share of the changed lines, 0 to 1, from which it is success.
    """
    is_concerned = report.model or report.no_model or report.reviewed is not ReviewExtent.NOT_ASKED
    if not is_concerned or not any(action.reviews for action in report.actions):
        return
    receipt = report.receipt
    was_read = report.reviewed in (ReviewExtent.FULL, ReviewExtent.PART)
    # Of a part that nobody read the lines are not counted, so no share is known to be enough.
    is_known = not (receipt.lacks_part and min_coverage)
    is_enough = is_known and (receipt.share or 0.0) >= min_coverage
    is_short = was_read and not is_enough
    demand = f"; gate.min_coverage asks for {min_coverage:.0%}" if is_short else ""
    yield ReviewCheck(
        name=f"{_PRODUCT if report.name == _DEFAULT_NAME else report.name}: model review",
        head_sha=report.head_sha,
        conclusion="success" if was_read and is_enough else "neutral",
        title=plain_text(untrusted.one_line(f"{review_sentence(report)}{demand}", MAX_TITLE)),
        is_last_word=report.reviewed is not ReviewExtent.NOT_ASKED,
    )
