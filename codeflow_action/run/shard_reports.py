"""Reports that other jobs have written, taken as a stranger's word, and joined with our own gates.

Between two jobs lies an artifact, and whoever could write it is not known here. So nothing is taken
over that this process can work out itself: what changed, where a finding stands, how many lines
there are to read, which gates pass. Of a report only what its models said is left.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import reduce

from codeflow_action import __version__
from codeflow_action.engine.action import Action
from codeflow_action.engine.allowances import Allowance, allowed_findings
from codeflow_action.engine.diff import Side
from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.dismissed_families import DismissedFamily, without_families
from codeflow_action.engine.findings import (
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Suggestion,
    identify,
)
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.merge import merge
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.proposals import (
    ActionProposal,
    Appeal,
    InlineComments,
    Section,
    Synopsis,
)
from codeflow_action.engine.pull_request import ChangedFile, PullRequest, Trigger
from codeflow_action.engine.quantities import count
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding
from codeflow_action.engine.shards import Shard, ShardPlan
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.standing_dismissals import NONE_STANDING, StandingDismissals
from codeflow_action.engine.verdict import EXIT_CODES, GateRules, judge
from codeflow_action.integrations.line_hashes import hash_findings
from codeflow_action.review.anchoring import Anchor, QuoteMatch
from codeflow_action.review.ranking import drop_said, dropped, merge_duplicates
from codeflow_action.review.scope import OmittedFile
from codeflow_action.review.suggestions import check_suggestion
from codeflow_action.review.units import clean_lines, old_side
from codeflow_action.run.conclude import as_reported, whole_findings

# What one report may hold. Findings are compared with each other, which takes the square of their
# number; a shard of 2,000 lines comes to some dozens.
_MAX_FINDINGS = 500
_MAX_DROPPED = 20_000
_MAX_INLINE = 30  # comments of a run that an unsealed report may ask for
_MAX_TEXTS = 200  # notes, notices, shortfalls, proposals
_RULE = regex(r"[A-Za-z0-9_.+-]{1,80}(?:/[A-Za-z0-9_.+-]{1,80}){0,3}")
_MASKED = regex(r"\[redacted[^\]]{0,80}\]")  # what redaction has put in a secret's place
# Reasons that make a run green, or expect no coverage of it, for which this process needs no other.
_OUR_OWN_TO_SAY = frozenset(
    {
        Reason.DRAFT,
        Reason.BOT,
        Reason.FORK_UNKNOWN,
        Reason.OPTED_OUT,
        Reason.PAUSED,
        Reason.INVALID_CONFIG,
        Reason.UNSUPPORTED_EVENT,
        Reason.NO_REVIEWABLE_CHANGES,
        Reason.UNCHANGED,
    }
)


@dataclass(frozen=True, kw_only=True)
class OwnView:
    """What this process knows by itself of the change that the reports are about.

    `actions` are those of the pipeline that ask models. `contents` are the changed files at head;
    `left_out` are those that no model is to read, by path. `configuration` is the digest that all
    jobs have to agree on. A review that `is_divided` has a plan that was made by another job.
    """

    name: str
    pull_request: PullRequest
    trigger: Trigger
    actions: Sequence[Action]
    plan: ShardPlan
    is_divided: bool
    contents: Mapping[str, Content]
    left_out: Mapping[str, OmittedFile]

    def flaw(self, report: Report, number: int) -> str:
        """Return why this is no report of the shard with that number, empty when it may be one."""
        own = {
            "name": self.name,
            "repository": self.pull_request.repository,
            "number": self.pull_request.number,
            "base_sha": self.pull_request.base_sha,
            "merge_base_sha": self.pull_request.merge_base_sha,
            "head_sha": self.pull_request.head_sha,
            "digest": self.plan.configuration,
            "plan": self.plan.digest if self.is_divided else "",
            "shard": self.plan.labels[number - 1] if self.is_divided else "",
        }
        wrong = next((name for name, value in own.items() if getattr(report, name) != value), "")
        if wrong:
            return f"it has another {wrong.removesuffix('_sha').replace('_', ' ')}"
        if self.is_divided and Counter(action.name for action in report.actions) != Counter(
            action.name for action in self.actions
        ):
            return "it is not of the actions that ask models here"
        if _is_too_large(report):
            return "it holds more than any shard finds"
        if not _is_countable(report.spent) or not 0 <= report.seconds < math.inf:
            return "it counts what nobody can spend"
        shard = self.plan.shards[number - 1]
        claims = (self._claims_too_much(action, shard) for action in report.actions)
        return next(filter(None, claims), "")

    def _claims_too_much(self, report: ActionReport, shard: Shard) -> str:
        """Return what an action was skipped for that this process does not see, or nothing."""
        action = next((action for action in self.actions if action.name == report.name), None)
        if action is None or report.status is not ActionStatus.SKIPPED:
            return ""
        if report.reason not in set(Reason):
            return "it names a reason that there is none"
        is_readable = any(file.path not in self.left_out for file in shard.files)
        reasons = {
            Reason.UNSUPPORTED_EVENT: not action.answers_to(self.trigger),
            Reason.OPTED_OUT: bool(action.only.why_not(self.pull_request, self.trigger)),
            Reason.NO_REVIEWABLE_CHANGES: not is_readable,
        }
        reason = Reason(report.reason)
        is_true = reason not in _OUR_OWN_TO_SAY or reasons.get(reason, False)
        return "" if is_true else f"{report.name} was not held back here ({reason.value})"

    def accept(self, report: Report, number: int, *, is_sealed: bool) -> Report:
        """Return what of a report without a flaw counts.

        One that `is_sealed` was written with our keys. Of another the evidence is what is proven
        here, that the code is there; and it may ask for comments and prose, and for nothing else.
        """
        shard = self.plan.shards[number - 1]
        files = {file.path: file for file in shard.narrow(self.pull_request.files_by_path)}
        names = [action.name for action in self.actions]
        findings: list[ReportedFinding] = []
        drops = list(report.dropped)
        for reported_finding in report.findings:
            finding = reported_finding.finding
            if finding.is_deterministic:
                continue  # gates say the same again, on our own objects
            if not is_sealed:
                finding = finding.model_copy(update={"evidence": Evidence.QUOTED})
            result = self._place(_attributed(finding, names), files)
            if isinstance(result, DroppedFinding):
                drops.append(result)
                continue
            # A name of its own until all parts are together: equal ones of a divided file are two.
            name = f"{number}:{len(findings)}"
            findings.append(ReportedFinding(id=name, finding=result, blocking=False))
        return self._empty(number).model_copy(
            update={
                "findings": tuple(findings),
                "dropped": tuple(drops),
                "actions": tuple(
                    _own_flags(action, self.actions)
                    for action in report.actions
                    if action.name in names
                ),
                "shortfalls": tuple(
                    shortfall
                    for shortfall in report.shortfalls
                    if shortfall.reason is not Reason.GATE_NOT_RUN
                ),
                "receipt": self._receipt(report.receipt, shard, is_sealed=is_sealed),
                "spent": report.spent,
                "no_model": report.no_model,
                "model": report.model,
                "notices": report.notices,
                "notes": report.notes,
                "proposals": _allowed_proposals(report, names, is_sealed=is_sealed),
                "seconds": report.seconds,
            }
        )

    def missing(self, number: int, why: str) -> Report:
        """Return the report of a shard that is not there: all of it is unread, and that is said."""
        label, shard = self.plan.labels[number - 1], self.plan.shards[number - 1]
        unread = f"shard {label} is missing"
        unread_files = sum(file.path not in self.left_out for file in shard.files)
        files = count(unread_files, "file was", "files were")
        detail = f"{unread}, so {files} not reviewed ({why})"
        # Their work is not done: a ledger that called it complete would have later runs skip it.
        actions = tuple(
            ActionReport(
                name=action.name,
                status=ActionStatus.DONE,
                asks_models=True,
                reviews=action.reviews(),
                checks=action.checks,
                fell_short=True,
            )
            for action in self.actions
        )
        return self._empty(number).model_copy(
            update={
                "actions": actions,
                "shortfalls": (Shortfall(reason=Reason.SHARD_MISSING, detail=detail),),
                "receipt": self._receipt(Receipt(share=0.0), shard, unread),
            }
        )

    def _empty(self, number: int) -> Report:
        pull_request = self.pull_request
        return Report(
            version=__version__,
            name=self.name,
            repository=pull_request.repository,
            number=pull_request.number,
            base_sha=pull_request.base_sha,
            merge_base_sha=pull_request.merge_base_sha,
            head_sha=pull_request.head_sha,
            digest=self.plan.configuration,
            shard=self.plan.labels[number - 1],
        )

    def _receipt(
        self, claimed: Receipt, shard: Shard, unread: str = "not read", *, is_sealed: bool = False
    ) -> Receipt:
        """Return what was read by the claim, of no more lines than the shard has here.

        Which files are to be read, and how many lines they have, is counted here. What is to be
        remembered is taken of a report that `is_sealed` alone: a claim to have read what nobody has
        would keep it from being read for ever.
        """
        if claimed.share is None:
            return Receipt()
        claims = {file.path: file for file in claimed.files}
        receipts: list[FileReceipt] = []
        for shard_file in shard.files:
            file = shard_file.narrow(self.pull_request.files_by_path[shard_file.path])
            omitted, claim = self.left_out.get(file.path), claims.get(file.path)
            is_absent = isinstance(self.contents.get(file.path), Absent)
            count, read_count = file.changed_line_count, 0
            if claim and not omitted:
                read_count = max(0, min(claim.reviewed, count))
            earlier = max(0, min(claim.earlier, read_count)) if claim and is_sealed else 0
            why_not = omitted.reason if omitted else (claim and claim.reason) or unread
            is_reviewable = omitted.is_shortfall if omitted else True
            if is_absent and claim and not omitted:
                is_reviewable = claim.reviewable  # what nobody could read counts for nobody
            receipts.append(
                FileReceipt(
                    path=file.path,
                    changed=count,
                    reviewed=read_count,
                    earlier=earlier,
                    reason="" if read_count >= count and not omitted else why_not,
                    reviewable=is_reviewable,
                    lines=shard_file.lines,
                )
            )
        receipts.sort(key=lambda receipt: not receipt.reviewable)
        receipt = Receipt.of(receipts, claimed.notes)
        update = {"units": claimed.units, "revisited": claimed.revisited}
        return receipt.model_copy(update=update) if is_sealed else receipt

    def _place(
        self, finding: Finding, files: Mapping[str, ChangedFile]
    ) -> Finding | DroppedFinding:
        """Return the finding where its code stands in our own diff, or why it is not shown."""
        if finding.path is None:
            return finding.model_copy(update={"suggestion": None})
        file = files.get(finding.path)
        if file is None:
            return dropped(finding, DropStage.SCOPE, "about a file that is not in its shard")
        if finding.line is None:
            return finding.model_copy(update={"suggestion": None})
        last_line = finding.last_line or finding.line
        if finding.evidence is Evidence.QUOTED and not finding.is_on(file.hunks):
            return dropped(finding, DropStage.SCOPE, "about lines outside this change")
        content = self.contents.get(file.path)
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        numbers = (line.old for hunk in file.hunks for line in hunk.lines if line.old is not None)
        lines = (
            dict(enumerate(clean_lines(text), start=1))
            if finding.side is Side.RIGHT
            else dict(zip(numbers, clean_lines(old_side(file)), strict=False))
        )
        code = finding.code.split("\n")
        own = [lines.get(number, "") for number in range(finding.line, finding.line + len(code))]
        if len(code) <= last_line - finding.line or not all(map(_is_masked_copy, code, own)):
            return dropped(finding, DropStage.ANCHOR, "quotes code that is not in the file")
        return finding.model_copy(update={"suggestion": _suggestion(finding, own, text)})


def _is_masked_copy(line: str, own: str) -> bool:
    """True when the line is our own one, secrets in it masked."""
    start, *parts = _MASKED.split(line)
    if not parts:
        return line == own
    # Step by step: as one expression, many masks in a forged line would take for ever to match.
    position = len(start)
    for part in parts[:-1]:
        index = own.find(part, position)
        if index < 0:
            return False
        position = index + len(part)
    rest = own[position:]
    return own.startswith(start) and rest.endswith(parts[-1])


def _suggestion(finding: Finding, own: Sequence[str], text: str) -> Suggestion | None:
    """Return the suggestion if it holds here too: it applies, parses, and is fit to be shown."""
    line, suggestion = finding.line, finding.suggestion
    if suggestion is None or line is None or len(own) != (finding.last_line or line) - line + 1:
        return None
    anchor = Anchor(
        line=line,
        end_line=line + len(own) - 1,
        side=finding.side,
        code="\n".join(own),
        match=QuoteMatch.EXACT,
        in_diff=True,
        on_change=True,
    )
    result, _reason = check_suggestion(suggestion.replacement, anchor, finding.path or "", text)
    return result


def _attributed(finding: Finding, names: Sequence[str]) -> Finding:
    """Return the finding as one of an action here; its rule is a plain word or its category."""
    sources = tuple(name for name in names if name in finding.sources) or tuple(names[:1])
    is_plain = _RULE.fullmatch(finding.rule) is not None
    rule = finding.rule if is_plain else f"{sources[0]}/{finding.category.value}"
    return finding.model_copy(update={"sources": sources, "rule": rule})


def _own_flags(report: ActionReport, actions: Iterable[Action]) -> ActionReport:
    """Return the action's ending, with what this process knows of the action itself."""
    action = next(action for action in actions if action.name == report.name)
    flags = {
        "asks_models": True,
        "reviews": action.reviews(),
        "checks": action.checks,
        "exit_code": 0,
    }
    if report.status is ActionStatus.FAILED:
        flags["exit_code"] = report.exit_code if report.exit_code in EXIT_CODES[:-1] else 70
    return report.model_copy(update=flags)


