"""What one file says, by the rules: independent of all other files, so it is read once."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from codeflow_action.actions.platform_detector.dependencies import (
    Aliases,
    Dependency,
    UnreadableManifest,
    reader_of,
)
from codeflow_action.actions.platform_detector.rules import Rule, Rules
from codeflow_action.manifests.line_formats import numbered_lines

MAX_READ = 1_000_000  # bytes; a larger manifest is generated
_MAX_DEPENDENCIES = 5_000  # of one manifest

DEPENDENCY, FILE, EXTENSION, CONTENT, README = 0.95, 0.9, 0.8, 0.7, 0.3
_ENVIRONMENT = re.compile(
    r"(?:.*/)?(?:\.env(?:\.[\w-]*(?:example|sample|template|dist))?|env\.example)"
)
_VARIABLE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,100})\s*=")
_README = re.compile(r"(?:.*/)?readme(?:\.\w+)?", re.IGNORECASE)


class Match(NamedTuple):
    """A rule that holds for a file. `confidence` is by the kind of evidence."""

    rule: Rule
    line: int
    confidence: float


class Reading(NamedTuple):
    """What a file says; `problem` is why it could not be read as what it is."""

    matches: tuple[Match, ...]
    problem: str = ""


def is_read(path: str, rules: Rules) -> bool:
    """True for files whose content says something; of all others the name is enough."""
    return (
        reader_of(path) is not None
        or rules.looks_into(path)
        or _ENVIRONMENT.fullmatch(path) is not None
    )


def read_name(path: str, rules: Rules) -> Iterator[Match]:
    """Yield what the path alone says."""
    for rule in rules.of_file(path):
        yield Match(rule, 1, FILE)
    for rule in rules.of_extension(path):
        yield Match(rule, 1, EXTENSION)


def read_content(path: str, content: bytes, rules: Rules, aliases: Aliases) -> Reading:
    """Return what the file's content says."""
    text = _decoded(content)
    if text is None:
        return Reading((), "it is binary")
    found = [*_lines(path, text, rules)]
    if _ENVIRONMENT.fullmatch(path):
        found += _variables(text, rules)
    reader = reader_of(path)
    if reader is None or _is_link(path, text):
        return Reading(tuple(found))
    try:
        for dependency in _limited(reader(text), aliases):
            for rule in rules.of_dependency(dependency.ecosystem, dependency.name):
                found.append(Match(rule, dependency.line, DEPENDENCY))
    except UnreadableManifest as problem:
        return Reading(tuple(found), str(problem))
    return Reading(tuple(found))


def _is_link(path: str, text: str) -> bool:
    """True for the content of a symbolic link: the path of another file of that name."""
    return "\n" not in text and text.rpartition("/")[2] == path.rpartition("/")[2]


def _decoded(content: bytes) -> str | None:
    """Return the text, None for a binary; a byte order mark says UTF-16 where it is."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return None if b"\0" in content[:8_000] else content.decode("utf-8", "replace")


def _limited(dependencies: Iterator[Dependency], aliases: Aliases) -> Iterator[Dependency]:
    """Yield the first ones, with names of a version catalog replaced by what they mean."""
    for _, dependency in zip(range(_MAX_DEPENDENCIES), dependencies, strict=False):
        if dependency.ecosystem != "catalog":
            yield dependency
        for ecosystem, name in _meant(dependency, aliases):
            yield Dependency(ecosystem, name, dependency.line)


def _meant(dependency: Dependency, aliases: Aliases) -> tuple[tuple[str, str], ...]:
    return aliases.get(dependency.name, ()) if dependency.ecosystem == "catalog" else ()


def _lines(path: str, text: str, rules: Rules) -> Iterator[Match]:
    confidence = README if _README.fullmatch(path) else CONTENT
    wanted = dict(enumerate(rules.of_line(path)))
    if not wanted:
        return
    for number, line in numbered_lines(text):
        for key, (rule, pattern) in tuple(wanted.items()):
            if pattern.search(line):
                del wanted[key]  # once a file is enough
                yield Match(rule, number, confidence)
        if not wanted:
            return


def _variables(text: str, rules: Rules) -> Iterator[Match]:
    for number, line in numbered_lines(text):
        if match := _VARIABLE.match(line):
            for rule in rules.of_variable(match[1]):
                yield Match(rule, number, CONTENT)
