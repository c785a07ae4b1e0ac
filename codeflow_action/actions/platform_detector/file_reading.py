"""What one file says, by the rules. It depends on no other file, so each is read once."""

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from codeflow_action.actions.platform_detector.dependency_names import (
    Aliases,
    UnreadableManifest,
    reader_of,
)
from codeflow_action.actions.platform_detector.rules import PlatformRule, PlatformRules
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.platforms import PlatformKind
from codeflow_action.manifests.line_formats import numbered_lines

MAX_READ = 1_000_000  # bytes; a larger manifest is generated
_MAX_DEPENDENCIES = 5_000  # of one manifest

# How sure each kind of evidence makes us, from a declared dependency to a word in a README.
DEPENDENCY, FILE, EXTENSION, CONTENT, README = 0.95, 0.9, 0.8, 0.7, 0.3
_ENVIRONMENT = regex(r"(?:.*/)?(?:\.env(?:\.[\w-]*(?:example|sample|template|dist))?|env\.example)")
_VARIABLE = regex(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,100})\s*=")
_DATA_FOLDER = regex(
    r"(?:^|/)_?(?:data|datasets?|i18n|locales?|translations|icons|logos|images)/", re.IGNORECASE
)
_README = regex(r"(?:.*/)?readme(?:\.\w+)?", re.IGNORECASE)


class RuleMatch(NamedTuple):
    """A rule that holds for a file. `confidence` is by the kind of evidence."""

    rule: PlatformRule
    line: int
    confidence: float


class FileReading(NamedTuple):
    """What a file says; `problem` is why it could not be read as what it is."""

    matches: tuple[RuleMatch, ...]
    problem: str = ""


def is_read(path: str, rules: PlatformRules) -> bool:
    """True for files whose content says something; of all others the name is enough."""
    return (
        reader_of(path) is not None
        or any(rules.of_line(path))
        or _ENVIRONMENT.fullmatch(path) is not None
    )


def read_name(path: str, rules: PlatformRules) -> Iterator[RuleMatch]:
    """Yield what the path alone says."""
    for rule in rules.of_file(path):
        if not _is_named_data(path, rule):
            yield RuleMatch(rule, 1, FILE)
    for rule in rules.of_extension(path):
        yield RuleMatch(rule, 1, EXTENSION)


def _is_named_data(path: str, rule: PlatformRule) -> bool:
    """True for data about a platform, which bears its name: `data/hugo.json`, `i18n/phpunit.xml`.

    Manifests and lock files, and names that only a tool's own file has, are read wherever they lie.
    """
    stem, _, extension = path.rpartition("/")[2].lower().rpartition(".")
    return (
        extension in ("json", "yml", "yaml", "xml")
        and stem in (rule.platform, rule.name.lower())
        and "-" not in stem
        and rule.kind is not PlatformKind.PACKAGE_MANAGER
        and _DATA_FOLDER.search(path) is not None
    )


def read_content(path: str, content: bytes, rules: PlatformRules, aliases: Aliases) -> FileReading:
    """Return what the file's content says."""
    # PowerShell and .NET tools write UTF-16 with a byte order mark, which is full of zero bytes.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    elif b"\0" in content[:8_000]:  # as git tells a binary from a text (xdiff-interface.c)
        return FileReading((), "it is binary")
    else:
        text = content.decode("utf-8", "replace")
    matches = [*_line_matches(path, text, rules)]
    if _ENVIRONMENT.fullmatch(path):
        matches += [
            RuleMatch(rule, number, CONTENT)
            for number, line in numbered_lines(text)
            if (variable := _VARIABLE.match(line))
            for rule in rules.of_variable(variable[1])
        ]
    reader = reader_of(path)
    # A symbolic link's content is the path of another file of that name, which is read itself.
    is_link = "\n" not in text and text.rpartition("/")[2] == path.rpartition("/")[2]
    if reader is None or is_link:
        return FileReading(tuple(matches))
    try:
        for dependency in islice(reader(text), _MAX_DEPENDENCIES):
            # A build file names an entry of a version catalog by an alias.
            targets = (
                aliases.get(dependency.name, ())
                if dependency.ecosystem == "catalog"
                else ((dependency.ecosystem, dependency.name),)
            )
            for ecosystem, name in targets:
                for rule in rules.of_dependency(ecosystem, name):
                    matches.append(RuleMatch(rule, dependency.line, DEPENDENCY))
    except UnreadableManifest as problem:
        return FileReading(tuple(matches), str(problem))
    return FileReading(tuple(matches))


def _line_matches(path: str, text: str, rules: PlatformRules) -> Iterator[RuleMatch]:
    confidence = README if _README.fullmatch(path) else CONTENT
    open_rules = dict(enumerate(rules.of_line(path)))
    if not open_rules:
        return
    for number, line in numbered_lines(text):
        for key, (rule, pattern) in tuple(open_rules.items()):
            if pattern.search(line):
                del open_rules[key]  # once in a file is enough
                yield RuleMatch(rule, number, confidence)
        if not open_rules:
            return
