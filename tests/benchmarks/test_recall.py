"""Seeds are well-formed, and the table counts what the gates said about them."""

import asyncio

import pytest
from pydantic import ValidationError

from benchmarks.recall import GroupResult, commit_all
from benchmarks.seed_files import FOLDER, Group, Row, Seed, Want, read_rows
from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.integrations.scanners import BundledScanners
from tests.integrations.gitting import text

ROWS = read_rows()
# A gate that the seeds were written for before there was any code.
PLANNED = {"runs_by_itself"}
GATES = {gate.name for gate in QualityGates().gates} | PLANNED


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_seed_changes_something_and_wants_something_known(row):
    names = [seed.name for group in row.groups for seed in group.seeds]
    assert len(names) == len(set(names))
    for group in row.groups:
        assert 0 < group.floor <= len(group.seeds)
        for seed in group.seeds:
            before, after = seed.versions()
            assert before != after, seed.name
            assert set(seed.removed) <= {*seed.base, *seed.head}, seed.name
            rules = (seed.want or group.want).rules
            assert {rule.partition("/")[0] for rule in rules} <= GATES, seed.name


def test_no_seed_file_holds_a_character_that_cannot_be_seen():
    for path in FOLDER.iterdir():
        assert all(sign.isprintable() or sign == "\n" for sign in path.read_text("utf-8")), path


def test_no_seed_file_holds_the_form_of_a_secret(rule_cache):
    scanners = BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)})
    files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    matches = asyncio.run(scanners.secrets(files))
    assert [match for match in matches if match.confidence in {"high", "medium"}] == []


def finding(rule, severity, line=1):
    return Finding(
        path="a.py",
        line=line,
        severity=severity,
        category=Category.SECURITY,
        title="t",
        message="m",
        evidence=Evidence.DETERMINISTIC,
        rule=rule,
        sources=("quality_gates",),
    )


@pytest.mark.parametrize(
    ("want", "is_met"),
    [
        ("secrets", True),
        ("secrets error", False),
        ("secrets warning at line 1", True),
        ("secrets warning at line 2", False),
        ("secrets at line 1-3", True),
        ("workflow_risk|secrets/aws warning", True),
        ("no secrets", False),
        ("no secrets error", True),
        ("no workflow_risk", True),
    ],
)
def test_what_is_wanted_is_compared_with_what_was_said(want, is_met):
    findings = (finding("secrets/aws-key", Severity.WARNING),)
    assert Want.parse(want).is_met(findings) is is_met


@pytest.mark.parametrize("want", ["", "Secrets", "secrets fatal", "nothing from error"])
def test_a_want_that_says_nothing_is_refused(want):
    with pytest.raises(ValidationError):
        Seed.model_validate({"name": "a", "want": want})


def test_marks_stand_for_what_no_file_may_hold():
    before, after = Seed(
        name="a",
        base={"a.txt": "«letters 8»"},
        head={"a.txt": "«letters 8»", "b«U+200B».txt": "gh«»p_«U+E0041 U+E0042»", "c": "«utf-16»x"},
    ).versions()
    assert before["a.txt"] == after["a.txt"]
    assert len(before["a.txt"]) == 8
    assert after["b\u200b.txt"].decode() == "ghp_\U000e0041\U000e0042"
    assert after["c"].decode("utf-16") == "x"


def test_an_unknown_mark_is_refused():
    with pytest.raises(ValueError, match="no mark"):
        Seed(name="a", head={"a": "«nothing»"}).versions()


def test_each_seed_becomes_two_commits(tmp_path):
    seeds = [
        Seed(name="a", base={"a": "1\n", 'b "q"\\x': "2\n"}, head={"a": "3\n"}),
        Seed(name="b", base={"c": "1\n"}, removed=("c",)),
    ]
    first, second = commit_all(tmp_path, seeds)
    assert text(tmp_path, "show", f"{first}:a") == "3"
    assert text(tmp_path, "show", f'{first}:b "q"\\x') == "2"
    assert text(tmp_path, "show", f"{first}^:a") == "1"
    assert text(tmp_path, "diff", "--name-status", f"{second}^", second) == "D\tc"


def test_a_group_is_met_when_enough_of_its_seeds_are():
    seeds = tuple(Seed(name=name, head={"a": name}) for name in "abc")
    group = Group(name="g", want=Want.parse("secrets"), at_least=2, seeds=seeds)
    row = Row(what="Row", groups=(group,))
    figures = [
        GroupResult(row=row, group=group, missed=dict.fromkeys(missed, ())).figure()
        for missed in ("", "a", "ab")
    ]
    assert [(figure.value, figure.is_met) for figure in figures] == [
        ("3", True),
        ("2", True),
        ("1", False),
    ]
    assert figures[0].target == "≥ 2 of 3"
