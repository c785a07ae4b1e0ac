"""The line hash by which GitHub's code scanning recognizes an alert after lines have shifted.

It is computed as `github/codeql-action` does at an upload (its `src/fingerprints.ts`): over 100
UTF-16 units from the start of the line, without spaces and tabs, and with LF for every line end.
The end of the file is one unit of all ones, then zeros. The first of equal hashes in a file gets
`:1`, the next `:2`.
"""

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import regex
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
_LINE_END = regex(r"\r\n|\r")
_BLANKS = str.maketrans("", "", " \t")


async def read_lines_of(findings: Iterable[Finding], head: Tree) -> Mapping[str, str]:
    """Return the texts, by path, that `hash_findings` needs, if they can be read without a request.

    A hash is not worth a request: an upload to code scanning adds those that are missing.
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
    """Return the hashes of the findings' lines by the findings' ids, as far as texts are given."""
    lines: dict[str, set[int]] = defaultdict(set)
    with_hash = {name: finding for name, finding in findings.items() if _is_hashed(finding)}
    for finding in with_hash.values():
        lines[finding.path or ""].add(line_of(finding))
    by_path = {path: line_hashes(text, lines[path]) for path, text in texts.items()}
    return {
        name: line_hash
        for name, finding in with_hash.items()
        if (line_hash := by_path.get(finding.path or "", {}).get(line_of(finding)))
    }


def _is_hashed(finding: Finding) -> bool:
    # The line of a secret gets no hash: a short secret could be guessed from it.
    return bool(finding.path) and not tells_of_a_secret(finding)


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    """Return the hash of each of the lines (1-based) that the text has."""
    numbers = set(lines)
    counts: Counter[bytes] = Counter()
    hashes: dict[int, str] = {}
    plain = _LINE_END.sub("\n", text).translate(_BLANKS)
    rows = [row.encode("utf-16-le", "surrogatepass") for row in plain.split("\n")]
    whole = b"\n\0".join(rows) + _END + bytes(2 * _UNITS)
    start = 0
    for line, row in enumerate(rows[: max(numbers, default=0)], start=1):
        window = whole[start : start + 2 * _UNITS]  # two bytes are one unit of UTF-16
        start += len(row) + 2
        counts[window] += 1
        if line in numbers:
            value = 0
            for (unit,) in struct.iter_unpack("<H", window):
                value = (value * _BASE + unit) & _MASK
            hashes[line] = f"{value:x}:{counts[window]}"
    return hashes
