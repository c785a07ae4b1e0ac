"""Fault 20: a parameter that a server refuses by its name is not the end of a review."""

import asyncio
import json

import pytest

from codeflow_action.engine.errors import PromptTooLong, ProviderRefused
from codeflow_action.testing.models import Json, Raw, RefuseSchema
from codeflow_action.testing.models.parameters import SERVERS, refused_parameter
from codeflow_action.testing.provider.fixtures import OPINION
from tests.ai.asking import MODELS

OLD, NEW = "max_tokens", "max_completion_tokens"


def strict_about(server_kind, *names):
    """Answer as a server that takes none of these parameters."""

    def answer(request):
        sent = [name for name in names if name in json.dumps(request.body)]
        return refused_parameter(server_kind, sent[0]) if sent else Json(OPINION)

    return answer


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("refused", [OLD, NEW])
def test_the_other_name_of_the_limit_is_tried_once_and_remembered(
    server, make_provider, kind, refused, prompt
):
    """Fault 20: `max_tokens` and `max_completion_tokens`, whichever a server refuses."""
    taken = {OLD: NEW, NEW: OLD}[refused]
    server.answer = lambda request: (
        refused_parameter(kind, refused) if refused in request.body else Json(OPINION)
    )
    provider = make_provider("groq" if refused == NEW else "openai")
    assert json.loads(twice(provider, prompt).text) == OPINION
    sent = [{OLD, NEW} & request.body.keys() for request in server.requests]
    assert sent == [{refused}, {taken}, {taken}]
    assert all(request.max_tokens == prompt.max_output_tokens for request in server.requests)


@pytest.mark.parametrize(
    ("name", "requests"),
    [("openai", 4), ("groq", 4), ("mistral", 3)],  # Mistral's SDK knows one name only
)
def test_a_limit_that_is_refused_by_all_its_names_is_left_out(
    server, make_provider, prompt, name, requests
):
    """Fault 20: a gateway that takes no limit at all."""
    server.answer = strict_about("litellm", OLD, NEW)
    assert json.loads(twice(make_provider(name), prompt).text) == OPINION
    assert len(server.requests) == requests
    assert not {OLD, NEW} & server.requests[-1].body.keys()


@pytest.mark.parametrize(
    ("name", "parameter", "kind"),
    [
        ("openai", "response_format", "vllm"),  # at the top, and the form of the reply
        ("mistral", "response_format", "mistral"),
        ("groq", "response_format", "groq"),
        ("anthropic", "output_config", "anthropic"),
        ("anthropic", "cache_control", "anthropic"),  # in a block of a message
        ("anthropic", "cache_control", "bedrock"),
    ],
)
def test_any_other_parameter_is_done_without(server, make_provider, prompt, name, parameter, kind):
    """Fault 20: what can be left out is left out, wherever in the request it stands."""
    server.answer = strict_about(kind, parameter)
    assert json.loads(twice(make_provider(name), prompt).text) == OPINION
    assert parameter not in json.dumps(server.requests[-1].body)
    assert parameter not in json.dumps(server.requests[-2].body)
    assert len(server.requests) <= 4


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("name", ["openai", "mistral", "groq"])
def test_a_parameter_of_the_replys_form_is_done_without(server, make_provider, prompt, name, kind):
    """Fault 11: a server that knows JSON Schema, and not `strict`, in any server's words."""
    server.answer = lambda request: (
        refused_parameter(kind, "strict")
        if '"strict"' in json.dumps(request.body)
        else Json(OPINION)
    )
    assert json.loads(twice(make_provider(name), prompt).text) == OPINION
    assert len(server.requests) == 3
    assert server.requests[-1].body["response_format"] == {"type": "json_object"}


def test_parameters_are_refused_one_after_the_other(server, make_provider, prompt):
    """Fault 20: a limit, then a form, then another form: each costs one request."""
    server.answer = strict_about("openai", OLD, "json_schema", "response_format")
    assert json.loads(twice(make_provider("openai"), prompt).text) == OPINION
    assert len(server.requests) == 5
    assert server.requests[-1].body.keys() == {"model", "messages", NEW}


