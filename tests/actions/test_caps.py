"""Of one rule few findings are shown; one that counts the rest blocks where they would."""

import asyncio

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.caps import MAX_IN_FILE, MAX_IN_RUN, limit_per_rule
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from tests.actions.gating import check, check_many, only, task_of
from tests.review.changes import changed


def found(rule="rule", path="a", line=1, severity=Severity.WARNING):
    return Finding(
        severity=severity,
        category=Category.MAINTAINABILITY,
        path=path,
        line=line,
        title="A title",
        message="A message",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=rule,
    )


@pytest.mark.parametrize(
    ("gate", "path", "line", "rule"),
    [
        ("debug_leftovers", "a.js", "debugger;", "debug_leftovers"),
        ("hidden_unicode", "a.js", "let a = '\u202e';", "hidden_unicode"),
        ("conflict_markers", "a.js", "<<<<<<< ours\n>>>>>>> theirs", "conflict_markers"),
    ],
)
def test_a_file_of_nothing_else_is_told_in_few_findings(gate, path, line, rule):
    """Fault 13: 10,000 findings of a rule in a file are 20, and one that counts the rest."""
    findings = check(path, f"{line}\n" * 10_000, **only(gate))
    assert len(findings) == MAX_IN_FILE + 1
    assert [one.line for one in findings[:3]] == [
        1,
        1 + line.count("\n") + 1,
        3 + 2 * line.count("\n"),
    ]
    last = findings[-1]
    assert last.title == f"9,980 more {rule} findings in this file"
    assert last.path == path
    assert last.severity is findings[0].severity
    assert last.is_deterministic


def test_patterns_of_a_project_are_counted_too():
    """Fault 13: what a configuration looks for is no exception."""
    options = {"level": "error", "patterns": [{"pattern": "x"}]}
    findings = check(
        "a.txt", "x\n" * 3_000, **{**only("debug_leftovers"), "debug_leftovers": options}
    )
    assert len(findings) == MAX_IN_FILE + 1
    assert findings[-1].severity is Severity.ERROR


def test_many_files_have_a_limit_of_their_own():
    """Fault 13: 1,000 files with a finding each are 200, and one that counts the rest."""
    files = {f"{at}.js": ("", "debugger;\n") for at in range(1_000)}
    findings = check_many("debug_leftovers", files)
    assert len(findings) == MAX_IN_RUN + 1
    assert findings[-1].title == "800 more debug_leftovers findings in other files"
    assert findings[-1].path is None


@pytest.mark.promise(
    "At most 20 findings of a rule are shown per file, and the finding that counts the rest is "
    "as severe as the worst of them."
)
def test_what_counts_the_rest_is_as_grave_as_any_of_them():
    """Fault 13: an error behind 20 warnings still blocks."""
    grave = found(severity=Severity.ERROR, line=9_000)
    *shown, rest = limit_per_rule([*(found(line=at) for at in range(1, 1_000)), grave])
    assert {one.severity for one in shown} == {Severity.WARNING}
    assert rest.severity is Severity.ERROR
    assert rest.title.startswith("980 more")


def test_few_findings_stay_as_they_are():
    few = tuple(found(line=at) for at in range(1, MAX_IN_FILE + 1))
    assert limit_per_rule(few) == few
    assert limit_per_rule(()) == ()


def test_rules_and_files_are_counted_apart():
    some = [found(rule=rule, path=path) for rule in "ab" for path in "cd" for _ in range(30)]
    titles = [one.title for one in limit_per_rule(some) if one.line is None]
    assert (
        titles == ["10 more a findings in this file"] * 2 + ["10 more b findings in this file"] * 2
    )


class ManySecrets:
    """A secret on each line of every file, the last first."""

    async def secrets(self, files):
        return tuple(
            SecretMatch(
                path=path,
                line=at,
                end_line=at,
                rule="key",
                name="Key",
                confidence="high",
                masked="****",
                start=at,
                end=at + 1,
            )
            for path, content in files.items()
            for at in range(content.count(b"\n"), 0, -1)
        )

    async def workflows(self, files):
        return WorkflowAudit()


@pytest.mark.promise("No finding quotes a line that holds a secret.")
def test_no_finding_quotes_a_secret_that_is_not_shown():
    """Fault 13: 4,000 secrets in a file are told in 21 findings, and none of them is quoted."""
    new = "debugger; // s\n" * 4_000
    task = task_of((changed("", new, "a.js"),), {"a.js": new.encode()}, scanners=ManySecrets())
    both = {**only("secrets"), "debug_leftovers": "warning"}
    done = asyncio.run(QualityGates.model_validate(both).run(task))
    by_rule = {
        rule: [one for one in done.findings if one.rule == rule]
        for rule in ("secrets/key", "debug_leftovers")
    }
    assert [len(some) for some in by_rule.values()] == [MAX_IN_FILE + 1] * 2
    assert {one.severity for one in by_rule["secrets/key"]} == {Severity.ERROR}
    lines = {one.line for one in by_rule["secrets/key"] if one.line}
    assert lines == set(range(1, MAX_IN_FILE + 1))  # whatever the scanner's order
    assert {one.code for one in by_rule["debug_leftovers"]} == {""}
