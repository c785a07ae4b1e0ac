"""Definitions: what a file defines, from which line to which, and what encloses a line."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.syntax.grammars import Node, QueryMatch, QuerySection, SyntaxTree

_MAX_NAME = 120  # characters; names are for people and for look-ups
_QUOTES = "\"'`"
_SEPARATORS = regex(r"::|->|[.:#\\]")
_TAB = 8  # columns, as git and terminals show one
_MAX_BLOCK = 250  # lines; nobody is shown more around a change (`review.widening`)


class DefinitionKind(StrEnum):
    """What a definition is; the query files name them in their captures."""

    FUNCTION = "function"  # methods, properties with code, functions held by a variable
    TYPE = "type"  # classes, structs, interfaces, enums, aliases
    EXTENSION = "extension"  # members added to a type that is defined elsewhere: Rust's impl
    MODULE = "module"  # namespaces
    BLOCK = "block"  # a labelled block: Terraform's, or a test's `it("adds", …)`
    VALUE = "value"  # constants, variables and fields, outside functions


_SURER = (
    DefinitionKind.VALUE,
    DefinitionKind.MODULE,
    DefinitionKind.BLOCK,
    DefinitionKind.EXTENSION,
    DefinitionKind.TYPE,
    DefinitionKind.FUNCTION,
)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One definition, its decorators and `export` included. `name` is empty for unnamed ones.

    `signature_end` is the last line before the body, at least the name's. `outer_names` are the
    names around it, outermost first; a receiver or qualifier counts among them.
    """

    name: str
    kind: DefinitionKind
    line: int
    end_line: int
    name_line: int
    signature_end: int
    outer_names: tuple[str, ...] = ()

    @property
    def qualified_name(self) -> str:
        """The name with those around it, joined by dots."""
        return ".".join((*self.outer_names, self.name))

    @property
    def line_count(self) -> int:
        """How many lines it takes."""
        return self.end_line - self.line + 1

    def holds(self, first: int, last: int) -> bool:
        """True when all of `first..last` lies in it."""
        return self.line <= first and last <= self.end_line


@dataclass(kw_only=True)
class _DefinitionNode:
    """A definition under construction: several patterns may speak of one."""

    kind: DefinitionKind
    start: int  # bytes
    end: int
    line: int
    end_line: int
    name: str
    name_line: int
    outer: tuple[str, ...]
    body: Node | None


def definitions_of(tree: SyntaxTree) -> tuple[Definition, ...]:
    """Return the file's definitions in the order of their lines, outer ones first."""
    nodes: dict[tuple[bool, int], _DefinitionNode] = {}
    for match in tree.matches(QuerySection.DEFINITIONS):
        keyed_node = _definition_node(tree, match)
        if keyed_node is None:
            continue
        key, new = keyed_node
        earlier = nodes.setdefault(key, new)
        if earlier is not new:
            # Several patterns name the same: the widest is meant, as the surest one calls it.
            wide, narrow = sorted((earlier, new), key=lambda node: node.start - node.end)
            wide.kind = max(earlier.kind, new.kind, key=_SURER.index)
            wide.body = wide.body or narrow.body
            wide.outer = wide.outer or narrow.outer
            nodes[key] = wide
    return tuple(_nest(tree, sorted(nodes.values(), key=lambda node: (node.start, -node.end))))


def _definition_node(
    tree: SyntaxTree, match: QueryMatch
) -> tuple[tuple[bool, int], _DefinitionNode] | None:
    kind = next((kind for kind in DefinitionKind if kind in match), None)
    if kind is None:  # a pattern whose predicates only looked like it
        return None
    node = match[kind][0]
    name_node = match["name"][0] if "name" in match else None
    # The name in a C declarator such as `*(*name)(int)` is its innermost node.
    while name_node is not None and name_node.type.endswith("_declarator"):
        inner = name_node.child_by_field_name("declarator")
        inner = inner or next(iter(name_node.named_children[-1:]), None)
        if inner is None:
            break
        name_node = inner
    outer, name = _split(tree.text(name_node), kind) if name_node is not None else ((), "")
    label = tuple(_without_quotes(tree.text(outer_node)) for outer_node in match.get("outer", ()))
    body = match["body"][0] if "body" in match else None
    end = node.end_point
    ends_below = end.column == 0 and end.row > node.start_point.row
    new = _DefinitionNode(
        kind=kind,
        start=node.start_byte,
        end=node.end_byte,
        line=node.start_point.row + 1,
        # Some grammars end a node after its line feed.
        end_line=end.row if ends_below else end.row + 1,
        name=name,
        name_line=(name_node or node).start_point.row + 1,
        outer=(*label, *outer),
        body=body,
    )
    return (name_node is not None, (name_node or node).start_byte), new


