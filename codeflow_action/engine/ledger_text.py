"""The ledger as text: a versioned, compressed, size-capped payload for our own comment."""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial

from pydantic import BaseModel, ConfigDict, JsonValue

from codeflow_action.engine.ledger import Entry, EntryState, Ledger

VERSION = 3
# Characters, of the 65,536 that a comment may have
# (https://github.com/telia-oss/github-pr-resource/issues/259): the rest is for readers. With their
# titles 300 findings take 30,000, and 300 units of code that was read take 6,000.
MAX_ENCODED = 36_000
_MAX_DECODED = 1_000_000  # bytes: a damaged payload must not fill the memory
# Characters of one unit's digest: 120 bits of base64. The comment is public, and an author who
# finds two texts with one digest has the second taken for the first, which a model has read; half
# of the bits is what that takes (https://en.wikipedia.org/wiki/Birthday_attack).
UNIT_DIGEST = 20


class LedgerFlaw(StrEnum):
    """Why what stands in the place of a ledger is not believed, in words for readers."""

    DAMAGED = "it is damaged"
    FOREIGN = "it was not sealed by a run with these keys for this pull request"
    OLDER = "an older version of CodeFlow wrote it"
    NEWER = "a newer version of CodeFlow wrote it"


class _Version(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int = 0  # the first two versions did not write it


class _Payload(BaseModel):
    """What is written in another form than the ledger's own; the rest is as it stands there."""

    model_config = ConfigDict(extra="allow")

    version: int
    entries: dict[str, list[JsonValue]]
    reviewed_units: str


def encode(ledger: Ledger) -> str:
    """Return the ledger as base64 text of at most `MAX_ENCODED` characters.

    Where it would be longer, remarks that were not shown go first, then models' kept answers, then
    messages, those of the least grave findings before others; then what is known of read code, the
    oldest closed entries, gates' entries, and the least grave. Without one of a model's open
    entries the ledger is not `complete`: what it has forgotten has to be found again.
    """
    text = _pack(ledger)
    for shrink, count in (
        (_with_drops, len(ledger.drops or ())),
        (_with_answers, len(ledger.kept_answers)),
        (_with_messages, len(ledger.entries)),
        (_with_units, len(ledger.reviewed_units)),
        (_with_closed, sum(entry.state.is_closed for entry in ledger.entries)),
        (_with_entries, len(ledger.entries)),
    ):
        if len(text) <= MAX_ENCODED:
            break
        ledger = shrink(ledger, _most(count, partial(shrink, ledger)))
        text = _pack(ledger)
    return text


def decode(text: str) -> Ledger | LedgerFlaw:
    """Return the ledger, or why there is none: others can edit the comment, so it is no error."""
    if len(text) > MAX_ENCODED:
        return LedgerFlaw.DAMAGED
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.b64decode(text, validate=True), _MAX_DECODED)
        version = _Version.model_validate_json(raw).version
        if version != VERSION:
            return LedgerFlaw.NEWER if version > VERSION else LedgerFlaw.OLDER
        payload = _Payload.model_validate_json(raw)
        fields = {"entries": _rows(payload.entries), "reviewed_units": _unit_digests(payload)}
        return Ledger.model_validate((payload.model_extra or {}) | fields)
    except (zlib.error, ValueError):
        return LedgerFlaw.DAMAGED


def _pack(ledger: Ledger) -> str:
    payload: dict[str, JsonValue] = ledger.model_dump(
        mode="json", exclude_defaults=True, exclude={"entries", "reviewed_units"}
    )
    payload["version"] = VERSION
    payload["entries"] = _columns(ledger.entries)
    payload["reviewed_units"] = "".join(ledger.reviewed_units)
    raw = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def _columns(entries: Sequence[Entry]) -> dict[str, JsonValue]:
    """Return the entries field by field: what is alike stands together, and compresses best."""
    rows = [entry.model_dump(mode="json") for entry in entries]
    columns: dict[str, JsonValue] = {}
    for name, field in Entry.model_fields.items():
        values = [row[name] for row in rows]
        if field.is_required() or any(value != field.default for value in values):
            columns[name] = values
    return columns


def _rows(columns: dict[str, list[JsonValue]]) -> tuple[dict[str, JsonValue], ...]:
    rows = zip(*columns.values(), strict=True)
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)


def _unit_digests(payload: _Payload) -> tuple[str, ...]:
    units = payload.reviewed_units
    return tuple(units[start : start + UNIT_DIGEST] for start in range(0, len(units), UNIT_DIGEST))


def _most(count: int, shrink: Callable[[int], Ledger]) -> int:
    """Return the most things, of `count`, that can be kept; 0 where even none would fit."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        if len(_pack(shrink(middle))) <= MAX_ENCODED:
            low = middle
        else:
            high = middle - 1
    return low


def _with_drops(ledger: Ledger, count: int) -> Ledger:
    # Without any it is not known whether there were some, and nobody is told that there were none.
    return ledger.model_copy(update={"drops": (ledger.drops or ())[:count] or None})


def _with_answers(ledger: Ledger, count: int) -> Ledger:
    # An answer that is forgotten is asked for again.
    kept_answers = dict(sorted(ledger.kept_answers.items())[:count])
    return ledger.model_copy(update={"kept_answers": kept_answers})


def _with_messages(ledger: Ledger, count: int) -> Ledger:
    """Return the ledger in which only the gravest have a message and a suggestion."""
    gravest = {entry.fingerprint for entry in sorted(ledger.entries, key=_gravity)[:count]}
    bare = {"message": "", "suggestion": None}
    entries = tuple(
        entry if entry.fingerprint in gravest else entry.model_copy(update=bare)
        for entry in ledger.entries
    )
    return ledger.model_copy(update={"entries": entries})


def _with_units(ledger: Ledger, count: int) -> Ledger:
    # A unit that is forgotten is read again: it costs tokens, and loses nothing.
    return ledger.model_copy(update={"reviewed_units": ledger.reviewed_units[:count]})


def _with_closed(ledger: Ledger, count: int) -> Ledger:
    """Return the ledger with the closed entries that are worth most."""
    closed_entries = [entry for entry in ledger.entries if entry.state.is_closed]
    # A dismissal that is forgotten brings the remark back; what was fixed is only counted.
    closed_entries.sort(
        key=lambda entry: (entry.state is not EntryState.DISMISSED, -entry.last_round)
    )
    names = {entry.fingerprint for entry in closed_entries[:count]}
    entries = tuple(
        entry for entry in ledger.entries if not entry.state.is_closed or entry.fingerprint in names
    )
    return ledger.model_copy(update={"entries": entries})


def _with_entries(ledger: Ledger, count: int) -> Ledger:
    # Gates find theirs again in every round; what a model has found is paid for.
    by_need = sorted(ledger.entries, key=lambda entry: (entry.is_deterministic, *_gravity(entry)))
    is_whole = all(entry.is_deterministic for entry in by_need[count:])
    return ledger.model_copy(
        update={"entries": tuple(by_need[:count]), "complete": ledger.complete and is_whole}
    )


def _gravity(entry: Entry) -> tuple[int, str, int, str]:
    return entry.severity.rank, entry.path or "", entry.line or 0, entry.rule
