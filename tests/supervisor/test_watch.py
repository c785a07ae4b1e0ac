"""A watched child: however it ends, what it has handed in is written once, and nothing is left."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from codeflow_action.config.policy import Budget
from codeflow_action.hosts.cut_short import NO_OUTPUTS
from codeflow_action.supervisor.watch import Limits
from tests.entry.jobs import read_outputs

SCRIPT = """
import os
from codeflow_action.supervisor.signals import Signals
signals = Signals()
import ctypes, signal, subprocess, sys, time
from codeflow_action.hosts.cut_short import NO_OUTPUTS
from codeflow_action.hosts.messages import Bundle, Cut, Deadline, Lines, Activity
from codeflow_action.supervisor.watch import Limits, supervise

def bundle(exit_code=0, final=False):
    verdict = "fail" if exit_code == 1 else "incomplete"
    return Bundle(
        final=final,
        exit_code=exit_code,
        outputs={{**NO_OUTPUTS, "verdict": verdict, "reason": "deadline", "findings_count": "1"}},
        files={{"report_path": (".codeflow/report.json", '{{"verdict": "incomplete"}}')}},
        summary="what the gates have found",
        annotations=("::warning file=a.py::found in time",),
        kind="error" if exit_code else "warning",
        last_word="1 blocking" if exit_code else "incomplete",
    )

def spin():
    # As a hostile pattern does, it keeps the interpreter's lock; but it takes no CPU.
    mutex, library = ctypes.create_string_buffer(128), ctypes.PyDLL(None)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)

def ready(send):
    send(Activity(text="reading the tea leaves"))
    send(Lines(lines=("ready",)))

def job(send):
{body}

def results():
    from codeflow_action.hosts.writer import Output, RunnerFiles, Writer
    target = RunnerFiles.of(os.environ)
    return Writer(target=target, stdout=Output(sys.stdout), stderr=Output(sys.stderr))

os._exit(supervise(signals, job, results, Limits({limits})))
"""
IDLE = "    time.sleep(1000)"


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str

    @property
    def last_words(self) -> list[str]:
        word = re.compile(r"^::(?:error|warning|notice) title=CodeFlow::.*", re.MULTILINE)
        return word.findall(self.stdout)


@dataclass(kw_only=True)
class Watched:
    """A watched child that does what `body` says, in a process of its own."""

    folder: Path
    process: subprocess.Popen[str]

    @classmethod
    def start(
        cls,
        folder: Path,
        body: str,
        limits: str = "",
        more: Mapping[str, str] = MappingProxyType({}),
        **streams: object,
    ) -> "Watched":
        environment = {
            "PATH": os.environ["PATH"],
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_WORKSPACE": str(folder),
            **more,
        }
        for name in ("output", "summary"):
            (folder / name).touch()
        script = SCRIPT.format(body=textwrap.indent(textwrap.dedent(body), "    "), limits=limits)
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", script],
            env=environment,
            cwd=Path.cwd(),
            text=True,
            **given,
        )
        return cls(folder=folder, process=process)

    def wait_until_ready(self) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def wait(self) -> Ended:
        stdout, stderr = self.process.communicate(timeout=120)
        outputs = (self.folder / "output").read_text()
        assert outputs.count("verdict<<") == 1  # nothing is written twice
        read = read_outputs(self.folder / "output")
        assert read.keys() == NO_OUTPUTS.keys()
        summary = (self.folder / "summary").read_text()
        assert summary.strip()
        return Ended(
            code=self.process.returncode,
            stdout=stdout or "",
            stderr=stderr or "",
            outputs=read,
            summary=summary,
        )


DEATHS = {
    "os.kill(os.getpid(), signal.SIGSEGV)": (70, "SIGSEGV"),  # a fault in a grammar
    "os.abort()": (70, "SIGABRT"),  # an assertion in a library
    "os.kill(os.getpid(), signal.SIGKILL)": (3, "killed from outside"),  # no memory left
    "os._exit(0)": (70, "exit code 0 and no result"),  # never a silent green
    "raise RuntimeError('no module')": (70, "exit code 1"),  # an installation that is broken
    "signal.raise_signal(signal.SIGTERM)": (70, "SIGTERM"),  # one that was not for us
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("handed_in", ["", "send(bundle())", "send(bundle(1))"])
def test_a_child_that_dies_is_told_of_with_what_it_had(tmp_path, death, handed_in):
    """Fault 13: a fault in C, or the kernel's, loses nothing that gates have found before."""
    code, said = DEATHS[death]
    body = f"send(Activity(text='reading the tea leaves'))\n{handed_in or 'pass'}\n{death}"
    ended = Watched.start(tmp_path, body).wait()
    assert ended.code == code
    (word,) = ended.last_words
    assert word.startswith("::error")
    assert said in word
    assert "reading the tea leaves" in word
    assert said in ended.summary
    assert ended.outputs["verdict"] == "incomplete"
    assert ended.outputs["reason"] == "gate_not_run"
    assert ended.outputs["findings_count"] == ("1" if handed_in else "0")
    assert ended.stdout.count("found in time") == bool(handed_in)
    if handed_in:
        assert "what the gates have found" in ended.summary
        report = json.loads((tmp_path / ended.outputs["report_path"]).read_text())
        assert (report["verdict"], report["exit_code"]) == ("incomplete", code)


