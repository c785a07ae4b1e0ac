"""Where the lines of a text are that hold a word: for formats whose parsers keep no places."""

from collections.abc import Iterator

from codeflow_action.engine.lazy import regex

_MAX_LINE = 8_000  # characters that are looked at
_WORD = regex(r"[\w./:@+-]+")


class Places:
    """Looks up lines by the words in them, each in constant time."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, list[int]] = {}
        for number, line in enumerate(text.split("\n"), start=1):
            for word in set(_WORD.findall(line[:_MAX_LINE])):
                self._lines.setdefault(word, []).append(number)

    def line(self, *texts: str) -> int:
        """Return the first line that holds words of all the texts, else of the first; else 1."""
        candidates = [numbers for text in texts if (numbers := self._numbers(text))]
        if not candidates:
            return 1
        common = set(candidates[0]).intersection(*candidates[1:])
        return min(common or candidates[0])

    def _numbers(self, text: str) -> list[int]:
        return next(filter(None, map(self._lines.get, _words(text))), [])


def _words(text: str) -> Iterator[str]:
    """Yield the longest words of a text first: they are the rarest."""
    yield from sorted(_WORD.findall(text[:_MAX_LINE]), key=len, reverse=True)
