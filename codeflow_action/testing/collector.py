"""A local OpenTelemetry collector: it takes OTLP over HTTP and shows what came.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import gzip
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from codeflow_action.testing.listener import Listener, LocalServer, OwnedHandler

_PAUSE = 0.2  # seconds between two bytes of a drip

type AttributeValue = str | bool | int | float | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SpanRecord:
    """One span as it came over the wire. Ids are in hex; `parent` is empty for a root.

    Times are in nanoseconds since 1970.
    """

    name: str
    trace: str
    id: str
    parent: str
    is_client: bool
    has_failed: bool
    status_message: str
    events: int  # how many
    start: int
    end: int
    attributes: Mapping[str, AttributeValue]
    resource: Mapping[str, AttributeValue]


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """One request, as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Collector(LocalServer):
    """A context manager. Answers with `status`, after `hang` seconds or when it is closed.

    With `drip` it writes something all the time meanwhile, so that no time-out of a socket helps.
    `url` is what belongs in `OTEL_EXPORTER_OTLP_ENDPOINT`.
    """

    def __init__(
        self,
        *,
        status: int = 200,
        hang: float = 0.0,
        drip: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[ExportRequest] = []
        self.status = status
        self.hang = hang
        self.drip = drip
        self.listener = Listener(partial(_Handler, self), tls=tls)
        self.url = self.listener.url

    @property
    def spans(self) -> list[SpanRecord]:
        """Every span of every request so far, by the time they began."""
        spans = [span for request in self.requests for span in _read_spans(request.body)]
        return sorted(spans, key=lambda span: span.start)

    def spans_named(self, name: str) -> list[SpanRecord]:
        """Return the spans of that name."""
        return [span for span in self.spans if span.name == name]


def _read_spans(body: bytes) -> Iterator[SpanRecord]:
    request = ExportTraceServiceRequest.FromString(body)
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        for span in (span for scope in group.scope_spans for span in scope.spans):
            yield SpanRecord(
                name=span.name,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                is_client=span.kind == Span.SPAN_KIND_CLIENT,
                has_failed=span.status.code == Status.STATUS_CODE_ERROR,
                status_message=span.status.message,
                events=len(span.events),
                start=span.start_time_unix_nano,
                end=span.end_time_unix_nano,
                attributes=_attributes(span.attributes),
                resource=resource,
            )


def _attributes(pairs: Any) -> dict[str, AttributeValue]:  # noqa: ANN401 - a container of protobuf's
    key_values: list[KeyValue] = list(pairs)
    return {pair.key: _value(pair.value) for pair in key_values}


def _value(value: AnyValue) -> AttributeValue:
    if value.HasField("array_value"):
        return tuple(str(_value(element)) for element in value.array_value.values)
    kind = value.WhichOneof("value")
    plain_value: AttributeValue = getattr(value, kind) if kind else ""
    return plain_value


class _Handler(OwnedHandler[Collector]):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.owner.requests.append(ExportRequest(path=self.path, headers=headers, body=body))
        if self.owner.hang and self.owner.drip:
            # A header that never ends: the client cannot call the connection silent.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(int(self.owner.hang / _PAUSE)):
                time.sleep(_PAUSE)
                self.wfile.write(b"x")
            self.wfile.write(b"\r\nX-Status: ")
        elif self.owner.hang:
            # A gate and not a sleep: closing the collector opens it.
            gate = threading.Event()
            timer = threading.Timer(self.owner.hang, gate.set)
            timer.daemon = True
            timer.start()
            self.server.wait(gate)
            timer.cancel()
        self.send_response(self.owner.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
