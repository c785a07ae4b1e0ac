"""From one round's ledger to the next one's."""

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.ledger import Coverage, Entry, EntryState, Ledger
from codeflow_action.engine.life import advance, carried, join, recognize
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.proposals import ActionProposal, InlineComments
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding
from codeflow_action.engine.sightings import Sighting
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


def after(before, report, **memory):
    return advance(Memory(ledger=before, **memory), report).ledger


def reading(ledger):
    return ledger.complete, ledger.coverage, ledger.model


def standings(ledger):
    return {
        entry.fingerprint: "owed" if entry.is_owed else entry.state.value
        for entry in ledger.entries
    }


def test_a_first_round_knows_nothing_before_it():
    following = after(None, report(finding("a"), finding("b", gate=True))).with_owed({"a"})
    assert standings(following) == {"a": "owed", "b": "open"}
    assert reading(following) == (
        True,
        COVERAGE,
        "openai:second",
    )
    assert (following.tokens, following.cost_usd) == (10, 0.25)
    assert (following.head_sha, following.digest) == ("3" * 40, "d")


def test_a_kept_answer_stays_until_its_action_keeps_another():
    first, second, other = (KeptAnswer(digest=name, text="A draft") for name in "abc")
    before = ledger(kept_answers={"pr_describer": first, "other": other})
    assert after(before, report()).kept_answers == before.kept_answers
    following = after(before, report(kept_answers={"pr_describer": second}))
    assert following.kept_answers == {"pr_describer": second, "other": other}


def test_what_was_shown_is_known_and_what_was_owed_is_not():
    before = ledger(entry("shown"), entry("owed", owed=True), entry("other"))
    posting = ActionProposal(action="pr_reviewer", proposal=InlineComments(at_most=5))
    made = report(finding("shown"), finding("owed"), finding("fresh"), proposals=(posting,))
    following = after(before, made)
    wanted = {"shown": "open", "owed": "open", "fresh": "open", "other": "open"}
    assert standings(following) == wanted
    assert (following.tokens, following.cost_usd) == (110, 0.75)


def test_what_models_found_is_carried_where_none_was_asked():
    before = ledger(entry("said"), entry("owed", owed=True), entry("gate", gate=True))
    held = report(actions=(HELD_BACK, GATES), receipt=Receipt(), spent=Spending())
    following = after(before, held)
    assert standings(following) == {"said": "open", "owed": "owed", "gate": "fixed"}
    assert standings(following.with_owed(())) == standings(following)
    assert reading(following) == (
        False,
        COVERAGE,
        "openai:first",
    )


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
    following = after(ledger(entry("said"), entry("gate", gate=True)), again)
    assert standings(following) == {"said": "open", "gate": "open"}
    assert reading(following) == (
        True,
        COVERAGE,
        "openai:first",
    )
    assert (following.tokens, following.cost_usd) == (100, 0.5)


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
    assert after(None, report(actions=actions)).complete is complete


def test_where_nobody_says_what_a_model_has_read_the_next_round_asks_again():
    following = after(None, report(finding("a"), receipt=Receipt()))
    assert (following.complete, following.coverage) == (False, None)
    assert standings(following) == {"a": "open"}


@pytest.mark.parametrize(("before", "now"), [(None, 0.25), (0.5, None), (None, None)])
def test_a_price_that_was_unknown_once_leaves_the_sum_unknown(before, now):
    spent = Spending(cost_usd=now)
    assert after(ledger(cost_usd=before), report(spent=spent)).cost_usd is None


def sighting(name, *, line=40, is_whole=True, **fields):
    return Sighting(fingerprint=name, path="a.py", line=line, is_whole=is_whole, **fields)


def revisited(*names):
    return READ.model_copy(update={"revisited": names})


def transitions(before, made, *, dismissals=None, **memory):
    """Return the names of the transitions that there are, with the entries' titles."""
    following = advance(Memory(ledger=before, **memory), made, dismissals or {})
    return {
        name: [row.title or row.fingerprint for row in rows]
        for name, rows in vars(following.transitions).items()
        if rows
    }, following.ledger


def test_what_was_not_said_before_is_new_and_what_was_is_carried():
    changes, _ = transitions(ledger(entry("a")), report(finding("a"), finding("b")))
    assert changes == {"new": ["b"], "carried": ["a"]}


def test_a_finding_whose_code_is_gone_is_fixed_and_told_once():
    changes, following = transitions(ledger(entry("a")), report(), gone_ids=frozenset({"a"}))
    assert changes == {"fixed": ["a"]}
    (fixed,) = following.entries
    assert (fixed.state, fixed.title, fixed.last_round) == (EntryState.FIXED, "", 2)
    assert transitions(following, report(), gone_ids=frozenset({"a"}))[0] == {}


