"""Reads SARIF 2.1.0: a result or a run that cannot be read costs no other.

Nothing outside the document is looked up: external property files and web addresses are not
followed. Section numbers are those of the OASIS standard:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import re
from collections import Counter
from collections.abc import Mapping

from pydantic import ValidationError

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.tool_results import (
    OffsetRegion,
    OffsetUnit,
    Spot,
    ToolLog,
    ToolResult,
)
from codeflow_action.integrations.reports.report_json import NotAReport, read_json
from codeflow_action.integrations.reports.sarif_model import (
    ArtifactLocation,
    Component,
    Message,
    Region,
    ReportingDescriptor,
    Result,
    Run,
)
from codeflow_action.integrations.reports.sarif_places import paths_of
from codeflow_action.integrations.reports.sarif_rules import RunRules

MAX_RESULTS = 100_000  # of one file; code scanning takes 25,000 of a run
_MAX_RUNS = 200
_MAX_FAILED = 20  # runs that are named
_MAX_SPOTS = 20  # of one result
_MAX_TEXT = 4_000  # characters
_MAX_NAME = 120
_MAX_ERROR = 200  # of a failed run
_MAX_TAGS = 20  # of a rule and of a result; code scanning takes as many
_MAX_PARTS = 100  # extensions of a tool, overrides of an invocation
_OWN_NAME = "codeflow"
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
_LINK = regex(r"(?<!\\)\[([^\[\]]{1,300})\]\((?:[^()\s]{0,2000})\)")  # 3.11.6
_PLACEHOLDER = regex(r"\{(\d{1,2})\}|\{\{|\}\}")  # 3.11.5


def read_sarif(raw: bytes, limit: int = MAX_RESULTS) -> ToolLog:
    """Return the first `limit` results, of whatever run. Raises `NotAReport`."""
    document = read_json(raw)
    runs = document.get("runs") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(runs, list):
        raise NotAReport("it is no SARIF: there is no list of `runs`")
    version = document.get("version")
    if not (isinstance(version, str) and version.startswith("2.1")):
        raise NotAReport(f"it is SARIF {str(version)[:20]!r}; 2.1.0 can be read")
    results: list[ToolResult] = []
    counts: Counter[str] = Counter()
    accounts = [_read_run(run, results, counts, limit) for run in runs[:_MAX_RUNS]]
    failures = [account for account in accounts if account]
    counts["over"] += len(runs[_MAX_RUNS:])  # a result each, at the least
    return ToolLog(
        results=tuple(results),
        suppressed_count=counts["suppressed"],
        unreadable_count=counts["broken"],
        own_count=counts["ours"],
        excess_count=counts["over"],
        failures=tuple(failures[:_MAX_FAILED]),
    )


def _read_run(raw: object, results: list[ToolResult], counts: Counter[str], limit: int) -> str:
    """Add a run's results to `results` and `counts`; return why the run failed, if it did."""
    try:
        run = Run.model_validate(raw)
    except ValidationError:
        counts["broken"] += 1
        return ""
    driver = (run.tool and run.tool.driver) or Component()
    tool = (driver.name or "")[:_MAX_NAME].strip() or "a tool without a name"
    if tool.lower() == _OWN_NAME:
        counts["ours"] += len(run.results)
        return ""
    extensions = run.tool.extensions[:_MAX_PARTS] if run.tool else ()
    overrides = tuple(
        invocation.rule_configuration_overrides[:_MAX_PARTS] if invocation else ()
        for invocation in run.invocations
    )
    rules = RunRules(driver=driver, extensions=extensions, overrides=overrides)
    reader = _RunReader(run=run, tool=tool, rules=rules)
    for raw_result in run.results:
        if counts["read"] >= limit:
            counts["over"] += 1
            continue
        counts["read"] += 1
        outcome = reader.read(raw_result)
        if isinstance(outcome, ToolResult):
            results.append(outcome)
        else:
            counts[outcome] += 1
    has_begun = not (isinstance(raw, dict) and raw.get("results", ()) is None)  # 3.14.23
    return _failure(reader, has_begun=has_begun)


def _failure(reader: "_RunReader", *, has_begun: bool) -> str:
    """Return what a tool says about a run that failed, empty for one that did not.

    A tool that calls its run failed, and has results, may only mean that it found something, as
    SpotBugs does. If it also reports an error, the run did fail.
    """
    invocations = [invocation for invocation in reader.run.invocations if invocation]
    notifications = (
        notification
        for invocation in invocations
        for notification in (*invocation.on_execution, *invocation.on_configuration)
        if notification and notification.level == "error"
    )
    errors = (_first_text(notification.message) for notification in notifications)
    error = next(filter(None, errors), "")[:_MAX_ERROR]
    has_failed = any(invocation.execution_successful is False for invocation in invocations)
    if has_begun and not (has_failed and (error or not reader.run.results)):
        return ""
    return f"{reader.tool} says that its run failed" + (f": {error}" if error else "")


