"""Every text of a report is clean, also where a field is new; what names a thing stays."""

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.outcome import Reason, Shortfall, Verdict
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
    Report,
    ReportedFinding,
)
from codeflow_action.run.clean import clean_report
from codeflow_action.security.redaction import MASK, Redactor
from codeflow_action.security.walk import rewrite_texts

TOKEN = "ghp_" + "a1B2" * 9
SHA = "3f" * 20


def finding(**more):
    return Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path="a.py",
        line=1,
        title=f"It holds {TOKEN}",
        message=TOKEN,
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="pr_reviewer/correctness",
        code=f"KEY = '{TOKEN}'",
        **more,
    )


def report():
    suggested = Suggestion(start_line=1, end_line=1, replacement=f"KEY = '{TOKEN}'")
    return Report(
        version="1",
        name="codeflow",
        repository="octo/shop",
        number=1,
        base_sha=SHA,
        merge_base_sha=SHA,
        head_sha=SHA,
        verdict=Verdict.PASS,
        reason=Reason.OK,
        exit_code=0,
        findings=(
            ReportedFinding(id="0123456789abcdef", finding=finding(), blocking=False),
            ReportedFinding(id="f" * 16, finding=finding(suggestion=suggested), blocking=False),
        ),
        dropped=(
            DroppedFinding(stage=DropStage.ANCHOR, reason=f"no {TOKEN}", title=TOKEN, path=TOKEN),
        ),
        actions=(ActionReport(name="a", status=ActionStatus.FAILED, detail=TOKEN),),
        shortfalls=(Shortfall(reason=Reason.BUDGET, detail=TOKEN, severity=Severity.WARNING),),
        receipt=Receipt(
            files=(FileReceipt(path=f"{TOKEN}.py", changed=1, reviewed=0, reason=TOKEN),),
            notes=(TOKEN,),
        ),
        notices=(TOKEN,),
        notes=(TOKEN,),
        platforms=Platforms(),
    )


def test_no_text_of_a_report_is_left_out():
    """Fault 10: titles were clean, and receipts, notices and shortfalls were not."""
    clean = clean_report(report(), Redactor().text)
    text = clean.model_dump_json()
    assert TOKEN not in text
    assert text.count(MASK) == report().model_dump_json().count(TOKEN) - 1  # the suggestion
    assert clean.findings[1].finding.suggestion is None
    assert (clean.head_sha, clean.findings[0].id) == (SHA, "0123456789abcdef")
    assert clean.findings[0].finding.side is Side.RIGHT


def test_a_report_without_a_secret_is_the_same_object_in_all_its_parts():
    plain = report().model_copy(update={"findings": (), "dropped": ()})
    same = rewrite_texts(plain, lambda text: text)
    assert same is plain
