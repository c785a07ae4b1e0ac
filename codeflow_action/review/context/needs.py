"""What a change makes a reader look up: names that added lines use, and what the change changed."""

import re
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
_WORD = re.compile(r"\w+")
_EVERYDAY_NAMES = frozenset(
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
_DECLARATIONS = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE})


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
    `owner` is the type around that definition, empty where there is none.
    """

    path: str
    name: str
    weight: float = 0.0
    change: NameChange | None = None
    owner: str = ""


def is_telling(name: str) -> bool:
    """True for a name worth looking up: no everyday word, no single letter."""
    return (
        len(name) >= _SHORTEST and name.lower() not in _EVERYDAY_NAMES and not name.startswith("__")
    )


def needs_of(source: SourceFile) -> tuple[ContextNeed, ...]:
    """Return what the change of one file makes a reader look up, what breaks others first."""
    changed_names = sorted(
        _changed_needs(source), key=lambda need: (-(need.change or 0), need.name)
    )
    return (*changed_names, *_used_needs(source))


def _used_needs(source: SourceFile) -> Iterator[ContextNeed]:
    """Yield the names that added lines use and do not themselves define."""
    if source.syntax is None:
        return
    added_lines = source.file.added_lines
    mentions = [
        mention for mention in source.syntax.mentions(added_lines) if is_telling(mention.name)
    ]
    counts = Counter(mention.name for mention in mentions if mention.is_use)
    roles = {mention.name: mention.role for mention in reversed(mentions) if mention.is_use}
    for mention in mentions:
        if mention.role in (MentionRole.TYPE, MentionRole.CALL):
            roles[mention.name] = mention.role
    imported_names = {
        name
        for mention in source.syntax.imports
        if mention.line in added_lines
        for name, _ in mention.names
    }
    for name, count in counts.most_common():
        weight = (
            _ROLES[roles[name]] + 2.0 * min(count, 4) + (2.0 if name in imported_names else 0.0)
        )
        yield ContextNeed(path=source.file.path, name=name, weight=weight)


def _changed_needs(source: SourceFile) -> Iterator[ContextNeed]:
    if source.syntax is None:
        return
    path = source.file.path
    definitions = [
        definition
        for definition in source.syntax.definitions
        if definition.kind in _DECLARATIONS and is_telling(definition.name)
    ]
    removed_words = frozenset(
        word
        for hunk in source.file.hunks
        for line in hunk.removed
        for word in _WORD.findall(source.old.get(line.old or 0, ""))
    )
    changes: dict[str, tuple[NameChange, Definition]] = {}
    for definition in definitions:
        change = _change(definition, source, removed_words)
        if change is None or change < changes.get(definition.name, (change,))[0]:
            continue
        changes[definition.name] = change, definition
    names = {definition.name for definition in source.syntax.definitions}
    for definition in _old_definitions(source):
        if definition.name not in names:
            changes[definition.name] = NameChange.REMOVED, definition
    for name, (change, definition) in changes.items():
        owner = definition.outer_names[-1] if definition.outer_names else ""
        yield ContextNeed(path=path, name=name, change=change, owner=owner)


def _change(
    definition: Definition, source: SourceFile, removed_words: frozenset[str]
) -> NameChange | None:
    added_lines = source.file.added_lines
    lines = range(definition.line, definition.end_line + 1)
    text_lines = [
        number
        for number in lines
        if number <= len(source.lines) and source.lines[number - 1].strip()
    ]
    if text_lines and all(number in added_lines for number in text_lines):
        return NameChange.SIGNATURE if definition.name in removed_words else NameChange.ADDED
    if definition.kind is DefinitionKind.FUNCTION:
        if definition.name_line in added_lines and definition.name not in removed_words:
            return NameChange.ADDED
        signature = range(definition.name_line, definition.signature_end + 1)
        if any(number in added_lines for number in signature):
            return NameChange.SIGNATURE
        return NameChange.BODY if any(number in added_lines for number in lines) else None
    return (
        NameChange.SIGNATURE
        if definition.name_line in added_lines and definition.name in removed_words
        else None
    )


def _old_definitions(source: SourceFile) -> Iterator[Definition]:
    """Yield what removed lines defined, as far as the hunks alone can be read."""
    for hunk in source.file.hunks[:_MAX_HUNKS]:
        old = [line for line in hunk.lines if line.old is not None]
        if not any(hunk.removed):
            continue
        text = "".join(f"{source.old.get(line.old or 0, '')}\n" for line in old)
        syntax = read_syntax(source.file.path, text.encode("utf-8", "replace"))
        for definition in syntax.definitions if isinstance(syntax, Syntax) else ():
            is_removed = (
                definition.name_line <= len(old)
                and old[definition.name_line - 1].kind is LineKind.REMOVED
            )
            if is_removed and definition.kind in _DECLARATIONS and is_telling(definition.name):
                yield definition


def names_in_order(needs: Iterable[ContextNeed]) -> Sequence[str]:
    """Return all names once: those that may break others first, then the weightiest."""
    weightiest = sorted(needs, key=lambda need: (-(need.change or 0), -need.weight))
    return tuple(dict.fromkeys(need.name for need in weightiest))
