"""How a fault is named, and what holds after each: the right ending, and nothing lost or doubled.

A fault's name is a row of docs/reliability.md. A test says it with `@pytest.mark.fault("…")`, a row
of a table with `fault("…", …)`.
"""

import _pytest.mark.structures
import pytest

from tests.entry.jobs import REMARK, Ended, Impatient, Shop

MAX_WAIT = 60  # seconds that a run waits for anybody who asks for it


class WaitClock(Impatient):
    """Remembers the seconds that it was asked to wait; waits no longer than its kind does."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


def fault(name: str, *values: object) -> _pytest.mark.structures.ParameterSet:
    """Return the row of a table of faults."""
    return pytest.param(*values, id=name, marks=pytest.mark.fault(name))


def ends(ended: Ended, code: int, verdict: str, reason: str) -> bool:
    """True for the ending that the contract says, told once."""
    assert ended.code == code, ended.log
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == (verdict, reason)
    assert len(ended.closing_errors) == (1 if code else 0)
    assert ended.summary.strip()
    assert "Traceback" not in ended.log, ended.log
    return True


def is_mended(shop: Shop, inputs: dict[str, str]) -> bool:
    """True if the next run, which meets no fault, leaves everything on GitHub, once."""
    shop.github.faults.clear()
    ended = shop.run(inputs=inputs)
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log
    (sticky,) = shop.stickies()
    assert REMARK["title"] in sticky
    assert [comment.line for comment in shop.pull.review_comments] == [6]
    return True
