"""Our marks on GitHub: every workflow of a repository can write them, and none can seal them."""

import base64
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.ledger import Unread
from codeflow_action.engine.ledger_text import MAX_ENCODED, LedgerFlaw, encode
from codeflow_action.integrations.github.marks import PURPOSE, Marks, read_finding
from codeflow_action.integrations.github.read.threads import (
    OwnThread,
    StandingComments,
    doubles,
    with_findings,
)
from codeflow_action.integrations.github.write.render.account import coverage_text
from codeflow_action.security.seal import Seal
from tests.engine.test_values import COVERAGE, ledger
from tests.integrations.github.write.publishing import MARKS

KEYLESS = replace(MARKS, seal=Seal.of([], PURPOSE))
LEDGER = ledger(2, coverage=COVERAGE)
LINE = MARKS.ledger_line(LEDGER)
PAYLOAD, SEAL = LINE.split(" ")[2:4]


def line(payload, seal=""):
    return " ".join(part for part in ("<!-- codeflow:codeflow:v1", payload, seal, "-->") if part)


def test_our_own_ledger_is_read_again():
    """Fault 12: sealed with the same keys, for the same pull request and name."""
    assert MARKS.read_ledger(LINE) == LEDGER
    assert MARKS.read_ledger(f"{LINE}\r\n**CodeFlow: …**") == LEDGER
    elsewhere = replace(MARKS, repository="Octo/Shop")  # names on GitHub have no case
    assert elsewhere.read_ledger(LINE) == LEDGER


FORGED = {
    "unsealed": line(PAYLOAD),
    "a made-up seal": line(PAYLOAD, "0" * 64),
    "the seal of something else": line(encode(ledger(1)), SEAL),
    "a finding's seal": line(PAYLOAD, MARKS.finding("0" * 16, "a.py").split(" ")[2]),
    "a seal that is no text of ours": line(PAYLOAD, "é" * 64),
    "of another pull request": replace(MARKS, number=2).ledger_line(LEDGER),
    "of another repository": replace(MARKS, repository="octo/other").ledger_line(LEDGER),
    "of another name": replace(MARKS, name="codeflow-b")
    .ledger_line(LEDGER)
    .replace("codeflow-b", "codeflow"),
    "of another key": replace(MARKS, seal=Seal.of(["k" * 40], PURPOSE)).ledger_line(LEDGER),
    "for another purpose": replace(MARKS, seal=Seal.of(["k" * 40], "x")).ledger_line(LEDGER),
    "without a key": line(PAYLOAD, KEYLESS.seal.mark("octo/shop", "1", "codeflow", "ledger", "x")),
    "too long": line("A" * (MAX_ENCODED + 4), SEAL),
    "a bomb": line(base64.b64encode(zlib.compress(b"0" * 10_000_000)).decode(), SEAL),
    "not the first line": f"\n{LINE}",
    "nothing": "",
}


@pytest.mark.promise(
    "The ledger in our comment is sealed with a key derived from seal_key, else from the models' "
    "keys, and is valid for one repository, pull request and name."
)
@pytest.mark.promise(
    "Whoever can edit our comment can make CodeFlow forget what it remembers, and so repeat work."
)
@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_ledger_that_we_have_not_sealed_is_none(body):
    """Fault 12: at worst work is done again."""
    assert MARKS.read_ledger(body) is None


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (FORGED["unsealed"], LedgerFlaw.DAMAGED),
        (LINE[:400], LedgerFlaw.DAMAGED),  # cut
        (LINE.replace(" -->", "x -->"), LedgerFlaw.DAMAGED),  # edited by a person
        (FORGED["of another pull request"], LedgerFlaw.FOREIGN),  # pasted by a stranger
        (FORGED["of another key"], LedgerFlaw.FOREIGN),
        (LINE, None),
        ("<!-- codeflow:codeflow:v1 -->\n**CodeFlow: …**", None),  # by a run without a key
        ("", None),
    ],
)
def test_it_is_said_why_a_ledger_is_not_believed(body, flaw):
    """Fault 12: a reader of the summary learns why all is reviewed anew."""
    assert MARKS.ledger_flaw(body) is flaw
    assert KEYLESS.ledger_flaw(body) is None


@pytest.mark.promise("Without any of these, no ledger is believed.")
@pytest.mark.parametrize("body", [LINE, *FORGED.values()])
def test_without_a_key_no_ledger_is_believed(body):
    """Fault 12: not even one that was sealed."""
    assert KEYLESS.read_ledger(body) is None


@given(st.text(max_size=200))
def test_any_text_is_no_ledger(text):
    """Fault 12: and breaks nothing."""
    assert MARKS.read_ledger(f"<!-- codeflow:codeflow:v1 {text} -->") is None