def _allowed_proposals(
    report: Report, names: Sequence[str], *, is_sealed: bool
) -> tuple[ActionProposal, ...]:
    proposals = [proposal for proposal in report.proposals if proposal.action in names]
    if is_sealed:
        return tuple(proposals)
    harmless: list[ActionProposal] = []
    for action_proposal in proposals:
        match action_proposal.proposal:
            case InlineComments(at_most=at_most):
                comments = InlineComments(at_most=min(at_most, _MAX_INLINE))
                harmless.append(ActionProposal(action=action_proposal.action, proposal=comments))
            case Section() | Synopsis() | Appeal():
                harmless.append(action_proposal)
    return tuple(harmless)


def _is_too_large(report: Report) -> bool:
    texts = (report.shortfalls, report.notices, report.notes, report.proposals)
    is_wordy = any(len(group) > _MAX_TEXTS for group in texts)
    model_findings = sum(not finding.finding.is_deterministic for finding in report.findings)
    return is_wordy or model_findings > _MAX_FINDINGS or len(report.dropped) > _MAX_DROPPED


def _is_countable(spent: Spending) -> bool:
    """True when every number is one that can be counted: finite, and not below nothing."""
    rows: tuple[object, ...] = (spent, *spent.by_model)
    numbers = [value for row in rows for value in vars(row).values()]
    numbers += [count for row in spent.by_model for count in row.failed.values()]
    return all(0 <= value < 1e12 for value in numbers if isinstance(value, int | float))


