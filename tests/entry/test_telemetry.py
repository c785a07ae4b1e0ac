"""What a whole run tells a collector, over a real socket; and what it tells to nobody."""

import json
import re
import ssl
import subprocess
import sys
import time

import pytest
import trustme
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from codeflow_action.hosts.telemetry import NoTelemetry
from codeflow_action.testing.collector import Collector
from codeflow_action.testing.models import ModelServer, Status
from tests.entry.jobs import KEY, REMARK, SECRETS, review

HEADER = "otlpTokenOfTheseTests0123456789"
# Every word of the pull request, the prompt and the answer that may not be told.
WORDS = ("Average", "average", "len(prices)", "divides by zero", "ZeroDivisionError")


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


def told(url, **more):
    """Return the environment of a job that is to be traced."""
    headers = f"Authorization=Bearer%20{HEADER},x-team={HEADER[::2]}"
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": headers, **more}


def asking(model, provider="openai"):
    return {
        "provider": provider,
        f"{provider}_api_key": KEY,
        "base_url": model.base_url(provider),
        "effort": "low",  # one round
    }


def assert_no_secret(collector):
    sent = b"".join(one.body for one in collector.requests)
    for secret in (*SECRETS, HEADER, HEADER[::2]):
        assert secret.encode() not in sent


def test_a_run_is_one_trace_of_its_actions_models_and_requests(shop, model, collector):
    ended = shop.run(inputs=asking(model), env=told(collector.url))
    assert ended.code == 0, ended.log
    spans = collector.spans
    (root,) = collector.spans_named("codeflow run")
    assert root.parent == ""
    assert {span.trace for span in spans} == {root.trace}
    (reviewer,) = collector.spans_named("action pr_reviewer")
    (gates,) = collector.spans_named("action quality_gates")
    (detector,) = collector.spans_named("action platform_detector")
    assert reviewer.parent == gates.parent == detector.parent == root.id
    (chat,) = [span for span in spans if span.name.startswith("chat ")]
    assert chat.parent == reviewer.id
    assert len(model.requests) == 1
    requests = [span for span in spans if span.name in ("GET", "POST", "PATCH")]
    assert len(requests) == len(shop.github.requests)  # from the executor's threads
    assert {span.parent for span in requests} == {root.id}
    assert len(spans) == 5 + len(requests)
    assert all(span.is_client == (span in [chat, *requests]) for span in spans)
    assert all(root.start <= span.start <= span.end <= root.end for span in spans)


def test_other_tools_reports_are_a_span(shop, collector):
    inputs = {"provider": "none", "sarif_files": "nowhere.sarif"}
    shop.run(inputs=inputs, env=told(collector.url))
    (span,) = collector.spans_named("action tool_reports")
    assert span.attributes["codeflow.action.outcome"] == "done"
    assert span.attributes["codeflow.action.shortfalls"] == ("gate_not_run",)


def test_the_root_says_what_the_run_came_to(shop, model, collector):
    ended = shop.run(inputs=asking(model), env=told(collector.url))
    (root,) = collector.spans_named("codeflow run")
    given = root.attributes
    assert given["codeflow.verdict"] == ended.outputs["verdict"] == "pass"
    assert given["codeflow.reason"] == ended.outputs["reason"]
    assert given["codeflow.findings"] == 1
    assert given["codeflow.exit_code"] == 0
    assert given["codeflow.coverage"] == 1.0
    assert given["codeflow.event"] == "pull_request"
    assert given["vcs.owner.name"] == "octo"
    assert given["vcs.repository.name"] == "shop"
    assert given["vcs.change.id"] == str(shop.pull.number)
    assert given["vcs.ref.head.revision"] == ended.report.head_sha
    assert given["codeflow.tokens.input"] == 1200
    assert re.fullmatch(r"\d+\.\d+\.\d+", given["codeflow.version"])
    assert root.resource["service.name"] == "codeflow"
    assert root.resource["telemetry.sdk.language"] == "python"