def _split(text: str, kind: DefinitionKind) -> tuple[tuple[str, ...], str]:
    """Return the qualifiers in a name such as `A::run` or `M.go`, and what they qualify."""
    bare = _without_quotes(text)
    if kind is DefinitionKind.BLOCK or bare != text:
        return (), bare
    *outer, name = (part.partition("<")[0].strip() for part in _SEPARATORS.split(text))
    return tuple(part for part in outer if part), (name or text)[:_MAX_NAME]


def _without_quotes(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]
    return " ".join((text[1:-1] if is_quoted else text).split())[:_MAX_NAME]


def _nest(tree: SyntaxTree, nodes: Sequence[_DefinitionNode]) -> Iterator[Definition]:
    """Yield the definitions with what encloses them; a function's own variables are none."""
    around: list[_DefinitionNode] = []
    for node in nodes:
        while around and (
            around[-1].end < node.end
            or (around[-1].start, around[-1].end) == (node.start, node.end)
        ):
            around.pop()
        if node.kind is DefinitionKind.VALUE and any(
            outer.kind is DefinitionKind.FUNCTION for outer in around
        ):
            continue
        signature_end = node.name_line
        if node.body is not None:
            body_start = node.body.start_byte
            line_start = tree.content.rfind(b"\n", 0, body_start) + 1
            begins_line = not tree.content[line_start:body_start].strip()
            last = node.body.start_point.row + (0 if begins_line else 1)
            signature_end = max(node.name_line, last)
        enclosing_names = (part for outer in around for part in (*outer.outer, outer.name))
        yield Definition(
            name=node.name,
            kind=node.kind,
            line=node.line,
            end_line=max(node.line, node.end_line),
            name_line=node.name_line,
            signature_end=signature_end,
            outer_names=(*(part for part in enclosing_names if part), *node.outer),
        )
        around.append(node)


_AROUND = frozenset(
    {DefinitionKind.FUNCTION, DefinitionKind.TYPE, DefinitionKind.EXTENSION, DefinitionKind.BLOCK}
)


def innermost_definition(
    definitions: Iterable[Definition],
    first: int,
    last: int,
    kinds: frozenset[DefinitionKind] = _AROUND,
) -> Definition | None:
    """Return the innermost definition of those kinds that holds all of lines `first..last`."""
    around = [
        definition
        for definition in definitions
        if definition.kind in kinds and definition.holds(first, last)
    ]
    return min(
        around, key=lambda definition: (definition.line_count, -definition.line), default=None
    )


def indented_block(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """Return the lines of the block around `first..last` by indentation alone.

    It begins at the nearest line above that stands further left than all of the range, and ends
    before the next line that does, or with it where that line only closes the block. Where the
    range holds a line at the left margin, it is its own block. No more than `_MAX_BLOCK` lines are
    looked at on either side.
    """
    inner = [width for line in lines[first - 1 : last] if (width := _width(line)) is not None]
    depth = min(inner, default=0)
    if depth == 0:
        return first, last
    above = range(first - 1, 0, -1)[:_MAX_BLOCK]
    start = next((number for number in above if _is_left_of(lines[number - 1], depth)), first)
    head = _width(lines[start - 1]) or 0
    below = range(last + 1, len(lines) + 1)[:_MAX_BLOCK]
    end = below.stop - 1
    for number in below:
        line = lines[number - 1]
        if _is_left_of(line, head + 1):
            if _width(line) == head and not line.strip()[:1].isalnum():
                return start, number
            end = number - 1
            break
    while end > last and not lines[end - 1].strip():
        end -= 1
    return start, end


@lru_cache(maxsize=10_000)
def _width(line: str) -> int | None:
    """Return the columns before the line's text, None for a blank one."""
    bare = line.lstrip()
    return len(line[: len(line) - len(bare)].expandtabs(_TAB)) if bare else None


def _is_left_of(line: str, depth: int) -> bool:
    width = _width(line)
    return width is not None and width < depth
