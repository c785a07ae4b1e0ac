"""Lines of a coverage report and whether they were run, gathered from texts that anyone wrote."""

import re
from collections.abc import Callable
from dataclasses import field

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.tool_results import CoverageLog

MAX_LINES = 3_000_000  # of one report
_MAX_TEXT = 40  # characters of a line's number
_MAX_COUNT = 400  # of a count; a double printed without an exponent has up to 309 digits
_MAX_LINE = 100_000_000  # no file is longer
# Go, Java and C print doubles: `3`, `3.0`, `3e+06`.
_NUMBER = regex(r"\+?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)

type Spellings = tuple[str, ...]


@dataclass(kw_only=True)
class LineHits:
    """Takes lines one by one. A number or a count that cannot be read is unknown: it is counted.

    A line that is named twice was run if either says so. At most `room` lines are taken.
    """

    room: int = MAX_LINES
    excess_count: int = 0
    _files: dict[Spellings, dict[int, bool]] = field(default_factory=dict)
    _unread: set[tuple[Spellings, str]] = field(default_factory=set)

    def open_file(self, *spellings: str) -> Spellings:
        """Begin a file, which then counts as named though no line of it follows."""
        key = tuple(dict.fromkeys(slashes(spelling) for spelling in spellings if spelling))
        if key:
            self._files.setdefault(key, {})
        return key

    def add(self, file: Spellings, line: str | int | None, is_hit: bool | None) -> None:
        """Add one line; `is_hit` is None where the report does not say it in a readable way."""
        if self.room <= 0:
            self.excess_count += 1
            return
        self.room -= 1
        number = line_number(line)
        if not file or number is None or is_hit is None:
            self._unread.add((file, str(line)[:_MAX_TEXT]))
            return
        lines = self._files[file]
        lines[number] = lines.get(number, False) or is_hit

    def log(self, finish: Callable[[Spellings], Spellings] = lambda file: file) -> CoverageLog:
        """Return all that was added; `finish` says how a file is spelled in the end."""
        unread_count = sum(
            # The same line may stand elsewhere with a count, as in Cobertura's methods.
            line_number(text) not in self._files.get(file, {})
            for file, text in self._unread
        )
        return CoverageLog(
            files={finish(file): lines for file, lines in self._files.items()},
            unread_count=unread_count,
            excess_count=self.excess_count,
        )


def hit_of(count: object) -> bool | None:
    """Return whether a count of runs is above zero, None for what is no count.

    A negative one is none either: gcov writes it after an overflow, so the line *was* run, or after
    a race, so it may not have been (lcov has an error class for it).
    """
    if isinstance(count, bool):
        return count
    text = str(count).strip()
    match = _NUMBER.fullmatch(text) if len(text) <= _MAX_COUNT else None
    return None if match is None else match[1].strip("0.") != ""


def line_number(text: str | int | None) -> int | None:
    """Return a line's number, None for what numbers no line of a file."""
    plain = str(text).strip()
    if len(plain) > _MAX_TEXT:
        return None
    if plain.isascii() and plain.isdigit():
        number = int(plain)
    else:
        match = _NUMBER.fullmatch(plain)
        exponent = int(match[2] or 0) if match else 0
        if match is None or not 0 <= exponent <= len(str(_MAX_LINE)):
            return None
        value = float(match[1]) * 10**exponent
        number = int(value) if value.is_integer() and value <= _MAX_LINE else 0
    return number if 1 <= number <= _MAX_LINE else None


def slashes(path: str) -> str:
    """Return a path with the slashes that git has."""
    return path.strip().replace("\\", "/")
