"""The Action's run: load the pull request, then do the job's part in its review."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.pulse import Pulse
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    PullRequestEvent,
    describe,
)
from codeflow_action.integrations.github.read.pull_request import NotLoaded

if TYPE_CHECKING:
    from codeflow_action.hosts.delivery import Ending
    from codeflow_action.hosts.github_commands import CommandedReview
    from codeflow_action.hosts.github_shards import ShardedReview

type JobWork = Callable[[Job], Awaitable["Ending"]]


async def run_action(job: Job) -> "Ending":
    """Return what is to be delivered: of a whole review, or of this job's stage or shard.

    Meanwhile the log shows signs of life. Raises `CodeFlowError`, or `RunStopped`. When a pull
    request is closed, no error of the first kind is raised: nobody can act on a failed job for what
    is over.
    """
    event = job.event
    is_closing = isinstance(event, PullRequestEvent) and event.trigger is Trigger.CLOSED
    job.pulse = Pulse(clock=job.clock, say=job.log.info)
    beat = asyncio.create_task(job.pulse.beat())
    try:
        return await _run_work(job)
    except CodeFlowError as error:
        if not is_closing:
            raise
        review = (await asyncio.to_thread(_import_review))(job)
        detail = f"what became of its findings could not be counted: {error.with_hint}"
        return review.with_plan(review.whole.end_early(Reason.OK, detail))
    finally:
        beat.cancel()


async def _run_work(job: Job) -> "Ending":
    job.log.info("started", on=describe(job.event))
    import_task = asyncio.create_task(asyncio.to_thread(_import_review))
    job.begin("loading the pull request")
    if isinstance(job.event, CommandEvent):
        await import_task
        return await _import_commands()(job=job, event=job.event).run()
    if job.inputs.shard_number:
        # A shard asks GitHub for no more than it has to: its plan says the rest.
        review = (await import_task)(job)
        merge_base = review.plan.merge_base_sha if review.plan else ""
        loading = job.load(merge_base=merge_base, reads_conversation=False)
        target, conversation = await job.unless_stopped(loading)
    else:
        target, conversation = await job.unless_stopped(job.load())
        review = (await import_task)(job)
    if isinstance(target, NotLoaded):
        return review.with_plan(review.whole.end_early(target.reason, target.detail))
    job.log.info(
        "loaded",
        files=len(target.pull_request.files),
        source=target.origin,
        head=target.pull_request.head_sha,
        merge_base=target.pull_request.merge_base_sha,
    )
    return review.with_plan(await review.whole.run(target, conversation, review.work))


def _import_commands() -> "type[CommandedReview]":
    from codeflow_action.hosts.github_commands import CommandedReview  # noqa: PLC0415 - as below

    return CommandedReview


def _import_review() -> "type[ShardedReview]":
    """Import the second half: a tenth of a second that the network takes anyway."""
    from codeflow_action.hosts.github_shards import ShardedReview  # noqa: PLC0415

    return ShardedReview
