"""Whether two programs have found the same: of such a pair a reader is shown one."""

import re
from functools import lru_cache

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import regex
from codeflow_action.review.secret_reports import tells_of_a_secret
from codeflow_action.review.wording import says_the_same, wording

# What our gates find, and how others name it; secrets are told by their words.
_GATE_SYNONYMS = {
    "debug_leftovers": regex(
        r"debugger|breakpoint|\bT100\b|\bpdb\b|focused|only-tests|exclusive-tests", re.IGNORECASE
    ),
    "conflict_markers": regex(r"conflict", re.IGNORECASE),
}
_QUOTES = "`'\"\u2018\u2019\u201c\u201d"
_NAME = regex(rf"[{_QUOTES}]([^\s{_QUOTES}]{{1,80}})[{_QUOTES}]")
_LAST = regex(r"(?:.*[/(.:])?(.*?)\)?$", re.DOTALL)
_WORD = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])\d*|\d+")
_SAYS_NOTHING = frozenset({"no", "non", "disallow", "rule", "lint", "is", "the", "a"})
_OF_BANDIT = regex(r"^s(?=\d{3}$)")  # ruff's S101 is bandit's B101
_STEM = 3  # letters: enough to take `vars` for `variables`


def are_twins(finding: Finding, twin: Finding) -> bool:
    """True when two programs speak of the same at the same place.

    Two of one program never do: it knows why it says two things. About a secret they need to share
    a line only, as scanners differ in where one begins.
    """
    if finding.path != twin.path or finding.sources[:1] == twin.sources[:1]:
        return False
    if tells_of_a_secret(finding) and tells_of_a_secret(twin):
        if finding.line is None or twin.line is None:
            return finding.line is twin.line
        return finding.line <= (twin.last_line or 0) and twin.line <= (finding.last_line or 0)
    if finding.line != twin.line or finding.side is not twin.side:
        return False
    if _is_ours_and(finding, twin) or _is_ours_and(twin, finding):
        return True
    return _say_the_same(finding, twin)


def _say_the_same(finding: Finding, twin: Finding) -> bool:
    """True when words agree, or the rules' names and a word or a name; never with other names."""
    names, twin_names = (set(_NAME.findall(either.title)) for either in (finding, twin))
    if names and twin_names and not names & twin_names:
        return False
    first, second = (wording(f"{either.title}\n{either.message}") for either in (finding, twin))
    in_common = names & twin_names or first.words & second.words
    return bool(in_common and _kind(finding.rule) == _kind(twin.rule)) or says_the_same(
        first, second
    )


def _is_ours_and(gate: Finding, foreign: Finding) -> bool:
    pattern = _GATE_SYNONYMS.get(gate.rule.partition("/")[0])
    return bool(pattern and pattern.search(f"{foreign.rule} {foreign.title}"))


@lru_cache(maxsize=4_096)
def _kind(rule: str) -> tuple[str, ...]:
    """Return a rule's name as tools share it: `eslint(no-unused-vars)`, `noUnusedVariables`."""
    match = _LAST.match(rule)
    words = (word.lower() for word in _WORD.findall(match[1] if match else rule))
    meaningful = [word for word in words if word not in _SAYS_NOTHING]
    if len(meaningful) == 1 and rule.startswith("ruff/"):
        meaningful = [_OF_BANDIT.sub("b", meaningful[0])]
    return tuple(word[:_STEM] if word.isalpha() else word for word in meaningful)
