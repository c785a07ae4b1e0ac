"""The run without a key: both ways to start it, here with a stand-in for a container engine."""

import sys

import pytest

from benchmarks.key_free import Image, key_free_run
from benchmarks.measure import launch_here

# Takes what follows `docker`, keeps it, and runs the entry as the container would.
ENGINE = """\
import os, sys
from pathlib import Path
given = sys.argv[1:]
at = given.index("octo/image")
pairs = [given[i + 1] for i, word in enumerate(given[:at]) if word == "--env"]
Path(__file__).with_name("given").write_text("\\n".join(given[:at]))
ours = {name: os.environ[name] for name in ("PATH", "KF_RULE_CACHE_DIR")}  # as in the image
environment = {**ours, **dict(pair.split("=", 1) for pair in pairs)}
os.execve(sys.executable, [sys.executable, *given[at + 1:]], environment)
"""


@pytest.fixture(autouse=True, scope="module")
def compiled_rules(rule_cache):
    """Let all runs take the rules that are compiled already, as in the image."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KF_RULE_CACHE_DIR", str(rule_cache))
        yield


def image(folder):
    script = folder / "engine.py"
    script.write_text(ENGINE)
    return Image(name="octo/image", engine=(sys.executable, str(script)))


def check(ran):
    """It ended well and is measured."""
    assert ran.code == 0
    assert ran.seconds > 0
    assert 50e6 < ran.peak < 1e9


def test_a_run_without_a_key_here():
    check(key_free_run(launch_here, files=12, lines=120))


def test_a_run_without_a_key_in_a_container_that_is_removed_and_has_no_entrypoint(tmp_path):
    check(key_free_run(image(tmp_path).launch, files=12, lines=120))
    given = (tmp_path / "given").read_text().splitlines()
    assert given[:4] == ["run", "--rm", "--network", "host"]
    assert given[given.index("--entrypoint") + 1] == "/opt/codeflow/bin/python"


def test_an_entry_that_fails_is_no_figure(tmp_path):
    broken = Image(name="octo/image", engine=("false",))
    with pytest.raises(RuntimeError):
        key_free_run(broken.launch, files=12, lines=120)