def merge_parts(gates: Report, parts: Iterable[Report], rules: GateRules) -> Report:
    """Return our own gates' report with all shards' in it; its findings have no names yet."""
    return reduce(lambda whole, part: merge(whole, part, rules), parts, gates)


@dataclass(frozen=True, kw_only=True)
class JoinMemory:
    """What the publishing job knows beside the reports: of earlier rounds, of what others say.

    `line_texts` by path are what code scanning's line hashes are made from, `dismissals` are by the
    ids of findings, `standing_dismissals` the repository's with its `allowances`, and `families`
    what was dismissed on other pull requests.
    """

    memory: Memory
    threads: Sequence[ForeignThread]
    line_texts: Mapping[str, str]
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
    standing_dismissals: StandingDismissals = NONE_STANDING
    allowances: Sequence[Allowance] = ()
    families: Sequence[DismissedFamily] = ()


def conclude_joined(whole: Report, rules: GateRules, memory: JoinMemory) -> Report:
    """Return the report of all parts as one run would have concluded it: each thing said once."""
    # Of equal findings in one file each is told by its number: those that our own gates have made
    # and that were dismissed are counted, too.
    findings = [
        *(open_finding.finding for open_finding in whole.findings),
        *(dismissed_finding.finding for dismissed_finding in whole.dismissals),
    ]
    distinct, twins = merge_duplicates(findings)
    fresh, repetitions = drop_said(distinct, memory.threads)
    new_by_id = identify(fresh, memory.memory.origins)
    by_id = whole_findings(new_by_id, memory.memory, whole.receipt)
    line_hashes = hash_findings(by_id, memory.line_texts)
    report = whole.model_copy(
        update={
            "findings": as_reported(by_id, rules, memory.memory.ledger, line_hashes),
            "dismissals": (),
            "dropped": (*whole.dropped, *twins, *repetitions),
            "receipt": whole.receipt.undivided,
        }
    )
    dismissals = {
        **allowed_findings(memory.allowances, by_id),
        **memory.standing_dismissals.decisions(by_id),
        **memory.dismissals,
    }
    report = without_families(report.with_dismissals(dismissals), memory.families)
    return judge(report, rules)
