"""What the job's log says of an action that has ended: its outcome, findings and notices."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.omissions import omission_words
from codeflow_action.engine.outcome import Done, Failed, Skipped
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.quantities import count
from codeflow_action.integrations import runner
from codeflow_action.security.untrusted import log_line, path

_MAX_FINDINGS = 50


def as_group(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines as a group of the job's log, of which the first is the title."""
    title, *rest = lines
    return (runner.command("group", title, {}), *rest, runner.command("endgroup", "", {}))


def step_lines(step: Step) -> tuple[str, ...]:
    """Return lines that no runner takes for commands: what came of the action, then the details."""
    name, seconds = step.action.name, f"{step.seconds:.1f} s"
    outcome = step.outcome
    match outcome:
        case Done():
            total = count(len(outcome.findings), "finding")
            state = "done" if not outcome.shortfalls else "not all done"
            texts = (f"{name}: {state} in {seconds}, {total}", *_details(outcome))
        case Skipped():
            cause = outcome.detail or omission_words(outcome.reason) or outcome.reason.value
            texts = (f"{name}: not run: {cause}",)
        case Failed():
            hint = (outcome.hint,) if outcome.hint else ()
            texts = (f"{name}: broke after {seconds}: {outcome.detail}", *hint)
        case _:
            assert_never(outcome)
    return tuple(log_line(text, 600) for text in texts)


def _details(outcome: Done) -> Iterator[str]:
    for finding in outcome.findings[:_MAX_FINDINGS]:
        yield f"{finding.severity.value}: {finding.title}{_place(finding)} ({finding.rule})"
    if rest := len(outcome.findings[_MAX_FINDINGS:]):
        yield f"{rest:,} more findings"
    if outcome.dropped:
        yield f"{len(outcome.dropped):,} candidates dropped; the summary says why"
    yield from (shortfall.detail for shortfall in outcome.shortfalls)
    yield from outcome.notices


def _place(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f" in {path(finding.path)}{line}" if finding.path else ""
