"""Who has reviewed a head: real texts of reviewers, and what nobody may fake."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from codeflow_action.actions.quality_gates.review_presence import ReviewPresence
from codeflow_action.actions.quality_gates.review_presence.recognition import (
    Presence,
    known_reviewers,
    read_presences,
    trace_presence,
)
from codeflow_action.engine.review_traces import ReviewTrace, TraceKind

CORPUS = json.loads((Path(__file__).parent / "review_texts.json").read_text())
HEAD = CORPUS["head"]
BY_LOGIN = {login: reviewer for reviewer in known_reviewers() for login in reviewer.logins}


def trace_of(row):
    return ReviewTrace(
        kind=TraceKind(row["kind"]),
        login=row["login"],
        is_app=True,
        text=row["text"],
        commit=row.get("commit", HEAD if row["kind"] in ("check", "status") else ""),
        state=row.get("state", "commented"),
        has_findings=row.get("inline", False),
    )


def judged(rows):
    """Return each row with what we make of it."""
    return [(row, trace_presence(BY_LOGIN[row["login"]], trace_of(row), HEAD)) for row in rows]


def test_the_corpus_is_large_enough_and_each_text_has_its_place():
    texts = CORPUS["texts"]
    assert len(texts) >= 60
    assert all(row["source"] for row in texts)
    assert {row["meaning"] for row in texts} == {presence.value for presence in Presence}
    assert sum(row.get("held_out", False) for row in texts) * 3 >= len(texts)


def test_real_texts_are_told_right_and_none_is_taken_for_a_review_that_is_none():
    results = judged(CORPUS["texts"])
    wrong = [(row, got) for row, got in results if got != row["meaning"]]
    assert [row for row, got in wrong if got is Presence.REVIEWED] == []
    assert 1 - len(wrong) / len(results) >= 0.98, wrong


def review(login, **fields):
    fields = {"is_app": True, "commit": HEAD, "state": "commented", **fields}
    return ReviewTrace(kind=TraceKind.REVIEW, login=login, **fields)


def of_person(**fields):
    return review("mona", **{"is_app": False, "is_trusted": True, **fields})


CLEAN = "**Actionable comments posted: 0**"
LIMIT = "Review limit reached"
OLDER = "0" * 40
NO_ISSUES = "Codex Review: Didn't find any major issues."


@pytest.mark.parametrize(
    ("traces", "presences"),
    [
        # people count who belong to the repository, with a word of their own
        ([of_person(state="approved")], {"people": "reviewed"}),
        ([of_person(text="Fine.")], {"people": "reviewed"}),
        ([of_person(has_findings=True)], {"people": "reviewed"}),
        ([of_person(state="approved", commit=OLDER)], {"people": "older_head"}),
        ([of_person()], {}),  # an answer in a thread
        ([of_person(state="approved", is_trusted=False)], {}),  # anybody may approve
        ([of_person(state="dismissed", text="No.")], {}),
        # a person with a bot's name and words is no bot, and an unknown bot no reviewer
        ([review("coderabbitai", is_app=False, text=CLEAN)], {}),
        ([review("coderabbitai-fan", text=CLEAN)], {}),
        ([review("github-actions", text=CLEAN, has_findings=True)], {}),
        # a bot's answer in a thread is a review to GitHub
        ([review("coderabbitai")], {"coderabbit": "unclear"}),
        ([review("coderabbitai", has_findings=True)], {"coderabbit": "reviewed"}),
        # what was reviewed stays so when a further request meets the limit
        (
            [review("coderabbitai", text=CLEAN), review("coderabbitai", text=LIMIT)],
            {"coderabbit": "reviewed"},
        ),
        # a notice beats what stands beside it, but one that a review quotes is none
        ([review("coderabbitai", text=f"{CLEAN}\n> {LIMIT}")], {"coderabbit": "rate_limited"}),
        ([review("coderabbitai", text=f"{CLEAN}\nIt says `{LIMIT}`.")], {"coderabbit": "reviewed"}),
        # a notice in words that nobody has seen is told by its form, a long or a found one is none
        ([review("sourcery-ai", text="Reviews are paused")], {"sourcery": "skipped"}),
        ([review("sourcery-ai", text="Monthly limit")], {"sourcery": "rate_limited"}),
        ([review("sourcery-ai", text=f"Monthly limit {'x' * 1_000}")], {"sourcery": "unclear"}),
        ([review("sourcery-ai", text="Too large", has_findings=True)], {"sourcery": "reviewed"}),
        ([review("sourcery-ai", text="I looked.\nMonthly limit")], {"sourcery": "unclear"}),
        # a tag begins a line as a sign does
        ([review("cursor", text="<h3>Bugbot couldn't run</h3>")], {"bugbot": "failed"}),
        # our own word is a sealed ledger's
        ([review("codeflow", is_ours=True)], {"codeflow": "reviewed"}),
        ([review("codeflow", is_ours=True, commit=OLDER)], {"codeflow": "older_head"}),
        ([review("codeflow")], {}),
    ],
)
def test_who_has_reviewed_is_told_by_the_account_and_the_commit(traces, presences):
    found = read_presences(traces, HEAD)
    assert {reviewer.name: reviewer.presence for reviewer in found} == presences


@pytest.mark.parametrize(
    "text",
    [
        f"{NO_ISSUES}\n\n**Reviewed commit:** `{HEAD[:6]}`",
        f"{NO_ISSUES}\n\nReviewed commit: {HEAD}",
        f"{NO_ISSUES}\n**Reviewed commit:** `{HEAD[:10]}`\n**Reviewed commit:** `1111111`",
        NO_ISSUES,
        f"**Reviewed commit:** `{HEAD}`",
    ],
)
def test_a_comment_counts_only_where_it_names_the_head_and_nothing_else(text):
    trace = replace(review("chatgpt-codex-connector"), kind=TraceKind.COMMENT, commit="", text=text)
    assert trace_presence(BY_LOGIN["chatgpt-codex-connector"], trace, HEAD) is not Presence.REVIEWED


def test_a_green_check_is_no_review():
    for kind in (TraceKind.CHECK, TraceKind.STATUS):
        trace = replace(review("cursor"), kind=kind, state="success", text=CLEAN, has_findings=True)
        for reviewer in known_reviewers():
            assert trace_presence(reviewer, trace, HEAD) is not Presence.REVIEWED


def test_a_red_check_with_a_result_is_no_failure_and_a_skipped_one_is_told():
    check = replace(review("greptile-apps"), kind=TraceKind.CHECK, state="failure")
    assert trace_presence(BY_LOGIN["greptile-apps"], check, HEAD) is Presence.FAILED
    result = replace(check, text="Confidence 4/5: below 5/5")
    assert trace_presence(BY_LOGIN["greptile-apps"], result, HEAD) is Presence.UNCLEAR
    skipped = replace(check, state="skipped")
    assert trace_presence(BY_LOGIN["greptile-apps"], skipped, HEAD) is Presence.SKIPPED


def test_names_that_nobody_has_are_refused():
    with pytest.raises(ValueError, match="no reviewer that is known: people, codeflow, coderabbit"):
        ReviewPresence(level="notice", require=["code-rabbit"])
