"""Off by default; names, kinds and sizes that people do not mean to commit."""

import asyncio

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from tests.actions.gating import only, task_of
from tests.review.changes import changed


def found(file, heads=None, **options):
    task = task_of((file,), heads or {file.path: b"x\n"})
    given = only("file_hygiene", level="error", **options)
    done = asyncio.run(QualityGates.model_validate(given).run(task))
    assert done.shortfalls == ()
    return [one.rule.partition("/")[2] for one in done.findings]


def added(path, **fields):
    return ChangedFile(path=path, status=FileStatus.ADDED, **fields)


def test_it_is_off_by_default():
    task = task_of((changed("", "x\n", "a/.DS_Store"),), {"a/.DS_Store": b"x\n"})
    assert asyncio.run(QualityGates().run(task)).findings == ()


@pytest.mark.parametrize(
    "path",
    [".DS_Store", "a/node_modules/b/index.js", "a/__pycache__/b.pyc", ".idea/workspace.xml"],
)
def test_what_tools_write_for_themselves(path):
    assert found(changed("", "x\n", path)) == ["junk"]


@pytest.mark.parametrize("path", ["a.py", ".idea/codeStyles/a.xml", "src/node_modules.md"])
def test_left_alone(path):
    assert found(changed("", "x\n", path)) == []


def test_an_old_file_of_that_kind_is_somebody_elses():
    assert found(changed("x\n", "y\n", ".DS_Store")) == []


def test_values_of_an_environment():
    assert found(changed("", "# a\nKEY=1\n", ".env")) == ["env"]
    assert found(changed("", "KEY=\nexport B=\n", ".env")) == []
    assert found(changed("", "KEY=1\n", ".env.example")) == []


@pytest.mark.parametrize(
    ("content", "rules"),
    [(b"\0" * 2_001, ["large"]), (b"\0" * 1_999, []), (Absent.TOO_LARGE, ["large"])],
)
def test_a_large_binary(content, rules):
    assert found(added("a.bin", gap=Gap.BINARY), {"a.bin": content}, max_kb=2) == rules


@pytest.mark.parametrize(
    ("path", "target", "rules"),
    [
        ("a/b", b"../../etc/passwd", ["link"]),
        ("a/b", b"/etc/passwd", ["link"]),
        ("b", b"..", ["link"]),
        ("a/b", b"../c", []),
        ("a/b", b"c/../../d", []),
    ],
)
def test_a_link_that_leads_out(path, target, rules):
    assert found(added(path, kind=FileKind.SYMLINK), {path: target}) == rules


def test_a_submodule_that_was_moved():
    file = ChangedFile(path="a", status=FileStatus.MODIFIED, kind=FileKind.SUBMODULE)
    assert found(file) == ["submodule"]
    assert found(added("a", kind=FileKind.SUBMODULE)) == []


def test_a_file_that_was_made_executable():
    file = ChangedFile(path="a", status=FileStatus.MODIFIED, made_executable=True)
    assert found(file) == ["mode"]
    script = changed("x\n", "#!/bin/sh\n", "a", made_executable=True)
    assert found(script, {"a": b"#!/bin/sh\n"}) == []


def test_names_that_differ_in_case_alone():
    heads = {"src/Cart.py": b"x\n", "src/cart.py": b"x\n"}
    assert found(changed("", "x\n", "src/cart.py"), heads) == ["case"]
    assert found(changed("y\n", "x\n", "src/cart.py"), heads) == []
    assert found(changed("", "x\n", "src/cart.py")) == []
