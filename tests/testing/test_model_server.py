"""The local model server, asked by the providers' own SDKs over real sockets."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection

import anthropic
import groq
import httpx2
import jsonschema
import openai
import pytest
import trustme
from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, MistralError
from pydantic import BaseModel, Field

from codeflow_action.testing.models import (
    ContentFilter,
    ContextOverflow,
    CutText,
    Empty,
    Hang,
    Html,
    Json,
    ModelRefusal,
    ModelRequest,
    ModelServer,
    NoCredit,
    Raw,
    RefuseSchema,
    Reset,
    Slow,
    Status,
    TokenUsage,
    WholeText,
)
from codeflow_action.testing.models.smallest import smallest

MODEL = "some-model"
SCHEMA = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["good", "bad"]},
        "remarks": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "score": {"type": "number"},
        "sure": {"type": "boolean"},
        "title": {"type": "string"},
    },
    "required": ["verdict", "remarks", "note", "score", "sure", "title"],
    "additionalProperties": False,
}
EMPTY = {"verdict": "good", "remarks": [], "note": None, "score": 0, "sure": False, "title": ""}
REVIEW = {**EMPTY, "verdict": "bad", "remarks": ["é is not ASCII"], "title": "A title"}
USAGE = TokenUsage(input=100, output=7, cached=60)
SDK_ERRORS = (
    openai.APIStatusError,
    anthropic.APIStatusError,
    groq.APIStatusError,
    MistralError,
)
UNREACHED = (
    openai.APIConnectionError,
    anthropic.APIConnectionError,
    groq.APIConnectionError,
    httpx2.TransportError,
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an SDK makes of an answer."""

    text: str | None
    stop: str | None
    model: str
    usage: TokenUsage
    request_id: str | None = None
    refusal: str | None = None


def ask_openai_chat(server, key="good-key", http_client=None):
    with openai.OpenAI(
        api_key=key,
        base_url=server.base_url("openai"),
        max_retries=0,
        timeout=60,
        http_client=http_client,
    ) as client:
        reply = client.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Review "}]},
                {"role": "user", "content": "this."},
            ],
            max_completion_tokens=321,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "review", "schema": SCHEMA, "strict": True},
            },
        )
    return Seen(
        text=reply.choices[0].message.content,
        stop=reply.choices[0].finish_reason,
        model=reply.model,
        usage=chat_usage(reply.usage),
        request_id=reply._request_id,
        refusal=reply.choices[0].message.refusal,
    )


def ask_openai_responses(server, key="good-key"):
    with openai.OpenAI(
        api_key=key, base_url=server.base_url("openai"), max_retries=0, timeout=60
    ) as client:
        reply = client.responses.create(
            model=MODEL,
            instructions="Be brief.",
            input=[
                {"role": "user", "content": [{"type": "input_text", "text": "Review "}]},
                {"role": "user", "content": "this."},
            ],
            max_output_tokens=321,
            reasoning={"effort": "low"},
            store=False,
            text={
                "format": {
                    "type": "json_schema",
                    "name": "review",
                    "schema": SCHEMA,
                    "strict": True,
                }
            },
        )
    parts = [part for item in reply.output for part in getattr(item, "content", None) or ()]
    why = reply.incomplete_details.reason if reply.incomplete_details else reply.status
    return Seen(
        text=reply.output_text,
        stop=why,
        model=reply.model,
        usage=TokenUsage(
            input=reply.usage.input_tokens,
            output=reply.usage.output_tokens,
            cached=reply.usage.input_tokens_details.cached_tokens,
        ),
        request_id=reply._request_id,
        refusal=next((part.refusal for part in parts if part.type == "refusal"), None),
    )