def test_a_blocking_finding_is_told_though_the_review_died(tmp_path):
    ended = Watched.start(tmp_path, "send(bundle(1))\nos.kill(os.getpid(), 11)").wait()
    assert "1 blocking" in ended.last_words[0]


STUCK = {
    "spin()": "a pattern of a plugin",
    "time.sleep(1000)": "a call that blocks",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nspin()": "one that does not listen",
    "subprocess.run(['sleep', '1000'])": "a program that hangs",
}


@pytest.mark.parametrize("stuck", STUCK)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_what_is_stuck_and_the_gates_are_told(tmp_path, stuck, number):
    """Fault 13: SIGINT and SIGTERM were ignored while a query held the interpreter."""
    body = f"send(bundle())\nready(send)\n{stuck}"
    watched = Watched.start(tmp_path, body, "after_signal=0.2")
    watched.wait_until_ready()
    watched.process.send_signal(number)
    ended = watched.wait()
    assert (ended.code, ended.outputs["reason"]) == (0, "deadline")
    (word,) = ended.last_words
    assert word.startswith("::warning")
    assert number.name in word
    assert ended.stdout.count("found in time") == 1


@pytest.mark.promise("A run that was cut short never passes.")
@pytest.mark.parametrize("stuck", STUCK)
def test_a_signal_before_any_gate_was_passed_is_no_green(tmp_path, stuck):
    """Fault 16: the run ends with 3, outputs and summary are written."""
    watched = Watched.start(tmp_path, f"ready(send)\n{stuck}", "after_signal=0.2")
    watched.wait_until_ready()
    watched.process.send_signal(signal.SIGTERM)
    ended = watched.wait()
    assert (ended.code, ended.outputs["reason"]) == (3, "deadline")
    assert [word[:7] for word in ended.last_words] == ["::error"]


def test_a_second_signal_leaves_no_more_time(tmp_path):
    watched = Watched.start(tmp_path, "ready(send)\nspin()", "after_signal=1000")
    watched.wait_until_ready()
    watched.process.send_signal(signal.SIGINT)  # two, even where they arrive as one
    watched.process.send_signal(signal.SIGTERM)
    assert watched.wait().code == 3


@pytest.mark.promise(
    "A small process watches the run: it obeys signals from the start, ends a run that is stuck "
    "at the deadline, at a signal or when it takes too much memory, and delivers what there is."
)
@pytest.mark.parametrize("stuck", STUCK)
def test_the_deadline_ends_what_is_stuck(tmp_path, stuck):
    """Fault 13: a budget of a minute was overrun by 50 seconds, and nothing was shown."""
    body = f"send(bundle(1))\nsend(Deadline(time=time.monotonic()))\n{stuck}"
    ended = Watched.start(tmp_path, body, "after_deadline=0.2").wait()
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    (word,) = ended.last_words
    assert word.startswith("::error")
    assert "1 blocking" in word
    assert "timeout_minutes" in word


def test_a_run_without_a_configuration_has_the_default_time(tmp_path):
    limits = "until_configured=0.1, after_deadline=0.1"
    ended = Watched.start(tmp_path, "time.sleep(1000)", limits).wait()
    assert (ended.code, ended.outputs["reason"]) == (3, "deadline")
    assert Limits().until_configured == Budget().timeout_minutes * 60


@pytest.mark.promise(
    "A small process watches the run: it obeys signals from the start, ends a run that is stuck "
    "at the deadline, at a signal or when it takes too much memory, and delivers what there is."
)
def test_a_run_that_takes_too_much_memory_is_ended_and_named(tmp_path):
    """Fault 13: every run stays below 1 GB."""
    body = "send(bundle())\nheld = bytearray(80_000_000)\nheld[::4096] = b'x' * len(held[::4096])\n"
    ended = Watched.start(tmp_path, body + IDLE.strip(), "memory=60_000_000").wait()
    assert (ended.code, ended.outputs["reason"]) == (3, "gate_not_run")
    assert "60 MB of memory" in ended.last_words[0]


@pytest.mark.parametrize(
    "after",
    [
        "",  # as it should be
        "os.kill(os.getpid(), signal.SIGSEGV)",  # in telemetry
        "ready(send)\nspin()",  # a collector that never answers
        "send(bundle())",  # a bug of ours
        "send(Cut(exit_code=70, reason='gate_not_run', text='no'))",
    ],
)
def test_a_run_that_has_told_its_end_has_ended_with_it(tmp_path, after):
    body = f"send(bundle(1))\nsend(bundle(1, final=True))\n{after}"
    ended = Watched.start(tmp_path, body, "after_end=0.2").wait()
    assert ended.code == 1
    assert ended.last_words == ["::error title=CodeFlow::1 blocking"]
    assert ended.stdout.count("found in time") == 1


