"""What became of each finding of a pull request, counted when it is closed. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.findings import Category
from codeflow_action.engine.ledger import Entry, EntryState


class Fate(StrEnum):
    """How a finding ended."""

    FIXED = "fixed"  # a later commit changed the code that it spoke of
    DISMISSED = "dismissed"  # by somebody who may
    RESOLVED = "resolved"  # a person closed its thread, and the code stands
    IGNORED = "ignored"  # it was still open
    UNKNOWN = "unknown"  # its code stands, and was read again without a word about it


class FindingFate(BaseModel):
    """One finding with its end. `issue` is the number of the issue that was made of it, or 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rule: str
    category: Category
    is_by_model: bool
    path: str | None = None
    fate: Fate
    issue: int = 0


class FinalCount(BaseModel):
    """All findings of a pull request that the ledger remembers, with their ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_merged: bool
    findings: tuple[FindingFate, ...] = ()

    def count(self, fate: Fate) -> int:
        """Return how many ended like that."""
        return sum(finding.fate is fate for finding in self.findings)

    @property
    def sentence(self) -> str:
        """What it comes to, for people."""
        ending = "merged" if self.is_merged else "closed without a merge"
        if not self.findings:
            return f"The pull request was {ending}; there were no findings."
        counts = Counter(finding.fate for finding in self.findings)
        parts = ", ".join(f"{counts[fate]} {_WORDS[fate]}" for fate in Fate if counts[fate])
        total = len(self.findings)
        return f"The pull request was {ending}. Of {total} findings: {parts}."


_WORDS: Mapping[Fate, str] = {
    Fate.FIXED: "fixed by a later commit",
    Fate.DISMISSED: "dismissed",
    Fate.RESOLVED: "resolved without a change",
    Fate.IGNORED: "still open",
    Fate.UNKNOWN: "not found again, though their code stands",
}


def fate_of(entry: Entry, resolved_ids: Collection[str] = ()) -> Fate:
    """Return how an entry has ended; `resolved_ids` are of those whose thread a person closed."""
    match entry.state:
        case EntryState.FIXED:
            return Fate.FIXED
        case EntryState.DISMISSED:
            return Fate.DISMISSED
        case _ if entry.fingerprint in resolved_ids:
            return Fate.RESOLVED
        case EntryState.STALE:
            return Fate.UNKNOWN
        case _:
            return Fate.IGNORED


def final_count(
    entries: Iterable[Entry], *, is_merged: bool, resolved_ids: Collection[str] = ()
) -> FinalCount:
    """Return what became of the entries that were shown to somebody."""
    return FinalCount(
        is_merged=is_merged,
        findings=tuple(
            FindingFate(
                id=entry.fingerprint,
                rule=entry.rule,
                category=entry.category,
                is_by_model=not entry.is_deterministic,
                path=entry.path,
                fate=fate_of(entry, resolved_ids),
                issue=entry.issue,
            )
            for entry in entries
            if not entry.is_owed  # nobody has seen it
        ),
    )
