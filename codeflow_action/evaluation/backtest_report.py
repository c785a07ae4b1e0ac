"""What a backtest comes to, as JSON gives it and as a terminal shows it. Pure."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from codeflow_action.config.pages import markdown_table
from codeflow_action.engine.quantities import count
from codeflow_action.evaluation.results import NotDone
from codeflow_action.evaluation.tables import money, share
from codeflow_action.security.untrusted import one_line

_MAX_TITLE = 60  # characters


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class BacktestFix(_Value):
    """A later fix, and how many days after the change it came."""

    sha: str
    title: str
    days: float


class FixedChange(_Value):
    """A change that had to be fixed later, and its review.

    `lines` are those of its lines that the fixes deleted or replaced, `lines_shown` how many of
    them a prompt showed. `reported` and `found` are None where no model was asked: all findings,
    and those at the lines of a fix. `cost_usd` is an estimate then, and None without a price.
    """

    sha: str
    title: str
    fixes: tuple[BacktestFix, ...]
    changed_lines: int
    lines: int
    lines_shown: int
    reported: int | None = None
    found: int | None = None
    cost_usd: float | None = None


class Backtest(_Value):
    """The whole outcome. `model` is empty where none was asked; `stand_in` is whose price held.

    `fixed_changes` and `fixes` are those of the changes that were read; `changes` those of them
    that were reviewed, the newest first.
    """

    schema_version: Literal[1] = 1
    version: str
    repository: str
    head: str
    is_shallow: bool
    read_changes: int
    unread_changes: int
    weeks: float
    lines_per_week: float
    fixed_changes: int
    fixes: int
    budget_usd: float
    stand_in: str
    model: str
    changes: tuple[FixedChange, ...]
    not_done: tuple[NotDone, ...] = ()

    @property
    def cost_usd(self) -> float | None:
        """What all reviews cost, None where the price of one is unknown."""
        costs = [change.cost_usd for change in self.changes]
        prices = [cost for cost in costs if cost is not None]
        return sum(prices) if len(prices) == len(costs) else None

    def per_week(self, total: float | None) -> float | None:
        """Return what a count over the reviewed changes is for a week's changed lines."""
        lines = sum(change.changed_lines for change in self.changes)
        return total / lines * self.lines_per_week if lines and total is not None else None


def to_text(outcome: Backtest) -> str:
    """Return it for a terminal, as Markdown."""
    return "\n\n".join(_blocks(outcome)) + "\n"


def _blocks(outcome: Backtest) -> Iterator[str]:
    name = one_line(outcome.repository) or "this repository"
    yield (
        f"{name} at {outcome.head[:10]}: {count(outcome.read_changes, 'change')} of "
        f"{count(round(outcome.weeks), 'week')}. {outcome.fixed_changes:,} had to be fixed later, "
        f"by {count(outcome.fixes, 'fix', 'fixes')}."
    )
    if outcome.is_shallow:
        yield (
            "The clone is shallow: what came before is not known, and lines of the oldest commit "
            "belong to nobody. `git fetch --unshallow` brings the rest."
        )
    if outcome.unread_changes:
        yield (
            f"{count(outcome.unread_changes, 'change')} could not be read: too large, or the clone "
            "lacks files of theirs."
        )
    if outcome.changes:
        yield _table(outcome)
        yield "\n".join(f"- {line}" for line in _totals(outcome))
    if outcome.not_done:
        reasons = dict.fromkeys(one_line(entry.reason) for entry in outcome.not_done)
        yield f"Not reviewed: {len(outcome.not_done):,}: {'; '.join(reasons)}."


def _table(outcome: Backtest) -> str:
    rows = [
        (
            _name(change.sha, change.title),
            "; ".join(f"{_name(fix.sha, fix.title)}, {fix.days:.0f} d" for fix in change.fixes),
            str(change.changed_lines),
            f"{change.lines_shown} of {change.lines}",
            *((str(change.reported), str(change.found)) if outcome.model else ()),
            money(change.cost_usd),
        )
        for change in outcome.changes
    ]
    heads = ("change", "fixed by", "lines", "shown of what was fixed")
    return markdown_table((*heads, *(("reported", "found") if outcome.model else ()), "cost"), rows)


def _totals(outcome: Backtest) -> Iterator[str]:
    changes = outcome.changes
    lines = sum(change.lines for change in changes)
    shown_count = sum(change.lines_shown for change in changes)
    whole = sum(change.lines == change.lines_shown for change in changes)
    yield (
        f"Shown: {share(shown_count, lines)} of {count(lines, 'line')} fixed later; of "
        f"{count(len(changes), 'change')} {whole:,} wholly."
    )
    cost, weekly = money(outcome.cost_usd), money(outcome.per_week(outcome.cost_usd))
    if not outcome.model:
        yield "Found: not known, since no model was asked. With a key this says how many."
        yield (
            f"Cost: about {cost}, {weekly} a week, at the price of {one_line(outcome.stand_in)} "
            "and with as many findings as were fixed."
        )
        return
    hits = sum(bool(change.found) for change in changes)
    finding_count = sum(change.reported or 0 for change in changes)
    scope = f"{count(len(changes), 'change')}, at the lines that were fixed"
    yield f"Found: {share(hits, len(changes))} of {scope}."
    weekly_count = outcome.per_week(finding_count) or 0
    yield f"Said: {count(finding_count, 'finding')}, {weekly_count:.1f} a week."
    budget = money(outcome.budget_usd)
    yield f"Paid: {cost} of {budget} to {one_line(outcome.model)}, {weekly} a week."


def _name(sha: str, title: str) -> str:
    return f"{sha[:7]} {one_line(title, _MAX_TITLE)}"
