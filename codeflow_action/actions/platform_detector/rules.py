"""The rules: data in one shape from two files, ours over those that are taken over.

    id            of the platform; `id#variant` is another rule for the same one
    name, kind    what people call it, and a `PlatformKind`
    files         names, paths or globs whose presence says so, or {pattern} of the whole path
    extensions    likewise
    dependencies  [{ecosystem, name or pattern}] as manifests give them
    content       [{path, pattern}]: a line of such a file that says so
    env           prefixes of variables in example environment files
    supersedes    rules whose finding means nothing beside or below a folder with this one's
    scope         the facts' scope, where it is not that of the path

A rule of `overlay.json` with `replaces` stands in place of the one taken over; else it adds to it.
Patterns are ours and linear; what they are matched against is not, so it is bounded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, TypeAdapter

from codeflow_action.actions.platform_detector.segments import Segments
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.platforms import PlatformKind, PlatformScope

_GLOB = regex(r"^/|\*")  # our rules need no other sign
_STARS = {"*": "[^/]*", "**": ".*"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PathPattern(_Part):
    """A regular expression that is searched for in a whole path."""

    pattern: str


class DependencyRule(_Part):
    """A name in an ecosystem, or a pattern that is searched for in names."""

    ecosystem: str
    name: str = ""
    pattern: str = ""


class ContentRule(_Part):
    """A pattern in the lines of files; `path` is as in `files`."""

    path: str
    pattern: str


class PlatformRule(_Part):
    """One rule; see the module."""

    id: str
    name: str
    kind: PlatformKind
    files: tuple[str | PathPattern, ...] = ()
    extensions: tuple[str, ...] = ()
    dependencies: tuple[DependencyRule, ...] = ()
    content: tuple[ContentRule, ...] = ()
    env: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    scope: PlatformScope | None = None
    replaces: bool = False

    @property
    def platform(self) -> str:
        """The platform's id, without the rule's variant."""
        return self.id.partition("#")[0]


class PlatformRules:
    """Rules by what they look at, each looked up in a step or two."""

    def __init__(self, rules: Iterable[PlatformRule]) -> None:
        self.by_id = {rule.id: rule for rule in rules}
        self._names: dict[tuple[str, str], list[PlatformRule]] = defaultdict(list)
        self._patterns: dict[str, list[tuple[str, PlatformRule]]] = defaultdict(list)
        self._extensions: dict[str, list[PlatformRule]] = defaultdict(list)
        self._env: list[tuple[str, PlatformRule]] = []
        # The rules that name a dependency. Projects of one repository share most of their names.
        self.of_dependency = lru_cache(maxsize=8_192)(self._rules_of_dependency)
        self._files: _PlaceIndex[PlatformRule] = _PlaceIndex()
        self._lines: _PlaceIndex[tuple[PlatformRule, str]] = _PlaceIndex()
        for rule in self.by_id.values():
            self._add(rule)

    def _add(self, rule: PlatformRule) -> None:
        for dependency in rule.dependencies:
            if dependency.name:
                self._names[dependency.ecosystem, dependency.name.lower()].append(rule)
            else:
                self._patterns[dependency.ecosystem].append((dependency.pattern, rule))
        for extension in rule.extensions:
            self._extensions[extension].append(rule)
        for place in rule.files:
            self._files.add(place, rule)
        for content in rule.content:
            self._lines.add(content.path, (rule, content.pattern))
        self._env += [(prefix, rule) for prefix in rule.env]

    def _rules_of_dependency(self, ecosystem: str, name: str) -> tuple[PlatformRule, ...]:
        by_name = self._names.get((ecosystem, name.lower()), ())
        patterns = self._patterns.get(ecosystem, ())
        by_pattern = (rule for pattern, rule in patterns if _compiled(pattern).search(name))
        return tuple({rule.id: rule for rule in (*by_name, *by_pattern)}.values())

    def of_file(self, path: str) -> Iterator[PlatformRule]:
        """Yield the rules for which the file's presence is enough."""
        return self._files.at(path)

    def of_extension(self, path: str) -> Iterator[PlatformRule]:
        """Yield the rules of the file's extension."""
        name = path.rpartition("/")[2]
        _, dot, extension = name.rpartition(".")
        yield from self._extensions.get(dot + extension.lower(), ()) if dot else ()

    def of_line(self, path: str) -> Iterator[tuple[PlatformRule, re.Pattern[str]]]:
        """Yield the rules that look into this file, each with what it looks for in a line."""
        return ((rule, _compiled(pattern)) for rule, pattern in self._lines.at(path))

    def of_variable(self, name: str) -> Iterator[PlatformRule]:
        """Yield the rules whose prefix the variable's name has."""
        return (rule for prefix, rule in self._env if name.startswith(prefix))


class _PlaceIndex[T]:
    """Names, paths and globs of files, each with a value to find by them."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[tuple[str, T]]] = defaultdict(list)
        self._patterns: list[tuple[str, T]] = []
        self._all_patterns: Segments | None = None

    def add(self, place: str | PathPattern, value: T) -> None:
        """A plain name or path matches at any depth, a glob too; a leading slash roots both."""
        if isinstance(place, str) and not _GLOB.search(place):
            self._by_name[place.rpartition("/")[2]].append((place, value))
            return
        pattern = place.pattern if isinstance(place, PathPattern) else _glob_pattern(place)
        self._patterns.append((pattern, value))

    def at(self, path: str) -> Iterator[T]:
        for place, value in self._by_name.get(path.rpartition("/")[2], ()):
            if path == place or path.endswith(f"/{place}"):
                yield value
        if not self._patterns:
            return
        # Most paths match no pattern at all, and one search over all of them says so.
        if self._all_patterns is None:
            self._all_patterns = Segments(pattern for pattern, _ in self._patterns)
        if self._all_patterns.match(path):
            yield from (
                value for pattern, value in self._patterns if _segments(pattern).match(path)
            )


# Of some four hundred patterns a pull request needs a few, so each is compiled when it is.
_compiled = cache(re.compile)


@cache
def _segments(pattern: str) -> Segments:
    return Segments([pattern])


def _glob_pattern(place: str) -> str:
    parts = re.split(r"(\*\*?)", place.removeprefix("/"))
    pattern = "".join(_STARS.get(part) or re.escape(part) for part in parts)
    return f"^{pattern}\\Z" if place.startswith("/") else f"(?:^|/){pattern}\\Z"


# What one of our rules takes over from the imported rule of the same id.
_LISTS = ("files", "extensions", "dependencies", "content", "env", "supersedes")
_RULES = TypeAdapter(tuple[PlatformRule, ...])


@cache
def load_rules() -> PlatformRules:
    """Return the shipped rules; read when they are first needed."""
    by_id = {rule.id: rule for rule in _RULES.validate_json(read_data("rules.json"))}
    for rule in _RULES.validate_json(read_data("overlay.json")):
        base = by_id.get(rule.id)
        if base is None or rule.replaces:
            by_id[rule.id] = rule
        else:
            additions = {key: (*getattr(base, key), *getattr(rule, key)) for key in _LISTS}
            by_id[rule.id] = rule.model_copy(update=additions)
    return PlatformRules(by_id.values())


def read_data(name: str) -> str:
    """Return one of the package's data files."""
    return (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
