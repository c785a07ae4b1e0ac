"""The line hash by which GitHub's code scanning knows an alert again when lines shift.

As `github/codeql-action` works it out at an upload (its `src/fingerprints.ts`): over the 100 UTF-16
units from the line's start on, without spaces and tabs, each line end one LF, then one unit of all
ones for the file's end and zeros. Of equal ones in a file the first is `:1`, the next `:2`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_UNITS = 100
_BASE = 37
_MASK = 2**64 - 1
_END = b"\xff\xff"
_LINE_END = re.compile(r"\r\n|\r")
_BLANKS = str.maketrans("", "", " \t")


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    """Return the hash of each of the lines (1-based) that the text has."""
    wanted = set(lines)
    seen: Counter[bytes] = Counter()
    found: dict[int, str] = {}
    for line, window in zip(range(1, max(wanted, default=0) + 1), _windows(text), strict=False):
        seen[window] += 1
        if line in wanted:
            found[line] = f"{_hash(window):x}:{seen[window]}"
    return found


def _windows(text: str) -> Iterator[bytes]:
    """Yield what is hashed of each line; two bytes are one unit of UTF-16."""
    plain = _LINE_END.sub("\n", text).translate(_BLANKS)
    rows = [row.encode("utf-16-le", "surrogatepass") for row in plain.split("\n")]
    whole = b"\n\0".join(rows) + _END + bytes(2 * _UNITS)
    at = 0
    for row in rows:
        yield whole[at : at + 2 * _UNITS]
        at += len(row) + 2


def _hash(window: bytes) -> int:
    value = 0
    for at in range(0, len(window), 2):
        value = (value * _BASE + int.from_bytes(window[at : at + 2], "little")) & _MASK
    return value
