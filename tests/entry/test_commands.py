"""Whole runs for comments that begin with /codeflow."""

import pytest

from codeflow_action.testing.github.values import CommentAnchor
from codeflow_action.testing.models import Json, ModelServer
from tests.entry.jobs import KEY, REMARK, review
from tests.entry.test_events import reviewed
from tests.entry.test_pull_request import asked

WRITER, STRANGER = "lena", "eve"


@pytest.fixture
def desk(shop, model):
    """Let people comment, and run the job that follows from it."""
    shop.repository.collaborators[WRITER] = "write"

    def comment(text, by=WRITER, before=lambda: None, **inputs):
        written = shop.pull.add_comment(text, author=by)
        before()
        return written, run(written, by, **inputs)

    def run(written, by=WRITER, **inputs):
        return shop.run(
            "issue_comment",
            inputs={**asked(model), **inputs},
            pull=shop.pull,
            comment=written,
            sender=by,
            actor=by,
        )

    comment.again = run
    return comment


def reactions(shop, written):
    comments = (*shop.pull.comments, *shop.pull.review_comments)
    (comment,) = (comment for comment in comments if comment.id == written.id)
    return [reaction.content for reaction in comment.reactions]


def answers(shop):
    comments = (*shop.pull.comments, *shop.pull.review_comments)
    return [comment.body for comment in comments if "codeflow:codeflow:reply:" in comment.body]


def test_help_names_what_the_reader_may_use_and_is_given_once(shop, desk, model):
    written, ended = desk("/codeflow help")
    assert (ended.code, ended.outputs["verdict"]) == (0, "skipped"), ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    (answer,) = answers(shop)
    assert "/codeflow review [full]" in answer
    assert f"#issuecomment-{written.id}" in answer
    assert not shop.stickies()
    assert not shop.repository.check_runs
    writes = shop.github.writes()
    again = desk.again(written)
    assert (again.code, again.outputs["reason"]) == (0, "unchanged"), again.log
    assert shop.github.writes() == writes
    assert not model.requests


def test_a_writer_asks_for_the_review_of_a_draft_and_gets_it_once(shop, desk, model):
    shop.pull.draft = True
    assert not reviewed(shop.run(inputs=asked(model)))
    written, ended = desk("/codeflow review\r\nplease")
    assert (ended.code, ended.outputs["verdict"], reviewed(ended)) == (0, "pass", True), ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    assert len(shop.pull.review_comments) == 1
    (check,) = shop.verdict_checks  # a comment's job is no check of the pull request
    assert check.head_sha == shop.pull.head_sha
    assert not answers(shop)
    asks, writes = len(model.requests), shop.github.writes()
    # The same comment again, then another one about the same head: nothing new is asked or said.
    assert desk.again(written).outputs["reason"] == "unchanged"
    assert (len(model.requests), shop.github.writes()) == (asks, writes)
    second, ended = desk("/codeflow review")
    assert (ended.outputs["reason"], reactions(shop, second)) == ("unchanged", ["eyes", "rocket"])
    assert len(model.requests) == asks
    desk("/codeflow review full")
    assert len(model.requests) > asks
    assert len(shop.pull.review_comments) == 1


@pytest.mark.promise("GitHub is asked for the role of whoever comments, at that moment.")
@pytest.mark.promise("Whoever may not ask gets no answer and no reaction, and no model is asked.")
@pytest.mark.parametrize(
    ("text", "by"),
    [("/codeflow review", STRANGER), ("/codeflow", STRANGER), ("/codeflow ask", "mona")],
)
def test_who_may_not_ask_gets_no_answer_of_any_kind(shop, desk, model, text, by):
    _, ended = desk(text, by=by)
    assert (ended.code, ended.outputs["reason"]) == (0, "not_permitted"), ended.log
    assert shop.github.writes() == 0
    assert not model.requests
    assert "refused" in ended.log
    assert ended.report.notices


