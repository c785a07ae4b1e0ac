"""The scanners that CodeFlow brings along, as one port, and one that tells the redactor."""

import asyncio
import hashlib
import hmac
import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Scanners
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from codeflow_action.integrations.kingfisher import Kingfisher
from codeflow_action.security.redaction import Redactor, confirmed_matches
from codeflow_action.security.views import View, views


class BundledScanners:
    """Implements `Scanners`.

    The compiled rules for secrets are kept in the folder `KF_RULE_CACHE_DIR` of the environment;
    the image brings them along.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        folder = environment.get("KF_RULE_CACHE_DIR", "")
        self._kingfisher = Kingfisher(Path(folder) if folder else None)
        self._key = secrets.token_bytes(32)  # forgotten with the run: no mark leads to its secret

    def warm_up(self) -> None:
        """Start to load the rules for secrets in a thread."""
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

    def _secrets(self, path: str, content: bytes) -> Iterator[SecretMatch]:
        """Yield the secrets of one file, with their places in the file as it is.

        A secret that is found only beneath escapes or encodings is masked, not reported.
        """
        text = content.decode("utf-8", "surrogateescape")
        first, *deeper = views(text)
        raw = content if first.starts is None else first.text.encode()
        matches = _in_place(self._search(path, raw), first, raw, text)
        for view in deeper:
            raw = view.text.encode()
            hidden = _in_place(confirmed_matches(self._search(path, raw)), view, raw, text)
            matches += [replace(match, component=True, confidence="") for match in hidden]
        for match in matches:
            secret = content[match.start : match.end]
            mark = hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:16]
            yield replace(match, mark=mark)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets stand in any text, in characters: halves too, but no examples.

        Implements `SecretSearch`: the same search as for files. Raises `ScannerFailed`.
        """
        raw = text.encode("utf-8", "replace")
        return _character_spans(raw, confirmed_matches(self._search("", raw)))

    def _search(self, path: str, content: bytes) -> list[SecretMatch]:
        from codeflow_action.integrations.own_rules import find_own  # noqa: PLC0415 - as above

        matches = self._kingfisher.scan(path, content)
        return [*_distinct(matches), *_elsewhere(find_own(path, content), matches)]

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        if not files:
            return WorkflowAudit()
        # With the readers of YAML and of manifests, which few runs need, and none to begin.
        from codeflow_action.integrations.zizmor import Zizmor  # noqa: PLC0415

        return await Zizmor().workflows(files)


@dataclass(frozen=True)
class LearningScanners:
    """Scanners around scanners: a secret of one file is blanked in every text that comes later."""

    inner: Scanners
    redactor: Redactor

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets; the redactor learns all but examples. Raises `ScannerFailed`."""
        matches = await self.inner.secrets(files)
        self.redactor.learn(
            files[match.path][match.start : match.end].decode("utf-8", "replace")
            for match in confirmed_matches(matches)
        )
        return matches

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows. Raises `ScannerFailed`."""
        return await self.inner.workflows(files)


def _distinct(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return one match for each secret: that of the surest and most specific rule."""
    by_doubt = sorted(
        matches,
        key=lambda match: (
            match.component,
            match.confidence != "high",
            match.rule.startswith(("generic-", "curl-")),
        ),
    )
    best: dict[tuple[str, int, int], SecretMatch] = {}
    for match in by_doubt:
        best.setdefault((match.path, match.start, match.end), match)
    best_ids = {id(match) for match in best.values()}
    return [match for match in matches if id(match) in best_ids]


def _elsewhere(own: Sequence[SecretMatch], matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return our own matches where Kingfisher has none."""
    # Half of a pair is not reported, so it must not hide a match of our own.
    if all(match.component for match in matches):
        return list(own)
    spans = sorted((match.start, match.end) for match in matches)
    starts = [start for start, _ in spans]
    reach = [0, *accumulate((end for _, end in spans), max)]  # the last end of the first n spans
    return [match for match in own if reach[bisect_left(starts, match.end)] <= match.start]


def _in_place(
    matches: Sequence[SecretMatch], view: View, raw: bytes, text: str
) -> list[SecretMatch]:
    """Return the matches in a view of a text with their places in the text's own bytes."""
    if view.starts is None:
        return list(matches)
    spans = [
        view.original(start, end) if end > start else (0, 0)
        for start, end in _character_spans(raw, matches)
    ]
    offsets = _offsets(text, spans, lambda part: len(part.encode("utf-8", "surrogateescape")))
    return [
        replace(match, start=offsets[start], end=offsets[end])
        for match, (start, end) in zip(matches, spans, strict=True)
    ]


def _character_spans(raw: bytes, matches: Sequence[SecretMatch]) -> list[tuple[int, int]]:
    """Return the matches' places in the decoded text."""
    spans = [(match.start, match.end) for match in matches]
    offsets = _offsets(raw, spans, lambda part: len(part.decode("utf-8", "replace")))
    return [(offsets[start], offsets[end]) for start, end in spans]


def _offsets[Text: (str, bytes)](
    text: Text, spans: Iterable[tuple[int, int]], measure: Callable[[Text], int]
) -> dict[int, int]:
    """Return how much `measure` counts before each start and end. Linear in the text."""
    offsets: dict[int, int] = {}
    position = total = 0
    for place in sorted({place for span in spans for place in span}):
        total += measure(text[position:place])
        offsets[place], position = total, place
    return offsets
