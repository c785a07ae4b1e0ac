"""Mentions: the names in a file, and whether they are used or bound there."""

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


def mentions_of(tree: SyntaxTree) -> tuple[Mention, ...]:
    """Return the file's names in their order, each once for a line and role."""
    by_place: dict[int, Mention] = {}
    captures = tree.captures(QuerySection.MENTIONS)
    for role in MentionRole:
        for node in captures.get(role, ()):
            mention = Mention(node.start_point.row + 1, tree.text(node), role)
            by_place.setdefault(node.start_byte, mention)
    return tuple(dict.fromkeys(by_place[place] for place in sorted(by_place)))
