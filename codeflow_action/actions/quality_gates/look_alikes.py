"""Letters and signs that look like those of ASCII, and the words that they imitate.

A word is only suspicious where scripts are mixed within it, and where all of it can be read as
ASCII: so whole words of another script are none, nor is a Latin stem with a Russian ending.
https://www.unicode.org/reports/tr39/#Mixed_Script_Detection
"""

import re
import unicodedata
from collections.abc import Mapping

from codeflow_action.engine.lazy import regex

# Letters of Cyrillic, Greek, Armenian, Cherokee, Coptic, Lisu, Georgian and Deseret that look like
# this one: https://www.unicode.org/Public/security/latest/confusables.txt
_LETTERS: Mapping[str, str] = {
    "A": "\u0391\u0410\u13aa\ua4ee",
    "B": "\u0392\u0412\u13f4\ua4d0",
    "C": "\u03f9\u0421\u13df\u2ca4\ua4da\U00010415",
    "D": "\u13a0\ua4d3",
    "E": "\u0395\u0415\u13ac\ua4f0",
    "F": "\u03dc\ua4dd",
    "G": "\u050c\u13c0\u13f3\ua4d6",
    "H": "\u0397\u041d\u13bb\u2c8e\ua4e7",
    "I": "\u0399\u0406\u04c0\u2c92\ua4f2",
    "J": "\u037f\u0408\u13ab\ua4d9",
    "K": "\u039a\u041a\u13e6\u2c94\ua4d7",
    "L": "\u13de\u2cd0\ua4e1\U0001041b",
    "M": "\u039c\u03fa\u041c\u13b7\u2c98\ua4df",
    "N": "\u039d\u2c9a\ua4e0",
    "O": "\u039f\u041e\u0555\u2c9e\ua4f3\U00010404",
    "P": "\u03a1\u0420\u13e2\u2ca2\ua4d1",
    "R": "\u13a1\u13d2\ua4e3",
    "S": "\u0405\u054f\u13d5\u13da\ua4e2\U00010420",
    "T": "\u03a4\u0422\u13a2\u2ca6\ua4d4",
    "U": "\u054d\ua4f4",
    "V": "\u0474\u13d9\ua4e6",
    "W": "\u051c\u13b3\u13d4\ua4ea",
    "X": "\u03a7\u0425\u2cac\ua4eb",
    "Y": "\u03a5\u0423\u04ae\u13a9\u13bd\u2ca8\ua4ec",
    "Z": "\u0396\u13c3\ua4dc",
    "a": "\u0430",
    "b": "\u042c\u13cf",
    "c": "\u03f2\u0441\u2ca5\uabaf\U0001043d",
    "d": "\u0501\u13e7\ua4d2",
    "e": "\u0435\u04bd",
    "f": "\u0584",
    "g": "\u0581",
    "h": "\u04bb\u0570\u13c2",
    "i": "\u0456\u04cf\u13a5\ua647\uab75",
    "j": "\u03f3\u0458",
    "n": "\u0578\u057c",
    "o": "\u03bf\u043e\u0585\u10ff\u2c9f\U0001042c",
    "p": "\u0440\u2ca3",
    "q": "\u051b\u0563\u0566",
    "r": "\u0433\u1d26\u2c85\uab81",
    "s": "\u0455\uabaa\U00010448",
    "u": "\u057d",
    "v": "\u0475\uaba9",
    "w": "\u0461\u051d\u0561\uab83",
    "x": "\u0445",
    "y": "\u0443\u04af\u10e7",
    "z": "\uab93",
}
# Cyrillic letters that are only similar: they count where most of the word is Latin.
_SIMILAR = dict(zip("ktmhbn", "\u043a\u0442\u043c\u043d\u0432\u043f", strict=True))
# Greek letters that formulas are full of: they count within a longer Latin word.
_FORMULA = dict(zip("aikpuvy", "\u03b1\u03b9\u03ba\u03c1\u03c5\u03bd\u03b3", strict=True))
# Letters of phonetics. They are Latin too, so they count in names of code only.
_PHONETIC = {"a": "\u0251", "g": "\u0261"}
_MIN_WORD = 3
_MIN_FORMULA_WORD = 4  # Latin letters

