"""Write the expressions of the secret scanner's rules, as RE2 takes them: `secret_filter` says why.

    python -m scripts.write_secret_patterns

Run it when the scanner's version is raised; a test compares the file with the installed rules.
"""

import json
import re
import re._constants as re_constants  # type: ignore[import-not-found]  # typeshed has neither
import warnings
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from re._parser import parse  # type: ignore[import-not-found]
from typing import Any

from kingfisher_sdk import Rules

from codeflow_action.integrations.secret_filter import PATTERNS_FILE, SCANNER

# RE2 counts to no more (https://github.com/google/re2/wiki/Syntax): a longer repetition becomes one
# without an end, which matches more.
_MAX_REPEAT = 1_000
_REPEAT = re.compile(r"\{(\d+)(?:,(\d+))?\}")
type _Part = tuple[Any, Any]  # of a parsed expression: what it is, and what belongs to it
_VERBOSE = "(?x)"  # unknown to RE2
# RE2's `\s` has no vertical tab, the scanner's has; `[:space:]` has it in both.
_SPACE_OR_BRACKET = re.compile(r"\\.|\[:\w+:\]|\[\^?\]?|\]", re.DOTALL)
_SPACE = r"\s"


def secret_patterns() -> dict[str, list[str]]:
    """Return an expression for each installed rule that matches all that the rule's own matches.

    Each with words of which every match has one, whatever its case; with none where none is known.
    Raises `ValueError` for one that needs a closer look.
    """
    rules = Rules(confidence="medium")
    patterns = sorted({_for_re2(rules.detail(rule["id"])) for rule in rules.metadata()})
    return {pattern: sorted(_words(_parse(pattern))) for pattern in patterns}


def _for_re2(rule: dict[str, object]) -> str:
    pattern = str(rule["detection_regex"] or rule["pattern"])
    bare = pattern.removeprefix(_VERBOSE)
    if bare != pattern and re.search(r"[\s#]", bare):
        raise ValueError(f"{rule['id']} has blanks that may not count: {pattern}")
    return _REPEAT.sub(_shorten, _with_vertical_tab(bare))


def _with_vertical_tab(pattern: str) -> str:
    is_in_class = False

    def replace(token: re.Match[str]) -> str:
        nonlocal is_in_class
        if token[0] == _SPACE:
            return "[:space:]" if is_in_class else "[[:space:]]"
        if token[0] == "]":
            is_in_class = False
        elif re.fullmatch(r"\[\^?\]?", token[0]):
            is_in_class = True
        return token[0]

    return _SPACE_OR_BRACKET.sub(replace, pattern)


def _shorten(repeat: re.Match[str]) -> str:
    least, most = int(repeat[1]), int(repeat[2] or repeat[1])
    return repeat[0] if most <= _MAX_REPEAT else f"{{{min(least, _MAX_REPEAT)},}}"


def _parse(pattern: str) -> Iterable[_Part]:
    """Return the expression's parts as Python's parser sees them, which has other spellings."""
    plain = pattern.replace("[[:space:]]", r"\s").replace("[:space:]", r"\s").replace(r"\z", r"\Z")
    with warnings.catch_warnings(action="ignore"):  # of brackets in brackets
        parts: Iterable[_Part] = parse(plain.replace("(?i)", ""))
    return parts


def _words(parts: Iterable[_Part]) -> frozenset[str]:
    """Return words of which every match has one, in lower case; of several such sets the longest.

    What is not understood here only makes words shorter, or there are none.
    """
    choices: list[frozenset[str]] = []
    word = ""
    for part in parts:
        if letter := _letter(part):
            word += letter
            continue
        choices.append(frozenset({word} - {""}))
        word = ""
        match part:
            case (re_constants.SUBPATTERN, (*_, inner)):
                choices.append(_words(inner))
            case (re_constants.BRANCH, (_, branches)):
                words_of_each = [_words(branch) for branch in branches]
                if all(words_of_each):
                    choices.append(frozenset().union(*words_of_each))
            case (re_constants.MAX_REPEAT | re_constants.MIN_REPEAT, (least, _, inner)) if least:
                choices.append(_words(inner))
    choices.append(frozenset({word} - {""}))
    return max(choices, key=lambda words: (min(map(len, words), default=0), -len(words)))


def _letter(part: _Part) -> str:
    """Return the one character of ASCII that a part stands for in lower case, empty for others."""
    match part:
        case (re_constants.LITERAL, code):
            return chr(code).lower() if code < 128 else ""
        case (re_constants.IN, members):
            letters = {_letter(member) for member in members}
            return letters.pop() if len(letters) == 1 else ""
        case (re_constants.SUBPATTERN, (*_, [inner])):
            return _letter(inner)
    return ""


def written(patterns: dict[str, list[str]]) -> str:
    """Return the file's text."""
    return json.dumps({"version": version(SCANNER), "patterns": patterns}, indent=0) + "\n"


if __name__ == "__main__":
    Path(PATTERNS_FILE).write_text(written(secret_patterns()), "utf-8")
