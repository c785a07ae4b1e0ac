"""Characters that make code look different from what runs ("Trojan Source", CVE-2021-42574)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.security.invisible import IGNORABLE, escape_invisible, name_of

# Bidirectional controls: https://trojansource.codes
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Tag characters are letters that only machines read. A flag such as Scotland's is legitimate: a
# black flag, its region in tags, and a closing tag (UTS 51, emoji tag sequences).
_TAGS = re.compile(
    r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f|([\U000e0000-\U000e007f])"
)
# A variation selector follows the character whose look it chooses: an emoji or symbol, an
# ideograph, a letter of a few scripts. A few stray ones are left over from editing; many are a
# payload (GlassWorm).
_SELECTORS = re.compile(
    r"(?:^|(?<=[\x00-\"$-)+-/:-\x7f\ufe00-\ufe0f\U000e0100-\U000e01ef]))"
    r"([\ufe00-\ufe0f\U000e0100-\U000e01ef])"
)
_MAX_STRAY = 2
# Fillers of Korean syllables are blank letters, so they make names of variables that nobody sees.
_HANGUL = r"\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
_FILLERS = re.compile(rf"(?<![{_HANGUL}])([\u115f\u1160\u3164\uffa0]+)(?![{_HANGUL}])")
# Only inside a name: in a string or a comment the same characters may separate words.
_IN_NAME = re.compile(
    r"(?:^|[^\w])[A-Za-z_][A-Za-z0-9_]*([\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]+)[A-Za-z0-9_]"
)
_TEXT_START = re.compile(r"['\"`#]|//|/\*|^\s*\*|--")
_MAX_NAMES = 6
# Translations into languages that are written from right to left need bidirectional controls.
_TRANSLATIONS = frozenset(
    {".po", ".pot", ".xlf", ".xliff", ".arb", ".strings", ".resx", ".ftl", ".properties", ".lang"}
)
_TRANSLATION_FOLDER = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|intl|lang(?:s|uages?)?|translations?|values-[\w-]+|[\w-]+\.lproj)/",
    re.IGNORECASE,
)
_TRANSLATION_FORMATS = frozenset(
    {".json", ".json5", ".yml", ".yaml", ".xml", ".toml", ".xcstrings", ".stringsdict"}
)
_MAX_CODE = 200  # characters


@dataclass(frozen=True, kw_only=True)
class _HiddenText:
    """Invisible characters of one kind on a line, and what is said about them."""

    characters: str
    severity: Severity
    title: str
    reason: str


class HiddenUnicode(ThreadedGate):
    """Invisible characters make code look different from what runs, or carry hidden text."""

    name = "hidden_unicode"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR

    def look(self, subject: GateSubject) -> GateResult:
        """Report each added line with invisible characters, by the characters' names."""
        findings = (
            self._describe(change, number, text, hidden_text)
            for change in subject.texts
            for number, text in change.all_added_lines
            if not text.isascii()
            for hidden_text in _hidden_texts(change, text)
        )
        return GateResult(findings=findings)

    def _describe(
        self, change: FileChange, number: int, text: str, hidden_text: _HiddenText
    ) -> Finding:
        names = list(dict.fromkeys(map(name_of, hidden_text.characters)))
        rest = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
        return self.finding(
            change.path,
            number,
            severity=hidden_text.severity,
            title=hidden_text.title,
            message=(
                f"The line contains {', '.join(names[:_MAX_NAMES])}{rest}. {hidden_text.reason} "
                "Remove the characters, or write them as escapes."
            ),
            # Escaped, because a reader must see what the finding is about.
            code=IGNORABLE.sub(lambda match: escape_invisible(match[0]), text.strip())[:_MAX_CODE],
        )


def _hidden_texts(change: FileChange, text: str) -> Iterator[_HiddenText]:
    """Yield what is hidden in a line, one kind after the other."""
    if controls := "".join(_BIDI.findall(text)):
        suffix = PurePosixPath(change.path).suffix.lower()
        is_translation = suffix in _TRANSLATIONS or (
            suffix in _TRANSLATION_FORMATS and _TRANSLATION_FOLDER.search(change.path) is not None
        )
        yield _HiddenText(
            characters=controls,
            severity=Severity.NOTICE if is_translation else Severity.ERROR,
            title="Hidden characters change the order of this line",
            reason="The code that runs may not be the code that you see.",
        )
    selectors = "".join(_SELECTORS.findall(text))
    payload = "".join(_TAGS.findall(text)) + (selectors if len(selectors) > _MAX_STRAY else "")
    if payload:
        yield _HiddenText(
            characters=payload,
            severity=Severity.ERROR,
            title="Invisible characters carry hidden text on this line",
            reason="Programs and models read what people cannot see.",
        )
    blanks = "".join(_FILLERS.findall(text))
    match = _IN_NAME.search(text) if language_of(change.path) is not None else None
    if match and not _TEXT_START.search(text, 0, match.start(1)):
        blanks += match[1]
    if blanks:
        yield _HiddenText(
            characters=blanks,
            severity=Severity.WARNING,
            title="A name on this line contains invisible characters",
            reason="Two names that look the same may be different.",
        )