def ask_anthropic(server, key="good-key"):
    with anthropic.Anthropic(
        api_key=key, base_url=server.base_url("anthropic"), max_retries=0, timeout=60
    ) as client:
        reply = client.messages.create(
            model=MODEL,
            max_tokens=321,
            system=[{"type": "text", "text": "Be brief."}],
            messages=[
                {"role": "user", "content": [{"type": "text", "text": "Review "}]},
                {"role": "user", "content": "this."},
            ],
            thinking={"type": "adaptive"},
            output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        )
    cached = reply.usage.cache_read_input_tokens
    return Seen(
        text="".join(block.text for block in reply.content if block.type == "text"),
        stop=reply.stop_reason,
        model=reply.model,
        usage=TokenUsage(
            input=reply.usage.input_tokens + cached,
            output=reply.usage.output_tokens,
            cached=cached,
        ),
        request_id=reply._request_id,
        refusal=reply.stop_details.explanation if reply.stop_details else None,
    )


def ask_mistral(server, key="good-key"):
    ids = []
    hooks = {"response": [lambda answer: ids.append(answer.headers.get("mistral-correlation-id"))]}
    http = httpx2.Client(event_hooks=hooks, timeout=60)
    with http, Mistral(api_key=key, server_url=server.base_url("mistral"), client=http) as client:
        reply = client.chat.complete(
            model=MODEL,
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Review "}]},
                {"role": "user", "content": "this."},
            ],
            max_tokens=321,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "review", "schema": SCHEMA, "strict": True},
            },
        )
    details = reply.usage.prompt_tokens_details
    return Seen(
        text=reply.choices[0].message.content,
        stop=reply.choices[0].finish_reason,
        model=reply.model,
        usage=TokenUsage(
            input=reply.usage.prompt_tokens,
            output=reply.usage.completion_tokens,
            cached=details["cached_tokens"],
        ),
        request_id=ids[0],
    )


def ask_groq(server, key="good-key"):
    with groq.Groq(
        api_key=key, base_url=server.base_url("groq"), max_retries=0, timeout=60
    ) as client:
        reply = client.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Review "}]},
                {"role": "user", "content": "this."},
            ],
            max_completion_tokens=321,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "review", "schema": SCHEMA, "strict": True},
            },
        )
    return Seen(
        text=reply.choices[0].message.content,
        stop=reply.choices[0].finish_reason,
        model=reply.model,
        usage=chat_usage(reply.usage),
        request_id=reply.x_groq.id,
    )


def chat_usage(usage):
    return TokenUsage(
        input=usage.prompt_tokens,
        output=usage.completion_tokens,
        cached=usage.prompt_tokens_details.cached_tokens,
    )


ASKS = {
    "openai-chat": ask_openai_chat,
    "openai-responses": ask_openai_responses,
    "anthropic": ask_anthropic,
    "mistral": ask_mistral,
    "groq": ask_groq,
}


@pytest.fixture(params=ASKS)
def name(request):
    return request.param


@pytest.fixture
def ask(name) -> Callable[..., Seen]:
    return ASKS[name]


@pytest.fixture
def server():
    with ModelServer() as server:
        yield server


def refused(ask, server, **how):
    with pytest.raises(SDK_ERRORS) as caught:
        ask(server, **how)
    return caught.value


def words_of(error):
    """Return the error body's text as the SDK keeps it."""
    return error.body if isinstance(error.body, str) else json.dumps(error.body)


def headers_of(error):
    return error.headers if isinstance(error, MistralError) else error.response.headers


# ---- completions


def test_structured_output_reaches_each_sdk_whole(name, ask, server):
    server.script(Json(REVIEW, usage=USAGE))

    seen = ask(server)

    stops = {"openai-responses": "completed", "anthropic": "end_turn"}
    assert json.loads(seen.text) == REVIEW
    assert seen.stop == stops.get(name, "stop")
    assert seen.model == MODEL
    assert seen.usage == USAGE
    assert seen.request_id == "req_000001"


def test_each_request_is_recorded_in_the_same_terms(name, ask, server):
    ask(server)

    (request,) = server.requests
    assert request.provider == name.split("-")[0]
    assert request.model == MODEL
    assert request.system == "Be brief."
    assert request.text == "Review \nthis."
    assert request.schema == SCHEMA
    assert request.max_tokens == 321
    assert request.headers["authorization"] == "Bearer good-key"
    assert request.body == json.loads(request.raw)
    assert "good-key" not in repr(request)


def test_an_unscripted_request_gets_the_smallest_value_of_its_schema(ask, server):
    assert json.loads(ask(server).text) == EMPTY


