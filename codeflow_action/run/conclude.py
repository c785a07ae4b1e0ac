"""What a run comes to: findings named and cleaned, the verdict, and the ledger for the next run."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

from codeflow_action import __version__
from codeflow_action.config.layers import Effective
from codeflow_action.engine.facts import Facts, ToolFindings
from codeflow_action.engine.findings import Dropped, Finding, identify
from codeflow_action.engine.ledger import Entry, Standing
from codeflow_action.engine.outcome import Done, Reason, Shortfall, Verdict
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.proposals import ActionProposal, InlineComments
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import (
    ActionReport,
    Report,
    ReportedFinding,
    review_extent,
)
from codeflow_action.engine.verdict import Decision, decide
from codeflow_action.review.ranking import merge_duplicates
from codeflow_action.run.clean import clean_report
from codeflow_action.run.round import Round
from codeflow_action.security.redaction import Redactor

_PARTIAL = (
    "the secret scanner failed on a text of this report, which was searched for known values and "
    "usual forms of secrets only"
)


def digest(effective: Effective, models: str) -> str:
    """Return what besides the commits an answer depends on: version, configuration, models."""
    actions = [[action.name, action.model_dump(mode="json")] for action in effective.actions]
    parts = [__version__, effective.policy.model_dump(mode="json"), actions, models]
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def conclude(round_: Round, redactor: Redactor, *, waits: bool = True) -> Report:
    """Return the report with its verdict; where findings are shown is not decided yet.

    It `waits` for the secret scanner where its rules are not loaded yet, which can take seconds.
    """
    gate = round_.effective.policy.gate_rules
    clean = cache(redactor.try_redact if waits else redactor.text)
    # Where models have reviewed all of this before, the ledger speaks for them.
    memory = round_.previous if round_.unchanged else None
    remembered = memory.model_entries if memory else ()
    found, twins = _named(round_, remembered, clean)
    shown_before = round_.previous.shown if round_.previous else frozenset()
    reported = tuple(
        ReportedFinding(
            id=name, finding=finding, blocking=gate.blocks(finding), known=name in shown_before
        )
        for name, finding in found
    )
    given = Facts(fact for one in round_.done for fact in one.facts)
    earlier = memory.coverage if memory else None
    receipt = earlier.receipt if earlier else given.get(Receipt) or Receipt()
    actions = tuple(ActionReport.of(step) for step in round_.steps)
    pull_request = round_.pull_request
    report = Report(
        version=__version__,
        name=round_.name,
        repository=pull_request.repository,
        number=pull_request.number,
        base_sha=pull_request.base_sha,
        merge_base_sha=pull_request.merge_base_sha,
        head_sha=pull_request.head_sha,
        digest=round_.digest,
        findings=reported,
        dropped=(*_dropped(round_), *twins),
        actions=actions,
        shortfalls=round_.all_shortfalls,
        receipt=receipt,
        spent=round_.spent,
        reviewed=review_extent(receipt, actions, wanted=bool(round_.no_model)),
        no_model=round_.no_model,
        model=round_.model,
        notices=round_.all_notices,
        platforms=given.get(Platforms) or Platforms(),
        notes=tuple(note for one in round_.done for note in one.notes),
        proposals=(*_proposals(round_.steps), *_promised(remembered)),
        seconds=round(round_.seconds, 3),
    )
    report = clean_report(report, clean)
    notices = (*report.notices, _PARTIAL) if redactor.is_partial else report.notices
    return report.model_copy(update={**dict(decide(report, gate)), "notices": notices})


def bare_report(
    decision: Decision,
    *,
    name: str,
    repository: str = "",
    number: int | None = None,
    notices: tuple[str, ...] = (),
) -> Report:
    """Return the report of a run whose pipeline was never started."""
    return Report(
        version=__version__,
        name=name,
        repository=repository,
        number=number,
        base_sha="",
        merge_base_sha="",
        head_sha="",
        verdict=decision.verdict,
        reason=decision.reason,
        exit_code=decision.exit_code,
        notices=notices,
    )


def head_moved(report: Report) -> Report:
    """Return the report of a run that was overtaken: it can block, but not pass."""
    if report.exit_code:
        return report
    return report.model_copy(update=_incomplete(Reason.HEAD_MOVED, 0))


def cut_short(report: Report, shortfall: Shortfall) -> Report:
    """Return the report of a run that ends before its own end: it can block, but not pass."""
    told = {"shortfalls": (*report.shortfalls, shortfall)}
    worse = {} if report.exit_code else _incomplete(shortfall.reason, 0)
    return report.model_copy(update={**told, **worse})


def undelivered(report: Report, shortfall: Shortfall) -> Report:
    """Return the report of a run whose results GitHub never got: it ends with 3, or worse."""
    worse = {} if report.exit_code in (70, 2, 3) else _incomplete(shortfall.reason, 3)
    told = (*report.shortfalls, shortfall)
    return report.model_copy(update={"shortfalls": told, **worse})


def _incomplete(reason: Reason, exit_code: int) -> dict[str, object]:
    return {"verdict": Verdict.INCOMPLETE, "reason": reason, "exit_code": exit_code}


def _named(
    round_: Round, remembered: Iterable[Entry], clean: Callable[[str], str]
) -> tuple[list[tuple[str, Finding]], tuple[Dropped, ...]]:
    """Return all findings by fingerprint, gravest first, and what a gate has said already."""
    # Of equals the first stays. Other tools' come last wherever their action stands in the
    # pipeline: our own say what to do.
    steps = sorted(round_.steps, key=lambda step: ToolFindings in step.action.gives)
    done = (step.outcome for step in steps if isinstance(step.outcome, Done))
    fresh = [*round_.findings, *(finding for outcome in done for finding in outcome.findings)]
    single, twins = merge_duplicates(fresh)
    named = identify([_clean(finding, clean) for finding in single])
    for entry in remembered:
        named.setdefault(entry.fingerprint, entry.finding)
    return sorted(named.items(), key=lambda item: item[1].order), twins


def _clean(finding: Finding, clean: Callable[[str], str]) -> Finding:
    """Return the finding without secrets, before its fingerprint is taken of its words."""
    texts = {name: clean(getattr(finding, name)) for name in ("title", "message", "code")}
    return finding.model_copy(update=texts)


def _proposals(steps: Iterable[Step]) -> Iterable[ActionProposal]:
    for step in steps:
        if isinstance(step.outcome, Done):
            for proposal in step.outcome.proposals:
                yield ActionProposal(action=step.action.name, proposal=proposal)


def _promised(remembered: Iterable[Entry]) -> Iterable[ActionProposal]:
    """Yield what an earlier run was to post and could not: the actions are not asked again."""
    owed = Counter(
        entry.finding.sources[0] for entry in remembered if entry.standing is Standing.OWED
    )
    for action, count in owed.items():
        yield ActionProposal(action=action, proposal=InlineComments(at_most=count))


def _dropped(round_: Round) -> Iterable[Dropped]:
    for one in round_.done:
        yield from one.dropped
