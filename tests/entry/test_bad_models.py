"""Models that answer badly: what is posted is right or nothing, and what was dropped is told."""

import re

import pytest

from codeflow_action.testing.models import Json
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, HEAD, QUOTE, REMARK
from tests.entry.test_pull_request import asked

OTHER = {"shop/stock.py": "def left(items):\n    return items[0]\n"}
MANY = {"shop/many.py": "".join(f"value_{at} = source[{at}]\n" for at in range(200))}


@pytest.fixture
def shop(make_shop):
    return make_shop(head={**HEAD, **OTHER, **MANY})


def told(shop, model, *given, **inputs):
    """Run with a model that makes these remarks and stands by them."""
    answer = {"remarks": [{**REMARK, **one} for one in given]}
    model.answer = lambda request: Json(
        judgements(request.text) if is_second_round(request) else answer
    )
    ended = shop.run(inputs={**asked(model), "effort": "medium", **inputs})
    assert ended.code == 0, ended.log
    assert not [one for one in shop.github.requests if one.status == 422]
    return ended


def posted(shop):
    return [(one.path, one.line) for one in shop.pull.review_comments]


def stages(ended):
    return sorted(gone.stage.value for gone in ended.report.dropped)


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        ({"path": "shop/invented.py"}, "anchor"),
        ({"path": "../../etc/passwd"}, "anchor"),
        ({"path": "shop/stock.py"}, "anchor"),  # the quote stands in another file
        ({"quote": "return nothing(that, is, there)"}, "anchor"),
        ({"quote": ""}, "anchor"),
        ({"quote": "def total(prices):\n    return sum(prices)", "line": 1}, None),
        ({"trigger": ""}, "shape"),
    ],
)
def test_a_remark_without_a_place_or_a_case_is_listed_and_not_posted(shop, model, given, stage):
    ended = told(shop, model, given)
    if stage is None:
        return  # context of the change: where it may stand is the anchoring's own test
    assert posted(shop) == []
    assert stages(ended) == [stage]
    assert ended.report.dropped[0].reason
    assert ended.report.dropped[0].title in ended.summary


@pytest.mark.parametrize(
    "given",
    [
        {"line": 9_999},
        {"line": -3},
        {"line": 1},
        {"quote": "return    total( prices )//len(prices)", "line": None},
        {"quote": f"6 +{QUOTE}"},
        {"quote": f"```python\n{QUOTE}\n```"},
        {"quote": QUOTE.upper().lower()},
        {"path": "./shop/cart.py"},
        {"path": "`shop/cart.py`"},
    ],
    ids=str,
)
def test_a_wrong_number_or_a_bent_quote_lands_on_the_right_line_or_nowhere(shop, model, given):
    ended = told(shop, model, given)
    assert posted(shop) in ([("shop/cart.py", 6)], [])
    assert len(posted(shop)) + len(ended.report.dropped) == 1


def test_of_overlapping_suggestions_both_may_not_be_applied(shop, model):
    first = {"suggestion": "    return total(prices) / len(prices)", "category": "correctness"}
    second = {
        "quote": f"def average(prices):\n{QUOTE}",
        "suggestion": "def average(prices):\n    return 0",
        "category": "maintainability",
        "title": "Another thing entirely",
        "message": "Names nothing alike.",
        "trigger": "Somebody reads it in a year.",
        "effect": "Nobody understands it.",
    }
    told(shop, model, first, second)
    suggestions = [one for one in shop.pull.review_comments if "```suggestion" in one.body]
    spans = [range(one.anchor.start_line or one.line, one.line + 1) for one in suggestions]
    assert not any(set(a) & set(b) for at, a in enumerate(spans) for b in spans[at + 1 :])


def test_two_hundred_findings_are_five_comments_and_nothing_is_lost(shop, model):
    given = [
        {
            "path": "shop/many.py",
            "quote": f"value_{at} = source[{at}]",
            "title": f"Position {at} may be missing",
            "message": f"Item {at} is read without a look at the length.",
            "trigger": f"A source of {at} items.",
            "effect": "The wrong sum is charged.",
        }
        for at in range(200)
    ]
    ended = told(shop, model, *given)
    assert len(posted(shop)) == 5
    shown = len(ended.report.findings)
    assert shown + len(ended.report.dropped) == 200
    (sticky,) = shop.stickies()
    assert len(sticky) <= 65_536
    rows = len(set(re.findall(r"Position \d+ may be missing", sticky)))
    more = re.search(r"(\d+) more", sticky)
    assert rows + int(more[1] if more else 0) == shown


def test_what_a_model_says_acts_nowhere(shop, model):
    wild = {
        "title": "Fixes #1 @everyone ![x](https://evil.example/a.png)",
        "message": "::error::no\n/merge\n<img src=https://evil.example/b> [go](https://evil.example)",
        "suggestion": "```\n    return 0\n```",
    }
    told(shop, model, wild)
    for body in [one.body for one in shop.pull.review_comments] + shop.stickies():
        assert "https://evil.example" not in body
        assert "<img" not in body
        assert not re.search(r"(?<!`)@everyone", body.replace("@\u200b", ""))
        assert not re.search(r"^/merge", body, re.MULTILINE)


def test_the_base_stays_what_it_is():
    """The tests above rest on it: the remark's line is the sixth of the new file."""
    assert HEAD["shop/cart.py"].split("\n")[5] == QUOTE
    assert QUOTE not in BASE["shop/cart.py"]
