"""Imports: which names a file takes from elsewhere, and from where, as its text says."""

from dataclasses import field
from typing import NamedTuple

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax.grammars import Node, QuerySection, SyntaxTree


class ImportedName(NamedTuple):
    """A name as this file uses it, and as its source calls it; `*` for all of them."""

    name: str
    original: str


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import. `source` is a module, package or path as written, without quotes.

    `names` is empty where nothing is bound that could be named: includes, side effects.
    """

    line: int
    end_line: int
    source: str
    names: tuple[ImportedName, ...]


@dataclass(kw_only=True)
class _ImportNode:
    node: Node
    source: str
    names: dict[ImportedName, None] = field(default_factory=dict)


def imports_of(tree: SyntaxTree) -> tuple[Import, ...]:
    """Return the file's imports in the order of their lines."""
    imports: dict[tuple[int, int], _ImportNode] = {}
    for match in tree.matches(QuerySection.IMPORTS):
        if "import" not in match:
            continue
        node = match["import"][0]
        sources = match.get("source", ())
        source = _bare(tree.text(sources[0])) if sources else ""
        import_node = imports.setdefault(
            (node.start_byte, node.end_byte), _ImportNode(node=node, source=source)
        )
        for name_node in match.get("name", ()):
            name = tree.text(name_node)
            original = tree.text(match["original"][0]) if "original" in match else name
            # `import a.*`, `import a._` and Scala 3's `import a.given` bind whatever there is.
            is_all = name.endswith("*") or name in ("_", "given")
            new = ImportedName("*", "*") if is_all else ImportedName(name, _bare(original))
            import_node.names[new] = None
    ordered = sorted(imports.values(), key=lambda import_node: import_node.node.start_byte)
    return tuple(_import(tree, import_node) for import_node in ordered)


def _import(tree: SyntaxTree, import_node: _ImportNode) -> Import:
    source = import_node.source
    if not source:  # it stands there in pieces: Scala's `import a.b.{C, D}`
        text = tree.text(import_node.node).removeprefix("import").strip()
        source = text.partition("{")[0].partition(" ")[0].rstrip("._*")
    names = tuple(import_node.names)
    if not names and tree.language.separator:
        # An import that names nothing binds the last part of its source.
        last = source.rsplit(tree.language.separator, 1)[-1]
        names = (ImportedName(last, last),) if last.isidentifier() else ()
    if source.endswith(("::*", ".*")):
        source, names = source[:-1].rstrip(":."), (ImportedName("*", "*"),)
    return Import(
        line=import_node.node.start_point.row + 1,
        end_line=import_node.node.end_point.row + 1,
        source=source,
        names=names,
    )


def _bare(text: str) -> str:
    return text.strip().strip("\"'`<>").strip()