@dataclass(frozen=True, kw_only=True)
class _RunReader:
    """Reads the results of one run."""

    run: Run
    tool: str
    rules: RunRules

    def read(self, raw: object) -> ToolResult | str:
        """Return the result, or the name of the count that it belongs to."""
        try:
            result = Result.model_validate(raw)
        except ValidationError:
            return "broken"
        if result.kind in _NO_PROBLEM or result.baseline_state == "absent":
            return "no_problem"
        # All must be accepted (3.27.23); no status means accepted (3.35.3).
        states = [suppression.status for suppression in result.suppressions if suppression]
        if states and all(state in (None, "accepted") for state in states):
            return "suppressed"
        rule = self.rules.rule_of(result)
        rule_id = result.rule_id or (result.rule and result.rule.id) or rule.id or ""
        identifier = rule_id[:_MAX_NAME].strip()
        purpose = _first_text(rule.short_description, rule.full_description, rule.name)
        message = self._message(result.message, rule) or purpose or identifier
        if not message:
            return "broken"
        bags = [bag for bag in (rule.properties, result.properties) if bag]
        return ToolResult(
            tool=self.tool,
            rule=identifier,
            severity=self._severity(result, rule),
            message=message[:_MAX_TEXT],
            purpose=purpose,
            tags=tuple(
                tag[:_MAX_NAME].lower() for bag in bags for tag in bag.tags[:_MAX_TAGS] if tag
            ),
            has_security_severity=any(bag.security_severity is not None for bag in bags),
            is_old=result.baseline_state == "unchanged",
            spots=self._spots(result),
        )

    def _severity(self, result: Result, rule: ReportingDescriptor) -> Severity:
        """Return the first level that is set, in the order of 3.27.10."""
        if result.kind in _TO_LOOK_AT:
            return Severity.NOTICE
        configurations = (self.rules.override_of(result), rule.default_configuration)
        levels = (result.level, *(setting.level for setting in configurations if setting))
        level = next((level for level in levels if level is not None), None)
        return _LEVELS.get(level.lower(), _DEFAULT) if isinstance(level, str) else _DEFAULT

    def _message(self, message: Message | None, rule: ReportingDescriptor) -> str:
        if message is None:
            return ""
        text = message.text
        if text is None and message.id is not None:
            # A message of the driver belongs to no rule (3.19.22).
            of_driver = self.rules.driver.global_message_strings
            strings = rule.message_strings.get(message.id) or of_driver.get(message.id)
            text = strings.text or strings.markdown if strings else None
        text = (text or message.markdown or "")[: 2 * _MAX_TEXT]
        if message.arguments:  # without any, few tools double a brace that they mean

            def argument(match: re.Match[str]) -> str:
                if match[1] is None:
                    return match[0][0]
                index = int(match[1])
                value = message.arguments[index] if index < len(message.arguments) else None
                return match[0] if value is None else value[:_MAX_NAME]

            text = _PLACEHOLDER.sub(argument, text)
        text = _LINK.sub(r"\1", text[: 2 * _MAX_TEXT])
        return text.replace("\\[", "[").replace("\\]", "]").strip()

    def _spots(self, result: Result) -> tuple[Spot, ...]:
        folder = self._folder(result)
        spots = []
        for location in result.locations[:_MAX_SPOTS]:
            physical = location.physical_location if location else None
            if not (physical and physical.artifact_location):
                continue
            paths = paths_of(physical.artifact_location, self.run, folder)
            if paths:
                spots.append(self._spot(paths, physical.region or Region()))
        target = result.analysis_target if not result.locations else None  # 3.27.13
        if target and (paths := paths_of(target, self.run, folder)):
            spots.append(Spot(paths=paths))
        return tuple(spots)

    def _folder(self, result: Result) -> ArtifactLocation | None:
        """Return where the result's invocation ran, else where all of them did (3.20.19)."""
        index = result.provenance.invocation_index if result.provenance else None
        invocations = self.run.invocations
        if index is not None and 0 <= index < len(invocations):
            invocation = invocations[index]
            return invocation.working_directory if invocation else None
        folders = {invocation.working_directory for invocation in invocations if invocation}
        return folders.pop() if len(folders) == 1 else None

    def _spot(self, paths: tuple[str, ...], region: Region) -> Spot:
        snippet = ((region.snippet and region.snippet.text) or "")[:_MAX_TEXT]
        first = region.start_line
        if first and first >= 1:
            last = max(first, region.end_line or first)
            # What ends before the first column of a line ends on the line before (3.30.8).
            if last > first and region.end_column == 1:
                last -= 1
            return Spot(paths=paths, line=first, end_line=last, snippet=snippet)
        is_in_code_points = self.run.column_kind == "unicodeCodePoints"
        of_chars = OffsetUnit.CODE_POINTS if is_in_code_points else OffsetUnit.UTF16
        offsets = (
            (region.char_offset, region.char_length, of_chars),
            (region.byte_offset, region.byte_length, OffsetUnit.BYTES),
        )
        for start, length, unit in offsets:
            if start is not None and start >= 0:  # -1 says that there is none
                offset_region = OffsetRegion(start=start, length=max(length or 0, 0), unit=unit)
                return Spot(paths=paths, region=offset_region, snippet=snippet)
        return Spot(paths=paths)


def _first_text(*messages: Message | str | None) -> str:
    texts = (message.text if isinstance(message, Message) else message for message in messages)
    return next((text[:_MAX_TEXT].strip() for text in texts if text), "")
