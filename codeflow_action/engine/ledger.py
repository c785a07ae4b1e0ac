"""What CodeFlow remembers of a pull request between runs, as frozen values.

`engine/ledger_text.py` writes it into our own comment and reads it there; `engine/life.py` decides
what becomes of it.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.receipt import Receipt

# Characters of base64 for one line of quoted code: 30 bits. They only say where code stands that
# was quoted before; who makes another line with the same hash keeps a remark alive, no more.
_LINE_HASH = 5
_MAX_LINES = 30  # of quoted code that are looked for again; a remark shows no more
# A line in which redaction has put its mask in a secret's place: it may be any line.
MASKED_LINE = "*" * _LINE_HASH
_MAX_DROPS = 20  # remarks that were not shown: for whoever asks why
_MAX_DROP_TITLE, _MAX_DROP_REASON = 80, 160  # characters
_SPACE = regex(r"\s+")


class EntryState(StrEnum):
    """What has become of a finding."""

    OPEN = "open"
    FIXED = "fixed"  # what it spoke of is gone, or nobody says so of the changed code any more
    DISMISSED = "dismissed"  # by somebody who may: it stays quiet
    # Its code stands, and was read again without a word about it. Nobody can tell why, so no thread
    # is resolved.
    STALE = "stale"

    @property
    def is_closed(self) -> bool:
        """True where nothing is asked of the author any more."""
        return self in (EntryState.FIXED, EntryState.DISMISSED)


class Entry(BaseModel):
    """One finding that was shown, or is owed: what code needs, and as little prose as will do.

    `origin` is the path's identity through renames, empty where it is the path. `line_hashes` are
    of the quoted lines, one after the other (`hash_lines`). `first_round` and `last_round` count
    rounds of the pull request from 1. `thread` is the REST id of the first comment of our thread,
    `issue` the number of the issue that was made of it; both are 0 where there is none. `reason`
    and `login` are of whoever has dismissed it. One that `is_owed` was to stand on the diff and
    could not be posted, as GitHub did not answer or no time was left: the next round posts it.

    What is fixed has no prose. What is open has a title, and a model's a message while there is
    room.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    state: EntryState = EntryState.OPEN
    is_owed: bool = False
    severity: Severity
    category: Category
    evidence: Evidence
    sources: tuple[str, ...]
    rule: str
    path: str | None = None
    origin: str = ""
    line: int | None = None
    end_line: int | None = None
    side: Side = Side.RIGHT
    symbol: str = ""
    line_hashes: str = ""
    title: str = ""
    message: str = ""
    suggestion: Suggestion | None = None
    first_round: int = 1
    last_round: int = 1
    back_round: int = 0
    thread: int = 0
    issue: int = 0
    reason: str = ""
    login: str = ""

    @classmethod
    def of(
        cls, fingerprint: str, finding: Finding, *, number: int = 1, origin: str = ""
    ) -> "Entry":
        """Return the entry of a finding that was made in the round with that number."""
        names = cls.model_fields.keys() & Finding.model_fields.keys()
        is_deterministic = finding.is_deterministic
        return cls(
            **{name: getattr(finding, name) for name in names},
            fingerprint=fingerprint,
            line_hashes=hash_lines(finding.code),
            origin="" if origin == finding.path else origin,
            first_round=number,
            last_round=number,
        ).model_copy(
            # Gates find theirs again in every round, and say then what to do.
            update={"message": "", "suggestion": None} if is_deterministic else {}
        )

    @property
    def finding(self) -> Finding:
        """The finding, to be shown again, without its code: only hashes of that are left."""
        names = Entry.model_fields.keys() & Finding.model_fields.keys() - {"title"}
        fields = {name: getattr(self, name) for name in names}
        # A title is the last of what a reader needs, and a damaged one is no reason to break.
        return Finding(**fields, title=self.title or self.rule)

    @property
    def is_deterministic(self) -> bool:
        """True when no model had a part in it."""
        return self.evidence is Evidence.DETERMINISTIC

    @property
    def identity(self) -> str | None:
        """What stays of the path when the file is renamed; None for one about no file."""
        return self.origin or self.path

    @property
    def quoted_lines(self) -> tuple[str, ...]:
        """The hash of each quoted line."""
        starts = range(0, len(self.line_hashes), _LINE_HASH)
        return tuple(self.line_hashes[start : start + _LINE_HASH] for start in starts)

    @property
    def last_line(self) -> int | None:
        """`end_line`, or `line` for a single line."""
        return self.line if self.end_line is None else self.end_line

    def closed(self, state: EntryState) -> "Entry":
        """Return the entry in a closed state: with less prose, and owed to nobody.

        One that is dismissed keeps its title, because a dismissal can be taken back.
        """
        title = self.title if state is EntryState.DISMISSED else ""
        update = {"state": state, "is_owed": False, "message": "", "suggestion": None}
        return self.model_copy(update=update | {"title": title})


def hash_lines(code: str) -> str:
    """Return the hashes of the lines that are not blank, one after the other."""
    lines = [line for line in code.split("\n") if line.strip()]
    return "".join(map(hash_line, lines[:_MAX_LINES]))


