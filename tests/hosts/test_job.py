"""What a job does beside its work."""

import asyncio
import gc
from types import SimpleNamespace

import pytest

from codeflow_action.hosts.job import Job, RunStopped


def test_work_that_is_stopped_has_ended_and_leaves_no_traceback():
    """A loop that is closed before it has tells of it, in the log, when the task is collected."""
    ended, complaints = [], []

    async def work():
        try:
            await asyncio.gather(asyncio.Event().wait())
        finally:
            ended.append(True)
            raise OSError("its connection is gone")

    async def run():
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        stop = asyncio.Event()
        asyncio.get_running_loop().call_soon(stop.set)
        with pytest.raises(RunStopped):
            await Job.unless_stopped(SimpleNamespace(stop=stop), work())
        assert ended

    asyncio.run(run())
    gc.collect()
    assert not complaints
