"""What CodeFlow remembers between runs: a versioned, size-capped payload in its own comment."""

import base64
import zlib
from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.receipt import Receipt

# Characters, of the 65,536 that a comment may have
# (https://github.com/telia-oss/github-pr-resource/issues/259): the rest is for readers.
MAX_ENCODED = 24_000
_MAX_DECODED = 1_000_000  # bytes: a damaged payload must not fill the memory


class EntryState(StrEnum):
    """What an entry is to the round that wrote it."""

    NEW = "new"  # shown for the first time
    KNOWN = "known"  # shown in an earlier round, and found again
    CARRIED = "carried"  # of an earlier round; no model was asked again
    # It was to stand on the diff and could not be posted, as GitHub did not answer or no time was
    # left: the next round posts it.
    OWED = "owed"


class Entry(BaseModel):
    """One finding that was shown, or is owed.

    Of its state only `owed` is written: whatever else it was, to a later round it is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    finding: Finding
    state: EntryState = EntryState.KNOWN

    @model_validator(mode="before")
    @classmethod
    def _read_owed(cls, entry: object) -> object:
        if not isinstance(entry, dict) or "owed" not in entry:
            return entry
        state = EntryState.OWED if entry["owed"] is True else EntryState.KNOWN
        return {"state": state} | {key: entry[key] for key in entry.keys() - {"owed"}}

    @model_serializer(mode="wrap")
    def _write_owed(self, write: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        entry: dict[str, JsonValue] = write(self)
        entry.pop("state", None)
        return entry | ({"owed": True} if self.state is EntryState.OWED else {})


class Unread(StrEnum):
    """Why a model has not read all of a file, in the words of the coverage receipt."""

    NEVER_SEND = "never_send"
    OUTSIDE = "outside paths.only"
    IGNORED = "paths.ignore"
    BINARY = "binary"
    SUBMODULE = "submodule"
    SYMLINK = "symbolic link"
    REMOVED = "removed"
    LOCK_FILE = "lock file"
    VENDORED = "vendored"
    SNAPSHOT = "snapshot"
    GENERATED = "generated"
    TOO_LARGE = "diff too large"
    UNAVAILABLE = "diff not available"
    NO_LINES = "no changed lines"
    MINIFIED = "minified"
    LONG_LINES = "lines of more than 2,000 characters"
    OTHER = "not read"  # what the run's own report tells in more words

    @classmethod
    def of(cls, reason: str) -> "Unread":
        """Return the member for a receipt's reason."""
        return cls(reason) if reason in set(cls) else cls.OTHER


class Coverage(BaseModel):
    """How much a model has read, in changed lines; `unread` counts files by the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_lines: int = Field(ge=0)
    reviewable_lines: int = Field(ge=0)
    reviewable_files: int = Field(ge=0)
    unread: dict[Unread, int] = {}
    share: float = Field(ge=0, le=1)

    @property
    def receipt(self) -> Receipt:
        """The receipt of a round that has nothing to read again: the numbers, without files."""
        return Receipt(
            share=self.share,
            reviewable_lines=self.reviewable_lines,
            reviewed_lines=self.reviewed_lines,
            from_ledger=True,
        )

    @classmethod
    def of(cls, receipt: Receipt) -> "Coverage | None":
        """Return a receipt's numbers, None when no model was asked."""
        if receipt.share is None:
            return None
        return cls(
            reviewed_lines=receipt.reviewed_lines,
            reviewable_lines=receipt.reviewable_lines,
            reviewable_files=sum(file.reviewable for file in receipt.files),
            unread=Counter(Unread.of(file.reason) for file in receipt.files if file.reason),
            share=receipt.share,
        )


