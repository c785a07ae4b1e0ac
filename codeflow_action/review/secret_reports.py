"""Which results speak of a secret, and their words without it: tools quote what they have found."""

import re
from collections.abc import Iterable, Sequence

from codeflow_action.engine.findings import Category, Finding
from codeflow_action.engine.lazy import regex
from codeflow_action.security.redaction import MASK

_SCANNERS = frozenset(
    "betterleaks credsweeper detect-secrets ggshield gitleaks kingfisher noseyparker secretlint "  # noqa: SIM905
    "titus trufflehog whispers".split()
)
# CWE-259 and -798: hard-coded credentials; -321: a key; -312, -522: stored in the clear.
_TAGS = regex(r"\bsecrets?\b|\bcwe-0*(?:259|798|321|312|522)\b")
_CREDENTIAL = (
    r"(?:secret|password|passwd|passphrase|credential|(?:api|private|access|secret)[-_ ]?key"
    r"|(?:access|auth|api)[-_ ]?token)s?\b"
)
_EXPOSURE = (
    r"\b(?:hard[- ]?coded|committed|leaked|detected|exposed|embedded|in (?:plain|clear) ?text)\b"
)
_WORD = regex(rf"\b{_CREDENTIAL}", re.IGNORECASE)
_ALARM = regex(
    rf"{_EXPOSURE}\W+(?:\w+\W+){{0,3}}{_CREDENTIAL}|\b{_CREDENTIAL}\W+(?:\w+\W+){{0,3}}{_EXPOSURE}",
    re.IGNORECASE,
)
_CODES = regex(r"/(?:B10[567]|S10[567])$")  # bandit's, and ruff's of the same
_QUOTATION = regex(r"""(["'`])([^"'`]{4,})\1""")
_ASSIGNMENT = regex(r"[:=]\s*([^\s:=].*)", re.DOTALL)
_SET = regex(r"""(?<==)[^\s"'`=]{4,}|(?<== )[^\s"'`=]{4,}""")
_MAX_LOOKED_THROUGH = 20_000  # characters; longer lines are data
_MIN_VALUE = 4  # characters; shorter values are words that stand everywhere


def is_scanner(tool: str) -> bool:
    """True for tools that look for nothing but secrets, by a tool's name in a rule."""
    return tool in _SCANNERS


def is_about_a_secret(rule: str, title: str, tags: Iterable[str] = ()) -> bool:
    """True when a result is of a scanner for secrets, or says that it has found one."""
    tool = rule.partition("/")[0]
    return bool(
        is_scanner(tool)
        or tool == "secrets"
        or _CODES.search(rule)
        or _ALARM.search(title)
        or any(_TAGS.search(tag) for tag in tags)
    )


def may_quote_a_secret(rule: str, text: str) -> bool:
    """True when a result mentions secrets: then its text may hold one."""
    return bool(_WORD.search(f"{rule} {text}"))


def tells_of_a_secret(finding: Finding) -> bool:
    """True when a finding, of whomever, is about a secret in the code."""
    return finding.category is Category.SECURITY and is_about_a_secret(finding.rule, finding.title)


def without_values(text: str, lines: Sequence[str]) -> str:
    """Return a tool's text without the values that stand on the lines it speaks of.

    Where these are not known, or too long to be looked through for every result, all that is quoted
    or assigned in the text goes.
    """
    if not lines or sum(map(len, lines)) > _MAX_LOOKED_THROUGH:
        bare = _SET.sub(MASK, text)
        return _QUOTATION.sub(lambda match: f"{match[1]}{MASK}{match[1]}", bare)
    values: set[str] = set()
    for line in lines:
        values.update(match[2] for match in _QUOTATION.finditer(line))
        assignment = _ASSIGNMENT.search(line)
        bare = assignment[1].strip(" \t\r\"'`;,)") if assignment else line.strip()
        if len(bare) >= _MIN_VALUE:
            values.add(bare)
    # The longest first: a value may hold another one.
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
