"""Secrets that Kingfisher's rules leave out: tokens by their shape, values by their name.

These are guesses more often than Kingfisher's matches. A key or token of a known maker has medium
confidence; a value that is only named like a secret and looks random has low confidence.
"""

import base64
import binascii
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.scans import SecretMatch, mask
from codeflow_action.security.placeholders import is_placeholder

_MAX_LINE = 2_000  # bytes; longer lines are data
# What stands before comes second, so that a search steps from one first sign to the next.
_TELEGRAM = regex(rb"\d(?<![\w:.-]\d)\d{7,9}:AA[A-Za-z0-9_-]{33}(?![\w.-])")
_DISCORD = regex(
    rb"[MNO](?<![\w:.-][MNO])[A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![\w.-])"
)
# `name = "value"`, `"name": "value"`; in files of settings also `name: value`.
_ASSIGNMENT = regex(
    rb"(?<![\w$@.-])(?P<name>[\w.-]{0,40}?(?i:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key"
    rb"|access[_-]?key|private[_-]?key|credential)[\w.-]{0,20})"
    rb"[\"']?[ \t]{0,20}(?::=|=>|=|:)[ \t]{0,20}"
    rb"(?:(?P<quote>[\"'])(?P<quoted>[^\s\"'\\]{10,128})(?P=quote)"
    rb"|(?P<bare>[^\s\"'`#;,(){}\[\]$<>]{10,128})[ \t\r]{0,20}$)",
    re.MULTILINE,
)
# No assignment goes without one of these, whatever its case; one stands in few lines.
_NAME_WORD = regex(rb"passw|pwd|secret|token|key|credential")
_SETTINGS = frozenset({".env", ".properties", ".ini", ".cfg", ".conf", ".yml", ".yaml"})
# Names of values that are about a secret, and are none.
_HARMLESS_NAME = regex(
    r"(?:name|id|url|uri|endpoint|path|file|dir|type|kind|field|label|title|text|hash|hint|length"
    r"|regex|pattern|placeholder|ref|env|var|prefix|header|format|policy|rule|class|arn)s?$"
    r"|public|csrf|xsrf|page|next|cursor|tokeniz|continuation|message|error",
    re.IGNORECASE,
)
# Values that are words, names, versions, places, expressions, or digests of something known.
_NO_SECRET = regex(
    r"[A-Za-z]+(?:[-_./:][A-Za-z]+)*[-_.]?\d{0,4}|[\d.,:+-]+|[./~@#%&].*"
    r"|(?:sha\d+|md5|v?\d+\.\d+|django-insecure)[-.:].*|.*(?:://|\$\{|\{|%[sd(]|<|\(|\[|\.\.|\|).*"
    r"|0x[0-9a-fA-F]{40}"  # the address of a contract or an account of Ethereum, which is public
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(?:[\w-]+\.)+[a-z]{2,10}(?::\d+)?"
)
# A password in which a word can be read is most often made up for an example or a test.
_WORDY = regex(
    r"p[a@4][s5$]{2}|s[e3]c(?:ur|r[e3]t)|admin|test|demo|user|welcome|qwert|abc|123|login",
    re.IGNORECASE,
)
_HEX = regex(r"[0-9a-f]{32,128}|[0-9A-F]{32,128}")
_AWS_SECRET = regex(r"[A-Za-z0-9/+]{40}")


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    rule: str
    confidence: str
    span: tuple[int, int]  # bytes


def find_own(path: str, content: bytes) -> tuple[SecretMatch, ...]:
    """Return what these rules find in a file; lines of more than 2,000 bytes are left out."""
    candidates = [*_tokens(content), *_assignments(path, content)]
    if not candidates:
        return ()
    ends = [*(match.start() for match in re.finditer(b"\n", content)), len(content)]
    matches = []
    for candidate in candidates:
        start, end = candidate.span
        line = bisect_right(ends, start)
        line_start = ends[line - 1] + 1 if line else 0
        if ends[line] - line_start > _MAX_LINE:
            continue
        value = content[start:end].decode("utf-8", "replace")
        matches.append(
            SecretMatch(
                path=path,
                line=line + 1,
                end_line=line + 1,
                rule=candidate.rule,
                name=candidate.rule.replace("-", " "),
                confidence=candidate.confidence,
                masked=mask(value),
                start=start,
                end=end,
                placeholder=is_placeholder(value),
                scanner="",
            )
        )
    return tuple(matches)


def _tokens(content: bytes) -> Iterator[_Candidate]:
    for match in _TELEGRAM.finditer(content) if b":AA" in content else ():
        yield _Candidate(rule="telegram-bot-token", confidence="medium", span=match.span())
    for match in _DISCORD.finditer(content):
        # The first part is the bot's id in base64, and an id of Discord's is a number:
        # https://discord.com/developers/docs/reference#snowflakes
        first = match[0].partition(b".")[0]
        padding = b"=" * (-len(first) % 4)
        try:
            number = base64.b64decode(first + padding, altchars=b"-_", validate=True)
        except binascii.Error:
            continue
        if re.fullmatch(rb"\d{17,20}", number):
            yield _Candidate(rule="discord-bot-token", confidence="medium", span=match.span())


def _assignments(path: str, content: bytes) -> Iterator[_Candidate]:
    file = PurePosixPath(path)
    is_settings = file.name.startswith(".env") or file.suffix in _SETTINGS
    for match in _matches_in_lines(content):
        group = "quoted" if match["quoted"] else "bare"
        if group == "bare" and not is_settings:
            continue
        name = match["name"].decode("utf-8", "replace")
        value = match[group].decode("utf-8", "replace")
        if rule := _of_a_maker(path, name, value):
            yield _Candidate(rule=rule, confidence="medium", span=match.span(group))
        elif not _HARMLESS_NAME.search(name) and _looks_random(name, value):
            yield _Candidate(rule="generic-secret", confidence="low", span=match.span(group))


def _matches_in_lines(content: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the matches of `_ASSIGNMENT`, which takes long, from the lines that may hold one."""
    end = -1
    for word in _NAME_WORD.finditer(content.lower()):
        if word.start() > end:
            start = content.rfind(b"\n", 0, word.start()) + 1
            end = content.find(b"\n", word.start())
            end = len(content) if end < 0 else end
            yield from _ASSIGNMENT.finditer(content, start, end)


def _of_a_maker(path: str, name: str, value: str) -> str:
    """Return the rule for a key whose name tells its maker, empty for another."""
    lower_name = name.lower()
    if "aws" in lower_name and "secret" in lower_name and _AWS_SECRET.fullmatch(value):
        return "aws-secret-access-key" if _entropy(value) > 4 else ""
    if name == "SECRET_KEY" and path.endswith(".py") and len(value) >= 40:
        insecure = value.startswith("django-insecure")  # as Django itself writes it for developers
        return "" if insecure or _entropy(value) < 4 else "django-secret-key"
    return ""


def _looks_random(name: str, value: str) -> bool:
    if _NO_SECRET.fullmatch(value):
        return False
    if _HEX.fullmatch(value):
        return _entropy(value) > 3
    classes = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", r"\d", r"[^\w\s]"))
    if re.search("pass|pwd", name, re.IGNORECASE):
        return classes >= 3 and _entropy(value) > 3 and not _WORDY.search(value)
    digits = len(re.findall(r"\d", value))
    return len(value) >= 20 and digits >= 3 and classes >= 3 and _entropy(value) > 3.8


def _entropy(value: str) -> float:
    """Return the entropy in bits for each character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
