"""What `.gitattributes` says of files in linguist's words: `linguist-vendored` and its like."""

from collections.abc import Callable
from dataclasses import dataclass, field

from codeflow_action.engine.globs import BadGlob, compile_glob

_MAX_LINES = 2_000
_NAMES = ("generated", "vendored", "documentation", "detectable", "language")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of one file; a word that is not there is not said."""

    words: dict[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language that is named, empty when none is."""
        return self.words.get("language", "")

    @property
    def detectable(self) -> bool | None:
        """Whether the file counts, None where nothing is said."""
        word = self.words.get("detectable")
        return None if word is None else word != "false"

    def holds(self, name: str, otherwise: Callable[[], bool]) -> bool:
        """Return what is said, and `otherwise` where nothing is."""
        word = self.words.get(name)
        return otherwise() if word is None else word != "false"


_NOTHING = Said()


class Attributes:
    """The root's `.gitattributes`; later lines win, word by word."""

    def __init__(self, content: bytes) -> None:
        self._rules = list(_rules(content.decode("utf-8", "replace")))

    def of(self, path: str) -> Said:
        """Return what is said of the file."""
        if not self._rules:
            return _NOTHING
        words: dict[str, str] = {}
        for pattern, said in self._rules:
            if compile_glob(pattern).fullmatch(path):
                words |= said
        return Said(words=words) if words else _NOTHING


def _rules(text: str) -> list[tuple[str, dict[str, str]]]:
    rules = []
    for line in text.splitlines()[:_MAX_LINES]:
        pattern, *attributes = line.split() or [""]
        if not pattern or pattern.startswith(("#", "[", '"')) or not _compiles(pattern):
            continue
        said = dict(filter(None, map(_word, attributes)))
        if said:
            rules.append((pattern, said))
    return rules


def _word(attribute: str) -> tuple[str, str] | None:
    off = attribute.startswith("-")
    name, _, value = attribute.removeprefix("-").partition("=")
    word = name.removeprefix("linguist-")
    if word == name or word not in _NAMES:
        return None
    return word, "false" if off else value or "true"


def _compiles(pattern: str) -> bool:
    try:
        compile_glob(pattern)
    except BadGlob:
        return False
    return True
