"""The life of what is remembered: from one round's ledger to the next one's.

A round is one run's review of a head. Everything in here is a function of values, so that any
process that holds a report can work out the ledger that belongs beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Coverage, Entry, EntryState, Ledger
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.proposals import InlineComments
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.engine.sightings import Sighting

# What holds for one head, its host says anew.
_OF_ONE_HEAD = {"is_approved": False, "newest_event": "", "day": "", "day_tokens": 0}


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """What has become of findings in one round, as entries with their prose where there is some.

    `carried` were open before and still are, whether they were made again or not asked about;
    `reopened` were fixed and came back. Of an entry that is neither here nor there nothing changed.
    """

    new: tuple[Entry, ...] = ()
    carried: tuple[Entry, ...] = ()
    reopened: tuple[Entry, ...] = ()
    fixed: tuple[Entry, ...] = ()
    dismissed: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Advance:
    """What follows from a round: the ledger for the next one, and what has changed in this one."""

    ledger: Ledger
    transitions: Transitions = Transitions()


def advance(
    memory: Memory, report: Report, dismissals: Mapping[str, Dismissal] = MappingProxyType({})
) -> Advance:
    """Return what the next round should know, after one that came to this report.

    `memory` is what this one began with, `dismissals` are what people have decided by now, by the
    findings' ids. Whoever then fails to post a finding that belongs on the diff adds that by
    `Ledger.with_owed`.
    """
    before = memory.ledger or Ledger(
        number=1,
        head_sha=report.head_sha,
        merge_base_sha=report.merge_base_sha,
        digest=report.digest,
        complete=False,
    )
    receipt, cost = report.receipt, report.spent.cost_usd
    # A receipt from the ledger says again what an earlier round's models have read.
    is_fresh = receipt.share is not None and not receipt.from_ledger
    # A round belongs to a change: an event that comes twice, and a run that goes on where another
    # was ended, are of the same one, and nothing is written anew for it.
    ends = (report.head_sha, report.merge_base_sha)
    is_next = memory.ledger and (before.head_sha, before.merge_base_sha) != ends
    number = before.number + 1 if is_next else before.number
    turn = _Turn(memory, report, dismissals, number)
    ledger = before.model_copy(
        update={
            "number": number,
            "head_sha": report.head_sha,
            "base_sha": report.base_sha,
            "merge_base_sha": report.merge_base_sha,
            "digest": report.digest,
            "complete": receipt.from_ledger or (is_fresh and _is_complete(report)),
            "entries": turn.entries(),
            "coverage": Coverage.of(receipt) if is_fresh else before.coverage,
            "reviewed_units": _units(before, memory, report),
            "kept_answers": {**before.kept_answers, **report.kept_answers},
            "model": report.model if is_fresh else before.model,
            "tokens": before.tokens + report.spent.tokens,
            "cost_usd": _sum(before.cost_usd, cost),
            "last_tokens": report.spent.tokens if is_fresh else before.last_tokens,
            "last_cost_usd": cost if is_fresh else before.last_cost_usd,
            **_OF_ONE_HEAD,
        }
    )
    if is_fresh:
        ledger = ledger.with_drops(report.dropped)
    return Advance(ledger=ledger, transitions=turn.transitions)


def with_spending(previous: Ledger | None, ledger: Ledger) -> Ledger:
    """Return what an overtaken run may leave: the `previous` ledger, and what that run has cost.

    `ledger` is the one that it would have left.
    """
    if previous is None:
        bare = {"complete": False, "entries": (), "coverage": None, "reviewed_units": ()}
        return ledger.model_copy(update=bare)
    names = ("tokens", "cost_usd", "day", "day_tokens")
    return previous.model_copy(update={name: getattr(ledger, name) for name in names})


def join(ledger: Ledger, base: Ledger | None, present: Ledger) -> Ledger:
    """Return the ledger with what another run has left in ours since this one began with `base`.

    What was dismissed meanwhile stays so, though this run has shown it once more, and what the
    other run has spent is counted. `present` is what stands there now.
    """
    earlier_ids = base.dismissed_ids if base else frozenset[str]()
    dismissals = {
        entry.fingerprint: entry
        for entry in present.entries
        if entry.fingerprint in present.dismissed_ids - earlier_ids
    }
    tokens = max(0, present.tokens - (base.tokens if base else 0))
    cost = _sum(present.cost_usd, _minus(base.cost_usd if base else 0.0))
    return ledger.model_copy(
        update={
            "entries": tuple(dismissals.get(entry.fingerprint, entry) for entry in ledger.entries),
            "tokens": ledger.tokens + tokens,
            "cost_usd": _sum(ledger.cost_usd, cost),
            "day_tokens": ledger.day_tokens + (tokens if ledger.day == present.day else 0),
        }
    )


def _minus(cost: float | None) -> float | None:
    return None if cost is None else -cost


def recognize(findings: Mapping[str, Finding], memory: Memory) -> dict[str, Finding]:
    """Return the findings of this round under the ids that they have had before.

    `findings` are by fingerprint. What a model says again in other words, or calls another kind of
    trouble, about lines that hold an earlier finding's code is that finding.
    """
    used_ids = findings.keys() & memory.entries.keys()
    by_id: dict[str, Finding] = {}
    for fingerprint, finding in findings.items():
        name = fingerprint
        if fingerprint not in used_ids and not finding.is_deterministic:
            rivals = [
                entry for entry in memory.entries.values() if entry.fingerprint not in used_ids
            ]
            if twin := _twin(finding, rivals, memory):
                name = twin.fingerprint
                used_ids |= {name}
        by_id[name] = finding
    return by_id


def carried(memory: Memory, made_ids: Iterable[str], receipt: Receipt) -> dict[str, Finding]:
    """Return models' findings of earlier rounds that nobody was asked about again, by id.

    Each stands where its code is now. `made_ids` are those that this round has made again.
    """
    quiet_ids = {*made_ids, *receipt.revisited}
    return {
        entry.fingerprint: finding
        for entry in memory.open_entries
        if entry.fingerprint not in quiet_ids
        if (finding := memory.standing(entry)) is not None
    }


def _twin(finding: Finding, rivals: Iterable[Entry], memory: Memory) -> Entry | None:
    """Return the earlier finding about the same lines, the one that shares most with it."""
    if finding.line is None:
        return None
    first, last = finding.line, finding.last_line or finding.line
    best: Entry | None = None
    largest = 0
    for entry in rivals:
        sighting = memory.places.get(entry.fingerprint)
        if sighting is None or entry.is_deterministic or entry.side is not finding.side:
            continue
        overlap = sighting.overlap(first, last) if sighting.path == finding.path else 0
        is_one_kind = entry.category is finding.category
        # Of another kind, a line in a stretch of thirty is something else than all of it.
        longest = max(last - first, _length(sighting)) + 1
        if overlap > largest and (is_one_kind or 2 * overlap >= longest):
            best, largest = entry, overlap
    return best


def _length(sighting: Sighting) -> int:
    return (sighting.end_line or sighting.line or 0) - (sighting.line or 0)


class _Turn:
    """One round's work on the entries; `entries` fills in the transitions."""

    def __init__(
        self,
        memory: Memory,
        report: Report,
        dismissals: Mapping[str, Dismissal],
        number: int,
    ) -> None:
        self._memory, self._report, self._number = memory, report, number
        self._dismissals = {**dismissals, **{row.id: row.dismissal for row in report.dismissals}}
        self.transitions = Transitions()
        self._posting = {
            row.action for row in report.proposals if isinstance(row.proposal, InlineComments)
        }

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries after the round: those of its findings, then what else is known."""
        report = self._report
        by_id = {row.id: self._made(row.id, row.finding) for row in report.findings}
        by_id |= {row.id: self._made(row.id, row.finding) for row in report.dismissals}
        for fingerprint, entry in self._memory.entries.items():
            if fingerprint not in by_id:
                by_id[fingerprint] = self._unmade(entry)
        return tuple(by_id.values())

    def _made(self, fingerprint: str, finding: Finding) -> Entry:
        """Return the entry of a finding that stands in the report."""
        before = self._memory.entries.get(fingerprint)
        origin = self._memory.origins.get(finding.path or "", "")
        entry = Entry.of(fingerprint, finding, number=self._number, origin=origin)
        if before is not None:
            names = ("first_round", "back_round", "thread", "issue")
            update: dict[str, object] = {name: getattr(before, name) for name in names}
            if before.state is EntryState.FIXED:
                update["back_round"] = self._number
            # Carried without its code, as on a head that was reviewed before.
            if not finding.code:
                update["line_hashes"] = before.line_hashes
            # Still owed where nobody has asked to post it now.
            update["is_owed"] = before.is_owed and not self._posting & set(finding.sources)
            entry = entry.model_copy(update=update)
        if fingerprint in self._dismissals:
            return self._dismissed(entry, before)
        if before is None:
            self._note("new", entry)
        elif before.state is EntryState.FIXED:
            self._note("reopened", entry)
        else:
            self._note("carried", entry)
        return entry

    def _unmade(self, entry: Entry) -> Entry:
        """Return what has become of an entry that stands in the report no more."""
        if entry.fingerprint in self._dismissals:
            return self._dismissed(entry, entry)
        if entry.state is EntryState.FIXED:
            return entry
        if entry.is_deterministic:
            return self._close(entry) if self._is_checked(entry) else entry
        fingerprint = entry.fingerprint
        sighting = self._memory.places.get(fingerprint)
        is_revisited = fingerprint in self._report.receipt.revisited
        is_edited = sighting is not None and not sighting.is_whole
        if fingerprint in self._memory.gone_ids or (is_revisited and is_edited):
            return self._close(entry)
        if is_revisited and entry.state is not EntryState.STALE:
            self._note("stale", entry)
            return entry.model_copy(update={"state": EntryState.STALE, "is_owed": False})
        return self._moved(entry, sighting)

    def _moved(self, entry: Entry, sighting: Sighting | None) -> Entry:
        if sighting is None:
            return entry
        origin = self._memory.origins.get(sighting.path, "")
        place = {"path": sighting.path, "line": sighting.line, "end_line": sighting.end_line}
        return entry.model_copy(update={**place, "origin": origin, "suggestion": None})

    def _dismissed(self, entry: Entry, before: Entry | None) -> Entry:
        dismissal = self._dismissals[entry.fingerprint]
        # A person's word is remembered; a rule that is allowed is asked about each time.
        login = "" if dismissal.way.is_allowance else dismissal.login
        words = {"reason": dismissal.reason, "login": login}
        if before is None or before.state is not EntryState.DISMISSED:
            self._note("dismissed", entry.model_copy(update=words))
        return entry.closed(EntryState.DISMISSED).model_copy(update=words)

    def _close(self, entry: Entry) -> Entry:
        self._note("fixed", entry)
        return entry.closed(EntryState.FIXED).model_copy(update={"last_round": self._number})

    def _is_checked(self, entry: Entry) -> bool:
        """True when the action that made it has looked at all of the change again."""
        return any(
            action.name in entry.sources
            and action.status is ActionStatus.DONE
            and not action.fell_short
            for action in self._report.actions
        )

    def _note(self, name: str, entry: Entry) -> None:
        entries = (*getattr(self.transitions, name), entry)
        self.transitions = replace(self.transitions, **{name: entries})


def _units(before: Ledger, memory: Memory, report: Report) -> tuple[str, ...]:
    """Return what of this head models have read under this digest and merge base."""
    receipt = report.receipt
    if receipt.from_ledger:
        return before.reviewed_units
    if receipt.share is not None:
        return receipt.units
    # No model was asked. What was read before counts as long as it would have counted now.
    ends = (report.digest, report.merge_base_sha)
    is_same = (before.digest, before.merge_base_sha) == ends and not memory.why_full
    return before.reviewed_units if is_same else ()


def _sum(before: float | None, cost: float | None) -> float | None:
    return None if cost is None or before is None else before + cost


def _is_complete(report: Report) -> bool:
    """True when every action that asks a model, and was not skipped, has done all of its work."""
    reviewers = [action for action in report.actions if action.asks_models]
    return bool(reviewers) and all(
        action.status is ActionStatus.DONE and not action.fell_short
        for action in reviewers
        if action.status is not ActionStatus.SKIPPED
    )
