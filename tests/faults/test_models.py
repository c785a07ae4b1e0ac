"""Models that fail: the run is incomplete and says why, and the next one reviews what was left."""

import json
import re

import pytest

from codeflow_action.hosts.venue import FOR_PUBLISHING
from codeflow_action.testing.models import (
    ContentFilter,
    ContextOverflow,
    CutText,
    Drip,
    Empty,
    Hang,
    Html,
    Json,
    ModelRefusal,
    NoCredit,
    RefuseSchema,
    Reset,
    Status,
    WholeText,
)
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import KEY, REMARK, MovedClock, review
from tests.entry.test_pull_request import asked
from tests.faults.rows import MAX_WAIT, WaitClock, ends, fault, is_mended


@pytest.mark.parametrize(
    "reply",
    [
        fault("429 that says how long", Status(429, headers={"retry-after": "2"})),
        fault("529, overloaded", Status(529)),
        fault("500 from a model", Status(500)),
        fault("a model's answer breaks off", Reset('{"id": "1", "model": ')),
        fault("a model's connection is reset", Reset()),
        fault("an answer's schema is refused", RefuseSchema()),  # asked for in another way
        fault("an answer that fits no schema", Json({"remarks": [{"title": "no more"}]})),
    ],
)
def test_a_model_that_fails_once_is_asked_again(shop, model, reply):
    good, replies = review(REMARK), iter([reply])
    model.answer = lambda request: next(replies, None) or good(request)
    assert ends(shop.run(inputs=asked(model)), 0, "pass", "ok")
    assert len(model.requests) == 2
    assert [comment.line for comment in shop.pull.review_comments] == [6]


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        fault(
            "429 for the next 50 minutes",
            Status(429, headers={"retry-after": "3000"}),
            "model_error",
            "raise the limit at the provider",
        ),
        fault("529 without an end", Status(529), "model_error", "try again later"),
        fault("500 without an end", Status(500), "model_error", "try again later"),
        fault("a wrong key", Status(401), "model_error", "key"),
        fault("a model that does not exist", Status(404), "model_error", "`model`"),
        fault("no credit is left", NoCredit(), "model_error", "credit"),
        fault("a refusal", ModelRefusal("I cannot help."), "model_error", "declined to answer"),
        fault("a content filter", ContentFilter(), "model_error", "declined to answer"),
        fault("an empty answer", Empty(), "model_error", "not what was asked for"),
        fault("prose instead of JSON", WholeText("Good!"), "model_error", "not what was asked for"),
        fault("a page of a proxy", Html(), "model_error", "`base_url`"),
        fault("an answer that is cut off", CutText('{"remarks": ['), "model_error", "cut off"),
        fault("a prompt that is too long", ContextOverflow(), "budget", "too long for"),
    ],
)
def test_a_model_that_is_of_no_use_makes_the_run_incomplete(shop, model, reply, reason, words):
    model.answer = lambda _request: reply
    clock = WaitClock()
    ended = shop.run(inputs=asked(model), clock=clock)
    assert ends(ended, 0, "incomplete", reason)
    assert max(clock.waits) <= MAX_WAIT
    (told,) = [line for line in ended.stdout.splitlines() if line.startswith("::warning")]
    assert "1 file was not reviewed" in told
    assert words in told
    assert re.search(r" \([a-z ]+[^()]*\)$", told)  # what to try
    assert ended.outputs["coverage"] == "0"
    assert words in shop.stickies()[0]
    assert len(model.requests) <= 4
    model.answer = review(REMARK)
    assert is_mended(shop, asked(model))


@pytest.mark.parametrize(
    "reply",
    [
        fault("a model does not answer", Hang()),
        fault("a model hangs after its headers", Drip(pause=3600)),
        fault("a model sends its answer a byte at a time", Drip()),
    ],
)
def test_a_model_that_hangs_is_not_waited_for_beyond_the_deadline(shop, model, reply):
    """The first answer comes when all but two seconds are gone of the time for models."""
    clock = MovedClock()

    def answer(_request):
        if len(model.requests) > 1:
            return reply
        clock.move(600 - FOR_PUBLISHING - 2)
        return Status(429, headers={"retry-after": "0"})

    model.answer = answer
    ended = shop.run(inputs=asked(model), clock=clock)
    assert ends(ended, 0, "incomplete", "deadline")
    assert len(model.requests) == 2
    model.answer = review(REMARK)
    assert is_mended(shop, asked(model))


@pytest.mark.fault("all models are down")
def test_when_all_models_are_down_each_is_asked_and_the_run_says_so(shop, model):
    model.answer = lambda _request: Status(500)
    inputs = {**asked(model), "fallback_models": "groq:c", "groq_api_key": KEY}
    urls = {"GROQ_BASE_URL": model.base_url("groq")}
    ended = shop.run(inputs=inputs, env=urls)
    assert ends(ended, 0, "incomplete", "model_error")
    assert {request.provider for request in model.requests} == {"openai", "groq"}
    failing = shop.run(inputs={**inputs, "config": "models: {on_error: fail}"}, env=urls)
    assert ends(failing, 3, "incomplete", "model_error")
    model.answer = review(REMARK)
    assert is_mended(shop, asked(model))


@pytest.mark.fault("an answer that is cut off after a whole remark")
def test_what_was_whole_in_a_cut_answer_is_shown_and_the_cut_is_told(shop, model):
    whole = json.dumps({"remarks": [REMARK, REMARK]})
    cut = whole[: whole.rindex('"message"') + 20]
    model.answer = lambda request: (
        Json(judgements(request.text)) if is_second_round(request) else CutText(cut)
    )
    ended = shop.run(inputs={**asked(model), "effort": "medium"})
    assert [comment.line for comment in shop.pull.review_comments] == [6]
    assert ended.outputs["verdict"] == "incomplete"
    assert "cut off" in shop.stickies()[0]
