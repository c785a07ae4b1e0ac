"""What a change makes a reader look up: names that added lines use, and what the change changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from codeflow_action.engine.diff import LineKind
from codeflow_action.review.syntax import (
    Definition,
    DefinitionKind,
    MentionRole,
    Syntax,
    read_syntax,
)
from codeflow_action.review.units import SourceFile

_MAX_HUNKS = 100  # of a file; each that removes something is parsed by itself
_SHORTEST = 3  # letters; shorter names are variables
# Names that every program has, and whose meaning every reader knows.
# ruff: noqa: SIM905 - a list of a hundred words is read as text
_KNOWN = frozenset(
    """
    add all any append apply args array assert async await bool boolean break byte bytes call catch
    char clear close concat console const constructor context copy count create data date debug
    default delete dict div double each enumerate equal equals err error errorf errors event
    exception exit expect export extend fail false file filter find float fmt foreach format from
    get getattr has hash hasattr height id import include index indexof info init input insert int
    integer is isinstance item items iter join json key keys kwargs label len length list load lock
    log logger long main map match math max message min name new next none nil null number object
    ok open option options output panic param params parse path pop print printf println process
    promise props push put range read reduce remove replace request require reset response result
    return reverse run save self send set size sleep slice sort span split sqrt start state status
    step stop str string strip style sub substring success sum super test text then this throw time
    title toarray tolist tostring trim true try tuple type types undefined update url user uuid
    valid value valueof values void warn width with write zip describe beforeeach aftereach
    override nonnull nullable vec some unwrap clone into iter collect expect_err to_string
    public private protected static final abstract unit any int32 int64 uint32 uint64 float64
    """.split()
)
_ROLES = {
    MentionRole.TYPE: 6.0,
    MentionRole.CALL: 4.0,
    MentionRole.NAME: -4.0,
    MentionRole.ATTRIBUTE: -4.0,
}
_NAMED = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE})


class NameChange(IntEnum):
    """What a change did to a definition, the one that breaks callers most last."""

    ADDED = 0
    BODY = 1
    SIGNATURE = 2
    REMOVED = 3


@dataclass(frozen=True, kw_only=True)
class ContextNeed:
    """A name that a file's reader may look up. `weight` counts how much its definition helps.

    `change` says what became of the definition that the file holds, or held; None for a mere use.
    """

    path: str
    name: str
    weight: float = 0.0
    change: NameChange | None = None


def is_telling(name: str) -> bool:
    """True for a name worth looking up: no everyday word, no single letter."""
    return len(name) >= _SHORTEST and name.lower() not in _KNOWN and not name.startswith("__")


def needs_of(source: SourceFile) -> tuple[ContextNeed, ...]:
    """Return what the change of one file makes a reader look up, what breaks others first."""
    changed = sorted(_changed(source), key=lambda need: (-(need.change or 0), need.name))
    return (*changed, *_used(source))


def _used(source: SourceFile) -> Iterator[ContextNeed]:
    """Yield the names that added lines use and do not themselves define."""
    if source.syntax is None:
        return
    added = source.file.added_lines
    mentions = [one for one in source.syntax.mentions(added) if is_telling(one.name)]
    counts = Counter(one.name for one in mentions if one.is_use)
    roles = {one.name: one.role for one in reversed(mentions) if one.is_use}
    for one in mentions:
        if one.role in (MentionRole.TYPE, MentionRole.CALL):
            roles[one.name] = one.role
    imported = {name for one in source.syntax.imports if one.line in added for name, _ in one.names}
    for name, count in counts.most_common():
        weight = _ROLES[roles[name]] + 2.0 * min(count, 4) + (2.0 if name in imported else 0.0)
        yield ContextNeed(path=source.file.path, name=name, weight=weight)


def _changed(source: SourceFile) -> Iterator[ContextNeed]:
    if source.syntax is None:
        return
    path = source.file.path
    now = [one for one in source.syntax.definitions if one.kind in _NAMED and is_telling(one.name)]
    gone = _removed_words(source)
    seen: dict[str, NameChange] = {}
    for one in now:
        change = _change(one, source, gone)
        if change is not None:
            seen[one.name] = max(change, seen.get(one.name, NameChange.ADDED))
    there = {one.name for one in source.syntax.definitions}
    for one in _old_definitions(source):
        if one.name not in there:
            seen[one.name] = NameChange.REMOVED
    for name, change in seen.items():
        yield ContextNeed(path=path, name=name, change=change)


def _change(one: Definition, source: SourceFile, gone: frozenset[str]) -> NameChange | None:
    added = source.file.added_lines
    lines = range(one.line, one.end_line + 1)
    filled = [at for at in lines if at <= len(source.lines) and source.lines[at - 1].strip()]
    if filled and all(at in added for at in filled):
        return NameChange.SIGNATURE if one.name in gone else NameChange.ADDED
    if one.kind is DefinitionKind.FUNCTION:
        if one.name_line in added and one.name not in gone:
            return NameChange.ADDED
        signature = range(one.name_line, one.signature_end + 1)
        if any(at in added for at in signature):
            return NameChange.SIGNATURE
        return NameChange.BODY if any(at in added for at in lines) else None
    return NameChange.SIGNATURE if one.name_line in added and one.name in gone else None


def _removed_words(source: SourceFile) -> frozenset[str]:
    removed = (
        source.old.get(line.old or 0, "")
        for hunk in source.file.hunks
        for line in hunk.lines
        if line.kind is LineKind.REMOVED
    )
    return frozenset(word for text in removed for word in _words(text))


def _words(text: str) -> Iterator[str]:
    word = ""
    for char in f"{text} ":
        if char.isalnum() or char == "_":
            word += char
        elif word:
            yield word
            word = ""


def _old_definitions(source: SourceFile) -> Iterator[Definition]:
    """Yield what removed lines defined, as far as the hunks alone can be read."""
    for hunk in source.file.hunks[:_MAX_HUNKS]:
        old = [line for line in hunk.lines if line.old is not None]
        if not any(hunk.removed):
            continue
        text = "".join(f"{source.old.get(line.old or 0, '')}\n" for line in old)
        syntax = read_syntax(source.file.path, text.encode("utf-8", "replace"))
        for one in syntax.definitions if isinstance(syntax, Syntax) else ():
            removed = one.name_line <= len(old) and old[one.name_line - 1].kind is LineKind.REMOVED
            if removed and one.kind in _NAMED and is_telling(one.name):
                yield one


def names_in_order(needs: Iterable[ContextNeed]) -> Sequence[str]:
    """Return all names once: those that may break others first, then the weightiest."""
    ordered = sorted(needs, key=lambda need: (-(need.change or 0), -need.weight))
    return tuple(dict.fromkeys(need.name for need in ordered))
