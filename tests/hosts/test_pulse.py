"""Signs of life in the log, on a clock that only tests move."""

import asyncio

import pytest

from codeflow_action.hosts.pulse import INTERVAL, Pulse


class Over(Exception):
    """The test has no more time to give."""


class SteppedClock:
    """Lets a sleep take its seconds and some more, `extra` by `extra`, and ends with them."""

    def __init__(self, *extras):
        self.extras = list(extras)
        self.time = 0.0
        self.slept = []

    def now(self):
        return self.time

    async def sleep(self, seconds):
        if not self.extras:
            raise Over
        self.slept.append(seconds)
        self.time += seconds + self.extras.pop(0)


def lines_of(clock, note="", noted_at=0.0):
    lines = []
    pulse = Pulse(clock=clock, say=lines.append)
    clock.time = noted_at
    if note:
        pulse.note(note)
    with pytest.raises(Over):
        asyncio.run(pulse.beat())
    return lines


def test_a_line_says_every_five_seconds_what_is_at_work():
    clock = SteppedClock(0, 0)
    assert lines_of(clock, "pr_reviewer: running") == [
        "still at work after 5 s: pr_reviewer: running",
        "still at work after 10 s: pr_reviewer: running",
    ]
    assert clock.slept == [INTERVAL] * 2


def test_before_anything_is_told_it_says_that_the_run_starts():
    assert lines_of(SteppedClock(1)) == ["still at work after 6 s: starting"]


def test_a_stage_that_was_told_just_now_is_sign_enough():
    assert lines_of(SteppedClock(0), "writing", noted_at=4.0) == [
        "still at work after 9 s: writing"
    ]