def test_a_run_without_a_key_leaves_a_sealed_ledger_to_those_who_have_one():
    """Fault 12: a job for a fork does not make the next one forget."""
    assert KEYLESS.ledger_line(ledger(), LINE) == LINE
    assert MARKS.read_ledger(KEYLESS.ledger_line(ledger(), f"{LINE}\nmore")) == LEDGER


@pytest.mark.parametrize("before", ["", line(PAYLOAD), line("--><b>", SEAL), line(PAYLOAD, "x")])
def test_a_run_without_a_key_writes_nothing_else(before):
    """Fault 12: what has not the form of a sealed ledger is not copied."""
    assert KEYLESS.ledger_line(LEDGER, before) == "<!-- codeflow:codeflow:v1 -->"


def test_a_run_with_a_key_replaces_what_it_does_not_believe():
    """Fault 12: after a change of keys there is a new beginning."""
    assert MARKS.ledger_line(LEDGER, line(PAYLOAD, "0" * 64)) == LINE


def thread(number, mark, path="a.py", **fields):
    ours = Speaker(login="github-actions", is_bot=True, is_us=True)
    opening = DiscussionComment(id=number, url=f"u{number}", speaker=ours, body=mark)
    return OwnThread(
        thread=Thread(path=path, comments=(opening,)), mark=read_finding(mark, "codeflow")
    )


def test_only_a_sealed_remark_stands_for_a_finding():
    """Fault 12: others are in doubt, and so is everything without a key."""
    mine, bare = MARKS.finding("1" * 16, "a.py"), KEYLESS.finding("2" * 16, "a.py")
    threads = [thread(5, mine), thread(6, bare), thread(7, mine, "b.py"), thread(8, mine)]
    assert StandingComments.of(threads, MARKS) == StandingComments(
        urls={"1" * 16: "u5"}, doubtful=frozenset({"2" * 16})
    )
    assert StandingComments.of(threads, KEYLESS).urls == {}


def test_a_thread_names_its_finding_only_where_a_seal_proves_it():
    """Fault 12: a mark that was copied to another file, or that nobody sealed, names none."""
    mine, bare = MARKS.finding("1" * 16, "a.py"), KEYLESS.finding("2" * 16, "a.py")
    threads = [thread(5, mine), thread(6, bare), thread(7, mine, "b.py")]
    discussion = Discussion(threads=tuple(own.thread for own in threads))
    for marks, ids in ((MARKS, ["1" * 16, "", ""]), (KEYLESS, ["", "", ""])):
        assert [each.finding_id for each in with_findings(discussion, marks).threads] == ids


def test_doubles_have_the_very_same_mark_on_the_same_file():
    """Fault 15: the oldest stays."""
    mine, bare = MARKS.finding("1" * 16, "a.py"), KEYLESS.finding("1" * 16, "a.py")
    threads = [thread(9, mine), thread(5, mine), thread(6, bare), thread(7, mine, "b.py")]
    assert [one.id for one in doubles(threads)] == [9]


@given(st.text(max_size=100), st.text(max_size=40))
def test_any_text_holds_no_finding(before, after):
    """Fault 12: the mark stands at the end, and has one form."""
    assert read_finding(before, "codeflow") is None
    assert read_finding(f"<!-- codeflow:codeflow:finding:{after} -->", "codeflow") is None


def test_coverage_is_told_from_numbers():
    """Fault 12: no text of a ledger is printed there."""
    assert coverage_text(COVERAGE) == (
        "A model read 5 of 10 changed lines in 2 files (50%). Not read: binary (1)."
    )
    later = COVERAGE.model_copy(update={"earlier_lines": 4})
    assert "(50%), 4 of them in earlier rounds. Not read" in coverage_text(later)
    assert Unread.of("@octo/all ![x](https://evil.example)") is Unread.OTHER


def test_each_reason_of_the_scope_has_its_word():
    """Fault 12: a reason that is missing here would be told as another."""
    import inspect
    import re

    from codeflow_action.actions.pr_reviewer import review_receipt
    from codeflow_action.review import scope

    source = inspect.getsource(scope._reason)
    reasons = re.findall(r'^        \("([^"]+)", lambda', source, re.MULTILINE)
    assert len(reasons) > 10
    for reason in (*reasons, scope._UNAVAILABLE, review_receipt._TOO_LONG):
        assert Unread.of(reason).value == reason


def test_marks_fit_the_form_of_a_comment():
    """Fault 12: name and number are part of what is sealed."""
    marks = Marks(repository="o/r", number=3, name="team.a-b_c", seal=MARKS.seal)
    assert marks.read_ledger(marks.ledger_line(LEDGER)) == LEDGER
    assert read_finding(f"text\n\n{marks.finding('a' * 16, 'x')}\n", "team.a-b_c")