@pytest.mark.parametrize(
    ("provider", "named"),
    [
        ("openai", "openai"),
        ("anthropic", "anthropic"),
        ("mistral", "mistral_ai"),
        ("groq", "groq"),
    ],
)
def test_a_models_span_has_the_conventions_names_and_no_sdk_adds_its_own(
    shop, model, collector, provider, named
):
    shop.run(inputs=asking(model, provider), env=told(collector.url))
    (chat,) = [span for span in collector.spans if "gen_ai.operation.name" in span.attributes]
    given = chat.attributes
    name = given["gen_ai.request.model"]
    assert chat.name == f"chat {name}"
    assert given["gen_ai.operation.name"] == "chat"
    assert given["gen_ai.provider.name"] == named
    assert given["gen_ai.response.model"] == name
    assert given["gen_ai.response.finish_reasons"] == ("stop",)
    assert given["gen_ai.response.id"]
    assert given["gen_ai.usage.input_tokens"] == 1200
    assert given["gen_ai.usage.output_tokens"] == 90
    assert given["gen_ai.usage.cache_read.input_tokens"] == 200
    assert given["gen_ai.request.max_tokens"] > 0
    assert given["gen_ai.output.type"] == "json"
    assert given["server.address"] == "127.0.0.1"
    assert given["codeflow.model.role"] == "find"
    assert "traceparent" not in model.requests[0].headers
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI")}
    assert {key for key in given if key.startswith("gen_ai.")} <= known


def test_a_failed_model_call_is_a_span_of_its_own_with_the_errors_kind(shop, collector):
    with ModelServer(keys=[KEY]) as model:
        model.script(Status(503, message="quoting len(prices)"))
        ended = shop.run(inputs=asking(model), env=told(collector.url))
    chats = [span for span in collector.spans if span.name.startswith("chat ")]
    assert len(chats) == len(model.requests) == 4
    assert all(span.has_failed and span.status_message == "" and span.events == 0 for span in chats)
    assert {span.attributes["error.type"] for span in chats} == {"ProviderUnavailable"}
    (root,) = collector.spans_named("codeflow run")
    assert root.attributes["codeflow.verdict"] == ended.outputs["verdict"] == "incomplete"


def test_a_request_to_github_says_where_and_what_came_without_the_querys_values(shop, collector):
    shop.run(
        "workflow_dispatch", inputs={"pr_number": str(shop.pull.number)}, env=told(collector.url)
    )
    requests = [span for span in collector.spans if "http.request.method" in span.attributes]
    assert requests
    for span in requests:
        given = span.attributes
        assert span.name == given["http.request.method"]
        assert given["http.response.status_code"] in (200, 201)
        assert given["server.address"] == "127.0.0.1"
        assert given["url.full"].startswith(f"{shop.github.api_url}/")
        shown = re.findall(r"[?&](\w+)=([^&]*)", given["url.full"])
        assert all(value == "REDACTED" or name in ("page", "per_page") for name, value in shown)


def test_a_refused_request_is_a_failed_span(shop, collector):
    ended = shop.run("workflow_dispatch", inputs={"pr_number": "4711"}, env=told(collector.url))
    (refused,) = [span for span in collector.spans if span.has_failed and span.name == "GET"]
    assert refused.attributes["error.type"] == "404"
    assert refused.attributes["http.response.status_code"] == 404
    assert refused.attributes["http.response.header.x-github-request-id"]
    (root,) = collector.spans_named("codeflow run")
    assert root.has_failed
    assert root.attributes["codeflow.exit_code"] == ended.code != 0


