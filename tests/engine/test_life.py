"""From one round's ledger to the next one's."""

import pytest

from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ledger import Coverage, Entry, Ledger
from codeflow_action.engine.life import advance
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding
from codeflow_action.engine.spending import Spending

READ = Receipt.of([FileReceipt(path="a.py", changed=4, reviewed=4)])
COVERAGE = Coverage.of(READ)
REVIEWED = ActionReport(
    name="pr_reviewer", status=ActionStatus.DONE, asks_models=True, reviews=True
)
HELD_BACK = REVIEWED.model_copy(update={"status": ActionStatus.SKIPPED, "reason": "draft"})
GATES = ActionReport(name="quality_gates", status=ActionStatus.DONE)


def finding(title, *, gate=False):
    return Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path="a.py",
        line=3,
        title=title,
        message="A message",
        evidence=Evidence.DETERMINISTIC if gate else Evidence.QUOTED,
        sources=("quality_gates" if gate else "pr_reviewer",),
        rule="a/rule",
    )


def entry(name, *, owed=False, **fields):
    return Entry.of(name, finding(name, **fields)).model_copy(update={"is_owed": owed})


def ledger(*entries, **fields):
    defaults = {
        "head_sha": "1" * 40,
        "merge_base_sha": "2" * 40,
        "digest": "d",
        "complete": True,
        "entries": entries,
        "coverage": COVERAGE,
        "model": "openai:first",
        "tokens": 100,
        "cost_usd": 0.5,
    }
    return Ledger(**{**defaults, **fields})


def report(*findings, actions=(REVIEWED, GATES), **fields):
    defaults = {
        "version": "1",
        "name": "codeflow",
        "repository": "o/r",
        "number": 1,
        "base_sha": "0" * 40,
        "merge_base_sha": "2" * 40,
        "head_sha": "3" * 40,
        "digest": "d",
        "receipt": READ,
        "model": "openai:second",
        "spent": Spending(input_tokens=7, output_tokens=3, cost_usd=0.25),
    }
    named = tuple(ReportedFinding(id=one.title, finding=one, blocking=False) for one in findings)
    return Report(**{**defaults, **fields}, findings=named, actions=actions)


def standings(ledger):
    return {
        entry.fingerprint: "owed" if entry.is_owed else entry.state.value
        for entry in ledger.entries
    }


def test_a_first_round_knows_nothing_before_it():
    after = advance(None, report(finding("a"), finding("b", gate=True))).with_owed({"a"})
    assert standings(after) == {"a": "owed", "b": "open"}
    assert (after.complete, after.coverage, after.model) == (True, COVERAGE, "openai:second")
    assert (after.tokens, after.cost_usd) == (10, 0.25)
    assert (after.head_sha, after.digest) == ("3" * 40, "d")


def test_what_was_shown_is_known_and_what_was_owed_is_not():
    before = ledger(entry("shown"), entry("owed", owed=True), entry("gone"))
    after = advance(before, report(finding("shown"), finding("owed"), finding("fresh")))
    assert standings(after) == {"shown": "open", "owed": "open", "fresh": "open"}
    assert (after.tokens, after.cost_usd) == (110, 0.75)


def test_what_models_found_is_carried_where_none_was_asked():
    before = ledger(entry("said"), entry("owed", owed=True), entry("gate", gate=True))
    held = report(actions=(HELD_BACK, GATES), receipt=Receipt(), spent=Spending())
    after = advance(before, held)
    assert standings(after) == {"said": "open", "owed": "owed"}
    assert standings(after.with_owed(())) == standings(after)
    assert (after.complete, after.coverage, after.model) == (False, COVERAGE, "openai:first")


def test_a_change_that_was_reviewed_before_stays_so():
    skipped = REVIEWED.model_copy(
        update={"status": ActionStatus.SKIPPED, "reason": Reason.UNCHANGED.value}
    )
    again = report(
        finding("said"),
        finding("gate", gate=True),
        actions=(skipped, GATES),
        receipt=COVERAGE.receipt,
        spent=Spending(),
    )
    after = advance(ledger(entry("said"), entry("gate", gate=True)), again)
    assert standings(after) == {"said": "open", "gate": "open"}
    assert (after.complete, after.coverage, after.model) == (True, COVERAGE, "openai:first")
    assert (after.tokens, after.cost_usd) == (100, 0.5)


@pytest.mark.parametrize(
    ("actions", "complete"),
    [
        ((REVIEWED, GATES), True),
        ((REVIEWED.model_copy(update={"fell_short": True}), GATES), False),
        ((REVIEWED.model_copy(update={"status": ActionStatus.FAILED}),), False),
        ((GATES,), False),  # nobody asks a model
        ((REVIEWED, HELD_BACK), True),
        # a gate that fell short says nothing of what models have read
        ((REVIEWED, GATES.model_copy(update={"fell_short": True})), True),
    ],
)
def test_a_round_is_complete_when_all_who_ask_models_have_done_their_work(actions, complete):
    assert advance(None, report(actions=actions)).complete is complete


def test_where_nobody_says_what_a_model_has_read_the_next_round_asks_again():
    after = advance(None, report(finding("a"), receipt=Receipt()))
    assert (after.complete, after.coverage) == (False, None)
    assert standings(after) == {"a": "open"}


@pytest.mark.parametrize(("before", "now"), [(None, 0.25), (0.5, None), (None, None)])
def test_a_price_that_was_unknown_once_leaves_the_sum_unknown(before, now):
    spent = Spending(cost_usd=now)
    assert advance(ledger(cost_usd=before), report(spent=spent)).cost_usd is None
