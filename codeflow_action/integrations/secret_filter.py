"""Says of most texts, without the secret scanner's rules, that they hold no secret.

Loading the rules costs more than all gates of a typical pull request. Of their expressions few are
needed: those of which a text has a word that they cannot do without. What matches none of them has
no match of the scanner, whose other checks (entropy, words nearby) only take matches away.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from codeflow_action.engine.lazy import regex
from codeflow_action.security.linear import compile_any

SCANNER = "kingfisher-secret-scanner"
# Written by `python -m scripts.write_secret_patterns`, each time the scanner's version is raised.
PATTERNS_FILE = Path(__file__).parent / "secret_patterns" / "patterns.json"
# The scanner also reads what is base64 of ASCII, padded, of the standard alphabet. A shorter piece
# has no room for a secret.
_BASE64 = regex(rb"[A-Za-z0-9+/]{16,}={0,2}")
_MAX_DEPTH = 4  # of base64 in base64


class SecretFilter:
    """The expressions of all rules, in the syntax of RE2, each with its words, as one search."""

    def __init__(self, patterns: Mapping[str, Sequence[str]]) -> None:
        # The scanner's expressions are of bytes too: to it a letter beyond ASCII is no letter.
        self._matches_any = compile_any(patterns)

    def may_match(self, content: bytes, depth: int = _MAX_DEPTH) -> bool:
        """Return False only where the scanner has no match. Takes 50 ms for each megabyte."""
        # The scanner decodes UTF-16, which has a zero byte in each sign of ASCII.
        if b"\0" in content or not depth or self._matches_any(content):
            return True
        return any(self.may_match(text, depth - 1) for text in _decoded(content))


@cache
def bundled_filter(patterns_file: Path = PATTERNS_FILE) -> SecretFilter | None:
    """Return the filter for the scanner that is installed; None where it has other rules.

    Made once for a process.
    """
    try:
        rules = json.loads(patterns_file.read_text("utf-8"))
        return SecretFilter(rules["patterns"]) if rules["version"] == version(SCANNER) else None
    except (OSError, PackageNotFoundError):
        return None


def _decoded(content: bytes) -> Iterator[bytes]:
    """Yield what is base64 in the content, as far as the scanner decodes it."""
    for match in _BASE64.finditer(content):
        try:
            text = base64.b64decode(match[0], validate=True)
        except binascii.Error:
            continue
        if text.isascii():
            yield text
