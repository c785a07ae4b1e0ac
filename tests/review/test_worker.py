"""What strangers wrote is parsed in a process that can be ended, and takes no more than it may."""

import io
import os
import pickle
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path, PurePosixPath

import pytest

from codeflow_action.review.fork_server import ForkServer
from codeflow_action.review.syntax import Syntax, UnreadableText, language_of, read_syntax
from codeflow_action.review.syntax.file import find_answers
from codeflow_action.review.worker import PROGRAM, Worker, _Answers
from codeflow_action.testing import hostile


@pytest.fixture
def worker():
    with closing(Worker(seconds=0.5)) as made:
        yield made


def answers(worker):
    return isinstance(worker.run(find_answers, b"x = 1\n", "a.py"), tuple)


@pytest.mark.promise(
    "Code and data are parsed in a process that the kernel ends at a limit of time and "
    "memory, and that sees nothing of our environment."
)
def test_what_never_ends_is_ended(worker):
    """Fault 13: the kernel counts the CPU time, so that nothing has to call back."""
    assert worker.run(hostile.spin, b"", "") == UnreadableText(
        reason="it takes more than 0.5 seconds to parse"
    )
    assert answers(worker)


@pytest.mark.promise(
    "Code and data are parsed in a process that the kernel ends at a limit of time and "
    "memory, and that sees nothing of our environment."
)
def test_what_takes_all_memory_is_ended():
    """Fault 13: memory is limited where it is taken, not where it is measured."""
    with closing(Worker(seconds=9.0)) as worker:
        assert worker.run(hostile.hoard, b"", "") == UnreadableText(
            reason="it takes too much memory to parse"
        )
        assert answers(worker)


def test_a_parser_that_breaks_is_no_end_of_ours(worker):
    """Fault 13: whatever becomes of the process, the next question is answered."""
    assert answers(worker)
    os.kill(worker._process.pid, signal.SIGKILL)
    assert worker.run(find_answers, b"x = 1\n", "a.py") == UnreadableText(
        reason="its parser broke on it"
    )
    assert answers(worker)


def test_after_the_end_nothing_is_parsed(worker):
    """Fault 13: a thread with many files left must not hold a run that has ended."""
    worker.close()
    assert worker.run(find_answers, b"x = 1\n", "a.py") == UnreadableText(
        reason="the run has ended"
    )


def test_many_threads_may_ask(worker):
    with ThreadPoolExecutor(8) as threads:
        texts = [f"a{at} = 1\n".encode() for at in range(40)]
        found = list(threads.map(lambda text: read_syntax("a.py", text, worker), texts))
    names = [one.definitions[0].name for one in found]
    assert names == [f"a{at}" for at in range(40)]


@pytest.mark.promise(
    "Code and data are parsed in a process that the kernel ends at a limit of time and "
    "memory, and that sees nothing of our environment."
)
def test_the_process_sees_nothing_of_our_environment(monkeypatch):
    """Nor of our memory, which a fork of ours would have: the server that forks it has none."""
    secret = secrets.token_bytes(24).hex()
    monkeypatch.setenv("GH_PAT", secret)
    with (
        closing(ForkServer(PROGRAM)) as fork_server,
        closing(Worker(fork_server=fork_server)) as worker,
    ):
        assert answers(worker)
        process = Path("/proc", str(worker._process.pid))
        assert secret.encode() not in (process / "environ").read_bytes()
        with (process / "mem").open("rb", 0) as memory:
            for area in (process / "maps").read_text().splitlines():
                addresses, rights, *_ = area.split()
                start, end = (int(address, 16) for address in addresses.split("-"))
                if rights.startswith("rw"):
                    memory.seek(start)
                    assert secret.encode() not in memory.read(end - start)


def test_a_fork_server_that_was_killed_is_started_again():
    """Its workers are asked as before, and the next one is forked by a new server."""
    fork_server = ForkServer(PROGRAM)
    with closing(fork_server), closing(Worker(fork_server=fork_server)) as old:
        assert answers(old)
        process, _control = fork_server._running
        process.kill()
        process.wait()
        assert answers(old)
        with closing(Worker(fork_server=fork_server)) as new:
            assert answers(new)


def test_an_answer_is_made_of_our_values_alone():
    for foreign in (os.system, PurePosixPath, exec, language_of):
        with pytest.raises(pickle.UnpicklingError):
            _Answers(io.BytesIO(pickle.dumps(foreign))).load()


def test_what_is_read_comes_back_as_it_is():
    given = read_syntax("a.py", b"import os\ndef f(a): return os.path\n")
    assert isinstance(given, Syntax)
    assert given.reads is not None
    assert ("os", 2) in given.reads.plain
    assert [one.name for one in given.definitions_named("f")] == ["f"]
    assert given.definitions_around(2, 2) == given.definitions
    assert given.definitions_around(1, 2) == ()
