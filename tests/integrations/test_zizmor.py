"""zizmor, really run: hostile names and files, its silence, its failures."""

import asyncio
import os
import sys

import pytest

from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.integrations.zizmor import Zizmor

WORKFLOW = """name: a
on: issues
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.issue.title }}"
"""
PATH = ".github/workflows/a.yml"


def audit(files, *program):
    texts = {path: text.encode() for path, text in files.items()}
    return asyncio.run(Zizmor(*program).workflows(texts))


def rules(files):
    return {(risk.path, risk.rule, risk.line) for risk in audit(files).risks}


def test_a_risk_has_its_place_its_words_and_its_text():
    (risk,) = [one for one in audit({PATH: WORKFLOW}).risks if one.rule == "template-injection"]
    assert (risk.path, risk.line, risk.end_line) == (PATH, 8, 8)
    assert (risk.severity, risk.confidence) == ("high", "high")
    assert risk.text == "github.event.issue.title"
    assert (8, 8) in risk.spans
    assert risk.description.startswith("code injection via template expansion: ")
    assert risk.url.startswith("https://")


def test_a_comment_does_not_silence_it():
    hushed = WORKFLOW.replace('}}"', '}}" # zizmor: ignore[template-injection]')
    assert (PATH, "template-injection", 8) in rules({PATH: hushed})


def test_a_configuration_does_not_silence_it():
    files = {PATH: WORKFLOW, ".github/zizmor.yml": "rules: {template-injection: {disable: true}}\n"}
    assert (PATH, "template-injection", 8) in rules(files)


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/action.yml",
        "/etc/action.yml",
        "--config=x/action.yml",
        "a\nb/action.yml",
        "x" * 3_000 + "/action.yml",
        "action.yml",
    ],
    ids=lambda path: path[:12],
)
def test_names_of_strangers_reach_neither_disk_nor_arguments(path):
    action = """name: a
description: b
runs:
  using: composite
  steps:
    - run: echo ${{ github.event.issue.title }}
      shell: bash
"""
    assert (path, "template-injection", 6) in rules({path: action})


def test_dependabots_configuration_is_audited_as_such():
    text = """version: 2
updates:
  - package-ecosystem: pip
    directory: /
    insecure-external-code-execution: allow
    schedule: {interval: daily}
"""
    found = rules({".github/dependabot.yml": text})
    assert (".github/dependabot.yml", "dependabot-execution", 5) in found


@pytest.mark.parametrize("text", ["on: [\n", "", "a: 1\n", "\0", "- " * 400 + "a\n"])
def test_what_is_no_workflow_is_named_and_keeps_nothing_else_from_being_read(text):
    both = audit({PATH: WORKFLOW, "bad/action.yml": text, ".github/workflows/c.yml": WORKFLOW})
    assert both.unread == ("bad/action.yml",)
    found = {risk.path for risk in both.risks if risk.rule == "template-injection"}
    assert found == {PATH, ".github/workflows/c.yml"}


def test_nothing_is_started_for_no_files(tmp_path):
    assert audit({}, tmp_path / "absent").risks == ()


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(ScannerFailed, match="could not be started"):
        audit({PATH: WORKFLOW}, tmp_path / "absent")


def program(folder, body):
    path = folder / "zizmor"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit(7)", "ended with 7"),
        ("os.abort()", "ended with -6"),
        ("print('no JSON')", "does not understand"),
        ("print('[{}]')", "does not understand"),
        ("sys.stdout.write('x' * 40_000_000)", "too much"),
    ],
)
def test_a_program_that_fails_is_no_pass(tmp_path, body, said):
    with pytest.raises(ScannerFailed, match=said):
        audit({PATH: WORKFLOW}, program(tmp_path, body))


def test_a_program_that_never_ends_is_no_pass(tmp_path):
    with pytest.raises(ScannerFailed, match=r"took more than 0\.3 seconds"):
        audit({PATH: WORKFLOW}, program(tmp_path, "time.sleep(1000)"), 0.3)


def test_it_sees_nothing_of_this_process(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("ZIZMOR_CONFIG", "x")
    seen = tmp_path / "seen"
    body = f"open({str(seen)!r}, 'w').write(repr((dict(os.environ), sys.argv[1:])))\nprint('[]')"
    audit({PATH: WORKFLOW}, program(tmp_path, body))
    environment, arguments = eval(seen.read_text())
    assert set(environment) - {"LC_CTYPE"} == {"HOME", "NO_COLOR", "PATH"}
    assert not os.path.exists(environment["HOME"])
    assert {"--offline", "--no-config", "--no-ignores"} < set(arguments)


DEEP = {
    "lists": "on: push\na: " + "[" * 20_000 + "]" * 20_000 + "\n",
    "mappings": "on: push\na: " + "{b: " * 20_000 + "1" + "}" * 20_000 + "\n",
    "open lists": "a: " + "[" * 100_000,
    "dashes": "a:\n  " + "- " * 20_000 + "b\n",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_file_that_takes_for_ever_hides_no_other(text):
    """Fault 14: zizmor's time grows with the square of the nesting; such a file is not read."""
    deep = ".github/workflows/deep.yml"
    got = audit({PATH: WORKFLOW, deep: text})
    assert (PATH, "template-injection") in {(risk.path, risk.rule) for risk in got.risks}
    assert got.unread == (deep,)
