"""Whether two remarks say the same, by their words and by what they name first.

Measured on `tests/review/pairs.py`, and on real comments in `benchmarks/remark_words.md`.
"""

from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex

_WORD = regex(r"[^\W\d_]+|\d+")
_CODE = regex(r"`([^`\n]+)`")
_NAME = regex(r"[^\W\d]\w+")
_CAMEL = regex(r"(?<=[a-z])(?=[A-Z])")
# What bots fold away, what people quote, and code that stands for itself.
_ASIDE = regex(r"(?sm)<!--.*?-->|<details>.*?</details>|```.*?```|^>[^\n]*")
_ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ions",
    "ion",
    "edly",
    "ed",
    "ies",
    "es",
    "s",
    "ly",
    "e",
)
_MIN_STEM = 3  # letters that a word keeps when its ending goes
_SHORT = 3  # letters; shorter words bind others
_COMMON = frozenset(
    "the and for are was were not but its this that with from has have had may can could will "  # noqa: SIM905
    "would should when then than into onto out off who which what where why how any all each "
    "every one two here there only just too also does did don isn doesn must more most use used "
    "uses using get gets set sets new old line code value function method call calls called being "
    "been before after because while instead never always still now without".split()
)
_MAX_READ = 4_000  # characters: strangers write as much as they like
_MAX_TEXT = 1_000  # of them; what matters stands first, and long texts share words by chance
_MIN_SHARED = 3  # words; any two short remarks share one or two

# Shares of the shorter remark's words that the other must hold.
_WITH_A_NAME = 0.5
_AT_ALL = 0.6
_NO_SUBJECT = frozenset({"self", "this"})


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A remark's words by their stems, the names in its code spans, and those in the first one.

    What a remark names first is what it is about: its `subject`.
    """

    words: frozenset[str]
    names: frozenset[str]
    subject: frozenset[str]


@lru_cache(maxsize=16_384)
def wording(text: str) -> Wording:
    """Return the words of a Markdown text's beginning."""
    text = _ASIDE.sub(" ", text[:_MAX_READ])[:_MAX_TEXT]
    parts = [
        word
        for word in _WORD.findall(_CAMEL.sub(" ", text))
        if word.lower() not in _COMMON and (len(word) >= _SHORT or word.isdigit())
    ]
    spans = (frozenset(_NAME.findall(span)) - _NO_SUBJECT for span in _CODE.findall(text))
    names = [span for span in spans if span]
    return Wording(
        words=frozenset(_stem(word.lower()) for word in parts),
        names=frozenset().union(*names),
        subject=names[0] if names else frozenset(),
    )


def says_the_same(left: Wording, right: Wording) -> bool:
    """True when the two speak of one thing: few words differ, with a name in common a few more.

    Both are to be about the same lines. It is not enough to leave one of them out: two defects of
    one line are told in much the same words.
    """
    share = _shared_part(left, right)
    return share >= (_WITH_A_NAME if left.names & right.names else _AT_ALL)


def have_one_subject(left: Wording, right: Wording) -> bool:
    """True when both have one subject and say so in much the same words: one of them is enough."""
    same_subject = bool(left.subject & right.subject)
    return same_subject and _shared_part(left, right) >= _WITH_A_NAME


def _shared_part(left: Wording, right: Wording) -> float:
    """Return which part of the shorter one's words both have, 0 when that may be by chance."""
    shared_words = len(left.words & right.words)
    if shared_words < _MIN_SHARED:
        return 0.0
    return shared_words / min(len(left.words), len(right.words))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word.removesuffix(ending)
    return word
