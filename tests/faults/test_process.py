"""The real process, as the container starts it: ended at every stage, by all that ends it."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from codeflow_action.hosts.cut_short import NO_OUTPUTS
from codeflow_action.testing.models import Hang, ModelServer
from tests.entry.jobs import HEAD, KEY, Ended, Running
from tests.entry.test_pull_request import LEFTOVER, asked

# A pipeline's action that does something bad, as somebody's plugin or a grammar of ours may.
PLUGIN = """
import asyncio
import ctypes
import os
import signal
import time

from codeflow_action.engine.action import Action


def running(name):
    return [one for one in asyncio.all_tasks() if one.get_coro().__name__ == name]


class BadGate(Action):
    name = "bad_gate"
    how: str

    async def run(self, task):
        if self.asks_models:
            while len(running("after")) > 1:  # steps: the gates are done
                await asyncio.sleep(0)
        elif self.how != "block":
            while running("check"):  # gates have begun, and have something by then
                await asyncio.sleep(0)
        print("::stage::reached", flush=True)
        match self.how:
            case "block":
                time.sleep(3_600)
            case "spin":
                # As a hostile pattern does, it keeps the interpreter's lock; but it takes no CPU.
                mutex, library = ctypes.create_string_buffer(128), ctypes.PyDLL(None)
                library.pthread_mutex_lock(mutex)
                library.pthread_mutex_lock(mutex)
            case "hang":
                await asyncio.Event().wait()
            case other:
                os.kill(os.getpid(), getattr(signal, other))


class BadReviewer(BadGate):
    name = "bad_reviewer"
    asks_models = True
"""
ENTRY_POINTS = """
[codeflow.actions]
bad_gate = bad_actions:BadGate
bad_reviewer = bad_actions:BadReviewer
"""
SECRET = {
    "shop/key.py": f'AWS_ACCESS_KEY_ID = "{"AKIA"}Q3EGRT7YHSKLZX2M"\n'
    f'AWS_SECRET_ACCESS_KEY = "{"q7Gm2Xv9Lr4Tz8Wk1Yp6"}Nc3Hd5Bs0Jf/aEuRiOoP"\n'
}


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    site = tmp_path / "site"
    folder = site / "bad_actions-1.dist-info"
    folder.mkdir(parents=True)
    (site / "bad_actions.py").write_text(PLUGIN)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-actions\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(ENTRY_POINTS)
    return str(site)


def whole(running: Running) -> Ended:
    """Return what is left of a run; whatever ended it, the contract holds."""
    ended = running.wait()
    raw = Path(running.job.environment["GITHUB_OUTPUT"]).read_text()
    assert raw.count("verdict<<") == 1
    assert ended.outputs.keys() == NO_OUTPUTS.keys()
    assert ended.summary.strip()
    assert len(ended.closing_errors) == (1 if ended.code else 0), ended.log
    assert "Traceback" not in ended.log
    lines = [line for line in ended.stdout.splitlines() if line.startswith("::")]
    once = [line for line in lines if line != "::endgroup::"]
    assert len(once) == len(set(once))
    late = time.monotonic() + 60
    while left(running.job.folder) and time.monotonic() < late:
        time.sleep(0.01)  # the kernel takes its time to end what was killed
    assert not left(running.job.folder)
    return ended


def left(folder: Path) -> list[str]:
    """Return the processes that still have this job's environment, or are in its folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment = (path / "environ").read_bytes()
            if f"HOME={folder}\0".encode() in environment or (path / "cwd").readlink() == folder:
                found.append((path / "cmdline").read_bytes())
        except OSError:
            continue
    return found


def reached(running: Running, also: str = "") -> list[str]:
    """Wait until the plugin is at work, and a line that begins like that is there; return all."""
    lines: list[str] = []
    while "::stage::reached\n" not in lines or not any(line.startswith(also) for line in lines):
        line = running.process.stdout.readline()
        assert line, running.process.stderr.read()
        lines.append(line)
    return lines


