"""Linguist's data: which language a name may be, how languages count, and what content shows.

Source: https://github.com/github-linguist/linguist. Its statistical classifier is not used.
"""

import re
from functools import cache

from pydantic import BaseModel, ConfigDict

from codeflow_action.actions.platform_detector.rules import read_data
from codeflow_action.actions.platform_detector.segments import Segments

_HEURISTIC_BYTES = 6_000
_HEURISTIC_LINE = 200  # characters
_SHEBANG_CHARACTERS = 200


class _Heuristic(BaseModel):
    """One rule for a shared extension: any of these patterns, all of those, none of the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]

    def holds(self, text: str) -> bool:
        """True when the text is of this language, as far as the patterns go."""
        return (
            (not self.any or any(_matches(pattern, text) for pattern in self.any))
            and all(_matches(pattern, text) for pattern in self.all)
            and not any(_matches(pattern, text) for pattern in self.none)
        )


class Linguist(BaseModel):
    """The data that is taken over, by what is looked up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: dict[str, tuple[str, ...]]  # type, then the language it is counted as
    extensions: dict[str, tuple[str, ...]]
    filenames: dict[str, tuple[str, ...]]
    interpreters: dict[str, tuple[str, ...]]
    vendored: tuple[str, ...]
    documentation: tuple[str, ...]
    heuristics: dict[str, tuple[_Heuristic, ...]]

    def candidates(self, path: str) -> tuple[str, tuple[str, ...]]:
        """Return the extension that decides, and the languages it may be."""
        name = path.rpartition("/")[2]
        if name in self.filenames:
            return "", self.filenames[name]
        parts = name.lower().split(".")
        for index in range(1, len(parts)):
            extension = "." + ".".join(parts[index:])
            if languages := self.extensions.get(extension):
                return extension, languages
        return "", ()

    def group(self, language: str) -> str:
        """Return the name under which the language's bytes are counted."""
        entry = self.languages.get(language, ("", language))
        return entry[1] if len(entry) > 1 else language

    def by_attribute(self, value: str) -> tuple[str, ...]:
        """Return the language that `.gitattributes` names, which writes a space as a hyphen."""
        if not value:  # of nearly all files
            return ()
        names = {value.lower(), value.lower().replace("-", " ")}
        return tuple(language for language in self.languages if language.lower() in names)

    def counts(self, language: str) -> bool:
        """True for what is programmed or marked up, not for data and prose."""
        return self.languages.get(language, ("",))[0] in ("programming", "markup")

    def by_content(self, extension: str, text: str) -> str:
        """Return the language that a shared extension's heuristics see, empty for none."""
        heuristics = self.heuristics.get(extension, ()) if text else ()
        if not heuristics:
            return ""
        # On blank and endless lines some of the patterns take for ever.
        lines = (line[:_HEURISTIC_LINE].rstrip() for line in text[:_HEURISTIC_BYTES].split("\n"))
        head = "\n".join(filter(None, lines)) + "\n"
        return next((rule.language for rule in heuristics if rule.holds(head)), "")

    def by_shebang(self, text: str) -> str:
        """Return the language of the interpreter that the first line names, empty for none."""
        first_line = text[:_SHEBANG_CHARACTERS].partition("\n")[0]
        if not first_line.startswith("#!"):
            return ""
        words = first_line[2:].split()
        # `/usr/bin/env -S python3`: neither env nor its options are the interpreter.
        command = next(
            (word for word in words if not word.endswith("/env") and word[:1] != "-"), ""
        )
        name = command.rpartition("/")[2]
        without_version = re.sub(r"[\d.]+$", "", name)
        languages = self.interpreters.get(name) or self.interpreters.get(without_version)
        return languages[0] if languages else ""


@cache
def load_linguist() -> Linguist:
    """Return the shipped data; read when it is first needed."""
    return Linguist.model_validate_json(read_data("languages.json"))


@cache
def path_patterns(patterns: tuple[str, ...]) -> Segments:
    """Return the patterns, compiled once."""
    return Segments(patterns)


@cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error:  # a few of linguist's patterns are valid only in Ruby
        return None


def _matches(pattern: str, text: str) -> bool:
    expression = _compile(pattern)
    return expression is not None and expression.search(text) is not None
