"""Equal remarks merge into the gravest; what is mild or unsure is recorded, not shown."""

from codeflow_action.engine.findings import Category, Evidence, Finding, Severity, Stage
from codeflow_action.review.ranking import apply_floor, merge_duplicates


def finding(line=3, severity=Severity.WARNING, confidence=0.9, **fields):
    given = {"title": f"At {line}", "category": Category.CORRECTNESS, "path": "a.py", **fields}
    return Finding(
        line=line,
        severity=severity,
        confidence=confidence,
        message="m",
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="r",
        **given,
    )


def test_of_two_on_the_same_lines_the_gravest_stays():
    mild = finding(end_line=6)
    grave = finding(5, Severity.ERROR, 0.5)
    kept, gone = merge_duplicates([mild, grave])
    assert kept == (grave,)
    assert [(one.stage, one.title) for one in gone] == [(Stage.DUPLICATE, "At 3")]


def test_other_lines_files_and_kinds_are_other_remarks():
    each = [
        finding(),
        finding(4),
        finding(path="b.py"),
        finding(category=Category.SECURITY),
        finding(line=None, title="whole"),
        finding(line=None, title="other"),
    ]
    kept, gone = merge_duplicates(each)
    assert len(kept) == len(each)
    assert gone == ()


def test_the_floor_counts_severity_and_confidence():
    low, unsure, good = finding(severity=Severity.NOTICE), finding(confidence=0.4), finding()
    kept, gone = apply_floor([low, unsure, good], Severity.WARNING, 0.5)
    assert kept == (good,)
    assert [one.reason for one in gone] == [
        "notice is below the floor warning",
        "confidence 0.40 is below 0.50",
    ]
    assert {one.stage for one in gone} == {Stage.FLOOR}
