"""The pipeline: boundaries, order by facts, stopping."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import pytest

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import ConfigError, GitHubError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped
from codeflow_action.engine.pipeline import run_pipeline
from codeflow_action.engine.pull_request import Trigger
from tests.engine.test_values import finding
from tests.pull_requests import pull_request
from tests.still_loop import StillLoop


@dataclass(frozen=True, kw_only=True)
class Colour(Fact):
    name: str


class Ticking:
    def __init__(self):
        self.time = 0.0

    def now(self):
        self.time += 1
        return self.time

    async def sleep(self, seconds):
        self.time += seconds


class Nobody:
    available = False
    why_not = "no_key"


def task(models=None):
    return Task(
        pull_request=pull_request(),
        trigger=Trigger.CHANGED,
        head=None,
        base=None,
        policy=None,
        attributes=None,
        scanners=None,
        models=models or Nobody(),
        clock=Ticking(),
    )


def run(*actions, stop=None, bugs=None):
    def on_bug(name, error):
        if bugs is None:
            raise AssertionError(name) from error
        bugs.append((name, error))

    return asyncio.run(run_pipeline(actions, task(), on_bug, stop))


class Giver(Action):
    name = "giver"
    gives: ClassVar = (Colour,)

    async def run(self, task):
        return Done(facts=(Colour(name="blue"),))


class Taker(Action):
    name = "taker"
    needs: ClassVar = (Colour,)

    async def run(self, task):
        return Skipped(reason=Reason.OK, detail=task.facts.get(Colour).name)


class Blind(Action):
    name = "blind"

    async def run(self, task):
        return Skipped(reason=Reason.OK, detail=str(task.facts.get(Colour)))


class Broken(Action):
    name = "broken"

    async def run(self, task):
        raise ZeroDivisionError("a secret value")


class Refused(Action):
    name = "refused"

    async def run(self, task):
        raise GitHubError("GitHub is away", hint="wait")


class Asking(Action):
    name = "asking"
    asks_models = True

    async def run(self, task):
        raise AssertionError


class Endless(Action):
    name = "endless"

    async def run(self, task):
        await asyncio.Event().wait()


class EndlessReview(Endless):
    name = "endless_review"
    asks_models = False


def test_an_action_that_needs_a_fact_runs_after_the_one_that_gives_it():
    taker, giver = run(Taker(), Giver())
    assert taker.outcome.detail == "blue"
    assert isinstance(giver.outcome, Done)


def test_an_action_may_have_options_without_a_hash():
    class Listing(Taker):
        words: list[str]

    steps = run(Blind(), Listing(words=["a"]), Giver())
    assert [step.action.name for step in steps] == ["blind", "taker", "giver"]
    assert steps[1].outcome.detail == "blue"


def test_an_action_sees_no_fact_that_it_did_not_ask_for():
    assert run(Giver(), Blind())[1].outcome.detail == "None"


class Smuggler(Action):
    name = "smuggler"

    async def run(self, task):
        return Done(facts=(Colour(name="red"),))


class EarlySmuggler(Action):
    name = "smuggler"

    async def run(self, task):
        task.keep(Done(facts=(Colour(name="red"),)))
        return Done()


@pytest.mark.parametrize("smuggler", [Smuggler(), EarlySmuggler()], ids=["end", "partial"])
def test_an_action_that_gives_an_undeclared_fact_fails_alone_and_is_told_which(smuggler):
    smuggler_step, taker, giver = run(smuggler, Taker(), Giver())
    assert smuggler_step.outcome.exit_code == 70
    assert "it gave Colour, which its `gives` does not name" in smuggler_step.outcome.detail
    assert "smuggler" in smuggler_step.outcome.detail
    assert taker.outcome.detail == "blue"
    assert isinstance(giver.outcome, Done)


def test_a_bug_in_one_action_does_not_stop_the_others_and_tells_no_value():
    bugs = []
    broken, giver = run(Broken(), Giver(), bugs=bugs)
    assert isinstance(giver.outcome, Done)
    assert broken.outcome.exit_code == 70
    assert "secret" not in broken.outcome.detail + broken.outcome.hint
    ((name, error),) = bugs
    assert name == "broken"
    assert isinstance(error, ZeroDivisionError)


def test_an_error_of_ours_keeps_its_exit_code_and_hint():
    (step,) = run(Refused())
    assert step.outcome == Failed(detail="GitHub is away", hint="wait", exit_code=3)


def test_an_action_that_asks_a_model_is_skipped_without_one():
    assert run(Asking())[0].outcome == Skipped(reason=Reason.NO_KEY)


def test_actions_that_wait_for_each_other_are_an_error():
    class Chicken(Giver):
        name = "chicken"
        needs: ClassVar = (Colour,)

    with pytest.raises(ConfigError, match="wait for each other"):
        run(Chicken())


def test_stopping_keeps_what_has_ended_and_says_what_has_not():
    stop = asyncio.Event()

    class Stopper(Action):
        name = "stopper"

        async def run(self, task):
            asyncio.get_running_loop().call_soon(stop.set)
            return Done()

    stopper, endless = run(Stopper(), Endless(), stop=stop)
    assert stopper.outcome == Done()
    (short,) = endless.outcome.shortfalls
    assert (short.reason, short.severity.value) == (Reason.GATE_NOT_RUN, "error")


def test_a_cancelled_pipeline_is_cancelled():
    async def cancelled():
        running = asyncio.create_task(run_pipeline([Endless()], task(), lambda *_: None))
        await asyncio.sleep(0)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_an_action_that_ends_soon_after_a_stop_is_heard():
    stop = asyncio.Event()

    class LettingGo(Action):
        name = "letting_go"

        async def run(self, task):
            asyncio.get_running_loop().call_soon(stop.set)
            await stop.wait()
            await asyncio.sleep(0)
            return Done(facts=())

    (step,) = run(LettingGo(), stop=stop)
    assert step.outcome == Done()


def test_what_checks_nothing_may_be_stopped_without_a_word():
    stop = asyncio.Event()

    class Telling(Action):
        name = "telling"
        checks = False

        async def run(self, task):
            stop.set()
            await asyncio.Event().wait()

    (step,) = run(Telling(), stop=stop)
    assert step.outcome == Done()


class Reviewing(Action):
    name = "reviewing"
    asks_models = True

    async def run(self, task):
        return Done()


class Somebody:
    available = True


def told(*actions, stop=None, loop_factory=None):
    heard = []
    running = run_pipeline(actions, task(Somebody()), lambda *_: None, stop, tell=heard.append)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(running), heard


@pytest.mark.promise("Gates are shown before the review begins.")
def test_gates_are_told_before_a_review_begins():
    """Fault 13: gates are delivered as soon as they are done."""
    order = []

    class Reviewer(Reviewing):
        async def run(self, task):
            order.append("review")
            return Done()

    class Gate(Action):
        name = "gate"

        async def run(self, task):
            await asyncio.sleep(0)
            order.append("gate")
            return Done(findings=(finding(),))

    steps, heard = told(Reviewer(), Gate())
    assert order == ["gate", "review"]
    assert [step.action.name for step in steps] == ["reviewing", "gate"]
    assert [one.gates_done for one in heard] == [False, True]
    review, gate = heard[-1].steps
    assert len(gate.outcome.findings) == 1
    assert review.outcome.shortfalls[0].reason is Reason.DEADLINE


def test_a_gate_that_waits_does_not_hold_a_review_up():
    """Fault 13: a head start is a moment, no order."""
    reviewed = asyncio.Event()

    class Slow(Action):
        name = "slow"

        async def run(self, task):
            for _second in range(60):
                asyncio.get_running_loop().let_pass(1)
                await asyncio.sleep(0)
            return Done() if reviewed.is_set() else Skipped(reason=Reason.OK)

    class Reviewer(Reviewing):
        async def run(self, task):
            reviewed.set()
            return Done()

    steps, heard = told(Slow(), Reviewer(), loop_factory=StillLoop)
    assert [type(step.outcome) for step in steps] == [Done, Done]
    assert [one.gates_done for one in heard] == [False, True]


@pytest.mark.parametrize("end", ["stop", "death"])
def test_what_a_gate_has_found_is_kept_before_its_end(end):
    """Fault 13: the committed key next to a hostile file was never reported."""
    stop = asyncio.Event()
    so_far = Done(
        findings=(finding(),),
        shortfalls=(Shortfall(reason=Reason.GATE_NOT_RUN, detail="size", severity=Severity.ERROR),),
    )

    class Gates(Action):
        name = "gates"

        async def run(self, task):
            task.keep(so_far)
            stop.set()
            await asyncio.Event().wait()

    steps, heard = told(Gates(), stop=stop)
    (step,) = heard[1].steps if end == "death" else steps
    assert step.outcome == so_far
    assert [one.gates_done for one in heard] == [False, False, True]


def test_a_review_is_not_begun_after_a_stop():
    """Fault 13: what is left of the time is for telling what there is."""
    stop = asyncio.Event()
    stop.set()

    class Never(Reviewing):
        async def run(self, task):
            raise AssertionError

    (step,), _heard = told(Never(), stop=stop)
    assert step.outcome.shortfalls[0].reason is Reason.DEADLINE


@pytest.mark.promise(
    "An action of another package begins when our own gates have ended, or after ten seconds."
)
def test_an_action_of_another_package_begins_when_our_gates_have_ended():
    """One that computes for ever, in the loop or with the interpreter's lock, hides no finding."""
    order = []

    class Ours(Action):
        __module__ = "codeflow_action.actions.ours"
        name = "ours"

        async def run(self, task):
            await asyncio.sleep(0)
            order.append("ours")
            return Done()

    class Theirs(Action):
        name = "theirs"

        async def run(self, task):
            order.append("theirs")
            return Done()

    steps = run(Theirs(), Ours())
    assert order == ["ours", "theirs"]
    assert [step.action.name for step in steps] == ["theirs", "ours"]


def test_an_action_of_another_package_does_not_begin_when_the_run_was_stopped():
    stop = asyncio.Event()
    stop.set()

    class Theirs(Action):
        name = "theirs"

        async def run(self, task):
            raise AssertionError

    (step,) = run(Theirs(), stop=stop)
    assert step.outcome.shortfalls[0].reason is Reason.GATE_NOT_RUN