def test_the_author_is_helped_with_what_an_author_may_ask(shop, desk):
    written, _ = desk("/codeflow help", by="mona")
    (answer,) = answers(shop)
    assert ("/codeflow help" in answer, "/codeflow review" in answer) == (True, False)
    assert reactions(shop, written) == ["eyes", "rocket"]


def test_a_wrong_name_is_answered_with_the_nearest(shop, desk):
    written, _ = desk("/codeflow Reveiw <img src=x> @octo/team")
    (answer,) = answers(shop)
    assert "`reveiw`" in answer
    assert "Did you mean `review`?" in answer
    assert "img" not in answer
    assert reactions(shop, written) == ["eyes", "confused"]


@pytest.mark.promise("A model is asked only about the head that the comment was written about.")
def test_a_head_that_came_after_the_comment_is_not_reviewed(shop, desk, model):
    push = {"z.py": "z = 1\n"}
    written, ended = desk("/codeflow review", before=lambda: shop.push(push))
    assert (ended.code, ended.outputs["reason"]) == (0, "head_moved"), ended.log
    assert reactions(shop, written) == ["eyes", "confused"]
    assert "The head has moved" in answers(shop)[0]
    assert not model.requests
    help_comment, _ = desk("/codeflow help", before=lambda: shop.push({"z.py": "z = 2\n"}))
    assert reactions(shop, help_comment) == ["eyes", "rocket"]


def test_where_github_does_not_tell_the_head_a_comment_on_the_diff_does(shop, desk, model):
    shop.github.fail("GET", "/activity", 404, 2)
    _, ended = desk("/codeflow review")
    assert ended.outputs["reason"] == "head_moved"
    assert "Ask in a comment on the diff" in answers(shop)[0]
    review = shop.pull.add_review(author=WRITER, association="MEMBER")
    anchor = CommentAnchor(path="shop/cart.py", line=6)
    remark = shop.pull.add_review_comment(review, anchor, "/codeflow review")
    ended = shop.run(
        "pull_request_review_comment", review_comment=remark, inputs=asked(model), actor=WRITER
    )
    assert (ended.code, reviewed(ended)) == (0, True), ended.log
    assert reactions(shop, remark) == ["eyes", "rocket"]


def test_an_answer_to_a_comment_on_the_diff_is_in_its_thread(shop, desk, model):
    review = shop.pull.add_review(author=WRITER)
    anchor = CommentAnchor(path="shop/cart.py", line=6)
    first = shop.pull.add_review_comment(review, anchor, "Hm.")
    second = shop.pull.add_review_comment(review, anchor, "/codeflow help", thread=first.id)
    shop.run(
        "pull_request_review_comment", review_comment=second, inputs=asked(model), actor=WRITER
    )
    *_, answer = shop.pull.review_comments
    assert (answer.thread, "In reply" in answer.body) == (first.id, False)
    assert reactions(shop, second) == ["eyes", "rocket"]


def test_a_comment_that_was_deleted_meanwhile_is_not_answered(shop, desk):
    def delete():
        shop.pull.comments = ()

    _, ended = desk("/codeflow help", before=delete)
    assert (ended.outputs["reason"], shop.github.writes()) == ("unsupported_event", 0)


def test_a_job_that_may_write_nothing_says_so_and_fails_nothing(shop, desk, model):
    shop.github.permissions["pull_requests"] = "read"
    _, ended = desk("/codeflow help")
    assert ended.code == 0, ended.log
    assert "the answer could not be written" in ended.log


def test_what_is_configured_is_shown_folded(shop, desk):
    desk("/codeflow config", config="gate: {fail_on: warning}\ninstructions: 'Hi @octo/team'")
    (answer,) = answers(shop)
    assert 'gate.fail_on: "warning"' in answer
    assert "<details>" in answer
    assert "fail_on" not in answer.partition("<details>")[0]


def test_a_pull_request_that_opts_out_gets_a_reaction_and_no_word(shop, desk, model):
    shop.pull.put_labels("codeflow:skip")
    written, _ = desk("/codeflow review")
    assert reactions(shop, written) == ["eyes", "confused"]
    assert len(shop.pull.comments) == 1
    assert not model.requests