def test_usage_follows_the_size_of_the_texts(ask, server):
    server.script(WholeText("x" * 41))

    assert ask(server).usage == TokenUsage(input=6, output=11)


def test_a_truncated_answer_stops_for_length(name, ask, server):
    server.script(CutText('{"verdict": "go'))

    seen = ask(server)

    stops = {"openai-responses": "max_output_tokens", "anthropic": "max_tokens"}
    assert (seen.text, seen.stop) == ('{"verdict": "go', stops.get(name, "length"))


def test_a_refusal_stands_where_each_api_puts_it(name, ask, server):
    server.script(ModelRefusal("I will not."))

    seen = ask(server)

    if name in ("mistral", "groq"):  # they have no field for it
        assert seen.text == "I will not."
    else:
        assert (seen.text or "", seen.refusal) == ("", "I will not.")
    assert name != "anthropic" or seen.stop == "refusal"


def test_a_filtered_answer_says_so_where_the_api_can(name, ask, server):
    server.script(ContentFilter())

    if name == "anthropic":
        assert "content filtering policy" in words_of(refused(ask, server))
    else:
        seen = ask(server)
        stops = {"mistral": "error", "groq": "stop"}
        assert (seen.text, seen.stop) == ("", stops.get(name, "content_filter"))


def test_an_empty_answer_is_a_success_without_text(name, ask, server):
    server.script(Empty())

    seen = ask(server)

    stops = {"openai-responses": "completed", "anthropic": "end_turn"}
    assert (seen.text, seen.stop) == ("", stops.get(name, "stop"))


# ---- errors


def test_an_error_status_is_the_sdks_own_error_with_the_providers_words(ask, server):
    statuses = [400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 529]
    server.script(*map(Status, statuses))

    errors = [refused(ask, server) for _ in statuses]

    assert [error.status_code for error in errors] == statuses
    for count, error in enumerate(errors, 1):
        assert words_of(error) not in ("", "null")
        assert "{model}" not in words_of(error)
        assert f"req_{count:06}" in headers_of(error).values()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (404, anthropic.NotFoundError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
    ],
)
def test_anthropics_error_type_is_read_by_its_sdk(server, status, kind):
    server.script(Status(status))

    error = refused(ask_anthropic, server)

    assert isinstance(error, kind)
    assert error.type
    assert error.request_id == "req_000001"


@pytest.mark.parametrize("ask", [ask_openai_chat, ask_openai_responses])
def test_openais_error_code_is_read_by_its_sdk(ask, server):
    server.script(
        Status(401), Status(429, code="insufficient_quota"), ContextOverflow(), NoCredit()
    )

    codes = [refused(ask, server).code for _ in range(4)]

    assert codes == [
        "invalid_api_key",
        "insufficient_quota",
        "context_length_exceeded",
        "insufficient_quota",
    ]


def test_mistrals_validation_error_is_read_by_its_sdk(server):
    server.script(Status(422, message="too odd"))

    error = refused(ask_mistral, server)

    assert isinstance(error, HTTPValidationError)
    assert error.data.detail[0].msg == "too odd"


def test_given_words_and_headers_replace_the_providers(ask, server):
    server.script(Status(429, code="odd_code", message="Odd words.", headers={"Retry-After": "7"}))

    error = refused(ask, server)

    assert headers_of(error)["retry-after"] == "7"
    assert "odd_code" in words_of(error)
    assert "Odd words." in words_of(error)


def test_a_prompt_that_is_too_long_is_a_400_in_each_ones_words(name, ask, server):
    server.script(ContextOverflow())

    error = refused(ask, server)

    said = {
        "openai-chat": "maximum context length",
        "openai-responses": "exceeds the context window",
        "anthropic": "prompt is too long",
        "mistral": "too large for model",
        "groq": "reduce the length",
    }
    assert error.status_code == 400
    assert said[name] in words_of(error)


