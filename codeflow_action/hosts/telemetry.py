"""Decides from the environment whether a run is traced; what that takes is imported only then."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from codeflow_action import __version__
from codeflow_action.engine.tracing import Attributes, NoTracer, Span, Tracer, Value
from codeflow_action.hosts.log import Log
from codeflow_action.security.redaction import Redactor

if TYPE_CHECKING:
    from codeflow_action.engine.report import Report

_GENERAL = "OTEL_EXPORTER_OTLP"
_TRACES = "OTEL_EXPORTER_OTLP_TRACES"
_PROTOCOL = "http/protobuf"
_INSTALL = "pip install 'codeflow-action[telemetry]'"
_PATIENCE = 3.0  # seconds that a run waits for the collector at its end
_HURRY = 1.0  # the same after a signal: the runner kills ten seconds later


class Telemetry(Tracer, Protocol):
    """A tracer for one run, with an end."""

    def trust(self, bundle: Path | None) -> None:
        """Trust the certificate authorities of this file too."""
        ...

    def close(self, patience: float) -> str:
        """Send everything within so many seconds; return what went wrong, empty for nothing."""
        ...


class NoTelemetry(NoTracer):
    """The telemetry of a run that nobody wants to hear of."""

    def trust(self, bundle: Path | None) -> None:
        """Nothing is sent."""

    def close(self, patience: float) -> str:  # noqa: ARG002 - the protocol's
        """Nothing can go wrong."""
        return ""


def start_telemetry(environment: Mapping[str, str], redactor: Redactor, log: Log) -> Telemetry:
    """Return the run's telemetry: `environment` is the one that still has the headers."""
    # The traces' own variable is the whole address, the general one lacks the path:
    # https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
    endpoint = environment.get(f"{_TRACES}_ENDPOINT", "").strip()
    if not endpoint and (general := environment.get(f"{_GENERAL}_ENDPOINT", "").strip()):
        endpoint = f"{general.rstrip('/')}/v1/traces"
    if not endpoint or _is_true(environment, "OTEL_SDK_DISABLED"):
        return NoTelemetry()
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() not in ("", "otlp"):
        return NoTelemetry()
    protocol = _exporter_setting(environment, "PROTOCOL")
    if protocol not in ("", _PROTOCOL):
        log.warning("no telemetry", protocol=protocol, hint=f"only {_PROTOCOL} is spoken")
        return NoTelemetry()
    try:
        from codeflow_action.integrations.otlp import (  # noqa: PLC0415 - see the module
            CollectorEndpoint,
            OtlpTelemetry,
            parse_pairs,
        )
    except ModuleNotFoundError as error:
        log.warning("no telemetry", missing=error.name, hint=_INSTALL)
        return NoTelemetry()
    resource = parse_pairs(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    service = environment.get("OTEL_SERVICE_NAME", "").strip() or resource.pop("service.name", "")
    parent = {name: environment.get(name.upper(), "") for name in ("traceparent", "tracestate")}
    target = CollectorEndpoint(
        endpoint=endpoint,
        headers=parse_pairs(_exporter_setting(environment, "HEADERS")),
        service=service or "codeflow",
        resource={name: value for name, value in resource.items() if name != "service.name"},
        parent={name: value for name, value in parent.items() if value},
        content=_is_true(environment, "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"),
    )
    try:
        return OtlpTelemetry(target, redactor)
    except ValueError as error:
        log.warning("no telemetry", why=error)
        return NoTelemetry()


def end_telemetry(telemetry: Telemetry, log: Log, *, seconds_left: float, hurry: bool) -> None:
    """Send what was recorded; `seconds_left` are the run's. A failure is one line of the log."""
    if wrong := telemetry.close(min(seconds_left, _HURRY if hurry else _PATIENCE)):
        log.warning("telemetry was not sent", why=wrong)


def run_attributes(environment: Mapping[str, str]) -> Attributes:
    """Return what is known of a run before it begins."""
    # https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/
    facts = {
        "codeflow.version": __version__,
        "codeflow.event": environment.get("GITHUB_EVENT_NAME", ""),
        "cicd.pipeline.name": environment.get("GITHUB_WORKFLOW", ""),
        "cicd.pipeline.run.id": environment.get("GITHUB_RUN_ID", ""),
        "cicd.pipeline.task.name": environment.get("GITHUB_JOB", ""),
    }
    return {name: value for name, value in facts.items() if value}


def tell_report(span: Span, report: "Report") -> None:
    """Say in the run's span what it came to: numbers and names, nothing that anyone wrote."""
    owner, _, name = report.repository.rpartition("/")
    facts: dict[str, Value] = {
        "codeflow.verdict": report.verdict.value,
        "codeflow.reason": report.reason.value,
        "codeflow.exit_code": report.exit_code,
        "codeflow.findings": len(report.findings),
        "codeflow.findings.blocking": report.blocking_count,
        "codeflow.tokens.input": report.spent.input_tokens,
        "codeflow.tokens.output": report.spent.output_tokens,
    }
    # https://opentelemetry.io/docs/specs/semconv/registry/attributes/vcs/
    change = {
        "vcs.owner.name": owner,
        "vcs.repository.name": name,
        "vcs.change.id": "" if report.number is None else str(report.number),
        "vcs.ref.head.revision": report.head_sha,
        "vcs.ref.base.revision": report.base_sha,
    }
    span.set({**facts, **{key: value for key, value in change.items() if value}})
    if report.receipt.share is not None:
        span.set({"codeflow.coverage": report.receipt.share})
    if report.spent.cost_usd is not None:
        span.set({"codeflow.cost_usd": report.spent.cost_usd})
    # 0 and 1 are verdicts on the change; with every other code the run itself has failed.
    if report.exit_code not in (0, 1):
        span.fail(report.reason.value)


def _exporter_setting(environment: Mapping[str, str], name: str) -> str:
    own = environment.get(f"{_TRACES}_{name}", "").strip()
    return own or environment.get(f"{_GENERAL}_{name}", "").strip()


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() == "true"
