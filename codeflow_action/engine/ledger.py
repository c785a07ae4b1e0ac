"""What CodeFlow remembers between runs: a versioned, size-capped payload in its own comment."""

import base64
import binascii
import zlib
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.findings import Finding

MAX_ENCODED = 24_000  # characters, of the 65,536 that a comment may have
_MAX_DECODED = 1_000_000  # bytes: a damaged payload must not fill the memory


class Entry(BaseModel):
    """One finding that was shown. `inline` tells a review comment from a row in the table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    finding: Finding
    inline: bool = False
    url: str = ""


class Ledger(BaseModel):
    """The state of the last complete or incomplete round on this pull request.

    `digest` covers everything but the head that a model's answer depends on. `complete` is False
    when something was not done, so that running again is worth while.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    head_sha: str
    merge_base_sha: str
    digest: str
    complete: bool
    entries: tuple[Entry, ...] = ()
    coverage: float | None = None
    receipt: str = ""  # what the comment says of the coverage
    model: str = ""
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

    @property
    def model_entries(self) -> tuple[Entry, ...]:
        """What models found, to be shown again when they are not asked again."""
        return tuple(entry for entry in self.entries if not entry.finding.is_deterministic)


def encode(ledger: Ledger) -> str:
    """Return the ledger as base64 text of at most `MAX_ENCODED` characters.

    Where it would be longer, the least grave entries go: they may then be shown a second time,
    which is better than losing the ledger.
    """
    while True:
        raw = ledger.model_dump_json(exclude_defaults=True).encode()
        text = base64.b64encode(zlib.compress(raw, 9)).decode("ascii")
        if len(text) <= MAX_ENCODED or not ledger.entries:
            return text
        keep = max(0, min(len(ledger.entries) - 1, len(ledger.entries) * MAX_ENCODED // len(text)))
        ledger = ledger.model_copy(update={"entries": _gravest(ledger.entries, keep)})


def decode(text: str) -> Ledger | None:
    """Return the ledger, None when the payload is damaged or of another version."""
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.b64decode(text, validate=True), _MAX_DECODED)
        return Ledger.model_validate_json(raw)
    except (binascii.Error, zlib.error, ValidationError, ValueError):
        return None


def _gravest(entries: Iterable[Entry], count: int) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.finding.order)[:count])
