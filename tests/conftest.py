"""What all tests share: two profiles for property tests, compiled rules, and quick processes."""

import contextlib
import fcntl
import gc
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings

from codeflow_action.integrations.kingfisher import Kingfisher
from tests.forks import ForkServer

# A busy machine is no failure, and a fixture that all examples share holds none of them.
PATIENT = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
# The same examples each time: who changes nothing sees nothing fail.
settings.register_profile("codeflow", PATIENT, max_examples=50, derandomize=True)
# Others each time, and many more; what fails is printed so that it can be tried again anywhere.
settings.register_profile("soak", PATIENT, max_examples=2_000, database=None, print_blob=True)
settings.load_profile("codeflow")


def pytest_configure(config: pytest.Config) -> None:
    """Let clients trust one authority: to read all public ones takes each of them 40 ms."""
    folder = Path(tempfile.mkdtemp(prefix="codeflow-certificates-"))
    config.add_cleanup(lambda: shutil.rmtree(folder))
    trustme.CA().cert_pem.write_to_path(folder / "one.pem")
    os.environ["SSL_CERT_FILE"] = str(folder / "one.pem")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run two tests for each core: those of whole runs wait for sockets and other processes."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_collection(session: pytest.Session) -> None:
    """Look for no garbage among the million objects that collecting makes, which all stay."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage again, but only in what comes now."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits for a real clock: all others run meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


@pytest.fixture(autouse=True)
def same_chance() -> None:
    """Let each test draw the same values in each run: made-up secrets, say."""
    random.seed(0)


@pytest.fixture(scope="session")
def rule_cache(pytestconfig: pytest.Config) -> Path:
    """Return the folder with the secret scanner's rules as it compiles them, in five seconds.

    Their file is named by their digest, so that it serves all sessions. Parallel ones wait here.
    """
    folder = pytestconfig.cache.mkdir("kingfisher")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Kingfisher(folder).load_rules()
    return folder


@pytest.fixture(scope="session")
def forks(rule_cache: Path) -> Iterator[ForkServer]:
    """Return what starts processes that have imported everything already."""
    with contextlib.closing(ForkServer(rule_cache)) as server:
        yield server