def test_a_finding_that_was_fixed_and_is_made_again_came_back():
    fixed = entry("a").closed(EntryState.FIXED).model_copy(update={"thread": 7})
    changes, following = transitions(ledger(fixed), report(finding("a")))
    assert changes == {"reopened": ["a"]}
    (again,) = following.entries
    assert (again.state, again.first_round, again.thread) == (EntryState.OPEN, 1, 7)


@pytest.mark.parametrize(
    ("read", "is_whole", "state"),
    [
        ((), True, EntryState.OPEN),  # nobody was asked about it
        ((), False, EntryState.OPEN),
        (("a",), False, EntryState.FIXED),  # its lines changed, and no word about them
        (("a",), True, EntryState.STALE),  # its lines stand: nobody can tell
    ],
)
def test_code_that_stands_closes_no_finding(read, is_whole, state):
    made = report(receipt=revisited(*read))
    place = sighting("a", is_whole=is_whole, end_line=42)
    _, following = transitions(ledger(entry("a")), made, sightings=(place,))
    (after_it,) = following.entries
    assert after_it.state is state
    if state is EntryState.OPEN:
        assert (after_it.line, after_it.end_line) == (40, 42)


def test_what_nobody_could_look_for_stays_as_it_was():
    changes, following = transitions(ledger(entry("a")), report())
    assert changes == {}
    assert following.entries == (entry("a"),)


def test_a_stale_finding_that_is_made_again_is_open_and_no_news():
    stale = entry("a").model_copy(update={"state": EntryState.STALE})
    changes, following = transitions(ledger(stale), report(finding("a")))
    assert changes == {"carried": ["a"]}
    assert standings(following) == {"a": "open"}


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ((REVIEWED, GATES), "fixed"),
        ((REVIEWED, GATES.model_copy(update={"fell_short": True})), "open"),
        ((REVIEWED, GATES.model_copy(update={"status": ActionStatus.FAILED})), "open"),
        ((REVIEWED,), "open"),
    ],
)
def test_a_gate_s_finding_is_fixed_when_its_gate_was_passed_and_not_when_it_did_not_run(
    actions, state
):
    before = ledger(entry("a", gate=True))
    assert standings(after(before, report(actions=actions))) == {"a": state}


DISMISSAL = Dismissal(way=DismissalWay.REPLY, login="mona", reason="by design")


def test_a_dismissed_finding_stays_so_and_comes_back_when_the_dismissal_is_taken_back():
    changes, following = transitions(ledger(entry("a")), report(), dismissals={"a": DISMISSAL})
    assert changes == {"dismissed": ["a"]}
    (quiet,) = following.entries
    assert (quiet.state, quiet.login, quiet.reason) == (
        EntryState.DISMISSED,
        "mona",
        "by design",
    )
    assert transitions(following, report(), dismissals={"a": DISMISSAL})[0] == {}
    assert standings(after(following, report(finding("a")))) == {"a": "open"}


def test_an_event_that_comes_twice_is_one_round():
    before = after(None, report(finding("a")))
    again = report(finding("a"), receipt=COVERAGE.receipt, spent=Spending(cost_usd=0.0))
    assert after(before, again) == before


# --- recognition


def named(*findings):
    return {row.title: row for row in findings}


def lines(title, first, last=None, **fields):
    return finding(title).model_copy(update={"line": first, "end_line": last, **fields})


@pytest.mark.parametrize(
    ("again", "is_same"),
    [
        (lines("words", 41), True),
        (lines("words", 41, category=Category.SECURITY), False),  # a line in a stretch of three
        (lines("words", 40, 42, category=Category.SECURITY), True),
        (lines("words", 44), False),
        (lines("words", 41, path="b.py"), False),
        (lines("words", 41, side=Side.LEFT), False),
        (lines("words", None), False),
    ],
)
def test_what_is_said_again_in_other_words_about_the_same_lines_is_the_same(again, is_same):
    memory = Memory(ledger=ledger(entry("a")), sightings=(sighting("a", end_line=42),))
    assert set(recognize(named(again), memory)) == {"a" if is_same else "words"}


def test_one_earlier_finding_stands_for_one_remark_alone():
    memory = Memory(ledger=ledger(entry("a")), sightings=(sighting("a", end_line=42),))
    assert set(recognize(named(lines("b", 40), lines("c", 41)), memory)) == {"a", "c"}
    # and for none where it is made again itself
    assert set(recognize(named(lines("a", 40), lines("c", 41)), memory)) == {"a", "c"}


def test_a_gate_s_finding_is_never_taken_for_a_model_s():
    gate = finding("gate", gate=True).model_copy(update={"line": 41})
    memory = Memory(ledger=ledger(entry("a")), sightings=(sighting("a", end_line=42),))
    assert set(recognize(named(gate), memory)) == {"gate"}