def test_no_content_and_no_secret_is_told_unasked(make_shop, model, collector):
    shop = make_shop(head={"shop/cart.py": f"# {HEADER}\ndef average(prices):\n    pass\n"})
    shop.run(inputs=asking(model), env=told(collector.url))
    sent = b"".join(one.body for one in collector.requests)
    assert sent
    for word in WORDS:
        assert word.encode() not in sent, word
    assert_no_secret(collector)
    assert collector.requests[0].headers["authorization"] == f"Bearer {HEADER}"
    assert collector.requests[0].headers["x-team"] == HEADER[::2]


def test_content_is_told_redacted_where_it_is_asked_for(make_shop, collector):
    head = {
        "shop/cart.py": f"KEY = '{HEADER}'\ndef average(prices):\n    return '\udcff'\n".encode(
            "utf-8", "surrogateescape"
        )
    }
    shop = make_shop(head=head)
    leaking = {**REMARK, "quote": "def average(prices):", "message": f"It holds {KEY}."}
    switch = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}
    with ModelServer(keys=[KEY], answer=review(leaking)) as model:
        shop.run(inputs=asking(model), env=told(collector.url, **switch))
    (chat,) = [span for span in collector.spans if span.name.startswith("chat ")]
    (asked,) = json.loads(chat.attributes["gen_ai.input.messages"])
    assert asked["role"] == "user"
    assert "def average(prices)" in "".join(part["content"] for part in asked["parts"])
    (said,) = json.loads(chat.attributes["gen_ai.output.messages"])
    assert (said["role"], said["finish_reason"]) == ("assistant", "stop")
    assert "It holds [redacted" in said["parts"][0]["content"]
    assert json.loads(chat.attributes["gen_ai.system_instructions"])[0]["type"] == "text"
    assert_no_secret(collector)


def test_the_headers_are_in_no_log_and_not_in_the_environment_of_children(forks, shop, collector):
    job = shop.job(env=told(collector.url))
    probe = (
        "import os, subprocess, sys; from codeflow_action.entrypoint import main; "
        "code = main(os.environ); "
        "print('LEFT', [n for n in os.environ if 'OTLP' in n], file=sys.stderr); sys.exit(code)"
    )
    done = forks.run(["-c", probe], env={**job.environment, "RUNNER_DEBUG": "1"}, cwd=job.folder)
    assert done.returncode == 0, done.stderr
    assert "LEFT []" in done.stderr
    assert collector.requests[0].headers["authorization"] == f"Bearer {HEADER}"
    for secret in (HEADER, HEADER[::2]):
        assert secret not in done.stdout + done.stderr


def test_the_callers_trace_goes_on(shop, collector):
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    shop.run(env=told(collector.url, TRACEPARENT=f"00-{trace}-{parent}-01"))
    (root,) = collector.spans_named("codeflow run")
    assert (root.trace, root.parent) == (trace, parent)
    assert {span.trace for span in collector.spans} == {trace}


def test_a_caller_that_does_not_sample_is_obeyed(shop, collector):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    assert shop.run(env=told(collector.url, TRACEPARENT=parent)).code == 0
    assert not collector.requests


def test_the_usual_variables_name_the_service_and_its_attributes(shop, collector):
    shop.run(
        env=told(
            "http://127.0.0.1:9",  # the traces' own address comes before it
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.url}/otlp/traces",
            OTEL_SERVICE_NAME="reviews",
            OTEL_RESOURCE_ATTRIBUTES="team=shop%20floor,service.name=other",
        )
    )
    assert {one.path for one in collector.requests} == {"/otlp/traces"}
    (root,) = collector.spans_named("codeflow run")
    assert root.resource["service.name"] == "reviews"
    assert root.resource["team"] == "shop floor"


@pytest.mark.parametrize(
    "off",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
)
def test_what_turns_it_off_is_obeyed(shop, collector, off):
    assert shop.run(env=told(collector.url, **off)).code == 0
    assert not collector.requests


