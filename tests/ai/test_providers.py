"""What is each provider's own: how it asks for a schema, marks a prompt, names a limit."""

import json
import subprocess
import sys

import pytest

from codeflow_action.ai.wrappers.timeout import TimeoutProvider
from codeflow_action.engine.errors import ProviderUnavailable, RateLimited, UnusableReply
from codeflow_action.testing.models import Hang, Json, ModelServer, RefuseSchema, Reset, Status
from codeflow_action.testing.provider.fixtures import OPINION
from tests.ai.asking import MODELS

PROVIDERS = pytest.mark.parametrize("name", MODELS)


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
        "from codeflow_action.ai.registry import load_providers\n"
        "from codeflow_action.engine.model import Endpoint\n"
        "providers = load_providers()\n"
        f"sdks = {sorted(MODELS)!r}\n"
        "names = ['mistralai' if sdk == 'mistral' else sdk for sdk in sdks]\n"
        "assert not [sdk for sdk in names if sdk in sys.modules]\n"
        f"providers[{name!r}].create(Endpoint(model='m', key='k')).prepare()\n"
        "print(*[sdk for sdk in names if sdk in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mistralai" if name == "mistral" else name]


@PROVIDERS
def test_a_wait_in_milliseconds_is_read_where_servers_give_it(server, make_provider, ask, name):
    server.script(Status(429, headers={"retry-after-ms": "1500"}))
    with pytest.raises(RateLimited) as raised:
        ask(make_provider(name))
    assert raised.value.retry_after == 1.5


def test_azures_content_filter_is_told_from_a_bad_request(server, make_provider, ask):
    said = "The response was filtered due to the prompt triggering content management policy."
    server.script(Status(400, code="content_filter", message=said))
    with pytest.raises(UnusableReply, match="content filter"):
        ask(make_provider("openai"))


@pytest.mark.parametrize(
    ("reply", "billed"),
    [(Hang(), True), (Reset(), True), (Status(500), False), (Status(429), False)],
    ids=repr,
)
def test_only_a_request_that_got_lost_may_have_been_billed(
    server, make_provider, ask, reply, billed
):
    server.script(reply)
    with pytest.raises(ProviderUnavailable) as raised:
        ask(TimeoutProvider(make_provider("openai"), 0.3 if billed else 30))
    assert raised.value.maybe_billed is billed