_READINGS: Mapping[int, str] = {
    ord(sign): letter
    for table in (_LETTERS, _SIMILAR, _FORMULA)
    for letter, signs in table.items()
    for sign in signs
}
_SIMILAR_SIGNS = frozenset("".join(_SIMILAR.values()))
_FORMULA_SIGNS = frozenset("".join(_FORMULA.values()))
_PHONETIC_READINGS = {ord(sign): letter for letter, sign in _PHONETIC.items()}
_WORD = regex(r"[^\W\d_]+")
_LATIN = regex(r"[A-Za-z]")
# Parts of mathematics' alphabets and the full-width block, which compatibility maps to ASCII. Both
# Python (PEP 3131) and JavaScript's engines take such letters in names; Python reads them as ASCII.
_STYLES = ("<font>", "<wide>")
# Signs that look like the punctuation of code, by https://www.unicode.org/reports/tr39/ too.
PUNCTUATION: Mapping[str, str] = {
    "\u037e": ";",  # GREEK QUESTION MARK
    "\u01c3": "!",  # LATIN LETTER RETROFLEX CLICK, which may stand in a name
    "\u2215": "/",  # DIVISION SLASH
    "\u2044": "/",  # FRACTION SLASH
    "\u29f8": "/",  # BIG SOLIDUS
    "\ua789": ":",  # MODIFIER LETTER COLON, which may stand in a name
    "\u2024": ".",  # ONE DOT LEADER
    "\ua4f8": ".",  # LISU LETTER TONE MYA TI
}
# In a host's name also these, which people may well write elsewhere.
_IN_HOST = str.maketrans(
    {**PUNCTUATION, "\u2571": "/", "\uff0f": "/", "\uff0e": ".", "\uff20": "@"}
)
_HOST = regex(r"[a-z][a-z0-9+.-]{1,20}://([^\s/?#\"'`<>()]{1,300})", re.IGNORECASE)


def imitations(text: str) -> list[tuple[int, int, str]]:
    """Return words that mix Latin letters with look-alikes: start, end, and how they read."""
    return [
        (match.start(), match.end(), reading)
        for match in _WORD.finditer(text)
        if not match[0].isascii() and (reading := _mixed_reading(match[0]))
    ]


def disguised_names(text: str) -> list[tuple[int, int, str]]:
    """Return words in letters of another style or of phonetics that read as ASCII.

    Only for code itself: Japanese writes in full width, and phonetics and formulas are text.
    """
    return [
        (match.start(), match.end(), reading)
        for match in _WORD.finditer(text)
        if not match[0].isascii() and (reading := _styled_reading(match[0]))
    ]


def false_hosts(text: str) -> list[tuple[int, int, str]]:
    """Return hosts of URLs with a sign that only looks like punctuation, and how they read."""
    return [
        (match.start(1), match.end(1), reading)
        for match in _HOST.finditer(text)
        # A sentence that goes on in another script behind a URL is no part of it.
        if (reading := match[1].translate(_IN_HOST)) != match[1] and reading.isascii()
    ]


def has_whole_words(text: str) -> bool:
    """True for a text with words of other scripts, which no reader takes for Latin ones."""
    return any(
        len(match[0]) > 1
        and not _LATIN.search(match[0])
        and not unicodedata.name(match[0][0], "").startswith("LATIN ")
        and not "".join(map(_plain, match[0].translate(_READINGS))).isascii()
        for match in _WORD.finditer(text)
        if not match[0].isascii()
    )


def _mixed_reading(word: str) -> str:
    reading = word.translate(_READINGS)
    latin = len(_LATIN.findall(word))
    # Two letters are a range of a regular expression: `[a-zA-Z...]` goes on in another script.
    if not reading.isascii() or not latin or len(word) < _MIN_WORD:
        return ""
    signs = set(word)
    if signs & _SIMILAR_SIGNS and latin * 2 <= len(word):
        return ""
    if signs & _FORMULA_SIGNS and (
        latin < _MIN_FORMULA_WORD or not (_LATIN.match(word[0]) and _LATIN.match(word[-1]))
    ):
        return ""
    return reading


def _styled_reading(word: str) -> str:
    letters = [_plain(sign) for sign in word]
    reading = "".join(letters)
    is_phonetic = any(ord(sign) in _PHONETIC_READINGS for sign in word)
    if not reading.isascii() or (is_phonetic and not _LATIN.search(word)):
        return ""
    return reading if len(word) >= _MIN_WORD else ""


def _plain(sign: str) -> str:
    """Return the ASCII letter that a styled one stands for, the sign itself for others."""
    if sign.isascii():
        return sign
    if sign == "\u017f":  # LATIN SMALL LETTER LONG S, which Python reads as `s`
        return "s"
    style, _, code = unicodedata.decomposition(sign).partition(" ")
    is_styled = style in _STYLES and len(code) <= 4  # one sign of at most four hexadecimal digits
    return chr(int(code, 16)) if is_styled else _PHONETIC_READINGS.get(ord(sign), sign)
