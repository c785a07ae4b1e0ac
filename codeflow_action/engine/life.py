"""The life of what is remembered: from one round's ledger to the next one's.

A round is one run's review of a head. Everything in here is a function of values, so that any
process that holds a report can work out the ledger that belongs beside it.
"""

from codeflow_action.engine.ledger import Coverage, Entry, Ledger
from codeflow_action.engine.report import ActionStatus, Report


def advance(previous: Ledger | None, report: Report) -> Ledger:
    """Return what the next round should know, after one that came to this report.

    Without a `previous` ledger nothing is known. Whoever then fails to post a finding that belongs
    on the diff adds that by `Ledger.with_owed`.
    """
    before = previous or Ledger(
        head_sha=report.head_sha,
        merge_base_sha=report.merge_base_sha,
        digest=report.digest,
        complete=False,
    )
    receipt, cost = report.receipt, report.spent.cost_usd
    # A receipt from the ledger says again what an earlier round's models have read.
    is_fresh = receipt.share is not None and not receipt.from_ledger
    return Ledger(
        number=before.number + 1 if previous else 1,
        head_sha=report.head_sha,
        base_sha=report.base_sha,
        merge_base_sha=report.merge_base_sha,
        digest=report.digest,
        complete=receipt.from_ledger or (is_fresh and _is_complete(report)),
        entries=_entries(previous, report),
        coverage=Coverage.of(receipt) if is_fresh else before.coverage,
        comments=before.comments,
        labels=before.labels,
        kept_answers={**before.kept_answers, **report.kept_answers},
        is_paused=before.is_paused,
        model=report.model if is_fresh else before.model,
        tokens=before.tokens + report.spent.tokens,
        cost_usd=None if cost is None or before.cost_usd is None else before.cost_usd + cost,
        last_tokens=report.spent.tokens if is_fresh else before.last_tokens,
        last_cost_usd=cost if is_fresh else before.last_cost_usd,
    )


def with_spending(previous: Ledger | None, ledger: Ledger) -> Ledger:
    """Return what an overtaken run may leave: the `previous` ledger, and what that run has cost.

    `ledger` is the one that it would have left.
    """
    if previous is None:
        return ledger.model_copy(update={"complete": False, "entries": (), "coverage": None})
    names = ("tokens", "cost_usd", "day", "day_tokens")
    return previous.model_copy(update={name: getattr(ledger, name) for name in names})


def _entries(previous: Ledger | None, report: Report) -> tuple[Entry, ...]:
    number = previous.number + 1 if previous else 1
    earlier = {entry.fingerprint: entry for entry in previous.entries} if previous else {}
    entries: dict[str, Entry] = {}
    for reported_finding in report.findings:
        name, finding = reported_finding.id, reported_finding.finding
        entry = Entry.of(name, finding, number=number)
        if before := earlier.get(name):
            fields = ("first_round", "thread", "issue")
            entry = entry.model_copy(update={field: getattr(before, field) for field in fields})
        entries[name] = entry
    # Where no model was asked, as on a draft, what models have found before is not forgotten; nor
    # is what an earlier round owes, as this one posts nothing of it.
    if previous and report.receipt.share is None:
        for entry in previous.model_entries:
            entries.setdefault(entry.fingerprint, entry)
    return tuple(entries.values())


def _is_complete(report: Report) -> bool:
    """True when every action that asks a model, and was not skipped, has done all of its work."""
    reviewers = [action for action in report.actions if action.asks_models]
    return bool(reviewers) and all(
        action.status is ActionStatus.DONE and not action.fell_short
        for action in reviewers
        if action.status is not ActionStatus.SKIPPED
    )
