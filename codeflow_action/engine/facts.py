"""What actions tell each other: typed values, each given by one action and needed by others."""

from collections.abc import Iterable
from typing import TypeVar

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass


class Fact:
    """Base of all facts; an action names the classes it needs and gives."""


FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True, kw_only=True)
class ToolFindings(Fact):
    """What other tools say of this change, gravest first; empty where nobody was asked."""

    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UncoveredLines:
    """Added lines of one file, by number at head, that no test has run.

    `reachable` counts the added lines that a report speaks of, these among them.
    """

    path: str
    lines: tuple[int, ...]
    reachable: int


@dataclass(frozen=True, kw_only=True)
class LineCoverage(Fact):
    """Which added lines tests have not run, by the coverage reports; empty where there is none."""

    files: tuple[UncoveredLines, ...] = ()
    reports: tuple[str, ...] = ()  # paths, as the workspace has them

    @property
    def reachable_count(self) -> int:
        """Added lines that a report speaks of."""
        return sum(file.reachable for file in self.files)

    @property
    def uncovered_count(self) -> int:
        """Those of them that no test has run."""
        return sum(len(file.lines) for file in self.files)


class Facts:
    """A read-only set of facts, at most one of a class."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._by_class: dict[type[Fact], Fact] = {type(fact): fact for fact in facts}

    def get(self, kind: type[FactT]) -> FactT | None:
        """Return the fact of that class, None when nobody gave it."""
        fact = self._by_class.get(kind)
        return fact if isinstance(fact, kind) else None

    def only(self, kinds: Iterable[type[Fact]]) -> "Facts":
        """Return the facts of those classes: what an action may see."""
        return Facts(self._by_class[kind] for kind in kinds if kind in self._by_class)

    def with_facts(self, facts: Iterable[Fact]) -> "Facts":
        """Return these and the given ones, which replace others of their class."""
        return Facts((*self._by_class.values(), *facts))
