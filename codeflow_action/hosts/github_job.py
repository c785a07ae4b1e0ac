"""The Action's run: load the pull request, then review it."""

import asyncio
from typing import TYPE_CHECKING

from codeflow_action.hosts.job import Job
from codeflow_action.integrations.github.read.event import describe
from codeflow_action.integrations.github.read.pull_request import NotLoaded

if TYPE_CHECKING:
    from codeflow_action.hosts.delivery import Ending
    from codeflow_action.hosts.github_review import Reviewing


async def run_action(job: Job) -> "Ending":
    """Return what is to be delivered. Raises `CodeFlowError`, or `Stopped`."""
    job.log.info("started", on=describe(job.event))
    importing = asyncio.create_task(asyncio.to_thread(_import_reviewing))
    job.begin("loading the pull request")
    loaded, state = await job.unless_stopped(job.load())
    reviewing = (await importing)(job)
    if isinstance(loaded, NotLoaded):
        return reviewing.skipped(loaded.reason, loaded.detail)
    job.log.info(
        "loaded",
        files=len(loaded.pull_request.files),
        source=loaded.how,
        head=loaded.pull_request.head_sha,
        merge_base=loaded.pull_request.merge_base_sha,
    )
    return await reviewing.run(loaded, state)


def _import_reviewing() -> "type[Reviewing]":
    """Import the second half: a tenth of a second that the network takes anyway."""
    from codeflow_action.hosts.github_review import Reviewing  # noqa: PLC0415

    return Reviewing
