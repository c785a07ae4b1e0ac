"""Reads: places that can only take a name's value. A name that stands elsewhere may be bound.

Told from this side because it cannot be wrong by an omission: a form of binding that nobody
thought of is no plain read.
"""

from typing import NamedTuple

from codeflow_action.review.syntax.grammars import QuerySection, SyntaxTree, patterns


class Reads(NamedTuple):
    """Where a file plainly reads names, as names and lines; `beyond` stand elsewhere too.

    Whatever is bound in the file is in `beyond`; members and keyword arguments are in neither.
    """

    plain: frozenset[tuple[str, int]]
    beyond: frozenset[str]


def reads_of(tree: SyntaxTree) -> Reads | None:
    """Return the file's reads, None for a language without rules for that."""
    if not any(patterns(tree.language, QuerySection.READS)):
        return None
    captures = tree.captures(QuerySection.READS)
    plain = {node.start_byte: node for node in captures.get("read", ())}
    places = {*plain, *(node.start_byte for node in captures.get("member", ()))}
    rest = (node for node in captures.get("name", ()) if node.start_byte not in places)
    return Reads(
        plain=frozenset((tree.text(node), node.start_point.row + 1) for node in plain.values()),
        beyond=frozenset(tree.text(node) for node in rest),
    )
