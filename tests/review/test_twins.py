"""What two programs have found is shown once, with both as its sources; what differs stays two."""

import pytest

from codeflow_action.engine.findings import Category, DropStage, Evidence, Finding, Severity
from codeflow_action.review.ranking import merge_duplicates
from codeflow_action.review.twins import are_twins


def finding(rule, title, *, line=3, message="", tool="", **fields):
    given = {
        "severity": Severity.WARNING,
        "category": Category.MAINTAINABILITY,
        "path": "a.py",
        "evidence": Evidence.DETERMINISTIC,
        "sources": (tool or rule.partition("/")[0],),
        **fields,
    }
    return Finding(line=line, title=title, message=message or title, rule=rule, **given)


def secret(rule, title, **fields):
    return finding(rule, title, category=Category.SECURITY, **fields)


OURS = secret("secrets/aws", "Secret committed: aws", tool="quality_gates")
SAME = [
    (finding("eslint/no-unused-vars", "'x' is assigned a value but never used"),
     finding("oxlint/eslint(no-unused-vars)", "Variable 'x' is declared but never used")),
    (finding("eslint/no-unused-vars", "'unused' is assigned a value but never used"),
     finding("biome/lint/correctness/noUnusedVariables", "This variable unused is unused")),
    (finding("ruff/F401", "`os` imported but unused"),
     finding("flake8/F401", "'os' imported but unused")),
    (finding("ruff/S101", "Use of `assert` detected"),
     finding("bandit/B101", "Use of assert detected. It will be removed")),
    (finding("bandit/B602", "subprocess call with shell=True identified, security issue"),
     finding("ruff/S602", "`subprocess` call with `shell=True` identified, security issue")),
    (OURS, secret("gitleaks/generic", "generic has detected secret for file a.py")),
    (OURS, secret("kingfisher/aws", "AWS matched a.py", line=1, end_line=5)),
    (secret("ruff/S105", 'Possible hardcoded password assigned to: "PASSWORD"'),
     secret("bandit/B105", "Possible hardcoded password: '[redacted]'")),
    (finding("debug_leftovers", "Debug leftover: debugger", tool="quality_gates"),
     finding("eslint/no-debugger", "Unexpected 'debugger' statement")),
    (finding("conflict_markers", "Conflict marker", tool="quality_gates"),
     finding("x/E1", "Merge conflict string found")),
    (finding("x/a", "Odd", message="Odd"), finding("y/a", "It is odd")),  # rule and a word
    (finding("ruff/D1", "`f` has no docstring"), finding("pydocstyle/D1", "'f' lacks a text")),
    (secret("gitleaks/a", "x", line=None), secret("trufflehog/b", "y", line=None)),
    (secret("gitleaks/a", "x", line=3, end_line=5), secret("trufflehog/b", "y", line=5)),
]  # fmt: skip
DIFFERENT = [
    (finding("eslint/no-unused-vars", "'x' is assigned a value but never used"),
     finding("oxlint/eslint(no-unused-vars)", "Variable 'y' is declared but never used")),
    (finding("ruff/F401", "`os` imported but unused"), finding("flake8/E401", "several on a line")),
    (finding("ruff/F401", "`os` imported but unused"),
     finding("flake8/F401", "'os' imported but unused", line=4)),
    (finding("ruff/F401", "`os` imported but unused"),
     finding("flake8/F401", "'os' imported but unused", path="b.py")),
    (finding("ruff/F401", "`os` imported but unused"),
     finding("ruff/F401", "`os` imported but unused")),  # one tool knows why it says it twice
    (OURS, secret("gitleaks/generic", "has detected secret", line=4)),
    (OURS, secret("gitleaks/generic", "has detected secret", line=1, end_line=2)),
    (finding("x/a", "Alpha beta gamma delta `one`"),
     finding("y/b", "Alpha beta gamma delta `two`")),
    (finding("x/a", "Odd"), finding("y/b", "It is odd")),
    (finding("x/a", "Odd"), finding("y/a", "Strange")),
    (finding("ruff/S101", "Use of `assert` detected"), finding("sonar/S102", "Use of assert")),
    (finding("sonar/S101", "Odd assert"), finding("bandit/B101", "Use of assert detected")),
    (finding("x/no-a", "Odd line"), finding("y/no-b", "Odd line too")),
    (finding("conflict_markers", "Conflict marker", tool="quality_gates"),
     finding("x/E1", "Line too long")),
    (OURS, secret("gitleaks/generic", "has detected secret", line=None)),
    (OURS, finding("eslint/no-unused-vars", "'password' is assigned a value but never used")),
    (OURS, secret("zizmor/unpinned-uses", "unpinned action reference")),
    (OURS, secret("secrets/other", "Secret committed: other", tool="quality_gates")),
    (finding("debug_leftovers", "Debug leftover: debugger", tool="quality_gates"),
     finding("eslint/semi", "Missing semicolon")),
    (finding("x/a", "Missing semicolon"), finding("y/b", "Missing trailing comma")),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME, ids=lambda one: one.rule)
def test_the_same_from_two_programs(one, other):
    assert are_twins(one, other)
    assert are_twins(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=lambda one: one.rule)
def test_what_is_not_the_same(one, other):
    assert not are_twins(one, other)
    assert not are_twins(other, one)


def test_the_gravest_of_twins_stays_with_all_their_sources_and_the_other_is_on_record():
    mild, (_, twin) = SAME[0][0], SAME[0]
    grave = twin.model_copy(update={"severity": Severity.ERROR})
    kept, gone = merge_duplicates([mild, grave])
    (one,) = kept
    assert (one.rule, one.sources) == (grave.rule, ("oxlint", "eslint"))
    assert one == grave.model_copy(update={"sources": one.sources})
    assert [(each.stage, each.title) for each in gone] == [(DropStage.DUPLICATE, mild.title)]


def test_of_equals_the_first_stays_so_that_ours_says_what_to_do():
    theirs = SAME[5][1]
    (one,), _ = merge_duplicates([OURS, theirs])
    assert (one.rule, one.sources) == (OURS.rule, ("quality_gates", "gitleaks"))


def test_a_models_word_for_it_adds_nothing_to_a_programs():
    tool = SAME[4][0]
    model = tool.model_copy(update={"evidence": Evidence.VERIFIED, "sources": ("pr_reviewer",)})
    assert merge_duplicates([model, tool])[0] == (tool,)
