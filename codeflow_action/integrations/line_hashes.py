"""The line hash by which GitHub's code scanning knows an alert again when lines shift.

As `github/codeql-action` works it out at an upload (its `src/fingerprints.ts`): over the 100 UTF-16
units from the line's start on, without spaces and tabs, each line end one LF, then one unit of all
ones for the file's end and zeros. Of equal ones in a file the first is `:1`, the next `:2`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.ports import Tree
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.integrations.sarif_output import line_of
from codeflow_action.review.secret_reports import tells_of_a_secret

_MAX_FILES = 500
_MAX_FILE = 1_000_000  # bytes; longer files are data
_UNITS = 100
_BASE = 37
_MASK = 2**64 - 1
_END = b"\xff\xff"
_LINE_END = re.compile(r"\r\n|\r")
_BLANKS = str.maketrans("", "", " \t")


async def read_lines_of(findings: Iterable[Finding], head: Tree) -> Mapping[str, str]:
    """Return the texts, by path, that `hash_findings` needs: where they are at hand.

    No request is worth a hash: an upload to code scanning works out those that lack.
    """
    paths = dict.fromkeys(finding.path for finding in findings if _is_hashed(finding))
    if not paths or isinstance(head, ApiTree):
        return {}
    try:
        contents = await head.read_many([path for path in paths if path][:_MAX_FILES])
    except (GitHubError, RepositoryError):
        return {}
    return {
        path: content.decode("utf-8", "replace")
        for path, content in contents.items()
        if isinstance(content, bytes) and len(content) <= _MAX_FILE
    }


def hash_findings(findings: Mapping[str, Finding], texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the hashes of the findings' lines, both by the findings' ids, as far as known."""
    lines: dict[str, set[int]] = defaultdict(set)
    hashed = {name: finding for name, finding in findings.items() if _is_hashed(finding)}
    for finding in hashed.values():
        lines[finding.path or ""].add(line_of(finding))
    by_path = {path: line_hashes(text, lines[path]) for path, text in texts.items()}
    return {
        name: line_hash
        for name, finding in hashed.items()
        if (line_hash := by_path.get(finding.path or "", {}).get(line_of(finding)))
    }


def _is_hashed(finding: Finding) -> bool:
    # A secret's line gets no hash: short values could be told from it.
    return bool(finding.path) and not tells_of_a_secret(finding)


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    """Return the hash of each of the lines (1-based) that the text has."""
    numbers = set(lines)
    counts: Counter[bytes] = Counter()
    hashes: dict[int, str] = {}
    for line, window in zip(range(1, max(numbers, default=0) + 1), _windows(text), strict=False):
        counts[window] += 1
        if line in numbers:
            value = 0
            for start in range(0, len(window), 2):
                unit = int.from_bytes(window[start : start + 2], "little")
                value = (value * _BASE + unit) & _MASK
            hashes[line] = f"{value:x}:{counts[window]}"
    return hashes


def _windows(text: str) -> Iterator[bytes]:
    """Yield what is hashed of each line; two bytes are one unit of UTF-16."""
    plain = _LINE_END.sub("\n", text).translate(_BLANKS)
    rows = [row.encode("utf-16-le", "surrogatepass") for row in plain.split("\n")]
    whole = b"\n\0".join(rows) + _END + bytes(2 * _UNITS)
    start = 0
    for row in rows:
        yield whole[start : start + 2 * _UNITS]
        start += len(row) + 2
