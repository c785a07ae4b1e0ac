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
environment = {"PATH": os.environ["PATH"], **dict(pair.split("=", 1) for pair in pairs)}
os.execve(sys.executable, [sys.executable, *given[at + 1:]], environment)
"""


def image(folder):
    script = folder / "engine.py"
    script.write_text(ENGINE)
    return Image(name="octo/image", engine=(sys.executable, str(script)))


@pytest.mark.parametrize("where", ["here", "image"])
def test_a_run_without_a_key_ends_well_and_is_measured(tmp_path, where):
    launch = launch_here if where == "here" else image(tmp_path).launch
    ran = key_free_run(launch, files=12, lines=120)
    assert ran.code == 0
    assert ran.seconds > 0
    assert 50e6 < ran.peak < 1e9


def test_a_container_is_removed_and_gets_no_entrypoint_of_its_own(tmp_path):
    key_free_run(image(tmp_path).launch, files=12, lines=120)
    given = (tmp_path / "given").read_text().splitlines()
    assert given[:4] == ["run", "--rm", "--network", "host"]
    assert given[given.index("--entrypoint") + 1] == "/opt/codeflow/bin/python"


def test_an_entry_that_fails_is_no_figure(tmp_path):
    broken = Image(name="octo/image", engine=("false",))
    with pytest.raises(RuntimeError):
        key_free_run(broken.launch, files=12, lines=120)
