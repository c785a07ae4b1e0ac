"""Characters that make code read otherwise than it runs ("Trojan Source", CVE-2021-42574)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import Change, Checked, Level, LineGate, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.review.syntax.languages import language_of
from codeflow_action.security.invisible import IGNORABLE, escaped, name_of

_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Letters that only machines read. A flag such as Scotland's is a black flag, its region in tags,
# and a closing tag (UTS 51, emoji tag sequences).
_TAGS = re.compile(
    r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f|([\U000e0000-\U000e007f])"
)
# Selectors follow the sign whose look they choose: an emoji or symbol, an ideograph, a letter of
# a few scripts. A few stray ones are what editing has left over; many are a payload (GlassWorm).
_SELECTORS = re.compile(
    r"(?:^|(?<=[\x00-\"$-)+-/:-\x7f\ufe00-\ufe0f\U000e0100-\U000e01ef]))"
    r"([\ufe00-\ufe0f\U000e0100-\U000e01ef])"
)
_MAX_STRAY = 2
# Fillers of Korean syllables: blank letters, and so names of variables that nobody sees.
_HANGUL = r"\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
_FILLERS = re.compile(rf"(?<![{_HANGUL}])([\u115f\u1160\u3164\uffa0]+)(?![{_HANGUL}])")
# In a name; what stands in a string or a comment is text, where it may part words.
_IN_NAME = re.compile(
    r"(?:^|[^\w])[A-Za-z_][A-Za-z0-9_]*([\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]+)[A-Za-z0-9_]"
)
_QUOTED = re.compile(r"['\"`#]|//|/\*|^\s*\*|--")
_MAX_NAMES = 6
# Translations to languages that are written from right to left need them.
_TRANSLATIONS = frozenset(
    {".po", ".pot", ".xlf", ".xliff", ".arb", ".strings", ".resx", ".ftl", ".properties", ".lang"}
)
_TRANSLATED = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|intl|lang(?:s|uages?)?|translations?|values-[\w-]+|[\w-]+\.lproj)/"
    r".*\.(?:json5?|ya?ml|xml|toml|xcstrings|stringsdict)$",
    re.IGNORECASE,
)
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Characters of one kind on a line, and what is said of them."""

    signs: str
    severity: Severity
    title: str
    why: str


class HiddenUnicode(LineGate):
    """Characters that nobody sees: reviewers read other code than runs, or than a model reads."""

    name = "hidden_unicode"
    level: Level = Level.ERROR

    def look(self, subject: Subject) -> Checked:
        """Report each added line that holds some, by the characters' names."""
        findings = (
            _finding(change, number, text, kind)
            for change in subject.texts
            for number, text in change.added_whole
            if not text.isascii()
            for kind in _kinds(change, text)
        )
        return Checked(findings=findings)


def _kinds(change: Change, text: str) -> Iterator[_Kind]:
    """Yield what hides in a line, kind by kind."""
    if signs := "".join(_BIDI.findall(text)):
        yield _Kind(
            signs=signs,
            severity=Severity.NOTICE if _is_translation(change.path) else Severity.ERROR,
            title="Hidden characters change the order of this line",
            why="What is read here may not be what runs.",
        )
    selectors = "".join(_SELECTORS.findall(text))
    payload = "".join(_TAGS.findall(text)) + (selectors if len(selectors) > _MAX_STRAY else "")
    if payload:
        yield _Kind(
            signs=payload,
            severity=Severity.ERROR,
            title="Invisible characters spell something on this line",
            why="Programs and models read what people do not see.",
        )
    if blanks := "".join(_FILLERS.findall(text)) + _in_names(change, text):
        yield _Kind(
            signs=blanks,
            severity=Severity.WARNING,
            title="A name on this line holds characters that nobody sees",
            why="Two names that look alike may be two.",
        )


def _in_names(change: Change, text: str) -> str:
    if language_of(change.path) is None:
        return ""
    found = _IN_NAME.search(text)
    return found[1] if found and not _QUOTED.search(text, 0, found.start(1)) else ""


def _is_translation(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _TRANSLATIONS or bool(_TRANSLATED.search(path))


def _finding(change: Change, number: int, text: str, kind: _Kind) -> Finding:
    names = list(dict.fromkeys(map(name_of, kind.signs)))
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return Finding(
        severity=kind.severity,
        category=Category.SECURITY,
        path=change.path,
        line=number,
        title=kind.title,
        message=(
            f"The line holds {', '.join(names[:_MAX_NAMES])}{more}. {kind.why} Remove the "
            "characters, or write them as escapes."
        ),
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=HiddenUnicode.name,
        code=IGNORABLE.sub(lambda match: escaped(match[0]), text.strip())[:_SHOWN],
    )