class Ledger(BaseModel):
    """The state of the last complete or incomplete round on this pull request.

    `digest` covers everything but the head that a model's answer depends on. `complete` is False
    when something was not done, so that running again is worth while. `coverage` is None when no
    model was asked. `is_approved` where somebody with write access has asked for the review of this
    head; `newest_event` is the server's time of what was held against a label: the next label
    needs a comment that was written after that. `day_tokens` are those of
    the rounds on one `day`, of UTC, where the author has a budget. There is no text in it but that
    of findings and the models' names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[2] = 2
    head_sha: str
    merge_base_sha: str
    digest: str
    complete: bool
    entries: tuple[Entry, ...] = ()
    coverage: Coverage | None = None
    is_approved: bool = False
    newest_event: str = ""
    model: str = ""
    day: str = ""
    day_tokens: int = 0
    tokens: int = 0  # of all rounds on this pull request
    cost_usd: float | None = 0.0  # likewise; None once a price was unknown

    def covers(self, *, head_sha: str, merge_base_sha: str, digest: str) -> bool:
        """True when the same change was fully reviewed under the same configuration."""
        return (
            self.complete
            and self.head_sha == head_sha
            and self.merge_base_sha == merge_base_sha
            and self.digest == digest
        )

    def on(self, day: str, previous: "Ledger | None") -> "Ledger":
        """Return the ledger with the tokens of that day, of which the `previous` one knows some."""
        before = previous.tokens if previous else 0
        earlier = previous.day_tokens if previous and previous.day == day else 0
        update = {"day": day, "day_tokens": earlier + self.tokens - before}
        return self.model_copy(update=update)

    def with_owed(self, fingerprints: Collection[str]) -> "Ledger":
        """Return the ledger in which these findings, too, are still to be posted."""
        entries = tuple(
            entry.model_copy(update={"state": EntryState.OWED})
            if entry.fingerprint in fingerprints
            else entry
            for entry in self.entries
        )
        return self.model_copy(update={"entries": entries})

    @property
    def reviewed_head(self) -> str:
        """The head that models have reviewed in a complete round, empty where there is none."""
        was_read = self.coverage is not None and self.coverage.share > 0
        return self.head_sha if self.complete and was_read else ""

    @property
    def shown_ids(self) -> frozenset[str]:
        """Fingerprints of what readers have been shown where it belongs: it is not posted again."""
        return frozenset(
            entry.fingerprint for entry in self.entries if entry.state is not EntryState.OWED
        )

    @property
    def model_entries(self) -> tuple[Entry, ...]:
        """What models found, to be shown again when they are not asked again."""
        return tuple(entry for entry in self.entries if not entry.finding.is_deterministic)


def encode(ledger: Ledger) -> str:
    """Return the ledger as base64 text of at most `MAX_ENCODED` characters.

    Where it would be longer, gates' entries go first, then the least grave. Without one of a
    model's the ledger is not `complete`: what it has forgotten has to be found again.
    """
    while True:
        raw = ledger.model_dump_json(exclude_defaults=True).encode()
        text = base64.b64encode(zlib.compress(raw, 9)).decode("ascii")
        if len(text) <= MAX_ENCODED or not ledger.entries:
            return text
        keep = max(0, min(len(ledger.entries) - 1, len(ledger.entries) * MAX_ENCODED // len(text)))
        # Gates find theirs again in every round; what a model has found is paid for.
        by_need = sorted(
            ledger.entries, key=lambda entry: (entry.finding.is_deterministic, entry.finding.order)
        )
        is_whole = all(entry.finding.is_deterministic for entry in by_need[keep:])
        ledger = ledger.model_copy(
            update={"entries": tuple(by_need[:keep]), "complete": ledger.complete and is_whole}
        )


def decode(text: str) -> Ledger | None:
    """Return the ledger, None when the payload is damaged, too long or of another version."""
    if len(text) > MAX_ENCODED:
        return None
    # Others can edit the comment: nothing in it is worth an error, a full review is the answer.
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.b64decode(text, validate=True), _MAX_DECODED)
        return Ledger.model_validate_json(raw)
    except (zlib.error, ValueError):
        return None
