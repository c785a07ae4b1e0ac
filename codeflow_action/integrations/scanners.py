"""The scanners that CodeFlow brings along, as one port."""

import asyncio
import hashlib
import hmac
import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from codeflow_action.integrations.kingfisher import Kingfisher
from codeflow_action.integrations.own_rules import find_own
from codeflow_action.integrations.zizmor import Zizmor
from codeflow_action.security.redaction import confirmed_matches
from codeflow_action.security.views import View, views


class BundledScanners:
    """Implements `Scanners`.

    Compiled rules for secrets are kept where `KF_RULE_CACHE_DIR` of the environment points: the
    image brings them along.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        folder = environment.get("KF_RULE_CACHE_DIR", "")
        self._kingfisher = Kingfisher(Path(folder) if folder else None)
        self._zizmor = Zizmor()
        self._key = secrets.token_bytes(32)  # forgotten with the run: no mark leads to its secret

    def warm_up(self) -> None:
        """Begin to load what takes a moment, beside whatever else is going on."""
        self._kingfisher.warm_up()

    @property
    def ready(self) -> bool:
        """True when a search for secrets starts at once."""
        return self._kingfisher.ready

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets in whole files, by path, as they are read. Raises `ScannerFailed`."""
        return await asyncio.to_thread(
            lambda: tuple(match for item in files.items() for match in self._secrets(*item))
        )

    def _secrets(self, path: str, content: bytes) -> list[SecretMatch]:
        """Find secrets in one file; the places are the file's, however it has to be read.

        What is found only beneath escapes or encodings is masked, not reported.
        """
        text = content.decode("utf-8", "surrogateescape")
        first, *deeper = views(text)
        raw = content if first.starts is None else first.text.encode()
        matches = _in_place(self._search(path, raw), first, raw, text)
        for view in deeper:
            raw = view.text.encode()
            hidden = _in_place(confirmed_matches(self._search(path, raw)), view, raw, text)
            matches += [replace(match, component=True, confidence="") for match in hidden]
        values = [content[match.start : match.end] for match in matches]
        return [
            replace(match, mark=hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:16])
            for match, secret in zip(matches, values, strict=True)
        ]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets stand in any text, in characters: halves too, no examples.

        Implements `SecretSearch`: the same search as for files. Raises `ScannerFailed`.
        """
        raw = text.encode("utf-8", "replace")
        matches = confirmed_matches(self._search("", raw))
        places = _lengths_before(
            raw, (place for match in matches for place in (match.start, match.end)), _characters
        )
        return [(places[match.start], places[match.end]) for match in matches]

    def _search(self, path: str, content: bytes) -> list[SecretMatch]:
        matches = self._kingfisher.scan(path, content)
        return [*_once(matches), *_elsewhere(find_own(path, content), matches)]

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        return await self._zizmor.workflows(files)


def _once(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return one match a secret: of several rules that see it, the surest and most special."""
    best: dict[tuple[str, int, int], SecretMatch] = {}
    for match in sorted(matches, key=_doubt):
        best.setdefault((match.path, match.start, match.end), match)
    kept = {id(match) for match in best.values()}
    return [match for match in matches if id(match) in kept]


def _doubt(match: SecretMatch) -> tuple[bool, bool, bool]:
    is_general = match.rule.startswith(("generic-", "curl-"))
    return match.component, match.confidence != "high", is_general


def _elsewhere(own: Sequence[SecretMatch], matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return our own matches where Kingfisher shows none: half of a pair is shown by the other."""
    if all(match.component for match in matches):
        return list(own)
    spans = sorted((match.start, match.end) for match in matches)
    starts = [start for start, _ in spans]
    reach = [0, *accumulate((end for _, end in spans), max)]  # how far all up to there go
    return [match for match in own if reach[bisect_left(starts, match.end)] <= match.start]


def _in_place(
    matches: Sequence[SecretMatch], view: View, raw: bytes, text: str
) -> list[SecretMatch]:
    """Return matches in a reading of a text where they stand in the text's own bytes."""
    if view.starts is None:
        return list(matches)
    read = _lengths_before(
        raw, (place for match in matches for place in (match.start, match.end)), _characters
    )
    spans = [
        view.original(read[match.start], read[match.end]) if match.end > match.start else (0, 0)
        for match in matches
    ]
    places = _lengths_before(
        text,
        (place for span in spans for place in span),
        lambda piece: len(piece.encode("utf-8", "surrogateescape")),
    )
    return [
        replace(match, start=places[start], end=places[end])
        for match, (start, end) in zip(matches, spans, strict=True)
    ]


def _lengths_before[Text: (str, bytes)](
    text: Text, places: Iterable[int], length: Callable[[Text], int]
) -> dict[int, int]:
    """Return the length of what stands before each place, in another unit. Linear in the text."""
    lengths: dict[int, int] = {}
    position = total = 0
    for place in sorted(set(places)):
        total += length(text[position:place])
        lengths[place], position = total, place
    return lengths


def _characters(raw: bytes) -> int:
    return len(raw.decode("utf-8", "replace"))
