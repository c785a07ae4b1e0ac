"""SARIF 2.1.0 to results: what cannot be read of one result or run costs no other.

Nothing is looked up outside of the document: external property files and web addresses are not
followed. Section numbers are those of the OASIS standard.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.tool_results import Spot, ToolLog, ToolResult
from codeflow_action.integrations.reports.report_json import NotAReport, read_json
from codeflow_action.integrations.reports.sarif_model import (
    Component,
    Invocation,
    Location,
    Message,
    Notification,
    ReportingDescriptor,
    Result,
    Run,
    Suppression,
)
from codeflow_action.integrations.reports.sarif_places import Places
from codeflow_action.integrations.reports.sarif_rules import RunRules

MAX_RESULTS = 100_000  # of one file; code scanning takes 25,000 of a run
_MAX_RUNS = 200
_MAX_FAILED = 20  # runs that are told of
_MAX_SPOTS = 20  # of one result
_MAX_TEXT = 4_000  # characters
_MAX_NAME = 120
_MAX_SAID = 200  # of a failed run
_MAX_TAGS = 20  # of a rule and of a result; code scanning takes as many
_MAX_PARTS = 100  # extensions of a tool, overrides of an invocation
_OURS = "codeflow"
_DEFAULT = Severity.WARNING  # 3.50.3
_LEVELS: Mapping[str, Severity] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "note": Severity.NOTICE,
    "none": Severity.NOTICE,
    # Not of the standard, and met all the same.
    **dict.fromkeys(("critical", "fatal", "high", "blocker"), Severity.ERROR),
    **dict.fromkeys(("warn", "medium", "moderate"), Severity.WARNING),
    **dict.fromkeys(("notice", "info", "informational", "low", "hint"), Severity.NOTICE),
}
# 3.27.9: these report no problem; `open` and `review` ask a person to look.
_NO_PROBLEM = frozenset({"pass", "notApplicable", "informational"})
_TO_LOOK_AT = frozenset({"open", "review"})
_LINK = re.compile(r"(?<!\\)\[([^\[\]]{1,300})\]\((?:[^()\s]{0,2000})\)")  # 3.11.6
_PLACEHOLDER = re.compile(r"\{(\d{1,2})\}|\{\{|\}\}")  # 3.11.5


def read_sarif(raw: bytes, limit: int = MAX_RESULTS) -> ToolLog:
    """Return the results of all runs, of the first `limit`. Raises `NotAReport`."""
    document = read_json(raw)
    runs = document.get("runs") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(runs, list):
        raise NotAReport("it is no SARIF: there is no list of `runs`")
    version = document.get("version")
    if not (isinstance(version, str) and version.startswith("2.1")):
        raise NotAReport(f"it is SARIF {str(version)[:20]!r}; 2.1.0 can be read")
    results: list[ToolResult] = []
    counts: Counter[str] = Counter()
    failed: list[str] = []
    for run in runs[:_MAX_RUNS]:
        failed += _read_run(run, results, counts, limit)
    counts["over"] += len(runs[_MAX_RUNS:])  # a result each, at the least
    return ToolLog(
        results=tuple(results),
        suppressed=counts["suppressed"],
        broken=counts["broken"],
        ours=counts["ours"],
        over=counts["over"],
        failed=tuple(failed[:_MAX_FAILED]),
    )


def _read_run(
    raw: object, results: list[ToolResult], counts: Counter[str], limit: int
) -> tuple[str, ...]:
    """Add a run's results to `results` and `counts`; return why the run failed, if it did."""
    try:
        reader = _Reader.of(Run.model_validate(raw))
    except ValidationError:
        counts["broken"] += 1
        return ()
    given = reader.run.results
    if reader.tool.lower() == _OURS:
        counts["ours"] += len(given)
        return ()
    for one in given:
        if counts["read"] >= limit:
            counts["over"] += 1
            continue
        counts["read"] += 1
        outcome = reader.read(one)
        if isinstance(outcome, ToolResult):
            results.append(outcome)
        else:
            counts[outcome] += 1
    has_begun = not (isinstance(raw, dict) and raw.get("results", ()) is None)  # 3.14.23
    return tuple(_failure(reader, has_begun=has_begun))


def _failure(reader: "_Reader", *, has_begun: bool) -> Iterator[str]:
    """Yield what a tool says of a run that failed.

    One that calls its run failed and has results may mean no more by that than having found
    something, as SpotBugs does; an error that it tells of settles it.
    """
    invocations = [one for one in reader.run.invocations if one]
    said = next((text for one in invocations for text in _errors(one)), "")
    failed = any(one.execution_successful is False for one in invocations)
    if not has_begun or (failed and (said or not reader.run.results)):
        yield f"{reader.tool} says that its run failed" + (f": {said}" if said else "")


