"""Whether two programs have found the same: of such a pair a reader is shown one."""

import re
from functools import lru_cache

from codeflow_action.engine.findings import Finding
from codeflow_action.review.secret_reports import tells_of_a_secret
from codeflow_action.review.wording import says_the_same, wording

# What our gates find, and how others name it; secrets are told by their words.
_OTHERS = {
    "debug_leftovers": re.compile(
        r"debugger|breakpoint|\bT100\b|\bpdb\b|focused|only-tests|exclusive-tests", re.IGNORECASE
    ),
    "conflict_markers": re.compile(r"conflict", re.IGNORECASE),
}
_QUOTES = "`'\"\u2018\u2019\u201c\u201d"
_NAME = re.compile(rf"[{_QUOTES}]([^\s{_QUOTES}]{{1,80}})[{_QUOTES}]")
_LAST = re.compile(r"(?:.*[/(.:])?(.*?)\)?$", re.DOTALL)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])\d*|\d+")
_SAYS_NOTHING = frozenset({"no", "non", "disallow", "rule", "lint", "is", "the", "a"})
_OF_BANDIT = re.compile(r"^s(?=\d{3}$)")  # ruff's S101 is bandit's B101
_STEM = 3  # letters: enough to take `vars` for `variables`


def are_twins(one: Finding, other: Finding) -> bool:
    """True when two programs speak of the same at the same place.

    Two of one program never do: it knows why it says two things. About a secret they need to share
    a line only, as scanners differ in where one begins.
    """
    if one.path != other.path or one.sources[:1] == other.sources[:1]:
        return False
    if tells_of_a_secret(one) and tells_of_a_secret(other):
        return _share_a_line(one, other)
    if one.line != other.line or one.side is not other.side:
        return False
    if _is_ours_and(one, other) or _is_ours_and(other, one):
        return True
    return _say_the_same(one, other)


def _say_the_same(one: Finding, other: Finding) -> bool:
    """True when words agree, or the rules' names and a word or a name; never with other names."""
    names, others = (set(_NAME.findall(each.title)) for each in (one, other))
    if names and others and not names & others:
        return False
    first, second = (wording(f"{each.title}\n{each.message}") for each in (one, other))
    in_common = names & others or first.words & second.words
    return bool(in_common and _kind(one.rule) == _kind(other.rule)) or says_the_same(first, second)


def _share_a_line(one: Finding, other: Finding) -> bool:
    if one.line is None or other.line is None:
        return one.line is other.line
    return one.line <= (other.last_line or 0) and other.line <= (one.last_line or 0)


def _is_ours_and(gate: Finding, other: Finding) -> bool:
    pattern = _OTHERS.get(gate.rule.partition("/")[0])
    return bool(pattern and pattern.search(f"{other.rule} {other.title}"))


@lru_cache(maxsize=4_096)
def _kind(rule: str) -> tuple[str, ...]:
    """Return a rule's name as tools share it: `eslint(no-unused-vars)`, `noUnusedVariables`."""
    match = _LAST.match(rule)
    words = (word.lower() for word in _WORD.findall(match[1] if match else rule))
    telling = [word for word in words if word not in _SAYS_NOTHING]
    if len(telling) == 1 and rule.startswith("ruff/"):
        telling = [_OF_BANDIT.sub("b", telling[0])]
    return tuple(word[:_STEM] if word.isalpha() else word for word in telling)