def test_an_empty_account_is_told_as_each_one_tells_it(name, ask, server):
    server.script(NoCredit())

    error = refused(ask, server)

    said = {
        "openai-chat": (429, "insufficient_quota"),
        "openai-responses": (429, "insufficient_quota"),
        "anthropic": (400, "credit balance is too low"),
        "mistral": (401, "usage limit reached"),
        "groq": (400, "blocked_api_access"),
    }
    status, words = said[name]
    assert error.status_code == status
    assert words in words_of(error)


def test_a_refused_schema_names_the_parameter(name, ask, server):
    server.script(RefuseSchema(), RefuseSchema(status=500))

    said = {"openai-responses": "text.format", "anthropic": "output_config", "groq": "json_schema"}
    error = refused(ask, server)
    assert error.status_code == 400
    assert said.get(name, "response_format") in words_of(error)
    error = refused(ask, server)
    assert error.status_code == 500
    assert "response_format" in words_of(error)


def test_a_wrong_key_is_refused_and_recorded(ask):
    with ModelServer(keys={"good-key"}) as server:
        error = refused(ask, server, key="bad-key")
        seen = ask(server)

    assert error.status_code == 401
    assert "bad-key" not in words_of(error)
    assert json.loads(seen.text) == EMPTY
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer bad-key",
        "Bearer good-key",
    ]


# ---- the transport


def test_a_reset_connection_is_a_connection_error(ask, server):
    server.script(Reset(), Json(REVIEW))

    with pytest.raises(UNREACHED):
        ask(server)
    assert json.loads(ask(server).text) == REVIEW


def test_a_hanging_answer_ends_when_its_event_is_set(ask, server):
    released = threading.Event()

    def answer(_request):
        released.set()
        return Hang(released)

    server.answer = answer
    with pytest.raises(UNREACHED):
        ask(server)


def test_closing_the_server_ends_what_hangs_and_what_is_slow():
    asked = threading.Barrier(3)
    gates = [threading.Event(), threading.Event()]
    replies = iter([Hang(gates[0]), Slow(Json(REVIEW), gates[1])])

    def answer(_request):
        reply = next(replies)
        asked.wait(20)
        return reply

    with ThreadPoolExecutor(2) as pool:
        with ModelServer(answer=answer) as server:
            calls = [pool.submit(ask_openai_chat, server) for _ in range(2)]
            asked.wait(20)
        for call in calls:
            with pytest.raises(openai.APIConnectionError):
                call.result(20)
    assert all(gate.is_set() for gate in gates)


def test_a_slow_answer_comes_when_its_gate_opens(server):
    gate, asked = threading.Event(), threading.Event()

    def answer(_request):
        asked.set()
        return Slow(Json(REVIEW), gate)

    server.answer = answer
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(ask_openai_chat, server)
        assert asked.wait(20)
        assert not call.done()
        gate.set()
        assert json.loads(call.result(20).text) == REVIEW


def test_a_page_is_no_completion(ask, server):
    server.script(Html())

    with pytest.raises((AttributeError, MistralError)):  # a str to three SDKs, an error to one
        ask(server)


def test_a_raw_reply_goes_out_word_for_word(server):
    server.script(Raw('{"choices": []}'))

    with pytest.raises(IndexError):
        ask_openai_chat(server)


@pytest.mark.parametrize(
    "path", ["/chat/completions", "/responses", "/messages", "/v1/messages", "/openai/v1/x", "/"]
)
def test_known_paths_are_known_without_their_version_too(server, path):
    known = "/x" not in path and path != "/"
    body = {"model": MODEL, "max_tokens": 1, "input": "hi"}
    body["messages"] = [{"role": "user", "content": "hi"}]

    status, answer = post(server, path, json.dumps(body))

    assert status == (200 if known else 404)
    assert ("error" in answer and answer["error"] is not None) is not known


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "JSON"),
        ("[]", "model"),
        ('{"model": "m"}', "no user message"),
        ('{"model": "m", "stream": true}', "stream"),
        ('{"model": "m", "messages": [{"role": "user", "content": "hi"}]}', "max_tokens"),
    ],
)
def test_a_malformed_request_is_a_400_that_says_why(server, body, said):
    status, answer = post(server, "/v1/messages", body)

    assert status == 400
    assert said in answer["error"]["message"]
    assert server.requests == []


