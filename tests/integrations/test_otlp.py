"""Spans in tasks and threads, and what the exporter is given."""

import asyncio
import contextvars
import threading

import pytest

from codeflow_action.integrations.otlp import CollectorEndpoint, OtlpTelemetry, parse_pairs
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.collector import Collector

SECRET = "the-secret-of-this-run"


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


@pytest.fixture
def telemetry(collector):
    target = CollectorEndpoint(
        endpoint=f"{collector.url}/v1/traces",
        headers={"x-team": "shop"},
        service="codeflow",
        resource={"hidden": SECRET},
        parent={},
    )
    return OtlpTelemetry(target, Redactor([SECRET]))


def test_spans_nest_in_tasks_that_run_at_the_same_time(telemetry, collector):
    async def inner(name):
        with telemetry.span(f"inner {name}", {}):
            await asyncio.sleep(0)

    async def outer(name):
        with telemetry.span(f"outer {name}", {}):
            await asyncio.gather(*(inner(f"{name} {at}") for at in range(3)))
            await asyncio.sleep(0)

    async def run():
        with telemetry.span("root", {}):
            await asyncio.gather(*(outer(str(at)) for at in range(20)))

    asyncio.run(run())
    assert telemetry.close(60.0) == ""
    (root,) = collector.spans_named("root")
    for at in range(20):
        (outer_span,) = collector.spans_named(f"outer {at}")
        assert outer_span.parent == root.id
        for under in range(3):
            assert collector.spans_named(f"inner {at} {under}")[0].parent == outer_span.id


def test_a_thread_with_a_copy_of_the_context_knows_its_parent(telemetry, collector):
    def work():
        with telemetry.span("in the thread", {}):
            pass

    with telemetry.span("root", {}):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join()
    with telemetry.span("after", {}):
        pass
    telemetry.close(60.0)
    (root,) = collector.spans_named("root")
    assert collector.spans_named("in the thread")[0].parent == root.id
    assert collector.spans_named("after")[0].parent == ""


def test_every_text_is_redacted_and_can_be_sent(telemetry, collector):
    with telemetry.span(f"span {SECRET}", {"one": f"\udcff {SECRET}"}) as span:
        span.set({"many": [SECRET, "two"]})
        span.fail(SECRET)
    telemetry.close(60.0)
    assert SECRET.encode() not in collector.requests[0].body
    (sent,) = collector.spans
    assert sent.attributes["one"] == "? [redacted]"
    assert sent.attributes["many"] == ("[redacted]", "two")


def test_an_exception_passes_and_its_type_is_noted_without_its_words(telemetry, collector):
    with pytest.raises(KeyError), telemetry.span("broken", {}):
        raise KeyError("what a stranger wrote")
    telemetry.close(60.0)
    (sent,) = collector.spans
    assert sent.has_failed
    assert sent.attributes["error.type"] == "KeyError"
    assert b"stranger" not in collector.requests[0].body


def test_many_spans_are_sent_in_parts_and_too_many_without_losing_the_root(telemetry, collector):
    with telemetry.span("root", {}):
        for _ in range(5_500):
            with telemetry.span("small", {}):
                pass
    assert telemetry.close(60.0) == ""
    assert len(collector.requests) > 5
    assert len(collector.spans_named("small")) == 5_000
    assert len(collector.spans_named("root")) == 1


def test_no_global_tracer_and_no_current_span_is_there_for_others(telemetry):
    from opentelemetry import trace

    with telemetry.span("ours", {}):
        assert not trace.get_current_span().get_span_context().is_valid
        with trace.get_tracer("an SDK's").start_as_current_span("theirs") as theirs:
            assert not theirs.is_recording()


def test_without_time_left_nothing_is_sent(telemetry, collector):
    with telemetry.span("root", {}):
        pass
    assert telemetry.close(0.0) == "there was no time left"
    assert not collector.requests


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("Authorization=Bearer%20x=%3D, b = c ", {"Authorization": "Bearer x==", "b": "c"}),
        ("Authorization=Bearer plain", {"Authorization": "Bearer plain"}),
        ("a-token-without-a-name,a=", {"a": ""}),
    ],
)
def test_headers_and_attributes_are_pairs(text, pairs):
    assert parse_pairs(text) == pairs
