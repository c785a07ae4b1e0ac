"""What a run comes to: findings named and cleaned, and the verdict."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from codeflow_action import __version__
from codeflow_action.config.layers import Effective
from codeflow_action.engine.dismissed_families import without_families
from codeflow_action.engine.facts import Facts, LineCoverage, ToolFindings
from codeflow_action.engine.findings import DroppedFinding, Finding, identify
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.life import carried, recognize
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Done, Shortfall, Verdict
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.proposals import ActionProposal, InlineComments
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.receipt import Receipt, ReviewExtent
from codeflow_action.engine.report import (
    ActionReport,
    Report,
    ReportedFinding,
)
from codeflow_action.engine.risk import RiskAssessment, RiskObjection, assess, with_objection
from codeflow_action.engine.verdict import Decision, GateRules, judge
from codeflow_action.integrations.line_hashes import hash_findings
from codeflow_action.review.change_risk import change_risk
from codeflow_action.review.ranking import merge_duplicates
from codeflow_action.run.clean import clean_report
from codeflow_action.run.round import Round
from codeflow_action.security.redaction import Redactor

_PARTLY_SEARCHED = (
    "the secret scanner failed on a text of this report, which was searched for known values and "
    "usual forms of secrets only"
)


def digest(effective: Effective, models: str) -> str:
    """Return what besides the commits an answer depends on: version, configuration, models.

    What is allowed changes no answer, only what becomes of it.
    """
    actions = [[action.name, action.model_dump(mode="json")] for action in effective.actions]
    policy = effective.policy.model_dump(mode="json", exclude={"allow"})
    parts = [__version__, policy, actions, models]
    # Sorted: the order of keys must not change the digest.
    text = json.dumps(parts, sort_keys=True)
    # 80 bits: enough to tell configurations of one repository apart, and short in the ledger.
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def conclude(
    round_: Round,
    redactor: Redactor,
    line_texts: Mapping[str, str] = MappingProxyType({}),
    *,
    wait_for_scanner: bool = True,
) -> Report:
    """Return the report, clean and with its verdict; where findings are shown is not decided yet.

    `line_texts` by path are what code scanning's line hashes are made from. Without
    `wait_for_scanner`, rules of the secret scanner that still load, for seconds, are not used.
    """
    rules = round_.effective.policy.gate_rules
    redact = cache(redactor.try_redact if wait_for_scanner else redactor.text)
    answers = round_.answers
    facts = Facts(fact for answer in answers for fact in answer.facts)
    receipt = _receipt(round_, facts)
    findings, duplicates = _unique_findings(round_, redact, receipt)
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
        findings=as_reported(findings, rules, round_.previous, hash_findings(findings, line_texts)),
        dropped=(*(finding for answer in answers for finding in answer.dropped), *duplicates),
        actions=tuple(ActionReport.of(step) for step in round_.steps),
        shortfalls=round_.all_shortfalls,
        receipt=receipt,
        spent=round_.spent,
        no_model=round_.no_model,
        model=round_.model,
        notices=round_.all_notices,
        platforms=facts.get(Platforms) or Platforms(),
        risk=_risk(pull_request, facts),
        notes=tuple(note for answer in answers for note in answer.notes),
        proposals=tuple(_proposals(round_)),
        kept_answers=_kept_answers(round_),
        seconds=round(round_.seconds, 3),
    ).with_dismissals(round_.decisions(findings))
    # The text of findings is clean already; this is for paths, notices and what actions say.
    report = clean_report(without_families(report, round_.families), redact)
    if redactor.is_partial:  # only now is it known whether the scanner has failed on a text
        report = report.model_copy(update={"notices": (*report.notices, _PARTLY_SEARCHED)})
    return judge(report, rules)


def _risk(pull_request: PullRequest, facts: Facts) -> RiskAssessment | None:
    """Return the lane of the change with what actions object to; None where nothing changed."""
    if not pull_request.files and not pull_request.files_left_out:
        return None
    assessment = assess(change_risk(pull_request, facts.get(LineCoverage)))
    objection = facts.get(RiskObjection)
    return with_objection(assessment, objection.reason) if objection else assessment


def _receipt(round_: Round, facts: Facts) -> Receipt:
    ledger = round_.covering_ledger
    coverage = ledger.coverage if ledger else None
    return coverage.receipt if coverage else facts.get(Receipt) or Receipt()


def _unique_findings(
    round_: Round, redact: Callable[[str], str], receipt: Receipt
) -> tuple[Mapping[str, Finding], tuple[DroppedFinding, ...]]:
    """Return all findings by id, gravest first, and those that repeat another one."""
    # Of equals the first stays. Other tools' come last wherever their action stands in the
    # pipeline: our own say what to do.
    steps = sorted(round_.steps, key=lambda step: ToolFindings in step.action.gives)
    answers = (step.outcome for step in steps if isinstance(step.outcome, Done))
    fresh = [*round_.findings, *(finding for answer in answers for finding in answer.findings)]
    unique_findings, duplicates = merge_duplicates(fresh)
    # A fingerprint is taken of the words, so secrets go first.
    names = ("title", "message", "code", "symbol")
    clean_findings = (
        finding.model_copy(update={name: redact(getattr(finding, name)) for name in names})
        for finding in unique_findings
    )
    by_id = identify(clean_findings, round_.memory.origins)
    # What a shard's job has not looked at, the job that publishes knows; an answer is about none.
    is_part = round_.shard is not None or round_.is_answer
    return by_id if is_part else whole_findings(by_id, round_.memory, receipt), duplicates


def whole_findings(
    findings: Mapping[str, Finding], memory: Memory, receipt: Receipt
) -> Mapping[str, Finding]:
    """Return a round's findings by the ids that they had before, with earlier ones that stand."""
    by_id = recognize(findings, memory)
    by_id |= carried(memory, by_id, receipt)
    return dict(sorted(by_id.items(), key=lambda pair: pair[1].order))


