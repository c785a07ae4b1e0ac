"""Which functions and classes a change adds, removes or touches, by the file's own grammar.

Nothing is read for the version before: the head's lines with the hunks undone are that version.
"""

from collections.abc import Iterable, Iterator

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.syntax import (
    Definition,
    DefinitionKind,
    Syntax,
    innermost_definition,
    read_syntax,
)
from codeflow_action.review.units import split_lines

_SYMBOLS = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE})


@dataclass(frozen=True, kw_only=True)
class SymbolChanges:
    """Qualified names of one file, each list in the order of the lines.

    What is defined inside of something that came or went as a whole is not named besides.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def outgoing(self) -> tuple[str, ...]:
        """Those that other files may already use."""
        return (*self.removed, *self.changed)


def old_lines(file: ChangedFile, head: tuple[str, ...]) -> tuple[str, ...]:
    """Return the file's lines at the merge base: those of the head with the hunks undone."""
    lines: list[str] = []
    position = 0  # lines of the head that are taken
    for hunk in file.hunks:
        # A hunk that has no line on this side begins after the line that it names.
        start = hunk.new_start - 1 if hunk.new_count else hunk.new_start
        lines += head[position:start]
        lines += [line.text.removesuffix("\r") for line in hunk.lines if line.old is not None]
        position = start + hunk.new_count
    return (*lines, *head[position:])


def symbol_changes(file: ChangedFile, head: bytes) -> SymbolChanges | None:
    """Return what the change does to the file's symbols; None where no grammar can tell.

    It parses in a worker and waits for it: ask from a thread.
    """
    head_lines = split_lines(head.decode("utf-8", "replace"))
    new = _parse(file.path, head_lines)
    old = _parse(file.previous_path or file.path, old_lines(file, head_lines))
    if new is None or old is None:
        return None
    new_names, old_names = _names(new), _names(old)
    touched_names = {*_touched(new, file.added_lines), *_touched(old, file.removed_lines)}
    return SymbolChanges(
        added=_outermost(name for name in new_names if name not in old_names),
        removed=_outermost(name for name in old_names if name not in new_names),
        changed=tuple(name for name in new_names if name in touched_names and name in old_names),
    )


def _parse(path: str, lines: tuple[str, ...]) -> Syntax | None:
    text = "".join(f"{line}\n" for line in lines)
    syntax = read_syntax(path, text.encode("utf-8", "replace"))
    return syntax if isinstance(syntax, Syntax) else None


def _names(syntax: Syntax) -> dict[str, None]:
    """Return the qualified names of all symbols, in their order."""
    symbols = filter(_is_symbol, syntax.definitions)
    return dict.fromkeys(symbol.qualified_name for symbol in symbols)


def _is_symbol(definition: Definition) -> bool:
    return bool(definition.name) and definition.kind in _SYMBOLS


def _touched(syntax: Syntax, lines: Iterable[int]) -> Iterator[str]:
    """Yield the innermost symbol around each of the lines."""
    for line in lines:
        around = filter(_is_symbol, syntax.definitions_around(line, line))
        if definition := innermost_definition(around, line, line):
            yield definition.qualified_name


def _outermost(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without those that are inside of another one of them."""
    whole = dict.fromkeys(names)
    return tuple(
        name
        for name in whole
        if not any(name[:end] in whole for end, sign in enumerate(name) if sign == ".")
    )