def listens(pid: int) -> bool:
    """True when the process has a handler for SIGTERM (proc_pid_status(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"SigCgt:\s*([0-9a-f]+)", status)[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.fault("SIGINT or SIGTERM while the process begins")
@pytest.mark.promise(
    "A small process watches the run: it obeys signals from the start, ends a run that is stuck "
    "at the deadline, at a signal or when it takes too much memory, and delivers what there is."
)
@pytest.mark.parametrize(
    ("delay", "number"),  # both have one handler: each delay needs one of them
    [
        (0, signal.SIGTERM),
        (0, signal.SIGINT),
        (0.01, signal.SIGTERM),
        (0.03, signal.SIGINT),
        (0.1, signal.SIGTERM),
        (0.3, signal.SIGINT),
        (1, signal.SIGTERM),
    ],
)
def test_a_signal_while_the_process_begins_leaves_outputs(shop, delay, number):
    """Fault 16: SIGTERM in the first two seconds ended the process without a word."""
    running = shop.start()
    while not listens(running.process.pid):
        time.sleep(0)
    time.sleep(delay)
    running.stop(number)
    ended = whole(running)
    assert ended.code in {0, 3}
    if ended.code:
        assert ended.outputs["reason"] in {"deadline", "gate_not_run"}


@pytest.mark.fault("a signal that came before the process")
def test_a_signal_that_came_before_the_process_is_heeded(shop):
    """Fault 16: it waits, blocked, as whoever starts us may have left it."""
    running = shop.start(
        preexec_fn=lambda: (
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]),
            os.kill(os.getpid(), signal.SIGTERM),
        )
    )
    assert whole(running).code == 3


@pytest.mark.fault("a signal while GitHub does not answer")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_github_does_not_answer(forks, shop, tmp_path, number):
    """Fault 16: in loading."""
    empty = tmp_path / "empty"
    empty.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        running = shop.fork(
            forks,
            workspace=empty,
            env={"GITHUB_API_URL": nowhere, "GITHUB_GRAPHQL_URL": f"{nowhere}/graphql"},
        )
        silent.settimeout(120)
        connection, _ = silent.accept()
        with connection:
            running.stop(number)
            ended = whole(running)
    assert (ended.code, ended.outputs["reason"]) == (3, "deadline")
    assert ended.outputs["verdict"] == "incomplete"


def bad(name: str, how: str, more: str = "") -> dict[str, str]:
    action = f"{{{name}: {{how: {how}}}}}"
    return {"config": f"pipeline: [quality_gates, {action}]\n{more}"}


GATES = [
    # how it ends, exit code, reason
    ("spin", 3, "gate_not_run"),
    ("hang", 3, "gate_not_run"),
    ("SIGSEGV", 70, "gate_not_run"),
    ("SIGKILL", 3, "gate_not_run"),
    ("SIGABRT", 70, "gate_not_run"),
    ("block", 3, "gate_not_run"),
]


@pytest.mark.fault("a gate hangs, spins or crashes the process")
@pytest.mark.promise("A gate that crashes the process does not hide what others have found.")
@pytest.mark.parametrize(("how", "code", "reason"), GATES)
def test_a_gate_that_takes_the_process_with_it_leaves_what_others_found(
    forks, make_shop, plugin, how, code, reason
):
    """Fault 13: the committed key beside a hostile file was never reported."""
    shop = make_shop(head=HEAD | SECRET)
    running = shop.fork(forks, inputs=bad("bad_gate", how), env={"PYTHONPATH": plugin})
    reached(running)
    if how in {"spin", "hang", "block"}:
        running.stop()
    ended = whole(running)
    assert (ended.code, ended.outputs["reason"]) == (code, reason)
    assert ended.outputs["verdict"] == "incomplete"
    assert "file=shop/key.py" in ended.stdout
    assert "shop/key.py" in ended.summary
    assert ended.report is not None
    assert ended.report.exit_code == code


REVIEWS = [
    ("spin", 0, "deadline"),
    ("SIGSEGV", 70, "gate_not_run"),
    ("SIGKILL", 3, "gate_not_run"),
]


@pytest.mark.fault("a review spins or crashes the process")
@pytest.mark.promise("Gates are shown before the review begins.")
@pytest.mark.parametrize(("how", "code", "reason"), REVIEWS)
def test_gates_are_shown_before_a_review_that_never_ends(
    forks, make_shop, model, plugin, how, code, reason
):
    """Fault 13: gates are delivered as soon as they are done, before the reviewer."""
    shop = make_shop(head=HEAD | LEFTOVER)
    inputs = {**asked(model), **bad("bad_reviewer", how)}
    running = shop.fork(forks, inputs=inputs, env={"PYTHONPATH": plugin})
    reached(running, "::warning title=Debug leftover")
    if how == "spin":
        running.stop()
    ended = whole(running)
    assert (ended.code, ended.outputs["reason"]) == (code, reason)
    assert "::warning title=Debug leftover" not in ended.stdout  # once: it was in the lines before
    assert ended.outputs["warnings_count"] == "1"


@pytest.mark.fault("a review is cut after a blocking finding")
def test_a_blocking_finding_ends_with_1_though_the_review_is_cut(forks, make_shop, model, plugin):
    """Fault 13: as without the review."""
    shop = make_shop(head=HEAD | SECRET)
    inputs = {**asked(model), **bad("bad_reviewer", "spin")}
    running = shop.fork(forks, inputs=inputs, env={"PYTHONPATH": plugin})
    reached(running, "::error title=")
    running.stop()
    ended = whole(running)
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")


@pytest.mark.waits
@pytest.mark.fault("the deadline")
def test_the_deadline_ends_an_action_that_spins(forks, make_shop, plugin):
    """Fault 13: at 110 s of a one-minute budget no gate had been shown."""
    shop = make_shop(head=HEAD | SECRET)
    inputs = bad("bad_gate", "spin", more="budget: {timeout_minutes: 0.4}")
    running = shop.fork(forks, inputs=inputs, env={"PYTHONPATH": plugin})
    reached(running)
    ended = whole(running)
    assert ended.code == 3
    assert "file=shop/key.py" in ended.stdout
    assert "time was up" in ended.closing_errors[0]


@pytest.mark.fault("a signal while a model thinks")
@pytest.mark.parametrize(
    "numbers", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGINT, signal.SIGTERM]]
)
def test_a_signal_while_a_model_thinks(forks, make_shop, numbers):
    """Fault 16: what is done is published; two signals leave no time for that."""
    shop = make_shop(head=HEAD | LEFTOVER)
    arrived = threading.Event()

    def answer(_request):
        arrived.set()
        return Hang()

    with ModelServer(keys=[KEY], answer=answer) as model:
        running = shop.fork(forks, inputs=asked(model))
        assert arrived.wait(120)
        for number in numbers:
            running.stop(number)
        ended = whole(running)
    assert (ended.code, ended.outputs["reason"]) == (0, "deadline")
    assert ended.outputs["verdict"] == "incomplete"
    assert ended.stdout.count("::warning title=Debug leftover") == 1
    if len(numbers) == 1:
        assert len(shop.stickies()) == 1


@pytest.mark.fault("SIGTERM or the kernel's SIGKILL while results are written")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_end_while_results_are_written_to_github(forks, make_shop, github, how):
    """Fault 16: job log, outputs and summary tell them."""
    shop = make_shop(head=HEAD | LEFTOVER)
    github.fail("POST", "graphql", 403, times=2)
    github.fail("GET", "/pulls/1$", 0, times=100)
    running = shop.fork(forks)
    line = ""
    while "writing to GitHub" not in line:
        line = running.process.stderr.readline()
        assert line
    if how is signal.SIGKILL:  # of the child, as the kernel without memory does
        (child,) = children(running.process.pid)
        os.kill(child, how)
    else:
        running.stop(how)
    ended = whole(running)
    # GitHub did not answer: 3. On a slow machine the watcher ends the run before it can say so.
    assert ended.code in ({3} if how is signal.SIGKILL else {0, 3}), ended.log
    assert ended.outputs["warnings_count"] == "1"
    assert ended.stdout.count("::warning title=Debug leftover") == 1


def children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(word) for word in text.split()]


@pytest.mark.fault("a signal to the first process of a container")
def test_as_the_first_process_of_a_container(shop, tmp_path):
    """Fault 16: there, a signal without a handler is dropped by the kernel."""
    prefix = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    running = shop.start(prefix=[*prefix])
    (first,) = wait_for(lambda: children(running.process.pid))
    wait_for(lambda: listens(first))
    os.kill(first, signal.SIGTERM)
    assert whole(running).code in {0, 3}


def wait_for(look):
    while not (seen := look()):
        time.sleep(0.01)
    return seen


@pytest.mark.fault("standard output is full or closed")
@pytest.mark.parametrize("lost", ["/dev/full", "closed pipe"])
def test_a_whole_run_without_standard_output(forks, make_shop, lost):
    """Fault 16: outputs, summary, comment and exit code are those of any run."""
    shop = make_shop(head=HEAD | SECRET)
    reading, writing = os.pipe()
    os.close(reading)
    if lost == "/dev/full":
        os.close(writing)
        writing = os.open(lost, os.O_WRONLY)
    running = shop.fork(forks, stdout=writing)
    os.close(writing)
    ended = running.wait()
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert "Traceback" not in ended.stderr
    assert "shop/key.py" in ended.summary
    assert len(shop.stickies()) == 1


@pytest.mark.fault("standard error is full")
def test_a_whole_run_without_a_log(forks, make_shop):
    """Fault 16: standard error that is full is no bug of the run."""
    shop = make_shop(head=HEAD | LEFTOVER)
    with open("/dev/full", "w") as full:
        ended = shop.fork(forks, stderr=full).wait()
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass")


@pytest.mark.fault("a job that is set up wrongly")
@pytest.mark.parametrize("env", [{"INPUT_EFFORT": "huge"}, {"GITHUB_EVENT_NAME": None}])
def test_a_wrong_job_leaves_everything_too(forks, shop, env):
    """Fault 16: before anything was read."""
    assert whole(shop.fork(forks, env=env)).code == 2
