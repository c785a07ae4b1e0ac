"""Write the expressions of the secret scanner's rules, as RE2 takes them: `secret_filter` says why.

    python -m scripts.write_secret_patterns

Run it when the scanner's version is raised; a test compares the file with the installed rules.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

from kingfisher_sdk import Rules

from codeflow_action.integrations.secret_filter import PATTERNS_FILE, SCANNER

# RE2 counts to no more (https://github.com/google/re2/wiki/Syntax): a longer repetition becomes one
# without an end, which matches more.
_MAX_REPEAT = 1_000
_REPEAT = re.compile(r"\{(\d+)(?:,(\d+))?\}")
_VERBOSE = "(?x)"  # unknown to RE2
# RE2's `\s` has no vertical tab, the scanner's has; `[:space:]` has it in both.
_SPACE_OR_BRACKET = re.compile(r"\\.|\[:\w+:\]|\[\^?\]?|\]", re.DOTALL)
_SPACE = r"\s"


def secret_patterns() -> list[str]:
    """Return an expression for each installed rule that matches all that the rule's own matches.

    Raises `ValueError` for one that needs a closer look.
    """
    rules = Rules(confidence="medium")
    return sorted({_for_re2(rules.detail(rule["id"])) for rule in rules.metadata()})


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


def written(patterns: list[str]) -> str:
    """Return the file's text."""
    return json.dumps({"version": version(SCANNER), "patterns": patterns}, indent=0) + "\n"


if __name__ == "__main__":
    Path(PATTERNS_FILE).write_text(written(secret_patterns()), "utf-8")