def hash_line(line: str) -> str:
    """Return what stays of a line when it is indented in another way."""
    if "[redacted" in line:
        return MASKED_LINE
    plain = _SPACE.sub(" ", line).strip()
    digest = hashlib.sha256(plain.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest)[:_LINE_HASH].decode("ascii")


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
    """How much a model has read, in changed lines; `unread` counts files by the reason.

    `earlier_lines` are those of the reviewed ones that were read in an earlier round.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_lines: int = Field(ge=0)
    earlier_lines: int = Field(default=0, ge=0)
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
            earlier_lines=receipt.earlier_lines,
            reviewable_lines=receipt.reviewable_lines,
            reviewable_files=sum(file.reviewable for file in receipt.files),
            unread=Counter(Unread.of(file.reason) for file in receipt.files if file.reason),
            share=receipt.share,
        )


class Ledger(BaseModel):
    """The state of the last complete or incomplete round on this pull request.

    `number` counts the rounds. `digest` covers everything but the head that a model's answer
    depends on. `complete` is False when something was not done, so that running again is worth
    while. `coverage` is None when no model was asked. `reviewed_units` are digests of what of this
    head a model has read under this digest and merge base. `comments` counts our inline comments
    in the pull request's life, `labels` are those that we have set, and `is_paused` is True while
    somebody has asked for no more reviews. `is_approved` where somebody with write access has asked
    for the review of this head; `newest_event` is the server's time of what was held against a
    label: the next label needs a comment that was written after that. `day_tokens` are those of the
    rounds on one `day`, of UTC, where the author has a budget. `drops` are the newest remarks that
    were not shown, 20 at most, shortened; None where no run has kept any. There is no text in it
    but that of findings and remarks, names of models, labels and people, and the `kept_answers` of
    models by their action.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(default=1, ge=1)
    head_sha: str
    base_sha: str = ""
    merge_base_sha: str
    digest: str
    complete: bool
    entries: tuple[Entry, ...] = ()
    coverage: Coverage | None = None
    reviewed_units: tuple[str, ...] = ()
    comments: int = Field(default=0, ge=0)
    labels: tuple[str, ...] = ()
    kept_answers: Mapping[str, KeptAnswer] = {}
    drops: tuple[DroppedFinding, ...] | None = None
    is_paused: bool = False
    is_approved: bool = False
    newest_event: str = ""
    model: str = ""
    day: str = ""
    day_tokens: int = 0
    tokens: int = 0  # of all rounds on this pull request
    cost_usd: float | None = 0.0  # likewise; None once a price was unknown
    last_tokens: int = 0  # of the last round that asked a model
    last_cost_usd: float | None = 0.0  # likewise; None where a price was unknown

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
            entry.model_copy(update={"is_owed": True})
            if entry.fingerprint in fingerprints and entry.state is EntryState.OPEN
            else entry
            for entry in self.entries
        )
        return self.model_copy(update={"entries": entries})

    def with_drops(self, drops: Iterable[DroppedFinding]) -> "Ledger":
        """Return the ledger that knows why these remarks were not shown, before older ones."""
        short = (
            drop.model_copy(
                update={
                    "title": drop.title[:_MAX_DROP_TITLE],
                    "reason": drop.reason[:_MAX_DROP_REASON],
                }
            )
            for drop in drops
        )
        newest = tuple(dict.fromkeys((*short, *(self.drops or ()))))[:_MAX_DROPS]
        return self.model_copy(update={"drops": newest})

    def with_labels(self, changes: Mapping[str, bool]) -> "Ledger":
        """Return the ledger that knows which labels we have set (True) and removed (False)."""
        names = {**dict.fromkeys(self.labels, True), **changes}
        labels = tuple(name for name, is_set in names.items() if is_set)
        return self.model_copy(update={"labels": labels})

    def with_threads(self, threads: Mapping[str, int]) -> "Ledger":
        """Return the ledger that knows the threads of these findings, by their first comment's id.

        What has a thread for the first time is one more comment of this pull request.
        """
        entries: list[Entry] = []
        comments = self.comments
        for entry in self.entries:
            thread = threads.get(entry.fingerprint, 0) or entry.thread
            comments += bool(thread) and not entry.thread
            is_same = thread == entry.thread
            entries.append(entry if is_same else entry.model_copy(update={"thread": thread}))
        return self.model_copy(update={"entries": tuple(entries), "comments": comments})

    def with_issues(self, numbers: Mapping[str, int]) -> "Ledger":
        """Return the ledger that knows the issues of these findings, by their numbers."""
        entries = tuple(
            entry.model_copy(update={"issue": numbers[entry.fingerprint]})
            if entry.fingerprint in numbers
            else entry
            for entry in self.entries
        )
        return self.model_copy(update={"entries": entries})

    @property
    def closed_ids(self) -> frozenset[str]:
        """Fingerprints of what is fixed or dismissed."""
        return frozenset(entry.fingerprint for entry in self.entries if entry.state.is_closed)

    @property
    def dismissed_ids(self) -> frozenset[str]:
        """Fingerprints of what somebody who may has dismissed."""
        return frozenset(
            entry.fingerprint for entry in self.entries if entry.state is EntryState.DISMISSED
        )

    @property
    def reviewed_head(self) -> str:
        """The head that models have reviewed in a complete round, empty where there is none."""
        was_read = self.coverage is not None and self.coverage.share > 0
        return self.head_sha if self.complete and was_read else ""

    @property
    def shown_ids(self) -> frozenset[str]:
        """Fingerprints of what readers have been shown where it belongs: it is not posted again."""
        return frozenset(entry.fingerprint for entry in self.entries if not entry.is_owed)

    @property
    def model_entries(self) -> tuple[Entry, ...]:
        """What models found and is open, to be shown again when they are not asked again."""
        return tuple(
            entry
            for entry in self.entries
            if not entry.is_deterministic and entry.state is EntryState.OPEN
        )