@pytest.fixture
def answering():
    """A model that reviews, and answers what it is asked."""
    told = {"answer": "It divides by `len(prices)`, see @octo/team.", "is_answered": True}

    def reply(request):
        if "answer" in (request.schema or {}).get("properties", {}):
            return Json(told)
        return review(REMARK)(request)

    with ModelServer(keys=[KEY], answer=reply) as server:
        yield server


def test_a_question_in_a_thread_is_answered_there_with_its_code_and_words(shop, answering):
    shop.repository.collaborators[WRITER] = "write"
    assert shop.run(inputs=asked(answering)).code == 0
    (ours,) = shop.pull.review_comments
    review_ = shop.pull.add_review(author=WRITER)
    said = [("tim", "Carts are never empty."), (WRITER, "/codeflow ask Can <b>it</b> be empty?")]
    for login, text in said:
        review_ = shop.pull.add_review(author=login)
        question = shop.pull.add_review_comment(review_, ours.anchor, text, thread=ours.id)
    before = shop.stickies()[0].partition("\n")
    asks = len(answering.requests)
    ended = shop.run(
        "pull_request_review_comment",
        review_comment=question,
        inputs=asked(answering),
        actor=WRITER,
    )
    assert ended.code == 0, ended.log
    *_, answer = shop.pull.review_comments
    assert answer.thread == ours.id
    assert "It divides by `len(prices)`" in answer.body
    assert "@octo" not in answer.body
    assert reactions(shop, question) == ["eyes", "rocket"]
    (request,) = answering.requests[asks:]
    for text in (
        "Can <b>it</b> be empty?",
        "Carts are never empty.",
        "def average",
        REMARK["title"],
    ):
        assert text in request.text
    # What it has cost counts, and nothing else of our comment changes.
    after = shop.stickies()[0].partition("\n")
    assert (after[0] != before[0], after[2]) == (True, before[2])


def test_a_question_without_a_model_says_why_there_is_no_answer(shop, desk):
    written, ended = desk("/codeflow ask Why?", provider="none", openai_api_key="")
    assert ended.code == 0, ended.log
    assert "No model can be asked" in answers(shop)[0]
    assert reactions(shop, written) == ["eyes", "confused"]


def test_a_finding_and_a_place_are_explained_from_what_is_on_record(shop, desk, model):
    shop.run(inputs=asked(model))
    asks = len(model.requests)
    finding = shop.pull.review_comments[0].body.rpartition("finding:")[2][:16]
    written, ended = desk(f"/codeflow explain {finding}", by="mona")
    assert "A model said so" in answers(shop)[-1]
    assert "::warning" not in ended.log
    desk("/codeflow explain shop/cart.py:6", by="mona")
    assert finding in answers(shop)[-1]
    assert "A model may read this file" in answers(shop)[-1]
    desk("/codeflow explain README.md", by="mona")
    assert "does not change it" in answers(shop)[-1]
    written, _ = desk("/codeflow explain 0123456789abcdef", by="mona")
    assert reactions(shop, written) == ["eyes", "confused"]
    assert len(model.requests) == asks


def test_a_pause_keeps_models_away_from_pushes_until_somebody_resumes(shop, desk, model):
    shop.run(inputs=asked(model))
    written, ended = desk("/codeflow pause")
    assert ended.code == 0, ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    assert "Paused" in answers(shop)[-1]
    asks = len(model.requests)
    shop.push({"shop/tax.py": "def tax(x):\n    return x / 0\n"})
    ended = shop.run(action="synchronize", inputs=asked(model))
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("pass", "paused"), ended.log
    assert len(model.requests) == asks
    assert reviewed(desk("/codeflow review")[1])  # who asks gets it once, and the pause goes on
    asks = len(model.requests)
    shop.push({"shop/tax.py": "def tax(x):\n    return x / 1\n"})
    assert shop.run(action="synchronize", inputs=asked(model)).outputs["reason"] == "paused"
    assert len(model.requests) == asks
    desk("/codeflow resume")
    assert reviewed(shop.run(action="synchronize", inputs=asked(model)))


