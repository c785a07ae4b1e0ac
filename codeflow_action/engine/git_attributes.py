"""What `.gitattributes` say of a path, as `git check-attr --all` answers.

Written after git's `attr.c`, `dir.c` and `wildmatch.c` (gitattributes(5) describes them), and held
against git itself in `tests/engine/test_git_attributes.py`. An own reader, because a run that has
the API alone has no git, and `check-attr --source` came with git 2.40 only.

Nothing here knows whose files these are. A run asks those of the tree that policy is read from: a
pull request must not take its own files out of review.
"""

import asyncio
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from codeflow_action.engine.files import FileMarks
from codeflow_action.engine.glob_matcher import GlobMatcher
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Tree

NAME = ".gitattributes"

type Value = bool | str | None
"""True where set, False where unset, None where it is made unspecified again."""

_MAX_RULES = 2_000  # of one file: each costs time for each path, and people write some dozens
_MAX_LINE = 2_048  # bytes: git ignores longer lines (`ATTR_MAX_LINE_LENGTH`)
_BLANK = " \t\r\n"
_WORDS = regex(rf"[^{_BLANK}]+")
_ATTRIBUTE = regex(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*\Z")
_MACRO = "[attr]"
_QUOTATION = regex(r'"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"')
_ESCAPE = regex(r"\\([0-3][0-7]{2}|.)")
_CONTROL_CHARACTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_SPECIAL = frozenset("*?[\\")
_BYTES = frozenset(map(chr, range(256)))
_CLASSES: Mapping[str, frozenset[str]] = {  # as git knows them, for ASCII alone
    "alnum": frozenset(string.ascii_letters + string.digits),
    "alpha": frozenset(string.ascii_letters),
    "blank": frozenset(" \t"),
    "cntrl": frozenset(map(chr, (*range(32), 127))),
    "digit": frozenset(string.digits),
    "graph": frozenset(map(chr, range(33, 127))),
    "lower": frozenset(string.ascii_lowercase),
    "print": frozenset(map(chr, range(32, 127))),
    "punct": frozenset(string.punctuation),
    "space": frozenset(" \t\n\r"),
    "upper": frozenset(string.ascii_uppercase),
    "xdigit": frozenset(string.hexdigits),
}

type _States = Sequence[tuple[str, Value]]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One line of a file: a pattern with its attributes, or a macro's name with its own."""

    matches: Callable[[str], bool] | None
    macro: str
    states: _States


class GitAttributes:
    """The attributes of a tree, from its `.gitattributes`."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Read `files`, by path: the root's and those of folders. Those of links are no text."""
        self._macros: dict[str, _States] = {
            "binary": (("diff", False), ("merge", False), ("text", False))
        }
        self._folders: list[tuple[str, tuple[_Line, ...]]] = []
        # The deepest folder speaks first, and in each file the last line.
        for path in sorted(files, key=lambda path: -path.count("/")):
            folder = path.removesuffix(NAME)
            lines = tuple(_lines(files[path], is_root=not folder))
            self._macros |= {line.macro: line.states for line in lines if line.macro}
            rules = tuple(line for line in lines if line.matches)[:_MAX_RULES]
            if rules:
                self._folders.append((_in_bytes(folder), rules[::-1]))

    def of(self, path: str) -> Mapping[str, bool | str]:
        """Return the attributes that are set, unset, or have a value, by name."""
        values: dict[str, Value] = {}
        name = _in_bytes(path) if self._folders else ""
        for folder, lines in self._folders:
            if not name.startswith(folder):
                continue
            inner = name[len(folder) :]
            for line in lines:
                if line.matches and line.matches(inner):
                    self._fill(values, line.states)
        return {name: value for name, value in values.items() if value is not None}

    def _fill(self, values: dict[str, Value], states: _States) -> None:
        """Add what nothing stronger has said."""
        for name, value in reversed(states):
            if name not in values:
                values[name] = value
                if value is True and name in self._macros:
                    self._fill(values, self._macros[name])

    def marks(self, path: str) -> FileMarks:
        """Return what linguist's attributes say of the file."""
        attributes = self.of(path)
        if not attributes:
            return FileMarks()
        language = attributes.get("linguist-language")
        return FileMarks(
            generated=_truth(attributes.get("linguist-generated")),
            vendored=_truth(attributes.get("linguist-vendored")),
            documentation=_truth(attributes.get("linguist-documentation")),
            detectable=_truth(attributes.get("linguist-detectable")),
            language=language if isinstance(language, str) else "",
        )


@dataclass(eq=False)
class AttributeFiles:
    """The `.gitattributes` of a tree, read once by whoever asks first.

    Where each file costs a request, the root's alone is read; where the tree cannot be listed, the
    root's and those that speak of `paths`. What is not known then hides nothing: a file that is not
    marked is reviewed.
    """

    tree: Tree
    paths: Sequence[str]
    _attributes: GitAttributes | None = field(default=None, init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def read(self) -> GitAttributes:
        """Return what they say. Raises as `Tree.read_many` does."""
        async with self._lock:
            if self._attributes is None:
                self._attributes = await self._read()
            return self._attributes

    async def _read(self) -> GitAttributes:
        files: Sequence[str] = (NAME,)
        if not self.tree.reads_singly:
            listing = await self.tree.list()
            files = (
                attribute_paths(self.paths)
                if listing is None
                else [path for path in listing if path.rpartition("/")[2] == NAME]
            )
        contents = await self.tree.read_many(files) if files else {}
        texts = {path: content for path, content in contents.items() if isinstance(content, bytes)}
        return GitAttributes(texts)


def attribute_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files that may say something of these paths, the root's first."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return (NAME, *(f"{folder}/{NAME}" for folder in sorted(folders)))


def _truth(value: bool | str | None) -> bool | None:
    """Return the mark's truth; linguist takes the word `false` for unset (`lazy_blob.rb`)."""
    return value if value is None else value not in (False, "false")


def _in_bytes(path: str) -> str:
    """Return the path with a character for each byte, as git compares them."""
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _lines(content: bytes, *, is_root: bool) -> Iterator[_Line]:
    text = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    for raw in text.split("\n"):
        line = raw.partition("\0")[0].strip(_BLANK)
        if not line or line.startswith("#") or len(raw) >= _MAX_LINE:
            continue
        pattern, rest = _pattern_and_rest(line)
        states = _states(rest)
        if states is None:
            continue
        if pattern.startswith(_MACRO) and pattern != _MACRO:
            macro = pattern.removeprefix(_MACRO).lstrip(_BLANK)
            name = macro.split()[0] if macro else ""
            if is_root and _ATTRIBUTE.match(name):  # git takes macros from the root alone
                yield _Line(matches=None, macro=name, states=states)
        elif states and not pattern.startswith("!"):  # git forbids what would take a pattern back
            yield _Line(matches=_pattern(pattern), macro="", states=states)


def _pattern_and_rest(line: str) -> tuple[str, str]:
    if quotation := _QUOTATION.match(line):
        plain = _ESCAPE.sub(
            lambda match: (
                chr(int(match[1], 8))
                if match[1][0].isdigit()
                else _CONTROL_CHARACTERS.get(match[1], match[1])
            ),
            quotation[1],
        )
        return plain.partition("\0")[0], line[quotation.end() :]
    word = _WORDS.match(line)
    end = word.end() if word else 0
    return line[:end], line[end:]


def _states(text: str) -> _States | None:
    """Return the attributes in their order; None where git drops the line for a bad name."""
    states: list[tuple[str, Value]] = []
    for word in _WORDS.findall(text):
        sign = word[0] if word[0] in "-!" else ""
        name, equals, value = word.removeprefix(sign).partition("=")
        if not _ATTRIBUTE.match(name):
            return None
        if sign:
            states.append((name, False if sign == "-" else None))
        else:
            as_text = value.encode("latin-1").decode("utf-8", "replace")
            states.append((name, as_text if equals else True))
    return states


def _pattern(pattern: str) -> Callable[[str], bool] | None:
    """Return what tells whether a path below the file's folder matches; None for what never does.

    What is plain is compared as such: most patterns are a name or `*.suffix`.
    """
    if pattern.endswith("/"):  # a folder itself has attributes, and nobody asks for them
        return None
    if "/" not in pattern:
        if not _SPECIAL & {*pattern}:
            return lambda path: path.rpartition("/")[2] == pattern
        if pattern.startswith("*") and not _SPECIAL & {*pattern[1:]}:
            return lambda path: path.rpartition("/")[2].endswith(pattern[1:])
        matcher = _matcher(pattern)
        return _on_name(matcher) if matcher else None
    path_pattern = pattern.removeprefix("/")
    plain = next(
        (index for index, char in enumerate(path_pattern) if char in _SPECIAL), len(path_pattern)
    )
    # Git compares the plain part first and matches the rest by itself, so that in `a**/b` the
    # stars begin a pattern and cross folders.
    if (matcher := _matcher(path_pattern[plain:])) is None:
        return None
    prefix, matches_rest = path_pattern[:plain], matcher.fullmatch
    return lambda path: path.startswith(prefix) and matches_rest(path[plain:])


def _on_name(matcher: GlobMatcher) -> Callable[[str], bool]:
    return lambda path: matcher.fullmatch(path.rpartition("/")[2])


def _matcher(pattern: str) -> GlobMatcher | None:
    """Return what matches as git's `wildmatch` does; None for a pattern that it gives up on."""
    matcher = GlobMatcher()
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "?":
            matcher.one()
        elif char == "*":
            position = _add_stars(matcher, pattern, position)
        elif char == "[":
            if (bracket := _bracket(pattern, position)) is None:
                return None
            chars, position = bracket
            matcher.one_of(chars.__contains__)
        elif char == "\\":
            if position == len(pattern):
                return None
            matcher.text(pattern[position])
            position += 1
        else:
            matcher.text(char)
    return matcher


def _add_stars(matcher: GlobMatcher, pattern: str, position: int) -> int:
    """Add the stars of which the first is before `position`; return where they end."""
    end = position
    while pattern.startswith("*", end):
        end += 1
    is_whole_name = pattern[position - 2 : position - 1] in ("", "/") and (
        end == len(pattern) or pattern.startswith(("/", "\\/"), end)
    )
    if end == position or not is_whole_name:
        matcher.many(across=False)
    elif pattern.startswith("/", end):
        matcher.folders()
        end += 1
    else:
        matcher.many(across=True)
    return end


def _bracket(pattern: str, position: int) -> tuple[frozenset[str], int] | None:
    """Return the characters of the set whose `[` is before `position`, and where it ends."""
    is_negated = pattern[position : position + 1] in ("!", "^")
    position += is_negated
    chars: set[str] = set()
    before = ""  # what a range may begin with
    is_first = True  # where `]` is a character
    while (char := pattern[position : position + 1]) and (is_first or char != "]"):
        is_first = False
        if char == "-" and before and pattern[position + 1 : position + 2] not in ("", "]"):
            position += 2 if pattern[position + 1] == "\\" else 1
            chars |= {
                chr(code)
                for code in range(ord(before), ord(pattern[position : position + 1] or "\0") + 1)
            }
            before = ""
        elif pattern.startswith("[:", position) and (end := _end_of_class(pattern, position)):
            class_chars = _CLASSES.get(pattern[position + 2 : end - 1])
            if class_chars is None:
                return None
            chars |= class_chars
            before, position = "", end
        else:
            position += char == "\\"
            before = pattern[position : position + 1]
            chars.add(before)
        position += 1
    if not char:
        return None
    return (_BYTES - chars if is_negated else frozenset(chars)) - {"/"}, position + 1


def _end_of_class(pattern: str, position: int) -> int:
    """Return where the `]` of `[:name:]` stands, 0 where there is none: then `[` is a character."""
    end = pattern.find("]", position + 2)
    return end if end > position + 2 and pattern[end - 1] == ":" else 0
