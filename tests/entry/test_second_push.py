"""The second push of a typical pull request: one file of twelve changed."""

from collections.abc import Iterator

import pytest

from codeflow_action.engine.ledger import EntryState
from codeflow_action.testing.models import Json, ModelRequest, ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import KEY, REMARK
from tests.entry.test_memory import ledger

FILES = range(12)
STEPS = ("gather", "weigh", "settle")


def module(number: int, change: str = "") -> str:
    """Return a file of three functions; a `change` is in six lines of each, 36 in all."""
    functions = []
    for step in STEPS:
        lines = [
            f"    {name} = {step}_{name}(order, currency{change if at % 2 else ''})"
            for at, name in enumerate(
                (
                    *("subtotal", "discount", "shipping", "handling", "insurance", "duties"),
                    *("deposit", "rounding", "surcharge", "refund", "credit", "balance"),
                )
            )
        ]
        head = f"def {step}_part_{number}(order, currency, rates):"
        functions.append("\n".join([head, *lines, "    return subtotal - discount"]))
    return "\n\n\n".join(functions) + "\n"


def files(change: str = "") -> dict[str, str]:
    return {f"shop/part{number}.py": module(number, change) for number in FILES}


BASE, HEAD = files(), files(", rates[currency]")
LINE = "    discount = weigh_discount(order, currency, rates[currency])"
SAID = [
    {**REMARK, "path": f"shop/part{number}.py", "quote": LINE, "title": f"Rate {number} is applied"}
    for number in range(4)
]
UNSEEN = {**SAID[3], "title": "Seen nowhere", "path": "shop/part7.py"}


@pytest.fixture
def talkative() -> Iterator[ModelServer]:
    def answer(request: ModelRequest) -> Json:
        if request.text.count("=== ") == 1:
            # Of a file that the prompt names among all of the change, and does not show.
            return reviewer_reply(request, [UNSEEN])
        return reviewer_reply(
            request, [row for row in SAID if f"=== {row['path']}" in request.text]
        )

    with ModelServer(keys=[KEY], answer=answer) as server:
        yield server


def test_a_second_push_asks_about_what_changed_and_carries_what_was_said(make_shop, talkative):
    shop = make_shop(BASE, HEAD)
    inputs = {
        "provider": "openai",
        "openai_api_key": KEY,
        "base_url": talkative.base_url("openai"),
    }
    first = shop.run(inputs=inputs)
    assert first.report.receipt.reviewable_lines == 432, first.log
    assert len(shop.pull.review_comments) == 4
    calls, requests = len(talkative.requests), len(shop.github.requests)
    # What was said of the first file is answered in it.
    shop.push({"shop/part0.py": module(0, ", rates.get(currency, 1)")})
    second = shop.run(inputs=inputs, action="synchronize")
    receipt = second.report.receipt
    assert (receipt.share, receipt.earlier_lines) == (1.0, 396), second.log
    assert len(shop.pull.review_comments) == 4
    assert len(talkative.requests) - calls <= calls
    assert len(shop.github.requests) - requests <= requests
    states = [entry.state for entry in ledger(shop).entries]
    assert states == [EntryState.OPEN] * 3 + [EntryState.FIXED]
    kept = [(row.finding.title, row.finding.code) for row in second.report.findings]
    assert kept == [(row["title"], LINE) for row in SAID[1:]]
    assert int(second.outputs["tokens"]) <= 0.15 * int(first.outputs["tokens"]), second.outputs
    drops = {drop.title: drop.reason for drop in second.report.dropped}
    assert drops["Seen nowhere"] == "names a file that it was not shown"
    # The same event again: nothing is asked, and nothing written.
    writes = shop.github.writes()
    assert shop.run(inputs=inputs, action="synchronize").outputs["reason"] == "unchanged"
    assert shop.github.writes() == writes
