"""One seeded positive of every gate in one pull request: shown everywhere, once, at its line."""

import json
import re

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine.outcome import Verdict
from codeflow_action.testing.github.values import Vulnerability
from tests.actions.test_quality_gates import credentials
from tests.entry.jobs import KEY

CONFLICT = f"a = 1\n{'<' * 7} ours\nb = 1\n{'=' * 7}\nb = 2\n{'>' * 7} theirs\n"
WORKFLOW = """\
name: Greet
on:
  pull_request_target:
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
BASE = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    "settings.json": '{"currency": "EUR"}\n',
    "requirements.txt": "flask==3.1.0\n",
}


def head():
    lines, _ = credentials()
    return {
        "deploy/prod.env": lines,
        ".github/workflows/greet.yml": WORKFLOW,
        "settings.json": '{"currency": "EUR",\n',
        "shop/merge.py": CONFLICT,
        "shop/cart.py": "def total(prices):\n    breakpoint()\n    return sum(prices)\n",
        "requirements.txt": "flask==3.1.0\nreqeusts==2.32.0\nold==1.0\n",
        "shop/access.py": "def allowed(user):\n    return user == 'admin\u202e\u2066'\n",
        "shop/odd.py": "import os  # noqa: F401\n",
        ".DS_Store": "x\n",
        ".envrc": 'export SHOP=1\neval "$(./tools/env.sh)"\n',
    }


# Gate, severity, path, line, and how its rule begins: in the order in which they are shown.
SEEDED = {
    ("workflow_risk", "error", ".github/workflows/greet.yml", 9),
    ("secrets", "error", "deploy/prod.env", 1),
    ("dependencies", "error", "requirements.txt", 3),  # an advisory that GitHub knows
    ("broken_files", "error", "settings.json", 1),
    ("hidden_unicode", "error", "shop/access.py", 2),
    ("conflict_markers", "error", "shop/merge.py", 2),
    ("file_hygiene", "warning", ".DS_Store", None),
    ("dependencies", "warning", "requirements.txt", 2),  # a look-alike of requests
    ("debug_leftovers", "warning", "shop/cart.py", 2),
    ("runs_by_itself", "warning", ".envrc", 2),
    ("workflow_risk", "notice", ".github/workflows/greet.yml", 3),
    ("suppressions", "notice", "shop/odd.py", 1),
}
OPTIONS = "pipeline: [platform_detector, {quality_gates: {file_hygiene: warning}}, pr_reviewer]"


@pytest.fixture
def seeded(make_shop):
    shop = make_shop(base=BASE, head=head())
    known = Vulnerability(ghsa_id="GHSA-aaaa-bbbb-cccc", severity="high", summary="Leaks")
    shop.repository.vulnerabilities = {("old", "1.0"): (known,)}
    return shop


def run(shop, **inputs):
    return shop.run(inputs={"provider": "none", "config": OPTIONS, **inputs})


def told(findings):
    return {
        (one["rule"].partition("/")[0], one["severity"], one["path"], one["line"])
        for one in findings
    }


def test_each_gate_has_a_seed():
    # `size` has no findings; what `review_presence` finds stands on no line of the change, and is
    # off until reviewers are asked for: tests/entry/test_review_presence.py has its whole runs.
    apart = {"size", "review_presence"}
    assert {gate for gate, *_ in SEEDED} == {gate.name for gate in QualityGates().gates} - apart


def test_exactly_the_seeds_are_shown_everywhere_and_once(seeded):
    ended = run(seeded)
    assert ended.code == 1, ended.log
    assert ended.report.verdict is Verdict.FAIL
    findings = json.loads(ended.outputs["findings"])
    assert told(findings) == SEEDED
    assert len(findings) == len(SEEDED)
    annotated = re.findall(
        r"^::(error|warning|notice) title=[^\n]*?,file=([^,:]+)", ended.stdout, re.MULTILINE
    )
    assert sorted(annotated) == sorted((severity, path) for _, severity, path, _ in SEEDED)
    (sticky,) = seeded.stickies()
    for _, _, path, line in SEEDED:
        place = f"{path}:{line}" if line else path
        assert sticky.count(f"[`{place}`]") == 1, place
    blocking = [severity for _, severity, _, _ in SEEDED].count("error")
    assert len(re.findall(r"^\d+\. \*\*", sticky, re.MULTILINE)) == blocking
    assert "\n\n**About this change**\n\n- Stack: adds GitHub Actions\n- " in sticky
    assert sticky.index("**About this change**") < sticky.index("\n\n**Not done:** `pr_reviewer`")
    (sarif,) = json.loads((seeded.work_tree / ended.outputs["sarif_path"]).read_text())["runs"]
    places = [
        (
            one["ruleId"].partition("/")[0],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for one in sarif["results"]
    ]
    assert sorted(places) == sorted((gate, path, line or 1) for gate, _, path, line in SEEDED)
    handed = (seeded.work_tree / ended.outputs["findings_path"]).read_text()
    first, *others = map(json.loads, handed.splitlines())
    assert (first["head_sha"], first["findings"]) == (ended.report.head_sha, len(SEEDED))
    assert [other["id"] for other in others] == [one["id"] for one in findings]
    assert ended.outputs["errors_count"] == "6"
    assert " code file" in ended.summary  # the gate `size`


def test_the_same_again_shows_nothing_new(seeded):
    key = {"openai_api_key": KEY}  # what seals the memory of earlier runs
    first = run(seeded, **key)
    before = (seeded.stickies(), list(seeded.pull.reviews))
    again = run(seeded, **key)
    assert again.outputs["findings"] == first.outputs["findings"]
    assert [one.id for one in again.report.findings] == [one.id for one in first.report.findings]
    assert all(one.known for one in again.report.findings)
    assert (seeded.stickies(), list(seeded.pull.reviews)) == before
