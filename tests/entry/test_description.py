"""The pull request's description in whole runs: written once, and no run follows from that."""

import pytest

from codeflow_action.testing.models import Json
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import REMARK
from tests.entry.test_pull_request import asked

DRAFT = {
    "summary": "Carts have an average price. It is new.",
    "groups": [{"group": 1, "line": "adds `average`"}],
    "title": "Show the average price of a cart",
    "diagram": None,
}
CONFIG = "pipeline: [pr_reviewer, {pr_describer: {body: section, title: update}}]"
BEGIN = "<!-- codeflow:codeflow:description -->"


def answer(request):
    properties = (request.schema or {}).get("properties", {})
    return Json(DRAFT) if "summary" in properties else reviewer_reply(request, [REMARK])


@pytest.mark.parametrize("event", [{"action": "edited", "changes": {"body": {}, "title": {}}}])
def test_a_description_is_written_once_and_its_own_edit_starts_nothing(shop, model, event):
    model.answer = answer
    shop.pull.body = "Adds an average.\r\n"
    inputs = {**asked(model), "config": CONFIG}
    ended = shop.run(inputs=inputs)
    assert (ended.code, ended.outputs["reviewed"]) == (0, "full"), ended.log
    assert shop.pull.title == DRAFT["title"]
    assert shop.pull.body.startswith(f"Adds an average.\r\n\r\n{BEGIN}\r\n")
    assert "Carts have an average price." in shop.pull.body
    body, count, writes = shop.pull.body, len(model.requests), shop.github.writes()
    assert count == 2
    # With an app's token the edit is an event of its own.
    edited = shop.run(inputs=inputs, **event)
    assert edited.outputs["verdict"] == "skipped"
    assert (len(model.requests), shop.github.writes()) == (count, writes)
    # The same head again: nothing is asked, nothing of the description is written.
    again = shop.run(inputs=inputs)
    assert again.code == 0, again.log
    assert (len(model.requests), shop.pull.body) == (count, body)
    assert shop.pull.title == DRAFT["title"]


def test_describing_is_no_review(shop, model):
    model.answer = answer
    inputs = {**asked(model), "config": "pipeline: [quality_gates, pr_describer]"}
    ended = shop.run(inputs=inputs)
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log
    assert ended.outputs["reviewed"] == "not_asked"
    (sticky,) = shop.stickies()
    assert "Carts have an average price." in sticky


def test_without_a_model_the_comment_has_what_code_tells(shop):
    ended = shop.run(inputs={"config": "pipeline: [quality_gates, pr_describer]"})
    assert ended.code == 0, ended.log
    (sticky,) = shop.stickies()
    assert "adds `average`" in sticky
