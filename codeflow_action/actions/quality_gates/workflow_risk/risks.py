"""What a risk is, how grave it is by its guards, and which risks a change brings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from codeflow_action.actions.quality_gates.workflow_risk.guards import Guard, Way
from codeflow_action.actions.quality_gates.workflow_risk.scripts import Taints
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import TaintKind
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass

_TRUST = frozenset({Guard.MEMBER, Guard.SAME_REPOSITORY})

# What a risk reaches, in words that follow "now".
POWER_WORDS = {
    "write": "the token may write",
    "write-all": "the token may write everything",
    "credentials": "git keeps the token beside that code",
    "cache": "what it leaves in the cache is restored on the default branch",
    "self-hosted": "it runs on a machine of yours",
    "run": "something of it is run",
    "open": "anybody may call the agent",
    "tools": "the agent has a shell",
}


@dataclass(frozen=True, kw_only=True)
class FilePlace:
    """A line of a file at one commit."""

    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Threat:
    """How grave it is, and which guards hold it back on the way that is guarded least."""

    severity: Severity
    guards: frozenset[Guard] = frozenset()
    is_fork_only: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StrangerRisk:
    """One risk of a file at one commit.

    `places` begin where it happens and lead back to where it comes from. `power` is what an
    attacker reaches: with more of it, an old risk is a new one.
    """

    rule: str
    title: str
    message: str
    advice: str
    places: tuple[FilePlace, ...]
    threat: Threat
    code: str = ""
    job: str = ""
    power: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same when a file is moved or written in another way."""
        return (self.rule, *self.threat.sources)


@dataclass(frozen=True, kw_only=True)
class NewRisk:
    """A risk that a change brings; `before` is a milder one that was there."""

    risk: StrangerRisk
    before: StrangerRisk | None = field(default=None)


def threat_of(taints: Taints, kind: TaintKind, ways: Sequence[Way]) -> Threat | None:
    """Return how grave it is when strangers decide this; None where they cannot.

    Without secrets and with a token that only reads, a text is a warning and code is no news: that
    is what a pull request of a fork is for.
    """
    threats = [
        threat
        for taint in taints
        if taint.kind is kind
        for way in ways
        if (events := taint.events & way.events)
        and (threat := _threat(kind, way.guards, is_fork_only=events <= taint.fork_events))
    ]
    if not threats:
        return None
    worst = min(threats, key=lambda threat: (threat.severity.rank, len(threat.guards)))
    sources = tuple(sorted({taint.source for taint in taints if taint.kind is kind}))
    return Threat(
        severity=worst.severity,
        guards=worst.guards,
        is_fork_only=worst.is_fork_only,
        sources=sources,
    )


def _threat(kind: TaintKind, guards: frozenset[Guard], *, is_fork_only: bool) -> Threat | None:
    if kind is TaintKind.HEAD:
        if is_fork_only or Guard.MERGED in guards:
            return None
        return Threat(severity=Severity.NOTICE if guards else Severity.ERROR, guards=guards)
    if guards & _TRUST or (guards and is_fork_only):
        severity = Severity.NOTICE
    else:
        severity = Severity.WARNING if guards or is_fork_only else Severity.ERROR
    return Threat(severity=severity, guards=guards, is_fork_only=is_fork_only)


def new_risks(before: Iterable[StrangerRisk], after: Iterable[StrangerRisk]) -> Iterator[NewRisk]:
    """Yield the risks that were not there before, at least as grave and with as much power."""
    old_risks = list(before)
    # The gravest first, so that a milder one does not use up what stands for it.
    new_ones = []
    for risk in sorted(after, key=lambda risk: (risk.threat.severity.rank, -len(risk.power))):
        old_matches = [old for old in old_risks if old.key == risk.key and _covers(old, risk)]
        match = min(
            old_matches, key=lambda old: (old.job != risk.job, len(old.power)), default=None
        )
        if match is None:
            new_ones.append(risk)
        else:
            old_risks.remove(match)
    for risk in new_ones:
        milder = (old for old in old_risks if old.rule == risk.rule and old.job == risk.job)
        yield NewRisk(risk=risk, before=next(milder, None))


def _covers(old: StrangerRisk, new: StrangerRisk) -> bool:
    return old.threat.severity.rank <= new.threat.severity.rank and new.power <= old.power
