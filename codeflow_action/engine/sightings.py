"""Where the code of earlier findings stands at head now, found again by hashes of its lines.

Pure: the lines are handed in as a model would be shown them, so that what a quote was taken from
and what it is looked for in are the same text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import PurePosixPath

from codeflow_action.engine.diff import Side
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import MASKED_LINE, Entry, hash_line
from codeflow_action.engine.pull_request import ChangedFile, FileStatus

_LEAST_SHARE = (
    0.5  # of the quoted lines that still have to stand for the rest to be an edit of them
)
# Characters of found code and names, without space, from which they say that a file is another one
# renamed: `return None` stands in any.
_LEAST_TELLING = 16


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Where an entry's code stands: 1-based lines, both included; None for one about the file.

    `code` is the text there. `is_whole` is False where only a part of the quoted lines is left.
    """

    fingerprint: str
    path: str
    line: int | None = None
    end_line: int | None = None
    code: str = ""
    is_whole: bool = True

    @property
    def last_line(self) -> int | None:
        """`end_line`, or `line` for a single line."""
        return self.line if self.end_line is None else self.end_line

    def overlap(self, first: int, last: int) -> int:
        """Return how many lines both share."""
        if self.line is None:
            return 0
        return max(0, min(self.last_line or self.line, last) + 1 - max(self.line, first))


@dataclass(frozen=True, kw_only=True)
class FileText:
    """A file as it is looked at: lines of head by number, and removed ones by that at the base."""

    head: Mapping[int, str] = field(default_factory=dict)
    removed_lines: Mapping[int, str] = field(default_factory=dict)

    def side(self, side: Side) -> Mapping[int, str]:
        """Return the lines of that side."""
        return self.head if side is Side.RIGHT else self.removed_lines

    @cached_property
    def hashes(self) -> Mapping[Side, Mapping[int, str]]:
        """The hashes of the lines that are not blank, by number: once for all that is sought."""
        return {
            side: {
                number: hash_line(line) for number, line in self.side(side).items() if line.strip()
            }
            for side in Side
        }


@dataclass(frozen=True, kw_only=True)
class CodeSearch:
    """What came of a search: sightings, and the fingerprints of entries whose code is gone.

    What is in neither could not be looked for.
    """

    sightings: tuple[Sighting, ...] = ()
    gone_ids: frozenset[str] = frozenset()


def find_again(
    entries: Iterable[Entry], texts: Mapping[str, FileText | None], origins: Mapping[str, str]
) -> CodeSearch:
    """Return where the entries' code stands.

    `texts` are files at head by path; None for one that could not be read, and one that is not
    there has no text. `origins` are identities of paths that have changed, by path.
    """
    # A rename that was taken back, or followed by another, has left names that no file has now.
    paths = {origin: path for path, origin in [*origins.items()][::-1] if path in texts}
    sightings: list[Sighting] = []
    gone_ids: set[str] = set()
    for entry in entries:
        if entry.path is None:
            continue
        path = paths.get(entry.identity or "", entry.path)
        text = texts.get(path, FileText())
        # A line with a masked secret may be any line: of those alone nothing can be told.
        if text is None or set(entry.quoted_lines) == {MASKED_LINE}:
            continue
        sighting = _sight(entry, path, text)
        if sighting is None:
            gone_ids.add(entry.fingerprint)
        else:
            sightings.append(sighting)
    return CodeSearch(sightings=tuple(sightings), gone_ids=frozenset(gone_ids))


def _sight(entry: Entry, path: str, text: FileText) -> Sighting | None:
    lines = text.side(entry.side)
    if not lines:
        return None
    if not entry.quoted_lines:
        return Sighting(fingerprint=entry.fingerprint, path=path)
    by_number = text.hashes[entry.side]
    numbers, hashes = list(by_number), list(by_number.values())
    hint = entry.line or 1
    # Nearest to where it stood: of two equal pieces of code it was rather that one.
    starts = sorted(_runs(hashes, entry.quoted_lines), key=lambda start: abs(numbers[start] - hint))
    if starts:
        first, last = numbers[starts[0]], numbers[starts[0] + len(entry.quoted_lines) - 1]
        return _sighting(entry, path, lines, (first, last), is_whole=True)
    part = _part(entry, numbers, hashes)
    return _sighting(entry, path, lines, part, is_whole=False) if part else None


