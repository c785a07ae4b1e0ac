"""Characters that make code read otherwise than it runs ("Trojan Source", CVE-2021-42574)."""

import re
import unicodedata
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import Change, Checked, Level, LineGate, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity

_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
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


class HiddenUnicode(LineGate):
    """A control character turns the order of text round: reviewers see other code than runs."""

    name = "hidden_unicode"
    level: Level = Level.ERROR

    def look(self, subject: Subject) -> Checked:
        """Report each added line that holds one, by the characters' names."""
        findings = (
            _finding(change, number, text)
            for change in subject.texts
            for number, text in change.added_whole
            if _BIDI.search(text)
        )
        return Checked(findings=findings)


def _finding(change: Change, number: int, text: str) -> Finding:
    names = dict.fromkeys(
        f"U+{ord(sign):04X} {unicodedata.name(sign)}" for sign in _BIDI.findall(text)
    )
    suffix = PurePosixPath(change.path).suffix.lower()
    translated = suffix in _TRANSLATIONS or _TRANSLATED.search(change.path) is not None
    return Finding(
        severity=Severity.NOTICE if translated else Severity.ERROR,
        category=Category.SECURITY,
        path=change.path,
        line=number,
        title="Hidden characters change the order of this line",
        message=(
            f"The line holds {', '.join(names)}. What is read here may not be what runs. Remove "
            "the characters, or write them as escapes."
        ),
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=HiddenUnicode.name,
        code=_escaped(text.strip())[:_SHOWN],
    )


def _escaped(text: str) -> str:
    return _BIDI.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