@pytest.mark.parametrize("on", [False, True])
def test_nothing_of_it_is_imported_when_it_is_off(shop, collector, on):
    job = shop.job(env=told(collector.url) if on else {})
    probe = (
        "import os, sys; from codeflow_action.entrypoint import main; code = main(os.environ); "
        "print('LOADED', [n for n in sys.modules if n.startswith('opentelemetry') "
        "or n == 'codeflow_action.integrations.otlp'], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", probe],
        env=job.environment,
        cwd=job.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("LOADED []" in done.stderr) is not on
    assert bool(collector.requests) is on


def test_a_missing_package_is_one_warning_that_says_how_to_install_it(shop, collector, monkeypatch):
    monkeypatch.delitem(sys.modules, "codeflow_action.integrations.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    ended = shop.run(env=told(collector.url))
    assert ended.code == 0
    (line,) = [line for line in ended.stderr.splitlines() if "telemetry" in line]
    assert line.startswith("warning: ")
    assert "pip install 'codeflow-action[telemetry]'" in line


def refusing():
    return Collector(status=500)


def unauthorised():
    return Collector(status=401)


def hanging():
    return Collector(hang=600)  # longer than the test waits for the run


def dripping():
    return Collector(hang=600, drip=True)


@pytest.mark.parametrize("made", [refusing, unauthorised, hanging, dripping])
def test_a_collector_that_fails_changes_nothing_but_one_line_of_the_log(forks, shop, made):
    usual = shop.run()
    with made() as collector:
        ended = shop.fork(forks, env=told(collector.url)).wait()
    assert collector.requests
    if made is unauthorised:
        assert len(collector.requests) == 1  # asking again would change nothing
    assert (ended.code, ended.outputs["verdict"]) == (usual.code, usual.outputs["verdict"])
    (line,) = [line for line in ended.stderr.splitlines() if "telemetry" in line]
    assert line.startswith("warning: telemetry was not sent")
    assert "Traceback" not in ended.stderr
    assert not [line for line in ended.stdout.splitlines() if "telemetry" in line]
    assert_no_secret(collector)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "no address", "http://[::1"])
def test_a_collector_that_is_not_there_changes_nothing_but_one_line_of_the_log(forks, shop, url):
    ended = shop.fork(forks, env=told(url)).wait()
    assert (ended.code, ended.outputs["verdict"]) == (0, shop.run().outputs["verdict"])
    (line,) = [line for line in ended.stderr.splitlines() if "telemetry" in line]
    assert line.startswith("warning: telemetry was not sent")
    assert "Traceback" not in ended.stderr


def test_a_run_that_ends_with_2_is_told_too(shop, collector):
    ended = shop.run(inputs={"fail_on": "sometimes"}, env=told(collector.url))
    assert ended.code == 2
    (root,) = collector.spans_named("codeflow run")
    assert root.attributes["codeflow.reason"] == "invalid_config"
    assert root.attributes["error.type"] == "invalid_config"
    assert len(collector.spans) == 1


@pytest.mark.parametrize("given", [True, False])
def test_the_collectors_certificate_is_trusted_by_ca_certificates(forks, shop, given):
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    pem = authority.cert_pem.bytes().decode() if given else ""
    with Collector(tls=tls) as collector:
        ended = shop.fork(forks, inputs={"ca_certificates": pem}, env=told(collector.url)).wait()
    assert ended.code == 0
    assert bool(collector.spans) is given
    assert ("telemetry was not sent" in ended.stderr) is not given


def test_a_secret_in_the_address_is_in_no_log(shop):
    url = f"http://user:{HEADER}@127.0.0.1:9/?token={HEADER[::-2]}"
    ended = shop.run(env={"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url})
    assert "telemetry was not sent" in ended.stderr
    assert HEADER not in ended.log
    assert HEADER[::-2] not in ended.log


def test_no_telemetry_costs_nothing_worth_naming():
    began = time.thread_time()
    tracer = NoTelemetry()
    for _ in range(1_000):
        with tracer.span("x", {}) as span:
            span.set({})
    assert time.thread_time() - began < 0.5
    assert tracer.close(1.0) == ""
