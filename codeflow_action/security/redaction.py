"""Takes secrets out of text: those this run was given, and what looks like one.

The last net before a model, a log or GitHub. Patterns have bounded repetition, so that they stay
linear; line counts are kept.
"""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

_MIN_LENGTH = 8  # shorter values would blank innocent text
MASKED = "[redacted]"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("github-token", r"\bgh[pousr]_[A-Za-z0-9]{30,255}\b"),
        ("github-token", r"\bgithub_pat_[A-Za-z0-9_]{22,255}\b"),
        ("anthropic-key", r"\bsk-ant-[A-Za-z0-9_-]{16,200}"),
        ("openai-key", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200}"),
        ("groq-key", r"\bgsk_[A-Za-z0-9]{20,200}\b"),
        ("aws-access-key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        ("slack-token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}"),
        ("google-key", r"\bAIza[A-Za-z0-9_-]{35}"),
        ("gitlab-token", r"\bglpat-[A-Za-z0-9_-]{20,100}"),
        ("npm-token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("pypi-token", r"\bpypi-[A-Za-z0-9_-]{50,300}"),
        ("stripe-key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,200}\b"),
        ("jwt", r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}"),
        (
            "authorization",
            r"(?i)(?<=authorization: )(?:bearer|basic|token) [A-Za-z0-9+/=._~-]{12,4000}",
        ),
        ("url-password", r"(?<=://)[^\s/:@]{1,200}:[^\s/:@]{3,200}(?=@)"),
    )
)
# The lines between may carry line numbers and diff marks.
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_MAX_KEY_LINES = 200


class Redactor:
    """Blanks the given values in every usual encoding, and whatever has a known secret's form."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Of a value with several lines each is looked for alone: line counts are kept.
        lines = {line.strip() for value in secrets for line in value.splitlines()}
        values = {line for line in lines if len(line) >= _MIN_LENGTH}
        forms = {form for value in values for form in _forms(value)}
        ordered = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return the text with every secret replaced by `[redacted]` or `[redacted:kind]`."""
        if self._known:
            text = self._known.sub(MASKED, text)
        text = _redact_keys(text)
        for kind, pattern in _PATTERNS:
            text = pattern.sub(f"[redacted:{kind}]", text)
        return text


def _forms(value: str) -> set[str]:
    """Return the value plain, reversed, URL-encoded, in hex, and in base64 at any offset."""
    raw = value.encode()
    forms = {value, value[::-1], quote(value, safe=""), raw.hex(), raw.hex().upper()}
    for shift in range(3):
        # Characters at the ends mix with their neighbours; what is left is the same anywhere.
        encoded = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        middle = encoded[-(-shift * 8 // 6) : len(encoded) - 1]
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= _MIN_LENGTH}


def _redact_keys(text: str) -> str:
    """Blank private keys line by line, so that line numbers beside them stay right."""
    if not _KEY_BEGIN.search(text):
        return text
    lines = text.split("\n")
    inside = 0
    for at, line in enumerate(lines):
        begin, end = _KEY_BEGIN.search(line), _KEY_END.search(line)
        if begin and end:
            lines[at] = line[: begin.start()] + "[redacted:private-key]" + line[end.end() :]
        elif begin:
            lines[at] = line[: begin.start()] + "[redacted:private-key]"
            inside = _MAX_KEY_LINES
        elif end and inside:
            lines[at], inside = "[redacted:private-key]" + line[end.end() :], 0
        elif inside:
            lines[at], inside = "[redacted:private-key]", inside - 1
    return "\n".join(lines)


def blank(content: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """Return the content with each span of bytes replaced by `[redacted]`, its line breaks kept.

    Spans may overlap; an empty one changes nothing.
    """
    out: list[bytes] = []
    at = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end <= max(at, start):
            continue
        begin = max(start, at)
        line_breaks = content[begin:end].count(b"\n")
        mask = MASKED.encode() if start >= at else b""  # else it goes on where another ended
        out += [content[at:begin], mask, b"\n" * line_breaks]
        at = end
    return b"".join((*out, content[at:]))
