"""The Action's run: load the pull request, then review it, or publish a report about it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from codeflow_action.hosts.job import Job
from codeflow_action.integrations.github.read.event import describe
from codeflow_action.integrations.github.read.pull_request import NotLoaded

if TYPE_CHECKING:
    from codeflow_action.hosts.delivery import Ending
    from codeflow_action.hosts.github_review import GitHubReview

type JobWork = Callable[[Job], Awaitable["Ending"]]


async def run_action(job: Job, report: str | None = None) -> "Ending":
    """Return what is to be delivered: of a review, or of the `report` that is published.

    A `report` is the text of one that another process has written: a stranger's. Nothing is
    written if the pull request has another head by now.
    Raises `CodeFlowError`, or `RunStopped`.
    """
    job.log.info("started", on=describe(job.event))
    import_task = asyncio.create_task(asyncio.to_thread(_import_review))
    job.begin("loading the pull request")
    target, conversation = await job.unless_stopped(job.load())
    review = (await import_task)(job)
    if isinstance(target, NotLoaded):
        return review.end_early(target.reason, target.detail)
    job.log.info(
        "loaded",
        files=len(target.pull_request.files),
        source=target.origin,
        head=target.pull_request.head_sha,
        merge_base=target.pull_request.merge_base_sha,
    )
    if report is None:
        return await review.run(target, conversation)
    return await review.publish(target, conversation, report)


def _import_review() -> "type[GitHubReview]":
    """Import the second half: a tenth of a second that the network takes anyway."""
    from codeflow_action.hosts.github_review import GitHubReview  # noqa: PLC0415

    return GitHubReview
