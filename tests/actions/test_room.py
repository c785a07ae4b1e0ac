"""Fault 21: a model that takes less than was thought costs a few requests, not one a line."""

import asyncio
import json
import math
import random
from dataclasses import dataclass, field

import pytest

from codeflow_action.actions.pr_describer import PrDescriber
from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.ai.models import ModelPorts, ModelRef, ModelSettings, RunModels
from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.outcome import Reason
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.models import Json, ModelServer, Raw
from codeflow_action.testing.provider.fixtures import PatientClock
from codeflow_action.testing.reviewer_replies import is_second_round, reviewer_reply
from tests.actions.gating import task_of
from tests.actions.test_pr_reviewer import coverage
from tests.review.changes import changed

BYTES_PER_TOKEN = 3.2  # of this made-up model
PROVIDERS = load_providers()


def tokens_of(request):
    """Return what the made-up model counts for a request: texts and schema."""
    texts = (request.system, request.text, json.dumps(request.schema or ""))
    return math.ceil(sum(len(text.encode()) for text in texts) / BYTES_PER_TOKEN)


def vllm(window, prompt, reply):
    return (
        f"This model's maximum context length is {window} tokens. However, you requested "
        f"{prompt + reply} tokens ({prompt} in the messages, {reply} in the completion). Please "
        "reduce the length of the messages or completion."
    )


def anthropic(window, prompt, reply):
    return f"input length and `max_tokens` exceed context limit: {prompt} + {reply} > {window}"


def wordless(_window, _prompt, _reply):
    return "Please reduce the length of the messages or completion."


@dataclass
class Narrow:
    """Answers as a model with this window; `words` are how it refuses."""

    window: int
    words: object = vllm
    remarks: tuple = ()
    refused: int = 0
    first: list = field(default_factory=list)
    second: list = field(default_factory=list)

    def __call__(self, request):
        prompt, reply = tokens_of(request), request.max_tokens
        if prompt + reply > self.window:
            self.refused += 1
            said = self.words(self.window, prompt, reply)
            body = {"error": {"message": said, "type": "invalid_request_error"}}
            return Raw(json.dumps(body), status=400)
        (self.second if is_second_round(request) else self.first).append(request)
        return reviewer_reply(request, self.remarks)


