"""A run that is ended at any request and run again leaves what one clean run leaves."""

import contextlib
import itertools
import os
import re
import signal
import threading

import pytest

from codeflow_action.testing.github import Effect, Fault, GitHubServer
from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, build, review
from tests.entry.test_pull_request import LEFTOVER, asked
from tests.faults.test_process import children

# An action that asks for a label, so that a run makes every kind of write.
PLUGIN = """
from codeflow_action.engine.action import Action
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.proposals import Labels


class Labelled(Action):
    name = "labelled"

    async def run(self, task):
        return Done(proposals=(Labels(names=("shop",)),))
"""
# What may differ between two pull requests that were treated alike: ids, times, the sealed ledger.
VARIABLE = re.compile(r"<!-- codeflow:[^>]*>|_?r?30000\d+|127\.0\.0\.1:\d+|\b[0-9a-f]{40}\b")
OUTPUTS = ("verdict", "findings_count", "warnings_count", "blocking_count", "coverage")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder in which that action is installed."""
    site = tmp_path_factory.mktemp("site")
    metadata = site / "labelled-1.dist-info"
    metadata.mkdir()
    (site / "labelled.py").write_text(PLUGIN)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: labelled\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[codeflow.actions]\nlabelled = labelled:Labelled\n")
    return str(site)


@contextlib.contextmanager
def opened_shop(root):
    """Yield a pull request, and what a job by hand is given: it makes a check run, too."""
    with (
        GitHubServer(token=TOKEN) as github,
        ModelServer(keys=[KEY], answer=review(REMARK)) as model,
    ):
        shop = build(root, github, BASE, HEAD | LEFTOVER)
        pipeline = "pipeline: [quality_gates, pr_reviewer, labelled]"
        yield shop, {**asked(model), "pr_number": "1", "config": pipeline}


def state(shop):
    """Return all that GitHub has of the pull request, in comparable words."""
    return {
        "comments": [VARIABLE.sub("", comment.body) for comment in shop.pull.comments],
        "review comments": [
            (comment.path, comment.line, VARIABLE.sub("", comment.body))
            for comment in shop.pull.review_comments
        ],
        "reviews": [(kept.state, VARIABLE.sub("", kept.body)) for kept in shop.pull.reviews],
        # Of a name the newest is shown; a run that was told to end may have left one that says so.
        "check runs": {
            run.name: (run.conclusion, VARIABLE.sub("", run.summary))
            for run in shop.repository.check_runs
        },
        "labels": shop.pull.labels,
    }


def run(shop, forks, site, inputs):
    return shop.fork(forks, "workflow_dispatch", inputs=inputs, env={"PYTHONPATH": site})


@pytest.fixture(scope="module")
def clean(forks, site, tmp_path_factory):
    """Return what one run leaves, its outputs, and how many requests it makes."""
    with opened_shop(tmp_path_factory.mktemp("clean")) as (shop, inputs):
        ended = run(shop, forks, site, inputs).wait()
        assert ended.code == 0, ended.log
        left = state(shop)
        assert all(left.values()), left  # each kind of write, or there is nothing to compare
        return left, [ended.outputs[name] for name in OUTPUTS], len(shop.github.requests)


def processes(pid):
    """Return a process with all that it has started, itself first."""
    started = []
    with contextlib.suppress(OSError):  # it is gone already
        started = children(pid)
    return [pid, *(process for child in started for process in processes(child))]


def kill_all(pid):
    """As when the machine goes."""
    for process in processes(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def kill_the_watched(pid):
    """As the kernel without memory does: it kills the largest process."""
    for child in children(pid)[:1]:
        os.kill(child, signal.SIGKILL)


def terminate(pid):
    os.kill(pid, signal.SIGTERM)


def interrupt(pid):
    os.kill(pid, signal.SIGINT)


def end_at(shop, forks, site, inputs, point, effect, blow):
    """Start a run, deal it the blow at its request of that number, and return what is left."""
    started, numbers = threading.Event(), itertools.count()
    runs = []

    def strike():
        if next(numbers) == point:
            assert started.wait(60)
            blow(runs[0].process.pid)

    shop.github.faults.add(Fault(count=999, effect=effect, hook=strike))
    runs.append(run(shop, forks, site, inputs))
    started.set()
    ended = runs[0].wait()
    shop.github.faults.clear()
    assert next(numbers) > point
    return ended


def is_same_as_clean(shop, forks, site, inputs, clean):
    """True if one more run leaves what a clean one does."""
    ended = run(shop, forks, site, inputs).wait()
    assert ended.code == 0, ended.log
    assert state(shop) == clean[0]
    assert [ended.outputs[name] for name in OUTPUTS] == clean[1]
    return True


@pytest.mark.fault("SIGKILL at any moment")
@pytest.mark.parametrize(
    ("point", "effect"),
    [
        (4, Effect.BEFORE),  # the review is there, and the run does not know
        (6, Effect.BEFORE),  # the label
        (8, Effect.BEFORE),  # the check run with the verdict
        (11, Effect.NEVER),  # all but the comment is there
        (11, Effect.BEFORE),  # the comment is there, and no output
    ],
)
def test_killed_and_run_again_is_one_clean_run(tmp_path, forks, site, clean, point, effect):
    with opened_shop(tmp_path) as (shop, inputs):
        assert end_at(shop, forks, site, inputs, point, effect, kill_all).code == -signal.SIGKILL
        assert is_same_as_clean(shop, forks, site, inputs, clean)


@pytest.mark.fault("SIGINT or SIGTERM at any moment")
@pytest.mark.parametrize(
    ("point", "effect", "blow"),
    [
        (2, Effect.NEVER, interrupt),  # before anything is written
        (4, Effect.BEFORE, terminate),  # the review is there, and the run does not know
    ],
)
def test_signalled_and_run_again_is_one_clean_run(
    tmp_path, forks, site, clean, point, effect, blow
):
    with opened_shop(tmp_path) as (shop, inputs):
        ended = end_at(shop, forks, site, inputs, point, effect, blow)
        assert ended.code in {0, 3}, ended.log
        assert ended.outputs["verdict"]
        assert ended.summary.strip()
        assert is_same_as_clean(shop, forks, site, inputs, clean)


@pytest.mark.soak
@pytest.mark.fault("SIGKILL at any moment")
@pytest.mark.fault("SIGINT or SIGTERM at any moment")
@pytest.mark.parametrize("blow", [kill_all, kill_the_watched, terminate])
@pytest.mark.parametrize("effect", [Effect.NEVER, Effect.BEFORE], ids=["before", "after"])
@pytest.mark.parametrize("point", range(14))
def test_ended_at_any_request_and_run_again_is_one_clean_run(
    tmp_path, forks, site, clean, point, effect, blow
):
    if point >= clean[2]:
        pytest.skip(f"a run makes {clean[2]} requests")
    with opened_shop(tmp_path) as (shop, inputs):
        end_at(shop, forks, site, inputs, point, effect, blow)
        assert is_same_as_clean(shop, forks, site, inputs, clean)
