"""What a change makes a reader look up: names that added lines use, and what the change changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.context.lost_keys import lost_keys
from codeflow_action.review.context.receivers import types_of
from codeflow_action.review.context.shared_names import shared_names
from codeflow_action.review.symbol_changes import old_lines
from codeflow_action.review.syntax import (
    Definition,
    DefinitionKind,
    MentionRole,
    Syntax,
    read_syntax,
)
from codeflow_action.review.units import SourceFile

_MAX_LOST = 20  # keys of a file; one that loses more is another file now
_SHORTEST = 3  # letters; shorter names are variables
_LONGEST = 80  # letters of a name that people write
_LEAST_ENCODED = 20  # letters; shorter ones are names such as `i18n_key`
_PART = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Names that every program has, and whose meaning every reader knows.
# ruff: noqa: SIM905 - a list of a hundred words is read as text
_WORD = regex(r"\w+")
_RECEIVER = regex(
    r"([\w$]{1,120})\s{0,9}(?:\([^()]{0,99}\)|\[[^][]{0,99}\])?"
    r"\s{0,9}(?:\?\.|!\.|!!\.|\.|->|::)\s{0,9}(?=(\w{1,120}))"
)
_MAX_LINE = 500  # characters; a longer line is data, and takes time for each name on it
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
_SHARED_WEIGHT = 2.0
_DECLARATIONS = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE, DefinitionKind.VALUE})


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
    `owner` is the type around that definition, empty where there is none; `receiver` the word
    before the dot or arrow of a use. Other languages too may use a name that `crosses`; `text` is
    what such a line must hold, where that is more than the name. `holder` is the word before the
    dot where no import binds it, and `holder_types` what the file says of its type.
    """

    path: str
    name: str
    weight: float = 0.0
    change: NameChange | None = None
    owner: str = ""
    receiver: str = ""
    crosses: bool = False
    text: str = ""
    holder: str = ""
    holder_types: frozenset[str] = frozenset()


def is_telling(name: str) -> bool:
    """True for a name worth looking up: no everyday word, no single letter, nothing encoded."""
    is_short = len(name) < _SHORTEST
    return not (is_short or is_everyday(name) or name.startswith("__") or _is_encoded(name))


def _is_encoded(name: str) -> bool:
    """True for what no person would write: a secret in Base64 before `=` looks like a variable."""
    return len(name) > _LONGEST or (
        len(name) >= _LEAST_ENCODED and len(name) < 2.5 * len(_PART.findall(name))
    )


def is_everyday(name: str) -> bool:
    """True for a name that every program has: by itself it leads anywhere."""
    return name.lower() in _EVERYDAY_NAMES


def needs_of(source: SourceFile) -> tuple[ContextNeed, ...]:
    """Return what the change of one file makes a reader look up, what breaks others first."""
    changed_names = sorted(
        _changed_needs(source), key=lambda need: (-(need.change or 0), need.name)
    )
    names = {need.name for need in changed_names}
    lost_names = [name for name in lost_keys(source) if is_telling(name) and name not in names]
    return (
        *changed_names,
        *(
            ContextNeed(path=source.file.path, name=name, change=NameChange.REMOVED, crosses=True)
            for name in lost_names[:_MAX_LOST]
        ),
        *_used_needs(source),
        *_shared_needs(source),
    )


def _shared_needs(source: SourceFile) -> Iterator[ContextNeed]:
    """Yield what added lines call by a name that no grammar knows."""
    added_lines = [line for line in source.file.added_lines if line <= len(source.lines)]
    texts = [source.lines[number - 1] for number in sorted(added_lines)]
    for name, text in shared_names(source.file.path, texts):
        if is_telling(name):
            yield ContextNeed(
                path=source.file.path, name=name, weight=_SHARED_WEIGHT, crosses=True, text=text
            )


