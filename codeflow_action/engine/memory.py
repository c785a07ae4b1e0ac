"""What a round remembers of earlier ones, worked out once for the head that it looks at."""

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from codeflow_action.engine.findings import Finding, Suggestion
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import MASKED_LINE, Entry, EntryState, Ledger
from codeflow_action.engine.sightings import Sighting


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a ledger says, and where what it speaks of stands now.

    `why_full` says why a model is asked about all of the change again; it is empty where units that
    were read before are not asked about. `sightings` are of entries whose code stands at head,
    `gone_ids` the fingerprints of those whose code does not; what is in neither could not be looked
    for. `origins` are identities of paths that have changed, by path.
    """

    ledger: Ledger | None = None
    why_full: str = ""
    sightings: tuple[Sighting, ...] = ()
    gone_ids: frozenset[str] = frozenset()
    origins: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """The ledger's entries by fingerprint."""
        return {entry.fingerprint: entry for entry in (self.ledger.entries if self.ledger else ())}

    @cached_property
    def places(self) -> Mapping[str, Sighting]:
        """The sightings by fingerprint."""
        return {sighting.fingerprint: sighting for sighting in self.sightings}

    @property
    def known_units(self) -> frozenset[str]:
        """Digests of what a model has read in an earlier round, whatever has changed since."""
        return frozenset(self.ledger.reviewed_units if self.ledger else ())

    @property
    def read_units(self) -> frozenset[str]:
        """Digests of the units about which no model has to be asked again."""
        return frozenset() if self.why_full else self.known_units

    @property
    def comments(self) -> int:
        """How many inline comments the pull request has had of us."""
        return self.ledger.comments if self.ledger else 0

    def standing(self, entry: Entry) -> Finding | None:
        """Return the finding of a model's entry where its code stands now, None where it is gone.

        One that could not be looked for is where it was.
        """
        if entry.fingerprint in self.gone_ids:
            return None
        sighting = self.places.get(entry.fingerprint)
        if sighting is None:
            return entry.finding
        place = {name: getattr(sighting, name) for name in ("path", "line", "end_line", "code")}
        suggestion = _moved_suggestion(entry, sighting)
        return entry.finding.model_copy(update={**place, "suggestion": suggestion})

    @property
    def open_entries(self) -> tuple[Entry, ...]:
        """The entries of models that are not over: who has dismissed one may take that back."""
        states = (EntryState.OPEN, EntryState.DISMISSED)
        return tuple(
            entry
            for entry in self.entries.values()
            if not entry.is_deterministic and entry.state in states
        )


def _moved_suggestion(entry: Entry, sighting: Sighting) -> Suggestion | None:
    """Return the entry's suggestion for where its lines stand now, None where they are others.

    It was checked against the lines that stood there then. Their hashes tell neither indentation
    nor blank lines nor what a mask hides, so all of that has to be as the suggestion has it.
    """
    old, line, last = entry.suggestion, sighting.line, sighting.last_line
    if old is None or line is None or last is None or not sighting.is_whole:
        return None
    is_as_long = last - line == old.end_line - old.start_line
    is_of_all = (old.start_line, old.end_line) == (entry.line, entry.last_line)
    if not is_as_long or not is_of_all or MASKED_LINE in entry.quoted_lines:
        return None
    if old.replacement and _indentation(old.replacement) != _indentation(sighting.code):
        return None
    return old.model_copy(update={"start_line": line, "end_line": last})


def _indentation(code: str) -> str:
    """Return the white space before the first word."""
    return code[: len(code) - len(code.lstrip())].rpartition("\n")[2]