def test_a_request_without_a_schema_gets_an_empty_object(server):
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}

    _status, answer = post(server, "/v1/chat/completions", json.dumps(body))

    assert answer["choices"][0]["message"]["content"] == "{}"


def post(server, path, body):
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


# ---- the script


def test_a_script_is_answered_in_order_and_its_last_reply_repeats(server):
    server.script(WholeText("one"), WholeText("two"))

    assert [ask_openai_chat(server).text for _ in range(3)] == ["one", "two", "two"]


def test_a_script_needs_a_reply(server):
    with pytest.raises(ValueError, match="at least one reply"):
        server.script()


def test_a_callable_decides_by_the_request_from_many_threads(server):
    together = threading.Barrier(8)

    def answer(request: ModelRequest):
        together.wait(20)
        return WholeText(f"{request.provider} {request.model}")

    server.answer = answer
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(ask_openai_chat, server) for _ in range(8)]

    assert {call.result().text for call in calls} == {"openai some-model"}
    assert len(server.requests) == 8


@pytest.mark.parametrize("error", [AssertionError("not as expected"), OSError("no file")])
def test_what_an_answer_raises_is_raised_when_the_server_closes(error):
    def answer(_request):
        raise error

    def run():
        with ModelServer(answer=answer) as server, pytest.raises(openai.APIConnectionError):
            ask_openai_chat(server)

    with pytest.raises((AssertionError, RuntimeError)) as caught:
        run()
    assert error in (caught.value, caught.value.__cause__)


def test_what_an_answer_raises_is_noted_on_the_error_it_caused():
    def answer(_request):
        raise AssertionError("not as expected")

    def run():
        with ModelServer(answer=answer) as server:
            ask_openai_chat(server)

    with pytest.raises(openai.APIConnectionError) as caught:
        run()
    assert any("not as expected" in note for note in caught.value.__notes__)


# ---- the end, and TLS


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_it_speaks_https_to_who_trusts_its_authority(authority, tls):
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with ModelServer(tls=tls) as server:
        with pytest.raises(openai.APIConnectionError):
            ask_openai_chat(server)
        with httpx2.Client(verify=trusting) as http:
            seen = ask_openai_chat(server, http_client=http)

    assert server.url.startswith("https://127.0.0.1:")
    assert json.loads(seen.text) == EMPTY


@pytest.mark.parametrize("secure", [False, True])
def test_closing_waits_for_no_open_connection(secure, tls):
    before = set(threading.enumerate())
    with ModelServer(tls=tls if secure else None) as server:
        address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        silent = socket.create_connection(address, timeout=60)
        halfway = socket.create_connection(address, timeout=60)
        halfway.sendall(b"\x16\x03\x01" if secure else b"POST /v1/messages HTTP/1.1\r\nConte")
        idle = None if secure else HTTPConnection(*address, timeout=60)
        if idle:
            idle.request("POST", "/", "{}")
            assert idle.getresponse().read()

    with silent, halfway:
        assert not received(silent)
        assert not received(halfway)
    if idle:
        assert not received(idle.sock)
        idle.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()


def received(connection):
    """Return what arrives before the end; a reset is an end too."""
    try:
        return connection.recv(1_000)
    except ConnectionResetError:
        return b""


# ---- the smallest value


class Kind(BaseModel):
    name: str = Field(min_length=3)
    more: "list[Kind]"
    parent: "Kind | None"


class Whole(BaseModel):
    kind: Kind
    some: list[Kind] = Field(min_length=2)
    count: int = Field(ge=4)
    share: float = Field(gt=0, lt=2)
    fixed: bool
    left_out: str = "default"


@pytest.mark.parametrize("model", [Kind, Whole])
def test_the_smallest_value_fits_the_schema(model):
    schema = model.model_json_schema()

    value = smallest(schema)

    jsonschema.validate(value, schema)
    assert model.model_validate(value)


def test_a_reference_to_nothing_is_said():
    with pytest.raises(LookupError, match="#/\\$defs/Gone is not defined"):
        smallest({"$ref": "#/$defs/Gone"})
