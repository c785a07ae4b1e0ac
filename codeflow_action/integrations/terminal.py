"""A report for people at a terminal. Text of strangers passes through `security.untrusted`."""

from collections.abc import Mapping
from typing import TextIO, assert_never

from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.headline import headline
from codeflow_action.engine.omissions import omission_words
from codeflow_action.engine.platform_words import platforms_line
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import ActionStatus, Report, ReportedFinding
from codeflow_action.integrations.github.write.render.account import receipt_text, run_cost
from codeflow_action.security.untrusted import one_line, path, terminal

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTICE: "36"}


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """True on a terminal whose reader has not set `NO_COLOR` (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR")


def to_terminal(report: Report, *, colour: bool) -> str:
    """Return the run in one sentence, the risk, the findings, and then what was not done."""
    blocks = [_finding(entry, colour=colour) for entry in report.findings]
    undone: list[str] = []
    for action in report.actions:
        match action.status:
            case ActionStatus.SKIPPED:
                detail = action.detail or omission_words(action.reason)
                undone.append(f"{action.name}: skipped ({action.reason}): {detail}")
            case ActionStatus.FAILED:
                undone.append(f"{action.name}: failed: {action.detail}")
            case ActionStatus.DONE:
                pass
            case _:
                assert_never(action.status)
    undone += [f"not done: {short.reason.value}: {short.detail}" for short in report.shortfalls]
    stack = platforms_line(report.platforms)
    undone += [*report.notices, f"stack: {stack}" if stack else "", *report.notes]
    last_lines = [terminal(one_line(line, 600)) for line in undone if line]
    if read := receipt_text(report.receipt):
        last_lines.append(one_line(read, 2_000))
    if report.dropped:
        number = len(report.dropped)
        last_lines.append(
            f"{count(number, 'remark')} not shown; --format json has each with its reason"
        )
    if report.dismissals:
        number = len(report.dismissals)
        last_lines.append(
            f"{count(number, 'finding')} dismissed or allowed; --format json has who and why"
        )
    if cost := run_cost(report):
        last_lines.append(
            terminal(one_line(f"{report.model}. {cost}" if report.model else cost, 600))
        )
    first = _strong(headline(report), "1", colour=colour)
    if report.risk is not None:
        first += f"\n{terminal(one_line(report.risk.sentence, 400))}"
    return "\n\n".join(part for part in (first, *blocks, "\n".join(last_lines)) if part) + "\n"


def _finding(entry: ReportedFinding, *, colour: bool) -> str:
    finding = entry.finding
    place = path(finding.path) if finding.path else "pull request"
    line = f":{finding.line}" if finding.line else ""
    severity = _strong(finding.severity.value, _COLOURS[finding.severity], colour=colour)
    mark = ", blocking" if entry.blocking else ""
    title = terminal(one_line(finding.title))
    message = "\n".join(f"  {text}" for text in terminal(finding.message).splitlines())
    return (
        f"{place}{line}: {severity}: {title}\n{message}\n{_suggestion(finding)}"
        f"  ({finding.rule}, {finding.evidence.value}{mark}, {entry.id})"
    )


def _suggestion(finding: Finding) -> str:
    suggestion = finding.suggestion
    if suggestion is None:
        return ""
    from codeflow_action.review.suggestions import (  # noqa: PLC0415 - few findings have one
        has_parser,
    )

    first, last = suggestion.start_line, suggestion.end_line
    place = f"line {first}" if first == last else f"lines {first} to {last}"
    if not suggestion.replacement:
        return f"  Suggested: delete {place}\n"
    # Not `splitlines`: a form feed within a line of code is no end of it.
    rows = terminal(suggestion.replacement.removesuffix("\n")).split("\n")
    note = "" if has_parser(finding.path or "") else " (not parsed)"
    return "\n".join((f"  Suggested for {place}{note}:", *(f"  | {row}" for row in rows))) + "\n"


def _strong(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