def _used_needs(source: SourceFile) -> Iterator[ContextNeed]:
    """Yield the names that added lines use and do not themselves define.

    An everyday name is meant only where an import binds it, or what stands before its dot.
    """
    if source.syntax is None:
        return
    added_lines = source.file.added_lines
    imports = source.syntax.imports
    imported_names = {name for statement in imports for name, _ in statement.names}
    new_names = {
        name
        for statement in imports
        if statement.line in added_lines
        for name, _ in statement.names
    }
    roles: dict[str, MentionRole] = {}
    receivers: dict[str, str] = {}
    holders: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for mention in source.syntax.mentions(added_lines):
        name = mention.name
        receiver = receiver_of(name, source.lines[mention.line - 1])
        is_bound = name in imported_names or receiver in imported_names
        if not mention.is_use or not (is_telling(name) or (is_bound and len(name) >= _SHORTEST)):
            continue
        counts[name] += 1
        if receiver in imported_names:
            receivers.setdefault(name, receiver)
        elif receiver:
            holders.setdefault(name, receiver)
        if mention.role in (MentionRole.TYPE, MentionRole.CALL):
            roles[name] = mention.role
        roles.setdefault(name, mention.role)
    for name, count in counts.most_common():
        weight = _ROLES[roles[name]] + 2.0 * min(count, 4) + (2.0 if name in new_names else 0.0)
        holder = holders.get(name, "")
        yield ContextNeed(
            path=source.file.path,
            name=name,
            weight=weight,
            receiver=receivers.get(name, ""),
            holder=holder,
            holder_types=types_of(holder, source.lines) if holder else frozenset(),
        )


def receiver_of(name: str, line: str) -> str:
    """Return the word before the name's dot or arrow, empty for a name that stands alone."""
    return _receivers(line).get(name, "") if len(line) <= _MAX_LINE else ""


@lru_cache(maxsize=1_000)
def _receivers(line: str) -> Mapping[str, str]:
    """Return the first receiver of each name on the line that has one."""
    pairs = [(match[2], match[1]) for match in _RECEIVER.finditer(line)]
    return dict(reversed(pairs))


def _changed_needs(source: SourceFile) -> Iterator[ContextNeed]:
    if source.syntax is None:
        return
    path = source.file.path
    definitions = [
        definition
        for definition in source.syntax.definitions
        if definition.kind in _DECLARATIONS and _may_be_searched(definition)
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


def _may_be_searched(definition: Definition) -> bool:
    """True for a telling name, and for an everyday one of a type: receivers tell whose it is."""
    return is_telling(definition.name) or (
        len(definition.name) >= _SHORTEST
        and bool(definition.outer_names)
        and definition.kind is DefinitionKind.FUNCTION
    )


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
    # What a constant or a field holds may change what its readers do, and breaks none of them.
    is_value = definition.kind is DefinitionKind.VALUE
    new_shape = NameChange.BODY if is_value else NameChange.SIGNATURE
    is_new = definition.name not in removed_words
    if text_lines and all(number in added_lines for number in text_lines):
        return NameChange.ADDED if is_new else new_shape
    is_named_anew = definition.name_line in added_lines
    if definition.kind is not DefinitionKind.FUNCTION:
        return new_shape if is_named_anew and not is_new else None
    if is_named_anew and is_new:
        return NameChange.ADDED
    if any(
        number in added_lines
        for number in range(definition.name_line, definition.signature_end + 1)
    ):
        return NameChange.SIGNATURE
    return NameChange.BODY if any(number in added_lines for number in lines) else None


def _old_definitions(source: SourceFile) -> Iterator[Definition]:
    """Yield what removed lines defined. Names alone are taken from it: nothing is shown."""
    removed_lines = source.file.removed_lines
    if not removed_lines:
        return
    text = "".join(f"{line}\n" for line in old_lines(source.file, source.lines))
    path = source.file.previous_path or source.file.path
    syntax = read_syntax(path, text.encode("utf-8", "replace"))
    for definition in syntax.definitions if isinstance(syntax, Syntax) else ():
        if (
            definition.name_line in removed_lines
            and definition.kind in _DECLARATIONS
            and _may_be_searched(definition)
        ):
            yield definition


def names_in_order(needs: Iterable[ContextNeed]) -> Sequence[str]:
    """Return all names once: those that may break others first, then the weightiest."""
    searchable = (
        need
        for need in needs
        if is_telling(need.name)
        or (need.change is not NameChange.ADDED and not _is_encoded(need.name))
    )
    searchable = (
        need for need in searchable if need.change is not None or not is_everyday(need.name)
    )
    weightiest = sorted(searchable, key=lambda need: (-(need.change or 0), -need.weight))
    return tuple(dict.fromkeys(need.name for need in weightiest))