@pytest.mark.promise("No process of a run outlives the run.")
@pytest.mark.parametrize(
    ("own", "end"),
    [
        ("", "send(bundle(final=True))"),  # it is forgotten
        ("", "os._exit(1)"),
        ("", "spin()"),
        (", process_group=0", "os._exit(1)"),  # out of the group, in the session
        (", start_new_session=True", "spin()"),  # out of both, below the run in the tree
    ],
)
def test_no_process_of_a_run_outlives_it(tmp_path, own, end):
    """Fault 13: git and scanners end with the run that has started them."""
    body = f"""
    started = subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL{own})
    open('{tmp_path}/pid', 'w').write(str(started.pid))
    send(Deadline(time=time.monotonic()))
    {end}
    """
    Watched.start(tmp_path, body, "after_deadline=0.3").wait()
    pid = int((tmp_path / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


UNREADABLE = {
    "closed": "",  # fd 1 is not there
    "full": "/dev/full",
    "gone": "|",  # nobody at the other end
}


@pytest.mark.parametrize("stdout", UNREADABLE)
@pytest.mark.parametrize("exit_code", [0, 1])
def test_standard_output_that_cannot_be_written_changes_nothing_else(tmp_path, stdout, exit_code):
    """Fault 16: it ended with a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    given: dict[str, object] = {
        "closed": {"stdout": None, "preexec_fn": lambda: os.close(1)},
        "full": {"stdout": full},
        "gone": {"stdout": writing},
    }[stdout]
    body = f"send(Lines(lines=('early',)))\nsend(bundle({exit_code}, final=True))"
    watched = Watched.start(tmp_path, body, **given)
    os.close(writing)
    os.close(full)
    ended = watched.wait()
    assert ended.code == exit_code
    assert ended.outputs["findings_count"] == "1"
    assert "Traceback" not in ended.stderr
    assert "standard output cannot be written" in ended.stderr
    assert "what the gates have found" in ended.summary


def test_a_reader_who_never_reads_does_not_hold_the_results(tmp_path):
    """Fault 16: a pipe that is full takes nothing more, and would be waited for without end."""
    body = "send(Lines(lines=('x' * 1_000_000,)))\nsend(bundle(1, final=True))"
    watched = Watched.start(tmp_path, body)
    assert watched.process.wait(timeout=60) == 1
    watched.wait()


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_streams_that_are_closed_are_taken_by_no_file_of_ours(tmp_path, stream):
    """Fault 16: the pipe of a run's messages would get the number, and the log be read as one."""
    use = "assert os.read(0, 1) == b''" if stream == 0 else f"os.write({stream}, b'x' * 9)"
    watched = Watched.start(
        tmp_path, f"{use}\nsend(bundle(final=True))", preexec_fn=lambda: os.close(stream)
    )
    ended = watched.wait()
    assert ended.code == 0
    assert ended.outputs["findings_count"] == "1"


@pytest.mark.parametrize("name", ["output", "summary", "report"])
@pytest.mark.parametrize("how", ["folder", "missing", "full"])
def test_a_file_that_cannot_be_written_is_said_once(tmp_path, name, how):
    """Fault 16: the exit code is the run's, and everything else is there."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
    paths = {"output": good / "output", "summary": good / "summary", "report": good}
    for file in ("output", "summary"):
        paths[file].touch()
    if name == "report":
        paths[name] = bad
        if how == "folder":
            (bad / ".codeflow" / "report.json").mkdir(parents=True)
        elif how == "missing":
            paths[name] = bad / "nowhere"
            bad.chmod(0o500)
            (bad / "nowhere").symlink_to("/dev/null")
        else:
            (bad / ".codeflow").symlink_to("/dev/full")
    else:
        paths[name] = {"folder": bad, "missing": bad / "no" / "x", "full": Path("/dev/full")}[how]
    environment = {
        "GITHUB_OUTPUT": str(paths["output"]),
        "GITHUB_STEP_SUMMARY": str(paths["summary"]),
        "GITHUB_WORKSPACE": str(paths["report"]),
    }
    body = f"os.environ.update({environment!r})\nsend(bundle(1, final=True))"
    script = SCRIPT.format(body=textwrap.indent(body, "    "), limits="")
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.count("could not be written") == 1
    assert "1 blocking" in done.stdout
    if name != "output":
        assert read_outputs(paths["output"])["findings_count"] == "1"
    if name != "summary":
        assert "what the gates have found" in paths["summary"].read_text()


@pytest.mark.parametrize(
    "end", ["send(bundle(final=True))", "os.kill(os.getpid(), signal.SIGKILL)", "spin()"]
)
def test_temporary_files_go_with_the_run_however_it_ends(tmp_path, end):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    body = """
        import tempfile
        folder = tempfile.mkdtemp(prefix="codeflow-")
        open(folder + "/object", "w").close()
        send(Lines(lines=(folder,)))
        send(Deadline(time=time.monotonic()))
    """
    body = textwrap.dedent(body) + end
    more = {"TMPDIR": str(scratch)}
    ended = Watched.start(tmp_path, body, "after_deadline=0.2", more).wait()
    assert str(scratch) in ended.stdout
    assert list(scratch.iterdir()) == []