def as_reported(
    findings: Mapping[str, Finding],
    rules: GateRules,
    previous: Ledger | None,
    line_hashes: Mapping[str, str],
) -> tuple[ReportedFinding, ...]:
    """Return findings as a report has them: which block, and which the `previous` ledger shows.

    `findings` and `line_hashes` are by fingerprint.
    """
    shown_ids = previous.shown_ids if previous else frozenset()
    return tuple(
        ReportedFinding(
            id=fingerprint,
            finding=finding,
            blocking=rules.blocks(finding),
            known=fingerprint in shown_ids,
            line_hash=line_hashes.get(fingerprint, ""),
        )
        for fingerprint, finding in findings.items()
    )


def _proposals(round_: Round) -> Iterable[ActionProposal]:
    for step in round_.steps:
        if isinstance(step.outcome, Done):
            for proposal in step.outcome.proposals:
                yield ActionProposal(action=step.action.name, proposal=proposal)
    # Comments that an earlier round owes; its actions do not run again.
    entries = round_.covering_ledger.model_entries if round_.covering_ledger else ()
    counts = Counter(entry.sources[0] for entry in entries if entry.is_owed)
    for action, count in counts.items():
        yield ActionProposal(action=action, proposal=InlineComments(at_most=count))


def _kept_answers(round_: Round) -> Mapping[str, KeptAnswer]:
    return {
        step.action.name: step.outcome.kept_answer
        for step in round_.steps
        if isinstance(step.outcome, Done) and step.outcome.kept_answer
    }


def bare_report(
    decision: Decision,
    *,
    name: str,
    repository: str = "",
    number: int | None = None,
    notices: tuple[str, ...] = (),
) -> Report:
    """Return the report of a run whose pipeline was never started.

    Where it broke before anybody knew, it does not claim that no model was asked for.
    """
    has_broken = decision.verdict is Verdict.INCOMPLETE
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
        reviewed=ReviewExtent.NONE if has_broken else ReviewExtent.NOT_ASKED,
        notices=notices,
    )


def with_shortfall(report: Report, shortfall: Shortfall, rules: GateRules) -> Report:
    """Return the report of a run that fell short after its last action, such as in publishing.

    It can block, but not pass.
    """
    # First, because among equals the first gives the reason: what ended the run is the news.
    report = report.model_copy(update={"shortfalls": (shortfall, *report.shortfalls)})
    return judge(report, rules)