def test_a_pause_that_nothing_could_remember_is_refused(shop, desk):
    written, _ = desk("/codeflow pause", provider="none", openai_api_key="")
    assert "Nothing was changed" in answers(shop)[0]
    assert reactions(shop, written) == ["eyes", "confused"]


def test_a_dismissed_finding_leaves_the_comment_without_a_model(shop, desk, model):
    shop.run(inputs=asked(model))
    asks = len(model.requests)
    finding = shop.pull.review_comments[0].body.rpartition("finding:")[2][:16]
    assert "An empty list divides by zero" in shop.stickies()[0]
    written, ended = desk(f"/codeflow dismiss {finding} Carts are never empty")
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log
    assert "Dismissed: **An empty list divides by zero**" in answers(shop)[0]
    assert f'- id: "{finding}"\n    reason: "Carts are never empty"' in answers(shop)[0]
    assert reactions(shop, written) == ["eyes", "rocket"]
    assert ended.outputs["findings_count"] == "0"
    assert len(model.requests) == asks
    other, _ = desk("/codeflow dismiss 0123456789abcdef")
    assert reactions(shop, other) == ["eyes", "confused"]
    # A run after it does not ask again, and says nothing new.
    assert shop.run(inputs=asked(model)).outputs["findings_count"] == "0"
    assert len(model.requests) == asks


def test_an_issue_is_opened_for_a_finding_and_refused_for_what_is_none(shop, desk, model):
    pipeline = "pr_reviewer, issue_creator"
    shop.run(inputs={**asked(model), "pipeline": pipeline})
    asks = len(model.requests)
    finding = shop.pull.review_comments[0].body.rpartition("finding:")[2][:16]
    written, _ = desk(f"/codeflow issue {finding}", pipeline=pipeline)
    assert reactions(shop, written) == ["eyes", "confused"]  # the token may not open one
    shop.github.permissions["issues"] = "write"
    written, ended = desk(f"/codeflow issue {finding}", pipeline=pipeline)
    assert ended.code == 0, ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    (issue,) = shop.repository.own_issues
    assert issue.title == REMARK["title"]
    other, _ = desk("/codeflow issue 0123456789abcdef", pipeline=pipeline)
    assert reactions(shop, other) == ["eyes", "confused"]
    assert "no finding on record" in answers(shop)[-1]
    assert len(shop.repository.own_issues) == 1
    assert len(model.requests) == asks


def test_describe_and_triage_are_answered_in_the_comment_and_ask_for_no_review(shop, desk, model):
    """Each shows what it is for, and neither begins a review of the change."""
    shop.pull.add_comment("Please add a test for an empty cart.", author="dana")
    written, ended = desk("/codeflow triage", pipeline="pr_reviewer, comment_triage")
    assert ended.code == 0, ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    assert "| dana: Please add a test for an empty cart. |" in shop.stickies()[0]
    assert not model.requests
    silent = {"provider": "none", "openai_api_key": "", "pipeline": "pr_reviewer, pr_describer"}
    written, ended = desk("/codeflow describe", **silent)
    assert ended.code == 0, ended.log
    assert reactions(shop, written) == ["eyes", "rocket"]
    assert "**What it does:**" in shop.stickies()[0]
    assert not shop.pull.review_comments


def test_a_broken_configuration_is_no_reason_for_silence_to_a_writer(shop, desk):
    written, ended = desk("/codeflow review", config="gate: {fail_on: never ever}")
    assert ended.code == 2, ended.log
    assert reactions(shop, written) == ["confused"]
    written, ended = desk("/codeflow review", by=STRANGER, config="gate: {fail_on: never ever}")
    assert (ended.code, reactions(shop, written)) == (2, [])
