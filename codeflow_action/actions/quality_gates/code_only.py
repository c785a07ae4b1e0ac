"""Tells code, strings and comments apart, so that a gate sees what it asks about and nothing else.

This is not a parser: one pattern for each family of languages, read from the left. The grammars
(`review.syntax`) run in another process, know neither Vue nor CSS nor Dockerfiles, and give up on
half-written code, where a gate has to answer too. A file that fools the pattern (a regular
expression that contains a quote) is read wrongly to the end of that line, rarely further. What is
not closed ends with the line or the text, so nothing is read twice: the time is linear.
"""

import re
from collections.abc import Mapping

JS = frozenset({"javascript", "typescript", "tsx", "vue", "svelte"})
C_FAMILY = frozenset({"c", "cpp", "objective_c"})

_SLASHES = r"//[^\n]*"
_BLOCK = r"/\*(?s:.*?)(?:\*/|\Z)"
_HASH = r"#[^\n]*"
_HASH_ALONE = r"(?:^|(?<=\s))#[^\n]*"  # not in the middle of a word
_DOUBLE = r'"(?:\\.|[^"\n])*(?:"|$)'
_SINGLE = r"'(?:\\.|[^'\n])*(?:'|$)"
_CHARACTER = r"'(?:\\[^\n']{1,8}|[^'\\\n])'"
_BACKTICK = r"`(?s:\\.|[^`])*(?:`|\Z)"
_TRIPLE = r'"""(?s:\\.|.)*?(?:"""|\Z)' + r"|'''(?s:\\.|.)*?(?:'''|\Z)"
_MARKUP = r"<!--(?s:.*?)(?:-->|\Z)"
_RAW_RUST = r'\br(?P<h>#*)"(?s:.*?)(?:"(?P=h)|\Z)'
_RUST = r'"(?s:\\.|[^"])*(?:"|\Z)'
_VERBATIM = r'@"(?:""|[^"])*(?:"|\Z)'
_DOCUMENT = r"^=begin\b(?s:.*?)(?:^=end\b|\Z)"  # Ruby
_POD = r"^=[a-z]\w*(?s:.*?)(?:^=cut\b|\Z)"  # Perl


def _either(*forms: str) -> re.Pattern[str]:
    return re.compile("|".join(forms), re.MULTILINE)


_JVM = _either(_SLASHES, _BLOCK, _TRIPLE, _DOUBLE, _CHARACTER)
_NOT_CODE: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(JS, _either(_SLASHES, _BLOCK, _MARKUP, _DOUBLE, _SINGLE, _BACKTICK)),
    **dict.fromkeys(C_FAMILY, _either(_SLASHES, _BLOCK, _DOUBLE, _CHARACTER)),
    **dict.fromkeys(("java", "kotlin", "scala", "swift"), _JVM),
    **dict.fromkeys(("yaml", "toml", "bash", "dockerfile"), _either(_HASH_ALONE, _DOUBLE, _SINGLE)),
    **dict.fromkeys(("css", "scss", "less"), _either(_BLOCK, _DOUBLE, _SINGLE)),
    "hcl": _either(_HASH, _SLASHES, _BLOCK, _DOUBLE),
    "python": _either(_HASH, _TRIPLE, _DOUBLE, _SINGLE),
    "ruby": _either(_DOCUMENT, _HASH, _DOUBLE, _SINGLE),
    "rust": _either(_SLASHES, _BLOCK, _RAW_RUST, _CHARACTER, _RUST),
    "php": _either(_SLASHES, _BLOCK, _MARKUP, _HASH, _DOUBLE, _SINGLE),
    "go": _either(_SLASHES, _BLOCK, _DOUBLE, _CHARACTER, _BACKTICK),
    "c_sharp": _either(_SLASHES, _BLOCK, _VERBATIM, _DOUBLE, _CHARACTER),
    "elixir": _either(_HASH, _TRIPLE, _DOUBLE),
    "perl": _either(_POD, _HASH, _DOUBLE, _SINGLE),
}
LANGUAGES = frozenset(_NOT_CODE)
_INK = re.compile(r"[^\n]")


def code_only(text: str, language: str) -> str:
    """Return the text with everything but code as spaces: same lines, same columns.

    The quotes of a string stay. A language that is not known here changes nothing.
    """
    pattern = _NOT_CODE.get(language)
    return pattern.sub(_without_content, text) if pattern else text


def code_and_strings(text: str, language: str) -> str:
    """Return the text with comments as spaces; nothing changes for an unknown language."""
    pattern = _NOT_CODE.get(language)
    if pattern is None:
        return text
    return pattern.sub(lambda match: _blank(match[0]) if _is_comment(match) else match[0], text)


def comments_only(text: str, language: str) -> str:
    """Return the text with everything but comments as spaces; all of it for an unknown language."""
    pattern = _NOT_CODE.get(language)
    if pattern is None:
        return _blank(text)
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        parts += [
            _blank(text[end : match.start()]),
            match[0] if _is_comment(match) else _blank(match[0]),
        ]
        end = match.end()
    return "".join([*parts, _blank(text[end:])])


def _is_comment(match: re.Match[str]) -> bool:
    # Strings begin with a quote, or with `r` or `@` before one.
    return match[0][0] in "#/<="


def _without_content(match: re.Match[str]) -> str:
    """Return a string's quotes with spaces between them, a comment as spaces."""
    text = match[0]
    if text[0] in "\"'`" and len(text) > 1:
        return text[0] + _blank(text[1:-1]) + text[-1]
    return _blank(text)


def _blank(text: str) -> str:
    return _INK.sub(" ", text)
