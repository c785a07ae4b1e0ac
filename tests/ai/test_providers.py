"""Each provider's translation, through its own SDK over a real socket."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import jsonschema
import pytest

from codeflow_action.ai.schema import strict
from codeflow_action.engine.errors import (
    PromptTooLong,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
)
from codeflow_action.engine.model import StopReason
from codeflow_action.testing.models import (
    ContentFilter,
    Html,
    Json,
    ModelServer,
    NoCredit,
    Raw,
    Refusal,
    RefuseSchema,
    Reset,
    Status,
    TooLong,
    Truncated,
    Usage,
)
from tests.ai.asking import KEY, MODELS, OPINION

PROVIDERS = pytest.mark.parametrize("name", MODELS)


@PROVIDERS
def test_a_prompt_arrives_whole_and_its_reply_comes_back_with_its_usage(
    server, make_provider, ask, prompt, name
):
    server.script(Json(OPINION, usage=Usage(input=120, output=30, cached=100)))
    completion = ask(make_provider(name))
    assert json.loads(completion.text) == OPINION
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (120, 30)
    assert completion.usage.cached_tokens == 100
    assert completion.usage.total == 150
    assert (completion.provider, completion.model) == (name, MODELS[name])
    assert completion.stop is StopReason.END
    (request,) = server.requests
    assert request.model == MODELS[name]
    assert request.provider.value == name
    assert "Say what you think." in request.system
    assert "def f(): pass" in request.text
    assert request.max_tokens == 500
    assert request.schema == strict(prompt.reply)
    jsonschema.validate(OPINION, request.schema)


@PROVIDERS
def test_a_request_without_schema_is_plain_text(server, make_provider, ask, prompt, name):
    ask(make_provider(name), replace(prompt, reply=None))
    (request,) = server.requests
    assert request.schema is None


@PROVIDERS
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Status(401), ProviderRefused),
        (Status(403), ProviderRefused),
        (Status(404), ProviderRefused),
        (Status(402), ProviderRefused),
        (NoCredit(), ProviderRefused),
        (Status(400), ProviderRefused),
        (TooLong(), PromptTooLong),
        (Status(413), PromptTooLong),
        (Status(408), ProviderUnavailable),
        (Status(500), ProviderUnavailable),
        (Status(503), ProviderUnavailable),
        (Status(529), ProviderUnavailable),
        (Status(429), RateLimited),
        (Html(), ProviderUnavailable),
        (Raw(body='{"choices": []}'), ProviderUnavailable),
        (Raw(body="not json"), ProviderUnavailable),
        (Reset(), ProviderUnavailable),
    ],
    ids=repr,
)
def test_every_failure_is_one_of_our_errors_after_one_request(
    server, make_provider, ask, name, reply, error
):
    server.script(reply)
    with pytest.raises(error) as raised:
        ask(make_provider(name))
    assert type(raised.value) is error
    assert len(server.requests) == 1
    said = f"{raised.value} {raised.value.hint}"
    assert name in said
    assert KEY not in said
    assert "def f()" not in said


@PROVIDERS
def test_a_wrong_key_is_refused_and_not_shown(make_provider, ask, name):
    with pytest.raises(ProviderRefused, match="the key was refused") as raised:
        ask(make_provider(name, key="sk-wrong-wrong-wrong-wrong"))
    assert "wrong-wrong" not in f"{raised.value}{raised.value.hint}"


@PROVIDERS
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_from_the_headers(
    server, make_provider, ask, name, headers, seconds
):
    server.script(Status(429, headers=headers))
    with pytest.raises(RateLimited) as raised:
        ask(make_provider(name))
    assert raised.value.retry_after == seconds


def test_a_date_to_wait_for_is_compared_with_the_servers_own(server, make_provider, ask):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    server.script(Status(429, headers={"retry-after": later}))
    with pytest.raises(RateLimited) as raised:
        ask(make_provider("openai"))
    assert 80 <= raised.value.retry_after <= 91


@PROVIDERS
def test_an_endpoint_that_is_not_there_is_unavailable(make_provider, ask, name):
    with pytest.raises(ProviderUnavailable, match="could not be reached"):
        ask(make_provider(name, base_url="http://127.0.0.1:9/v1"))


@PROVIDERS
def test_a_cut_off_reply_says_so(server, make_provider, ask, name):
    server.script(Truncated('{"verdict": "go'))
    assert ask(make_provider(name)).stop is StopReason.LENGTH


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_refusal_says_so(server, make_provider, ask, name):
    server.script(Refusal("I would rather not."))
    assert ask(make_provider(name)).stop is StopReason.REFUSAL


def test_a_filtered_answer_says_so(server, make_provider, ask):
    server.script(ContentFilter())
    assert ask(make_provider("openai")).stop is StopReason.FILTERED


@pytest.mark.parametrize(("name", "forms"), [("openai", 3), ("anthropic", 2), ("groq", 3)])
def test_a_refused_schema_is_asked_for_less_strictly_and_that_is_remembered(
    server, make_provider, ask, prompt, name, forms
):
    server.answer = lambda request: RefuseSchema() if _formatted(request.body) else Json(OPINION)
    answers = ask(make_provider(name), prompt)
    assert json.loads(answers.text) == OPINION
    assert len(server.requests) == forms
    assert "JSON Schema" in server.requests[-1].system


def test_what_was_refused_once_is_not_tried_again(server, make_provider, ask, prompt):
    server.answer = lambda request: RefuseSchema() if _formatted(request.body) else Json(OPINION)
    provider = make_provider("openai")

    class Twice:
        async def generate(self, one):
            await provider.generate(one)
            return await provider.generate(one)

        async def aclose(self):
            await provider.aclose()

    ask(Twice())
    assert len(server.requests) == 4


def _formatted(body):
    return "response_format" in body or "output_config" in body


def test_anthropic_gets_its_cache_mark_at_the_end_of_the_stable_part(server, make_provider, ask):
    ask(make_provider("anthropic"))
    (request,) = server.requests
    blocks = request.body["messages"][0]["content"]
    assert ["cache_control" in block for block in blocks] == [True, False]


def test_other_servers_get_the_older_name_of_the_limit_and_need_no_key(make_provider, ask):
    with ModelServer() as open_to_all:
        ask(make_provider("openai", key="", base_url=open_to_all.base_url("openai")))
        (request,) = open_to_all.requests
    assert "max_tokens" in request.body
    assert "max_completion_tokens" not in request.body


def test_only_some_models_of_groq_are_held_to_the_schema(server, make_provider, ask):
    ask(make_provider("groq"))
    (request,) = server.requests
    assert request.body["response_format"]["json_schema"]["strict"] is True


@PROVIDERS
def test_only_the_chosen_sdk_is_imported(name):
    script = (
        "import sys\n"
        "from codeflow_action.ai.models import load_factories\n"
        "from codeflow_action.engine.model import Endpoint\n"
        "factories = load_factories()\n"
        f"sdks = {sorted(MODELS)!r}\n"
        "names = ['mistralai' if sdk == 'mistral' else sdk for sdk in sdks]\n"
        "assert not [sdk for sdk in names if sdk in sys.modules]\n"
        f"factories[{name!r}](Endpoint(model='m', key='k')).prepare()\n"
        "print(*[sdk for sdk in names if sdk in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mistralai" if name == "mistral" else name]
