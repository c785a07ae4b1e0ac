"""What became of findings, counted from a ledger; and over many pull requests, by rule."""

import pytest

from codeflow_action.engine.final_count import Fate, FinalCount, final_count
from codeflow_action.engine.findings import Evidence
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.remark_statistics import LEAST_REMARKS, tally
from tests.engine.test_values import finding

FIRST = [f"{1:016x}"]


def entry(number, state=EntryState.OPEN, **fields):
    made = Entry.of(f"{number:016x}", finding(line=number, code=f"x{number}"))
    return made.model_copy(update={"state": state, **fields})


@pytest.mark.parametrize(
    ("state", "after", "fate"),
    [
        (EntryState.OPEN, {}, Fate.IGNORED),
        (EntryState.FIXED, {}, Fate.FIXED),
        (EntryState.DISMISSED, {}, Fate.DISMISSED),
        (EntryState.STALE, {}, Fate.UNKNOWN),
        (EntryState.OPEN, {"resolved_ids": FIRST}, Fate.RESOLVED),
        (EntryState.STALE, {"resolved_ids": FIRST}, Fate.RESOLVED),
        # What a commit or a decision has done says more than a click.
        (EntryState.FIXED, {"resolved_ids": FIRST}, Fate.FIXED),
        (EntryState.DISMISSED, {"resolved_ids": FIRST}, Fate.DISMISSED),
    ],
)
def test_a_finding_ends_as(state, after, fate):
    count = final_count([entry(1, state)], is_merged=True, **after)
    assert [one.fate for one in count.findings] == [fate]


def test_what_nobody_has_seen_is_not_counted():
    assert final_count([entry(1, is_owed=True)], is_merged=True).findings == ()


def test_the_count_is_one_sentence():
    count = final_count([entry(1), entry(2, EntryState.FIXED)], is_merged=True)
    assert count.sentence == (
        "The pull request was merged. Of 2 findings: 1 fixed by a later commit, 1 still open."
    )
    assert "there were no findings" in FinalCount(is_merged=False).sentence


def counts_of(rule, fixed, rest, **fields):
    entries = [
        entry(number, EntryState.FIXED if number < fixed else EntryState.OPEN, rule=rule, **fields)
        for number in range(1, fixed + rest)
    ]
    return final_count(entries, is_merged=True)


def test_a_rule_of_which_no_remark_changed_code_is_to_be_turned_off():
    gate = {"evidence": Evidence.DETERMINISTIC}
    total, rules = tally(
        [
            counts_of("loud/x", 0, LEAST_REMARKS + 1, **gate),
            counts_of("rare/x", 0, LEAST_REMARKS, **gate),
            counts_of("good/x", 2, LEAST_REMARKS, **gate),
        ]
    )
    assert [rule.rule for rule in rules if rule.is_useless] == ["loud/x"]
    assert (total.remarks, total.count(Fate.FIXED)) == (sum(rule.remarks for rule in rules), 1)
    assert {rule.rule: round(rule.share, 2) for rule in rules}["good/x"] == 0.17


def test_a_models_remarks_and_a_gates_are_counted_apart():
    _, rules = tally([counts_of("x", 0, 3), counts_of("x", 0, 3, evidence=Evidence.DETERMINISTIC)])
    assert sorted(rule.is_by_model for rule in rules) == [False, True]
