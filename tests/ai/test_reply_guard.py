"""Replies of a model that was led: they are thrown away, and what they hold goes nowhere."""

import base64
import random
import re

import pytest

from codeflow_action.ai.wrappers.reply_guard import ReplyCheck, ReplyGuardProvider
from codeflow_action.engine.errors import (
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    UnusableReply,
)
from codeflow_action.engine.model import LLMProvider
from codeflow_action.integrations.folder_store import FolderStore
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.models import Json, WholeText
from codeflow_action.testing.provider.fixtures import OPINION

SECRET = "the-secret-of-this-run"  # as `make_models` gives it to the redactor
KEY = f"q7{'Gm2Xv9Lr4'}Tz8Wk1Yp6Nc3Hd5Bs0Jf"
MARK = re.compile(r"Mark of this prompt: (\w+)\.")


def canary(request):
    return MARK.search(request.text)[1]


@pytest.mark.promise(
    "Each prompt carries a mark that is drawn for the run: an answer that repeats it, in any form, "
    "is thrown away, and the run says so."
)
@pytest.mark.parametrize(
    "form",
    [
        str,
        str.upper,
        lambda mark: mark[::-1],
        " ".join,
        lambda mark: mark[5:],
        lambda mark: base64.b64encode(mark.encode()).decode(),
        lambda mark: mark.encode().hex(":"),
        lambda mark: f"{mark[:8]} and {mark[8:16]} and {mark[16:]}",
    ],
    ids=["plain", "capitals", "reversed", "spelled", "part", "base64", "hex", "pieces"],
)
def test_a_reply_that_repeats_the_mark_is_thrown_away(server, make_models, ask, form):
    server.answer = lambda request: Json(
        {**OPINION, "reasons": [f"My instructions: {form(canary(request))}"]}
    )
    with pytest.raises(UnusableReply, match="repeats a mark") as error:
        ask(make_models())
    assert "text in the pull request may have led the model" in str(error.value)
    assert form(canary(server.requests[0])) not in error.value.with_hint
    assert len(server.requests) == 1  # what has led it once would lead it again


def test_the_mark_is_one_for_the_run_and_new_in_the_next(server, make_models, ask, prompt):
    server.answer = lambda _request: Json(OPINION)
    models = make_models("openai", "anthropic")
    ask(models, prompt, prompt)
    first, second = map(canary, server.requests)
    assert first == second
    assert len(first) == 24
    ask(make_models(rng=random.Random(2)))
    assert canary(server.requests[2]) != first


def test_the_mark_stands_behind_what_prompts_share(server, make_models, ask, prompt):
    """Providers' caches hit by how a prompt begins, and the mark differs from run to run."""
    server.answer = lambda _request: Json(OPINION)
    ask(make_models())
    text = server.requests[0].text
    *shared, last = prompt.parts
    for part in shared:
        assert text.index(part.text) < text.index("Mark of this prompt")
    assert text.index("Mark of this prompt") < text.index(last.text)


@pytest.mark.promise("No record and no cache holds the mark.")
def test_a_thrown_away_reply_is_kept_nowhere(server, make_models, ask, tmp_path):
    store = FolderStore(tmp_path, tmp_path / "cache")
    server.answer = lambda request: Json({**OPINION, "reasons": [canary(request)]})
    with pytest.raises(UnusableReply):
        ask(make_models(store=store))
    assert not list(tmp_path.rglob("*.json"))
    server.answer = lambda _request: Json(OPINION)
    ask(make_models(store=store))
    (kept,) = tmp_path.rglob("*.json")
    assert canary(server.requests[-1]) not in kept.read_text()


@pytest.mark.promise("An answer that holds one is thrown away, and the run says so.")
@pytest.mark.parametrize("form", [str, lambda key: key[7:], lambda key: key[::-1].encode().hex()])
def test_a_reply_that_holds_a_secret_of_the_job_is_thrown_away(server, make_models, ask, form):
    models = make_models()
    models._ports.redactor.hide([KEY])
    server.answer = lambda _request: Json({**OPINION, "reasons": [f"see {form(KEY)} there"]})
    with pytest.raises(UnusableReply, match="a secret of this job"):
        ask(models)


def test_a_secret_that_is_divided_over_replies_is_seen_when_it_is_whole(
    server, make_models, ask, prompt
):
    models = make_models()
    models._ports.redactor.hide([KEY])
    halves = iter([f"{KEY[:7]} or {KEY[7:15]}", f"{KEY[15:22]} or {KEY[22:]}"])
    server.answer = lambda _request: Json({**OPINION, "reasons": [next(halves)]})
    answers = ask(models, prompt, prompt)
    assert sum(isinstance(answer, UnusableReply) for answer in answers) == 1


class Loud(LLMProvider):
    """A plug-in's provider, which puts a server's words into its error."""

    model = "loud"

    async def generate(self, prompt):
        raise ProviderUnavailable(f"the server said: wrong key {KEY[::-1]}")


def test_an_error_with_the_key_in_disguise_is_not_repeated(ask):
    guard = ReplyGuardProvider(Loud(), check=ReplyCheck(Redactor([KEY]), random.Random(1)))
    with pytest.raises(ProviderRefused, match="a secret of this job") as error:
        ask(guard)
    assert KEY[::-1] not in error.value.with_hint
    assert error.value.__cause__ is None


@pytest.mark.parametrize("text", ["no JSON", '{"verdict": "good"}'])
def test_an_ordinary_bad_reply_is_asked_for_once_more_as_ever(server, make_models, ask, text):
    server.script(WholeText(text), Json(OPINION))
    assert ask(make_models()).data == OPINION
    server.script(WholeText(text), WholeText(text))
    with pytest.raises(ProviderError):
        ask(make_models())