def source(lines, name="value"):
    return "".join(
        f"def {name}_{at}(a, b):\n    total = a * {at} + b\n    return total\n\n\n"
        for at in range(lines // 5)
    )


def review(answer, files, *, options=None, more=None, model="house-model", action=PrReviewer):
    """Return the outcome of a review by a model that no table knows; `more` is unchanged."""
    ref = ModelRef(provider="openai", model=model)

    async def reviewed(url):
        settings = ModelSettings(
            default=ref,
            base_urls={"openai": url},
            max_tokens=10_000_000,
            max_cost_usd=None,
            deadline=10_000,
        )
        ports = ModelPorts(clock=PatientClock(), rng=random.Random(1), redactor=Redactor())
        models = RunModels(settings, providers=PROVIDERS, ports=ports)
        task = task_of(
            tuple(changed("", text, path) for path, text in files.items()),
            {path: text.encode() for path, text in {**files, **(more or {})}.items()},
            models=models,
        )
        try:
            return await action.model_validate(options or {}).run(task)
        finally:
            await models.aclose()

    with ModelServer(answer=answer) as server:
        outcome = asyncio.run(reviewed(server.base_url("openai")))
        return outcome, server.requests


def ideal(requests, files, window):
    """Return how many prompts the change needs when each is full but for a quarter, the reply's."""
    fixed = min(tokens_of(one) - len(one.text.encode()) / BYTES_PER_TOKEN for one in requests)
    lines = [line for text in files.values() for line in text.splitlines()]
    change = sum(len(f"12345 +{line}\n") for line in lines) / BYTES_PER_TOKEN
    return max(1, math.ceil(change / (window * 3 / 4 - fixed)))


FOUR_HUNDRED = {"a.py": source(400)}
SIX_THOUSAND = {f"part{at}.py": source(1_000, f"part{at}") for at in range(6)}


@pytest.mark.parametrize("words", [vllm, anthropic], ids=lambda one: one.__name__)
@pytest.mark.parametrize("files", [FOUR_HUNDRED, SIX_THOUSAND], ids=["400", "6000"])
@pytest.mark.parametrize("window", [4_000, 8_000, 32_000])
def test_a_refusal_with_numbers_is_the_only_one_and_all_is_read(window, files, words):
    """Fault 21: windows of several sizes, changes of several."""
    answer = Narrow(window, words)
    outcome, requests = review(answer, files, options={"effort": "low"})
    assert answer.refused <= 2
    assert len(requests) <= 2 + 2 * ideal(requests, files, window)
    assert all(read == lines for read, lines, _ in coverage(outcome).values())
    assert outcome.shortfalls == ()


@pytest.mark.parametrize("files", [FOUR_HUNDRED, SIX_THOUSAND], ids=["400", "6000"])
@pytest.mark.parametrize("window", [8_000, 16_000])
def test_a_refusal_without_numbers_costs_a_few_more(window, files):
    """Fault 21: half of what can be cut is tried, and that holds for all chunks."""
    answer = Narrow(window, wordless)
    outcome, requests = review(answer, files, options={"effort": "low"})
    assert answer.refused <= 4
    # Large units are cut into equal pieces, and these fill no prompt.
    assert len(requests) <= 5 + 3 * ideal(requests, files, window)
    assert all(read == lines for read, lines, _ in coverage(outcome).values())


@pytest.mark.parametrize("words", [vllm, wordless], ids=lambda one: one.__name__)
@pytest.mark.parametrize("files", [FOUR_HUNDRED, SIX_THOUSAND], ids=["400", "6000"])
def test_what_no_window_takes_is_named_and_not_asked_for_line_by_line(files, words):
    """Fault 21: 2,000 tokens are less than what the reviewer is told to do."""
    answer = Narrow(2_000, words)
    outcome, requests = review(answer, files, options={"effort": "low"})
    assert len(requests) == answer.refused <= 5
    for read, _lines, reason in coverage(outcome).values():
        assert read == 0
        assert "too long for house-model, which takes a prompt of about" in reason
    assert {short.reason for short in outcome.shortfalls} == {Reason.BUDGET}
    assert len(outcome.shortfalls) == 1


@pytest.mark.parametrize("model", ["house-model", "gpt-6.1-sol"])
@pytest.mark.parametrize("effort", ["medium", "high"])
@pytest.mark.parametrize(
    "words",
    [
        wordless,
        lambda _window, prompt, reply: vllm(128_000, prompt, reply),  # and refuses what would fit
        lambda _window, prompt, reply: vllm(prompt + reply - 1, prompt, reply),
    ],
    ids=["wordless", "other numbers", "moving numbers"],
)
def test_a_server_that_takes_nothing_is_asked_six_times_at_most(words, effort, model):
    """Fault 9: it was asked for each line of 400, 1,279 times in all, at the worst."""
    answer = Narrow(0, words)
    outcome, requests = review(answer, FOUR_HUNDRED, options={"effort": effort}, model=model)
    # Of a model that a table knows, six may be on the wire before one is refused.
    assert len(requests) <= (10 if (effort, model) == ("high", "gpt-6.1-sol") else 6)
    assert coverage(outcome)["a.py"][0] == 0
    assert {short.reason for short in outcome.shortfalls} == {Reason.BUDGET}


@pytest.mark.parametrize("files", [FOUR_HUNDRED, SIX_THOUSAND], ids=["400", "6000"])
@pytest.mark.parametrize("words", [wordless, lambda _window, prompt, reply: vllm(9, prompt, reply)])
def test_a_description_is_not_asked_for_again_and_again(words, files):
    """Fault 9: the describer cuts the change into parts, too."""
    _, requests = review(Narrow(0, words), files, action=PrDescriber)
    assert len(requests) <= 6


def test_one_piece_that_does_not_fit_is_not_read_and_all_else_is():
    """Fault 21: twenty lines of 2,000 characters beside short ones."""
    wide = "".join(f"x{at} = '{'y' * 1_900}'\n" for at in range(20))
    answer = Narrow(8_000)
    outcome, requests = review(answer, {"wide.py": wide, **FOUR_HUNDRED}, options={"effort": "low"})
    read = coverage(outcome)
    assert read["wide.py"][0] == 0
    assert "too long" in read["wide.py"][2]
    assert read["a.py"][0] == read["a.py"][1]
    assert len(requests) <= 6


def test_code_from_elsewhere_goes_before_the_change_is_cut():
    """Fault 21: what fits without definitions and callers is read in one piece."""
    helpers = "".join(f"def helper_{at}(a):\n    return a + {at}\n\n\n" for at in range(40))
    uses = "".join(f"value_{at} = helper_{at}({at}) * 2\n" for at in range(40))
    files = {"a.py": "from lib import helper_1\n" + uses}
    whole = Narrow(100_000)
    review(whole, files, options={"effort": "low"}, more={"lib.py": helpers})
    (seen,) = whole.first
    assert "(definition of helper_" in seen.text
    room = tokens_of(seen) - 20
    answer = Narrow(room * 4 // 3)
    outcome, requests = review(answer, files, options={"effort": "low"}, more={"lib.py": helpers})
    assert coverage(outcome)["a.py"][0] == 41
    assert len(answer.first) == 1
    assert len(requests) == 2
    assert "definition of helper_" not in answer.first[0].text


def test_a_second_look_that_is_too_long_is_made_in_parts():
    """Fault 21: remarks are judged in smaller groups, not given up on."""
    quotes = [f"    total = a * {at} + b" for at in range(0, 80, 16)]
    remarks = tuple(
        {
            "path": "a.py",
            "quote": quote,
            "side": "new",
            "severity": "warning",
            "category": "correctness",
            "title": f"Wrong product number {at}",
            "message": f"`value_{at}` multiplies. " + "It does so without need. " * 60,
            "trigger": f"Somebody calls number {at}.",
            "effect": "The wrong sum is charged.",
            "confidence": 0.9,
        }
        for at, quote in enumerate(quotes)
    )
    outcome, requests = review(Narrow(6_000, remarks=remarks), FOUR_HUNDRED)
    assert {one.evidence.value for one in outcome.findings} == {"verified"}
    assert len(outcome.findings) == len(quotes)
    assert len(requests) <= 12


def test_where_only_the_reply_is_too_long_the_same_prompt_is_asked_again():
    """Fault 21: a window of 9,000 has room for a small change, and not for 8,000 more."""
    answer = Narrow(9_000)
    outcome, requests = review(answer, {"a.py": source(20)}, options={"effort": "low"})
    assert [one.max_tokens for one in requests] == [8_000, 2_250]
    assert requests[0].text == requests[1].text
    assert coverage(outcome)["a.py"][0] == 20


def test_what_was_learned_holds_for_the_rest_of_the_run():
    """Fault 21: of six large prompts one goes first, and the others are never sent."""
    answer = Narrow(8_000)
    _, requests = review(answer, SIX_THOUSAND, options={"effort": "low"})
    sizes = [tokens_of(one) for one in requests]
    assert sizes[0] > 8_000
    assert all(size <= 6_000 for size in sizes[1:])


def test_a_server_that_is_down_is_not_waited_for_one_prompt_after_the_other():
    """Fault 21: an outage says nothing about the window."""
    down = Raw('{"error": {"message": "down"}}', status=503)
    outcome, requests = review(lambda _request: down, SIX_THOUSAND, options={"effort": "low"})
    assert {short.reason for short in outcome.shortfalls} == {Reason.MODEL_ERROR}
    assert len(requests) <= 4 * 10


def test_an_answer_is_an_answer():
    """Fault 21: where all fits nothing is asked twice."""
    outcome, requests = review(
        lambda _request: Json({"remarks": []}), FOUR_HUNDRED, options={"effort": "low"}
    )
    assert len(requests) == 1
    assert outcome.shortfalls == ()