def test_what_nobody_was_asked_about_is_carried_to_where_its_code_stands_now():
    names = ("open", "made", "gone", "read", "unseen")
    entries = [
        *(entry(name) for name in names),
        entry("gate", gate=True),
        entry("fixed").closed(EntryState.FIXED),
        entry("quiet").closed(EntryState.DISMISSED),
    ]
    memory = Memory(
        ledger=ledger(*entries),
        sightings=(sighting("open", code="x = 1"), sighting("read"), sighting("quiet")),
        gone_ids=frozenset({"gone"}),
    )
    kept = carried(memory, ["made"], revisited("read"))
    assert set(kept) == {"open", "unseen", "quiet"}
    assert (kept["open"].line, kept["open"].code) == (40, "x = 1")
    assert kept["unseen"].line == 3


@pytest.mark.parametrize(
    ("place", "is_kept"),
    [
        (sighting("a", end_line=41, code="    if x:\n        return"), True),
        (sighting("a", end_line=41, code="  if x:\n    return"), False),  # indented anew
        (
            sighting("a", end_line=42, code="    if x:\n\n        return"),
            False,
        ),  # a blank line more
        (sighting("a", end_line=41, code="    if x:\n        return", is_whole=False), False),
    ],
)
def test_a_carried_finding_keeps_its_suggestion_where_its_lines_are_the_same(place, is_kept):
    suggestion = Suggestion(start_line=3, end_line=4, replacement="    if y:\n        return\n")
    fields = {"line": 3, "end_line": 4, "code": "    if x:\n        return"}
    one = finding("a").model_copy(update={**fields, "suggestion": suggestion})
    memory = Memory(ledger=ledger(Entry.of("a", one)), sightings=(place,))
    (kept,) = carried(memory, [], READ).values()
    moved = suggestion.model_copy(update={"start_line": 40, "end_line": 41})
    assert kept.suggestion == (moved if is_kept else None)


def test_what_was_read_counts_for_as_long_as_it_would_have_been_read_under_the_same_terms():
    before = ledger(reviewed_units=("u" * 20,))
    read = READ.model_copy(update={"units": ("v" * 20,)})
    held = {"receipt": Receipt(), "actions": (HELD_BACK, GATES)}
    assert after(before, report(receipt=read)).reviewed_units == ("v" * 20,)
    assert after(before, report(**held)).reviewed_units == ("u" * 20,)
    assert after(before, report(**held, digest="e")).reviewed_units == ()
    assert after(before, report(**held, merge_base_sha="4" * 40)).reviewed_units == ()
    assert after(before, report(**held), why_full="forced").reviewed_units == ()


def drops(*numbers):
    return tuple(
        DroppedFinding(stage=DropStage.VERIFY, reason="r" * 500, title=f"Remark {at}", path="a.py")
        for at in numbers
    )


def test_the_newest_remarks_that_were_dropped_are_kept_for_whoever_asks():
    first = after(None, report(dropped=drops(1, 2)))
    assert [drop.title for drop in first.drops] == ["Remark 1", "Remark 2"]
    assert len(first.drops[0].reason) == 160
    # One that is made again is not kept twice, and the oldest make room.
    second = after(first, report(dropped=drops(*range(2, 22))))
    assert [drop.title for drop in second.drops] == [f"Remark {at}" for at in range(2, 22)]
    # A run that asks no model knows nothing new, and one before this was kept said nothing.
    silent = report(receipt=Receipt(), dropped=())
    assert after(second, silent).drops == second.drops
    assert after(None, silent).drops is None


def test_what_another_run_has_left_meanwhile_is_joined():
    base = ledger(entry("a"), entry("b").closed(EntryState.DISMISSED), day="today", day_tokens=100)
    ours = base.model_copy(
        update={
            "entries": (entry("a"), entry("b")),  # this run took a dismissal back
            "tokens": 130,
            "cost_usd": 0.75,
            "day_tokens": 130,
        }
    )
    theirs = base.model_copy(
        update={
            "entries": tuple(one.closed(EntryState.DISMISSED) for one in base.entries),
            "tokens": 150,
            "cost_usd": 1.0,
            "day_tokens": 150,
        }
    )
    joint = join(ours, base, theirs)
    assert [one.state for one in joint.entries] == [EntryState.DISMISSED, EntryState.OPEN]
    assert (joint.tokens, joint.cost_usd, joint.day_tokens) == (180, 1.25, 180)
    assert join(ours, base, base) == ours
    # The day has changed, and a price was unknown.
    other = theirs.model_copy(update={"day": "yesterday", "cost_usd": None})
    assert (join(ours, base, other).day_tokens, join(ours, base, other).cost_usd) == (130, None)
