"""OpenTelemetry: a run's spans, sent as OTLP over HTTP when the run has ended.

The tracer provider is not OpenTelemetry's global one, and our span is never its current one: the
SDKs of Anthropic and Mistral would find either, and write prompts and answers into it on their own.
Spans are kept until the end, so the collector cannot slow a run down.
"""

import contextlib
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from codeflow_action import __version__
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.tracing import Attributes, Span
from codeflow_action.security.redaction import Redactor

_SCOPE = "codeflow"
_MAX_SPANS = 5_000  # spans of one run; a run of a thousand files has a few hundred
_AT_ONCE = 200  # spans in one request
_MAX_TEXT = 300  # characters of a complaint


@dataclass(frozen=True, kw_only=True)
class CollectorEndpoint:
    """Where spans go, and what else the environment says about them.

    `endpoint` is the whole address of the traces. `parent` holds `traceparent` and `tracestate`
    of whoever started this run. With `content` prompts and answers are sent, redacted.
    """

    endpoint: str
    headers: Mapping[str, str]
    service: str
    resource: Mapping[str, str]
    parent: Mapping[str, str]
    content: bool = False


class OtlpTelemetry:
    """Implements `engine.tracing.Tracer`, and sends the spans when it is closed."""

    def __init__(self, target: CollectorEndpoint, redactor: Redactor) -> None:
        """Raises `ValueError` if OpenTelemetry's own settings are wrong."""
        self._target = target
        self._redactor = redactor
        self._spans = _SpanCollection()
        self._complaints = _FirstComplaint(logging.WARNING)
        self._certificates: bytes | None = None
        # OpenTelemetry logs its failures, which would then be on stderr unredacted.
        library = logging.getLogger("opentelemetry")
        library.handlers, library.propagate = [self._complaints], False
        attributes = {
            "service.name": target.service,
            "service.version": __version__,
            **target.resource,
        }
        clean = {name: self._clean(value) for name, value in attributes.items()}
        resource = Resource.create().merge(Resource(clean))
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(self._spans)
        self._tracer = provider.get_tracer(_SCOPE, __version__)
        parent = TraceContextTextMapPropagator().extract(target.parent, Context())
        self._context: ContextVar[Context] = ContextVar("parent", default=parent)

    @contextlib.contextmanager
    def span(self, name: str, attributes: Attributes, *, client: bool = False) -> Iterator[Span]:
        """Yield a span, a child of the one around it."""
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        context = self._context.get()
        otel = self._tracer.start_span(self._clean(name), context=context, kind=kind)
        span = _RecordedSpan(otel, self._clean)
        span.set(attributes)
        token = self._context.set(set_span_in_context(otel, context))
        try:
            yield span
        except BaseException as error:
            span.fail(type(error).__name__, weak=True)
            raise
        finally:
            self._context.reset(token)
            otel.end()

    def content(self, text: str) -> str | None:
        """Return the redacted text if the environment asks for content, else None."""
        return self._clean(text) if self._target.content else None

    def trust(self, bundle: Path | None) -> None:
        """Trust these certificate authorities; the file need not stay."""
        self._certificates = bundle.read_bytes() if bundle else None

    def close(self, patience: float) -> str:
        """Send everything within `patience` seconds; return what went wrong, empty if nothing did.

        A thread that still waits for the collector does not keep the process from ending.
        """
        if patience <= 0:
            return "there was no time left"
        until = time.monotonic() + patience
        thread = threading.Thread(target=self._send, args=(until,), name="telemetry", daemon=True)
        thread.start()
        thread.join(patience)
        if thread.is_alive():
            return f"no answer within {patience:.1f} s"
        return self._clean(self._complaints.first)

    def _send(self, deadline: float) -> None:
        """Send all spans; what goes wrong is kept as a complaint."""
        try:
            with contextlib.ExitStack() as stack:
                bundle = None  # leaves it to OpenTelemetry's own variables
                if self._certificates is not None:
                    scratch = tempfile.TemporaryDirectory(prefix="codeflow-telemetry-")
                    path = Path(stack.enter_context(scratch)) / "ca-certificates.pem"
                    path.write_bytes(self._certificates)
                    bundle = str(path)
                exporter = OTLPSpanExporter(
                    endpoint=self._target.endpoint,
                    headers=self._target.headers,
                    certificate_file=bundle,
                    session=_Session() if bundle else None,
                    timeout=deadline - time.monotonic(),
                )
                stack.callback(exporter.shutdown)
                spans = self._spans.spans
                for start in range(0, len(spans), _AT_ONCE):
                    outcome = exporter.export(spans[start : start + _AT_ONCE])
                    if outcome is not SpanExportResult.SUCCESS or time.monotonic() > deadline:
                        break
        except (OSError, RuntimeError, ImportError) as error:  # no room, or a wrong plugin
            self._complaints.keep(f"{type(error).__name__}: {error}")

    def _clean(self, text: str) -> str:
        """Return the text without secrets, and without what UTF-8 cannot encode."""
        return self._redactor.text(text).encode("utf-8", "replace").decode("utf-8")


def parse_pairs(text: str) -> dict[str, str]:
    """Return `name=value,name=value` with percent-encoded values; what is no pair is left out.

    OpenTelemetry's own parser writes what it does not understand, a token perhaps, to the log.
    """
    pairs = (part.partition("=") for part in text.split(","))
    return {
        unquote(name).strip(): unquote(value).strip()
        for name, equals, value in pairs
        if equals and name.strip()
    }


@dataclass
class _RecordedSpan:
    """Implements `engine.tracing.Span`; nothing gets into a span but through here."""

    otel: OtelSpan
    clean: Callable[[str], str]
    has_failed: bool = False

    def set(self, attributes: Attributes) -> None:
        """Add attributes; secrets in their texts are blanked."""
        for name, value in attributes.items():
            match value:
                case str():
                    self.otel.set_attribute(name, self.clean(value))
                case bool() | int() | float():
                    self.otel.set_attribute(name, value)
                case _:
                    self.otel.set_attribute(name, [self.clean(text) for text in value])

    def fail(self, kind: str, *, weak: bool = False) -> None:
        """Set the kind of error; a weak one does not replace one that is set."""
        if not (weak and self.has_failed):
            self.has_failed = True
            self.set({"error.type": kind})
            self.otel.set_status(StatusCode.ERROR)


class _Session(requests.Session):
    """Verifies by the session's own bundle; `requests` would prefer `REQUESTS_CA_BUNDLE` to it.

    https://github.com/psf/requests/issues/3829
    """

    def request(self, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - the base's
        """Send one request."""
        return super().request(*args, **{"verify": self.verify, **options})


class _SpanCollection(SpanProcessor):
    """Keeps spans that have ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Keep the span if there is room; the root comes last, and there is always room for it."""
        root = span.parent is None or span.parent.is_remote
        if root or len(self.spans) < _MAX_SPANS:
            self.spans.append(span)


class _FirstComplaint(logging.Handler):
    """Keeps OpenTelemetry's first complaint."""

    first = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message without its traceback."""
        self.keep(record.getMessage())

    def keep(self, message: str) -> None:
        """Keep one line."""
        self.first = self.first or " ".join(message.split())[:_MAX_TEXT]
