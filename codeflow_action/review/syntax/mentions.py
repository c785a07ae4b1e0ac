"""Mentions: the names on given lines, and whether they are used or bound there."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from codeflow_action.review.syntax.grammars import QuerySection, SyntaxTree


class MentionRole(StrEnum):
    """What a name is there for; the query files name them in their captures."""

    BINDING = "binding"  # it gets its meaning here: definitions, parameters, variables, imports
    CALL = "call"  # functions, methods, constructors
    TYPE = "type"
    ATTRIBUTE = "attribute"  # a member of something: `.name`, a key
    NAME = "name"  # any other use


class Mention(NamedTuple):
    """A name on a line. One that patterns see in several roles has the first of `MentionRole`."""

    line: int
    name: str
    role: MentionRole

    @property
    def is_use(self) -> bool:
        """True when the name's meaning comes from elsewhere."""
        return self.role is not MentionRole.BINDING


def mentions_on(tree: SyntaxTree, lines: Iterable[int]) -> tuple[Mention, ...]:
    """Return the names on these lines in their order, each once for a line and role."""
    line_set = frozenset(lines)
    by_place: dict[int, Mention] = {}
    for first, last in _runs(sorted(line_set)):
        captures = tree.captures(QuerySection.MENTIONS, first, last)
        for role in MentionRole:
            for node in captures.get(role, ()):
                line = node.start_point.row + 1
                if line in line_set and node.start_byte not in by_place:
                    by_place[node.start_byte] = Mention(line, tree.text(node), role)
    return tuple(dict.fromkeys(by_place[place] for place in sorted(by_place)))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of consecutive numbers."""
    first = last = 0
    for number in numbers:
        if number != last + 1 and last:
            yield first, last
            first = number
        first = first or number
        last = number
    if last:
        yield first, last
