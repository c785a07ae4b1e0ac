"""Whether a model's remark on promise and change can be checked by who reads it.

A remark that quotes nothing that was promised and names no changed file is an opinion.
"""

import re
import unicodedata
from collections.abc import Container, Iterator

from codeflow_action.engine.lazy import regex

# How languages quote, and code spans. An apostrophe within a word quotes nothing.
_QUOTES = tuple(
    regex(pattern)
    for pattern in (
        r'"([^"]+)"',
        r"`([^`]+)`",
        r"(?<!\w)'([^']+)'(?!\w)",
        r"\u201c([^\u201d]+)\u201d",
        r"\u201e([^\u201c\u201d]+)[\u201c\u201d]",
        r"\u2018([^\u2019]+)\u2019",
        r"\u00ab([^\u00bb]+)\u00bb",
        r"\u300c([^\u300d]+)\u300d",
        r"\u300e([^\u300f]+)\u300f",
    )
)
_WORD = regex(r"[^\W_]+")
_LEAST = 4  # letters and digits of a quote: shorter ones stand everywhere
_PUNCTUATION = ".,;:!?()[]<>'\""
_LINE = regex(r":\d+(?:-\d+)?$")


def has_evidence(remark: str, promise: str, paths: Container[str]) -> bool:
    """True when the remark quotes the promise, in marks or as code, or names one of the paths.

    Case, white space, punctuation and Markdown's marks do not count in a quote.
    """
    text = _plain(promise)
    spans = [span for quote in _QUOTES for span in quote.findall(remark)]
    return any(_stands_in(span, text) for span in spans) or any(
        path in paths for path in (*_path_forms(spans), *_plain_paths(remark))
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _stands_in(span: str, text: str) -> bool:
    words = _WORD.findall(_plain(span))
    if sum(map(len, words)) < _LEAST:
        return False
    # Whole words where words have ends that code can see.
    pattern = rf"(?<![a-z0-9]){r'[\W_]*'.join(words)}(?![a-z0-9])"
    return re.search(pattern, text) is not None


def _path_forms(spans: list[str]) -> Iterator[str]:
    for span in spans:
        yield span.strip()
        yield _LINE.sub("", span.strip())


def _plain_paths(remark: str) -> Iterator[str]:
    """Yield what looks like a path without marks around it; a plain word may be a file's name."""
    for word in remark.split():
        name = _LINE.sub("", word.strip(_PUNCTUATION))
        if "/" in name or "." in name:
            yield name
