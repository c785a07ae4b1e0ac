"""Parts of one review, joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    DropStage,
    Evidence,
    FailOn,
    Finding,
    Severity,
    identify,
)
from codeflow_action.engine.merge import merge
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
    Report,
    ReportedFinding,
)
from codeflow_action.engine.spending import ModelSpending, Spending
from codeflow_action.engine.verdict import GateRules, OnError, judge

PATHS = ("a.py", "b.py", "c/d.py", "e.lock")
RULES = st.builds(
    GateRules,
    fail_on=st.sampled_from(FailOn),
    model_findings_block=st.booleans(),
    min_coverage=st.sampled_from((0.0, 0.5, 1.0)),
    on_error=st.sampled_from(OnError),
)
FINDINGS = st.builds(
    Finding,
    severity=st.sampled_from(Severity),
    category=st.sampled_from((Category.SECURITY, Category.TESTS)),
    path=st.sampled_from((*PATHS, None)),
    title=st.sampled_from(("A title", "Another")),
    message=st.just("A message"),
    evidence=st.sampled_from((Evidence.DETERMINISTIC, Evidence.QUOTED)),
    sources=st.just(("a",)),
    rule=st.sampled_from(("a/rule", "b/rule")),
)
SHORTFALLS = st.builds(
    Shortfall,
    reason=st.sampled_from((Reason.BUDGET, Reason.MODEL_ERROR, Reason.GATE_NOT_RUN)),
    detail=st.sampled_from(("x", "y")),
    severity=st.sampled_from(Severity),
)
MONEY = st.none() | st.integers(0, 10**6).map(lambda millionths: millionths / 10**6)
ROWS = st.builds(
    ModelSpending,
    role=st.sampled_from(("find", "verify")),
    model=st.sampled_from(("openai:a", "groq:b")),
    calls=st.integers(0, 5),
    failed=st.dictionaries(st.sampled_from(("RateLimited", "cancelled")), st.integers(1, 3)),
    cost_usd=MONEY,
    seconds=st.integers(0, 9_999).map(lambda thousandths: thousandths / 1_000),
)
SPENDING = st.builds(
    Spending,
    calls=st.integers(0, 9),
    reused=st.integers(0, 9),
    input_tokens=st.integers(0, 9),
    cost_usd=MONEY,
    models=st.lists(st.sampled_from(("m", "n", "o")), unique=True).map(tuple),
    by_model=st.lists(ROWS, unique_by=lambda row: (row.role, row.model)).map(tuple),
)
ACTIONS = st.sampled_from(
    (
        {"status": ActionStatus.DONE},
        {"status": ActionStatus.DONE, "fell_short": True},
        {"status": ActionStatus.SKIPPED, "reason": "no_key"},
        {"status": ActionStatus.SKIPPED, "reason": "draft"},
        {"status": ActionStatus.SKIPPED, "reason": "no_reviewable_changes"},
        {"status": ActionStatus.FAILED, "exit_code": 3},
        {"status": ActionStatus.FAILED, "exit_code": 70},
    )
)
TEXTS = st.lists(st.sampled_from(("p", "q", "r")), unique=True).map(tuple)


def made(*, findings, rules, receipt, actions, no_model="", **fields):
    """A report as a run makes it: findings named and judged, the verdict decided."""
    reported = sorted(identify(findings).items(), key=lambda named: named[1].order)
    names = ("version", "name", "repository", "base_sha", "merge_base_sha", "head_sha")
    report = Report(
        **dict.fromkeys(names, "x"),
        number=1,
        findings=tuple(
            ReportedFinding(id=name, finding=finding, blocking=rules.blocks(finding))
            for name, finding in reported
        ),
        receipt=receipt,
        actions=actions,
        no_model=no_model,
        **fields,
    )
    return judge(report, rules)


def action(name, ending):
    return ActionReport(
        name=name, asks_models=name == "pr_reviewer", reviews=name == "pr_reviewer", **ending
    )


@st.composite
def receipts(draw, paths):
    if draw(st.booleans()):
        return Receipt()
    files = []
    for path in sorted(paths):
        changed = draw(st.integers(0, 9))
        reviewed = 0 if path.endswith(".lock") else draw(st.integers(0, changed))
        reviewable = not path.endswith(".lock")
        files.append(
            FileReceipt(path=path, changed=changed, reviewed=reviewed, reviewable=reviewable)
        )
    return Receipt.of(sorted(files, key=lambda file: not file.reviewable))


@st.composite
def reports(draw, rules, paths=PATHS):
    return made(
        findings=[
            one for one in draw(st.lists(FINDINGS, max_size=5)) if one.path in (*paths, None)
        ],
        rules=rules,
        receipt=draw(receipts(PATHS)),
        actions=tuple(action(name, draw(ACTIONS)) for name in ("quality_gates", "pr_reviewer")),
        shortfalls=tuple(draw(st.lists(SHORTFALLS, max_size=2, unique=True))),
        spent=draw(SPENDING),
        notices=draw(TEXTS),
        no_model=draw(st.sampled_from(("", "no key"))),
    )


@given(st.data())
def test_it_makes_no_difference_which_parts_are_merged_first(data):
    rules = data.draw(RULES)
    first, second, third = (data.draw(reports(rules)) for _ in range(3))
    ends_right = merge(first, merge(second, third, rules), rules)
    assert merge(merge(first, second, rules), third, rules) == ends_right


def parts_of(data, whole, findings, rules):
    """Two runs that have each looked at some of the files."""
    mine = data.draw(st.sets(st.sampled_from(PATHS)))
    cut = data.draw(st.integers(0, len(whole.shortfalls)))
    back = data.draw(st.integers(0, cut))
    worse = data.draw(st.booleans())
    for is_first in (True, False):
        files = [file for file in whole.receipt.files if (file.path in mine) is is_first]
        # The other part may have had nothing to do, or have done all of its work.
        actions = tuple(
            one
            if is_first is worse or one.status is ActionStatus.SKIPPED
            else one.model_copy(
                update={"status": ActionStatus.DONE, "exit_code": 0, "fell_short": False}
            )
            for one in whole.actions
        )
        yield made(
            findings=[
                one for one in findings if one.path is None or (one.path in mine) is is_first
            ],
            rules=rules,
            receipt=whole.receipt if whole.receipt == Receipt() else Receipt.of(files),
            actions=actions,
            shortfalls=whole.shortfalls[:cut] if is_first else whole.shortfalls[back:],
            dropped=tuple(
                dropped for dropped in whole.dropped if (dropped.path in mine) is is_first
            ),
            spent=whole.spent if is_first else Spending(),
            notices=whole.notices,
            no_model=whole.no_model,
        )


@given(st.data())
def test_parts_of_a_review_come_to_the_whole(data):
    rules = data.draw(RULES)
    findings = data.draw(st.lists(FINDINGS, max_size=6))
    whole = made(
        findings=findings,
        rules=rules,
        receipt=data.draw(receipts(PATHS)),
        actions=tuple(
            action(name, data.draw(ACTIONS)) for name in ("quality_gates", "pr_reviewer")
        ),
        shortfalls=tuple(data.draw(st.lists(SHORTFALLS, max_size=3, unique=True))),
        dropped=(DroppedFinding(stage=DropStage.ANCHOR, reason="r", title="t", path="a.py"),),
        spent=data.draw(SPENDING),
        notices=data.draw(TEXTS),
    )
    assert merge(*parts_of(data, whole, findings, rules), rules) == whole


@given(st.data())
def test_a_report_that_is_read_back_comes_to_the_same_verdict(data):
    rules = data.draw(RULES)
    report = data.draw(reports(rules))
    read = Report.model_validate_json(report.model_dump_json())
    assert read == report
    assert judge(read, rules) == report


@given(SPENDING)
def test_nothing_spent_and_nothing_read_add_nothing(spending):
    assert spending + Spending() == Spending() + spending == spending
    receipt = Receipt.of([FileReceipt(path="a", changed=3, reviewed=1)], ["a note"])
    assert receipt + Receipt() == Receipt() + receipt == receipt


def test_a_file_of_both_parts_counts_once_as_the_better_read_it():
    little = Receipt.of([FileReceipt(path="a", changed=4, reviewed=1, reason="budget")])
    more = Receipt.of([FileReceipt(path="a", changed=4, reviewed=3, reason="deadline")])
    assert little + more == more + little == more


def test_a_part_that_was_read_now_makes_the_receipt_one_of_now():
    earlier = Receipt(share=1.0, reviewable_lines=4, reviewed_lines=4, from_ledger=True)
    now = Receipt.of([FileReceipt(path="a", changed=4, reviewed=2)])
    assert (earlier + now).from_ledger is False
    assert (earlier + now).share == 0.75
    assert (earlier + earlier).from_ledger is True


@pytest.mark.parametrize("name", ["head_sha", "merge_base_sha", "digest", "name", "number"])
def test_reports_of_different_changes_are_not_merged(name):
    rules = GateRules()
    report = made(findings=[], rules=rules, receipt=Receipt(), actions=())
    other = report.model_copy(update={name: 2 if name == "number" else "other"})
    with pytest.raises(CodeFlowError, match=f"cannot be merged: {name} is"):
        merge(report, other, rules)


def test_a_report_of_an_older_version_that_names_no_exit_code_tells_of_a_bug():
    broken = ActionReport.model_validate({"name": "a", "status": "failed"})
    rules = GateRules()
    report = made(findings=[], rules=rules, receipt=Receipt(), actions=(broken,))
    assert (report.exit_code, report.verdict.value) == (70, "incomplete")


READ = Receipt.of([FileReceipt(path="a", changed=4, reviewed=4)])
NOTHING_TO_READ = {"status": ActionStatus.SKIPPED, "reason": "no_reviewable_changes"}
BEGUN_AND_LOST = {"status": ActionStatus.DONE, "fell_short": True}


@pytest.mark.parametrize(
    ("ending", "receipt", "no_model", "reviewed"),
    [
        ({"status": ActionStatus.DONE}, READ, "", "full"),
        (NOTHING_TO_READ, Receipt(), "", "full"),
        # what the other part read does not speak for a part that nobody read
        ({"status": ActionStatus.FAILED, "exit_code": 3}, Receipt(), "", "part"),
        (BEGUN_AND_LOST, Receipt(), "", "part"),
        ({"status": ActionStatus.SKIPPED, "reason": "no_key"}, Receipt(), "no key", "part"),
    ],
)
def test_the_whole_is_reviewed_as_far_as_all_of_its_parts_are(ending, receipt, no_model, reviewed):
    rules = GateRules(min_coverage=0.9)
    read, other = (
        made(findings=[], rules=rules, receipt=receipt, actions=(action(name, ending),), **fields)
        for name, receipt, ending, fields in (
            ("pr_reviewer", READ, {"status": ActionStatus.DONE}, {}),
            ("pr_reviewer", receipt, ending, {"no_model": no_model}),
        )
    )
    for whole in (merge(read, other, rules), merge(other, read, rules)):
        assert whole.reviewed == reviewed
        assert (whole.reason is Reason.LOW_COVERAGE) is (whole.exit_code == 1)
        assert (whole.exit_code == 0) is (reviewed == "full")