def _errors(invocation: Invocation) -> Iterator[str]:
    told: tuple[Notification | None, ...] = (
        *invocation.on_execution,
        *invocation.on_configuration,
    )
    for one in told:
        if one and one.level == "error" and (text := _first_text(one.message)):
            yield text[:_MAX_SAID]


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Reads the results of one run."""

    run: Run
    tool: str
    rules: RunRules
    places: Places

    @classmethod
    def of(cls, run: Run) -> "_Reader":
        driver = (run.tool and run.tool.driver) or Component()
        extensions = run.tool.extensions[:_MAX_PARTS] if run.tool else ()
        overrides = tuple(
            one.rule_configuration_overrides[:_MAX_PARTS] if one else () for one in run.invocations
        )
        return cls(
            run=run,
            tool=_short(driver.name or "") or "a tool without a name",
            rules=RunRules(driver=driver, extensions=extensions, overrides=overrides),
            places=Places(run),
        )

    def read(self, raw: object) -> ToolResult | str:
        """Return the result, or the name of the count that it belongs to."""
        try:
            result = Result.model_validate(raw)
        except ValidationError:
            return "broken"
        if result.kind in _NO_PROBLEM or result.baseline_state == "absent":
            return "no_problem"
        if _is_suppressed(result.suppressions):
            return "suppressed"
        rule = self.rules.rule_of(result)
        identifier = _short(result.rule_id or (result.rule and result.rule.id) or rule.id or "")
        about = _first_text(rule.short_description, rule.full_description, rule.name)
        message = self._message(result.message, rule) or about or identifier
        if not message:
            return "broken"
        properties = [one for one in (rule.properties, result.properties) if one]
        return ToolResult(
            tool=self.tool,
            rule=identifier,
            severity=self._severity(result, rule),
            message=message[:_MAX_TEXT],
            about=about,
            tags=tuple(
                tag[:_MAX_NAME].lower() for one in properties for tag in one.tags[:_MAX_TAGS] if tag
            ),
            has_security_severity=any(one.security_severity is not None for one in properties),
            is_old=result.baseline_state == "unchanged",
            spots=tuple(self._spots(result)),
        )

    def _severity(self, result: Result, rule: ReportingDescriptor) -> Severity:
        """Return the level by the order of 3.27.10."""
        if result.kind in _TO_LOOK_AT:
            return Severity.NOTICE
        configured = (self.rules.override_of(result), rule.default_configuration)
        levels = (result.level, *(one.level for one in configured if one))
        said = next((level for level in levels if level is not None), None)
        return _LEVELS.get(said.lower(), _DEFAULT) if isinstance(said, str) else _DEFAULT

    def _message(self, message: Message | None, rule: ReportingDescriptor) -> str:
        if message is None:
            return ""
        text = message.text
        if text is None and message.id is not None:
            strings = rule.message_strings.get(message.id) or self.rules.global_string(message.id)
            text = strings.text or strings.markdown if strings else None
        text = text or message.markdown or ""
        text = text[: 2 * _MAX_TEXT]
        if message.arguments:  # without them few tools double a brace that they mean
            text = _PLACEHOLDER.sub(lambda match: _argument(match, message), text)
        return (
            _LINK.sub(r"\1", text[: 2 * _MAX_TEXT]).replace("\\[", "[").replace("\\]", "]").strip()
        )

    def _spots(self, result: Result) -> Iterator[Spot]:
        for location in result.locations[:_MAX_SPOTS]:
            if location and (spot := self._spot(location)):
                yield spot
        target = result.analysis_target if not result.locations else None  # 3.27.13
        if target and (paths := self.places.readings(target)):
            yield Spot(paths=paths)

    def _spot(self, location: Location) -> Spot | None:
        physical = location.physical_location
        if not (physical and physical.artifact_location):
            return None
        paths = self.places.readings(physical.artifact_location)
        if not paths:
            return None
        region = physical.region
        first = region.start_line if region else None
        if region is None or first is None or first < 1:
            return Spot(paths=paths)
        last = max(first, region.end_line or first)
        snippet = (region.snippet and region.snippet.text) or ""
        return Spot(paths=paths, line=first, end_line=last, snippet=snippet[:_MAX_TEXT])


def _is_suppressed(suppressions: tuple[Suppression | None, ...]) -> bool:
    """True when all are accepted (3.27.23); no status means accepted (3.35.3)."""
    states = [one.status for one in suppressions if one]
    return bool(states) and all(state in (None, "accepted") for state in states)


def _first_text(*said: Message | str | None) -> str:
    texts = (one.text if isinstance(one, Message) else one for one in said)
    return next((text[:_MAX_TEXT].strip() for text in texts if text), "")


def _argument(match: re.Match[str], message: Message) -> str:
    if match[1] is None:
        return match[0][0]
    at = int(match[1])
    given = message.arguments[at] if at < len(message.arguments) else None
    return match[0] if given is None else given[:_MAX_NAME]


def _short(text: str) -> str:
    return text[:_MAX_NAME].strip()