def _sighting(
    entry: Entry,
    path: str,
    lines: Mapping[int, str],
    place: tuple[int, int],
    *,
    is_whole: bool,
) -> Sighting:
    first, last = place
    has_place = entry.line is not None
    return Sighting(
        fingerprint=entry.fingerprint,
        path=path,
        line=first if has_place else None,
        end_line=last if has_place and last > first else None,
        code="\n".join(lines.get(number, "") for number in range(first, last + 1)),
        is_whole=is_whole,
    )


def _runs(hashes: Sequence[str], quoted_lines: Sequence[str]) -> Iterator[int]:
    """Yield where all quoted lines stand one after the other, blank ones between them aside."""
    for start in range(len(hashes) - len(quoted_lines) + 1):
        run = hashes[start : start + len(quoted_lines)]
        if all(quote in (MASKED_LINE, line) for quote, line in zip(quoted_lines, run, strict=True)):
            yield start


def _part(entry: Entry, numbers: Sequence[int], hashes: Sequence[str]) -> tuple[int, int] | None:
    """Return the stretch with most of the quoted lines, None where none holds enough of them."""
    wanted_lines = set(entry.quoted_lines) - {MASKED_LINE}
    near = 2 * len(entry.quoted_lines)
    indexes = [index for index, line in enumerate(hashes) if line in wanted_lines]
    best: tuple[int, int] | None = None
    best_count = max(2, _LEAST_SHARE * len(wanted_lines)) - 1
    for position, start in enumerate(indexes):
        window = [index for index in indexes[position:] if index - start < near]
        count = len({hashes[index] for index in window})
        if count > best_count:
            best, best_count = (numbers[start], numbers[window[-1]]), count
    return best


def origins_of(
    files: Iterable[ChangedFile],
    entries: Iterable[Entry],
    texts: Mapping[str, FileText | None] | None,
) -> dict[str, str]:
    """Return the identity of each path that was another one before, by path.

    A renamed file is what it was at the merge base. One that is new in the pull request keeps the
    path under which it was first seen, as the `entries` tell: also where it was renamed since,
    which is told by the quoted code that stands in it. Without `texts` nobody has renamed anything
    since.
    """
    files, entries = tuple(files), tuple(entries)
    origins = {
        file.path: file.previous_path
        for file in files
        if file.status is FileStatus.RENAMED and file.previous_path
    }
    for entry in entries:
        if entry.path and entry.origin:
            origins.setdefault(entry.path, entry.origin)
    if texts is not None:
        origins |= _new_names(files, entries, texts)
    return {path: origin for path, origin in origins.items() if path != origin}


def _new_names(
    files: Iterable[ChangedFile], entries: Sequence[Entry], texts: Mapping[str, FileText | None]
) -> dict[str, str]:
    """Return the identities of new files that a later push has renamed, by their path now."""
    known_paths = {entry.path for entry in entries}
    by_path: dict[str, list[Entry]] = {}
    for entry in entries:
        # A text of None could not be read, and a file that nobody could read is not gone.
        if entry.path and entry.path not in texts and entry.side is Side.RIGHT:
            by_path.setdefault(entry.path, []).append(entry)
    new_paths = [
        file.path
        for file in files
        if file.status is FileStatus.ADDED and file.path not in known_paths and texts.get(file.path)
    ]
    origins: dict[str, str] = {}
    for path, of_path in by_path.items():
        matches = {new: _likeness(of_path, path, new, texts[new]) for new in new_paths}
        best = max(matches, key=lambda new: matches[new], default=None)
        if best is not None and matches[best] >= _LEAST_TELLING:
            origins[best] = of_path[0].identity or path
            new_paths.remove(best)
    return origins


def _likeness(entries: Iterable[Entry], path: str, new_path: str, text: FileText | None) -> int:
    """Return how many characters of the entries' code stand in a file of the same kind.

    The name of what they stood in counts too: a short line of a function of that name is no chance.
    """
    if text is None or PurePosixPath(path).suffix != PurePosixPath(new_path).suffix:
        return 0
    pieces: set[str] = set()
    for entry in entries:
        sighting = _sight(entry, new_path, text) if entry.quoted_lines else None
        if sighting and sighting.is_whole:
            pieces.add("".join(sighting.code.split()))
            name = entry.symbol.rpartition(".")[2]
            if name and any(name in line for line in text.head.values()):
                pieces.add(name)
    return sum(map(len, pieces))