def test_what_cannot_be_left_out_is_refused_after_one_request(server, make_provider, prompt):
    """Fault 20: Anthropic's `max_tokens` is needed; a refusal of it stands, and loops nowhere."""
    server.answer = strict_about("anthropic", OLD)
    with pytest.raises(ProviderRefused):
        twice(make_provider("anthropic"), prompt)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_refuses_whatever_comes_is_asked_a_few_times(
    server, make_provider, prompt, kind
):
    """Fault 20: it never loops."""
    server.answer = lambda request: refused_parameter(kind, list(request.body)[-1])
    with pytest.raises(Exception, match=r"openai .* answered"):
        twice(make_provider("openai"), prompt)
    assert len(server.requests) <= 6


def test_requests_side_by_side_step_once(server, make_provider, prompt):
    """Fault 20: three requests that are refused together change the dialect once."""
    server.answer = strict_about("azure", OLD)
    provider = make_provider("openai")

    async def three():
        try:
            return await asyncio.gather(*(provider.generate(prompt) for _ in range(3)))
        finally:
            await provider.aclose()

    assert [json.loads(one.text) for one in asyncio.run(three())] == [OPINION] * 3
    assert len(server.requests) <= 6
    assert NEW in server.requests[-1].body


@pytest.mark.parametrize(
    ("name", "message", "status", "error"),
    [
        # the limit is named, and is not what is refused
        (
            "openai",
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 500. This model's maximum "
                "context length is 600 tokens and your request has 300 input tokens "
                "(500 > 600 - 300)."
            ),
            400,
            PromptTooLong,
        ),
        # a model is, not a parameter
        ("groq", "The model `max_tokens` is not supported.", 404, ProviderRefused),
        # somebody else's parameter
        ("mistral", "Unknown parameter: 'top_k'.", 400, ProviderRefused),
        # a value that no other spelling would mend
        ("openai", "max_tokens must be an integer", 400, ProviderRefused),
    ],
)
def test_no_step_is_taken_for_another_reason(
    server, make_provider, prompt, name, message, status, error
):
    """Fault 20: words that name a parameter and refuse something else."""
    body = {"error": {"message": message, "type": "invalid_request_error"}}
    server.script(Raw(json.dumps(body), status=status))
    with pytest.raises(error):
        twice(make_provider(name), prompt)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "openai",
            (
                "max_tokens is too large: 500. This model supports at most 300 completion tokens, "
                "whereas you provided 500."
            ),
        ),
        (
            "anthropic",
            (
                "max_tokens: 500 > 300, which is the maximum allowed number of output tokens for "
                "claude-3-haiku"
            ),
        ),
        (
            "groq",
            (
                "`max_completion_tokens` must be less than or equal to `300`, the maximum value "
                "for `max_completion_tokens` is less than the `context_window` for this model"
            ),
        ),
    ],
)
def test_a_reply_that_may_not_be_so_long_is_asked_for_shorter(
    server, make_provider, prompt, name, message
):
    """Fault 20: a limit that the model's longest reply is below."""
    body = {"error": {"message": message, "type": "invalid_request_error"}}
    server.answer = lambda request: (
        Raw(json.dumps(body), status=400) if request.max_tokens > 300 else Json(OPINION)
    )
    assert json.loads(twice(make_provider(name), prompt).text) == OPINION
    assert [request.max_tokens for request in server.requests] == [500, 300, 300]


def test_a_schema_in_the_parameters_is_not_looked_through(server, make_provider, prompt):
    """Fault 20: a property of the reply's schema is no parameter, whatever it is called."""
    server.answer = lambda request: (
        RefuseSchema() if "json_schema" in json.dumps(request.body) else Json(OPINION)
    )
    assert json.loads(twice(make_provider("openai"), prompt).text) == OPINION
    assert server.requests[-1].body["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("name", MODELS)
def test_where_nothing_is_refused_nothing_is_left_out(server, make_provider, prompt, name):
    """Fault 20: each request is whole at first."""
    server.script(Json(OPINION))
    twice(make_provider(name), prompt)
    first, second = server.requests
    assert first.body == second.body
    assert first.schema
    assert first.max_tokens == prompt.max_output_tokens


def twice(provider, prompt):
    """Ask twice with one provider; return the second answer."""

    async def asking():
        try:
            await provider.generate(prompt)
            return await provider.generate(prompt)
        finally:
            await provider.aclose()

    return asyncio.run(asking())
