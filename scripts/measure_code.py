"""Measures how the package reads: names, sizes, and which words mean two things.

`python -m scripts.measure_code [--list] [FOLDER]` prints each measure beside its limit, and with
`--list` the places behind it; it ends with 1 when a limit is passed, and with 2 where there is
nothing to measure. A folder narrows what is listed and measured; the limits are meant for the whole
package.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "codeflow_action"


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand for something else than themselves: who reads the name alone learns nothing.
_PRONOUNS = _word_set(
    """
    one ones other others another it its this that these those them they we us you he him
    she her what which who whom whose each every all both any some none same such here there
    now then at where when why how by of to on off up out over under within beside about
    into onto upon more most less else again so too than ours theirs
    """
)
# https://en.wiktionary.org/wiki/Appendix:English_irregular_verbs, less those whose participle is
# also the verb or a noun of the field (read, cut, set, split, run, build, left).
_IRREGULAR = _word_set(
    """
    said told found kept held given taken made done lost sent seen known shown written
    chosen spent built bound caught drawn driven fallen felt gone got gotten grown heard
    hidden hung led lent met paid sold sung stood stuck sworn thought thrown torn understood
    woken won worn begun broken bought brought meant sought taught sunk spoken stolen swept
    woven forgotten forbidden frozen laid lain risen shaken shrunk slept spelt spun struck
    bent bitten blown born dealt dug eaten fed flown fought overcome proven shot slid spilt
    sprung withdrawn withheld left
    """
)
# Nouns that only look like a participle or a gerund.
_NOUNS = _word_set(
    """
    seed feed speed need embed bed red shed weed breed string finding warning setting
    heading spring king ring thing sing bring wing swing ping listing mapping building
    ceiling encoding padding timing pricing spelling meaning ending opening reasoning
    spending sighting rating pairing ruling reading wording drawing
    """
)
_MOST_LINES = 50  # of a function
_SMALL = 8  # lines of a helper that could stand where it is used


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something stands: a file of the package, a line of it, and the name in question."""

    path: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.name}"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure beside the most or least that it may be, with the places that make it."""

    title: str
    value: float
    limit: float
    is_share: bool = False
    at_least: bool = False
    places: tuple[Place, ...] = ()

    @property
    def holds(self) -> bool:
        """True when the figure is within its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> str:
        """Return the figure as a row of a table in Markdown."""
        shown, limit = (
            f"{number:.1%}" if self.is_share else f"{number:.4g}"
            for number in (self.value, self.limit)
        )
        sign = "≥" if self.at_least else "≤"
        return f"| {self.title} | {shown} | {sign} {limit} | {'' if self.holds else '**no**'} |"


@dataclass(kw_only=True)
class Module:
    """One file as it was parsed."""

    path: Path
    text: str
    tree: ast.Module = field(init=False)
    nodes: Sequence[ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.nodes = tuple(ast.walk(self.tree))

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, nested ones too."""
        for node in self.nodes:
            if isinstance(node, ast.ClassDef):
                yield node

    @property
    def comments(self) -> int:
        """How many comments there are that speak to people, not to a tool."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        texts = (token.string for token in tokens if token.type == tokenize.COMMENT)
        return sum(not re.match(r"# (noqa|type:|pragma|ruff:)", text) for text in texts)

    def place(self, node: ast.stmt | ast.expr | ast.arg | ast.ExceptHandler, name: str) -> Place:
        """Return where the name stands."""
        path = self.path.relative_to(PACKAGE.parent)
        return Place(path=str(path), line=node.lineno, name=name)


def words(name: str) -> list[str]:
    """Return the lower-case words of a name in snake_case or CamelCase."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word.lower() for word in spaced.split("_") if word]


def is_participle(word: str) -> bool:
    """True for a bare form of a verb, as `found`, `named` or `placing`."""
    if word in _NOUNS:
        return False
    return word in _IRREGULAR or (len(word) > 3 and word.endswith("ed")) or _is_gerund(word)


def _is_gerund(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing")


def is_bare(name: str) -> bool:
    """True when the whole name is one participle or gerund."""
    parts = words(name)
    return len(parts) == 1 and is_participle(parts[0])


def is_unclear(name: str) -> bool:
    """True when the whole name of a value is a pronoun, a preposition or a participle."""
    return is_bare(name) or (len(words(name)) == 1 and words(name)[0] in _PRONOUNS)


def bindings(module: Module) -> Iterator[Place]:
    """Yield each name once for every scope that binds it: variables, parameters, fields.

    Members of an enumeration are left out: they name states, as `ADDED` and `SKIPPED` do.
    """
    lambdas = (node for node in module.nodes if isinstance(node, ast.Lambda))
    for scope in (module.tree, *module.functions, *module.classes, *lambdas):
        names: dict[str, Place] = {}
        if isinstance(scope, ast.ClassDef) and _is_enumeration(scope):
            continue
        for node in _within(scope):
            match node:
                case ast.Name(ctx=ast.Store(), id=name) | ast.arg(arg=name):
                    names.setdefault(name, module.place(node, name))
                case ast.ExceptHandler(name=str(name)):
                    names.setdefault(name, module.place(node, name))
        ours = (place for name, place in names.items() if name not in {"self", "cls", "_"})
        yield from (place for place in ours if not place.name.startswith("__"))  # Python's words


def _is_enumeration(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id.endswith("Enum") for base in node.bases)


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what belongs to a scope and not to one inside of it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield node
            yield from _within(node)


def measures(modules: Sequence[Module]) -> Iterator[Measure]:
    """Yield all figures."""
    lines = sum(len(module.text.splitlines()) for module in modules)
    functions = [(module, node) for module in modules for node in module.functions]
    classes = [(module, node) for module in modules for node in module.classes]
    names = [place for module in modules for place in bindings(module)]
    yield _share("bindings named by a pronoun or participle", 0.01, names, is_unclear)
    named = [module.place(node, node.name) for module, node in functions]
    yield _share("functions named by a bare participle or gerund", 0.02, named, is_bare)
    named = [module.place(node, node.name) for module, node in classes]
    yield _share("classes named by a bare participle or gerund", 0.02, named, is_bare)
    yield _repeated("public class names that mean two things", 0, _public_classes(modules))
    yield _repeated("module names that stand twice", 6, _module_names(modules))
    yield Measure(title="functions for 1,000 lines", value=1000 * len(functions) / lines, limit=50)
    yield _small_helpers(modules)
    comments = sum(module.comments for module in modules)
    yield Measure(
        title="comments for 1,000 lines", value=1000 * comments / lines, limit=28, at_least=True
    )
    long = [module.place(node, node.name) for module, node in functions if _length(node) > 50]
    yield Measure(
        title=f"functions over {_MOST_LINES} lines", value=len(long), limit=0, places=tuple(long)
    )
    bare = [module.place(node, node.name) for module, node in functions if not _is_annotated(node)]
    yield Measure(
        title="functions without all annotations", value=len(bare), limit=0, places=tuple(bare)
    )
    yield _catch_alls(modules)


def _share(
    title: str, limit: float, names: Sequence[Place], is_bad: Callable[[str], bool]
) -> Measure:
    bad = tuple(place for place in names if is_bad(place.name))
    value = len(bad) / max(1, len(names))
    return Measure(title=title, value=value, limit=limit, is_share=True, places=bad)


def _repeated(title: str, limit: int, places: Sequence[Place]) -> Measure:
    count = Counter(place.name for place in places)
    repeated = sorted(
        (place for place in places if count[place.name] > 1), key=lambda place: place.name
    )
    names = {place.name for place in repeated}
    return Measure(title=title, value=len(names), limit=limit, places=tuple(repeated))


def _public_classes(modules: Sequence[Module]) -> list[Place]:
    return [
        module.place(node, node.name)
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def _module_names(modules: Sequence[Module]) -> list[Place]:
    return [
        Place(path=str(module.path.relative_to(PACKAGE.parent)), line=1, name=module.path.stem)
        for module in modules
        if not module.path.stem.startswith(("__", "test_"))
    ]


def _small_helpers(modules: Sequence[Module]) -> Measure:
    """Measure private functions that are used once and could stand where they are used."""
    small: list[Place] = []
    private = 0
    for module in modules:
        uses = Counter(re.findall(r"\w+", module.text))
        for node in module.functions:
            if node.name.startswith("_") and not node.name.startswith("__"):
                private += 1
                if uses[node.name] == 2 and _length(node) <= _SMALL:
                    small.append(module.place(node, node.name))
    return Measure(
        title=f"private functions used once, of at most {_SMALL} lines",
        value=len(small) / max(1, private),
        limit=0.2,
        is_share=True,
        places=tuple(small),
    )


def _catch_alls(modules: Sequence[Module]) -> Measure:
    broad = {"Exception", "BaseException"}
    places = [
        module.place(node, "except")
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in broad))
        and not _raises_again(node)
    ]
    # The outermost of the two doors, and around each action and each gate: ADR 28 has the reasons.
    return Measure(title="catch-alls", value=len(places), limit=4, places=tuple(places))


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """True when nothing is caught for good: the last thing that the handler does is to raise."""
    return isinstance(handler.body[-1], ast.Raise)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    untyped = [item.arg for item in given if item.annotation is None]
    return node.returns is not None and not set(untyped) - {"self", "cls"}


def read_modules(folder: Path) -> tuple[Module, ...]:
    """Return all modules of a folder, parsed, in the order of their paths."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*.py"))
    return tuple(Module(path=path, text=path.read_text("utf-8")) for path in paths)


def main(arguments: Sequence[str]) -> int:
    """Print the table, and the places if they were asked for."""
    parser = argparse.ArgumentParser(prog="measure_code", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PACKAGE)
    parser.add_argument("--list", action="store_true", help="print the places behind each figure")
    options = parser.parse_args(arguments)
    modules = read_modules(options.folder.resolve())
    if not any(module.text for module in modules):
        parser.error(f"there is no Python to measure in {options.folder}")
    figures = tuple(measures(modules))
    out = [
        "| measure | now | limit | |",
        "|---|---|---|---|",
        *(measure.row() for measure in figures),
    ]
    if options.list:
        by_title: dict[str, list[str]] = defaultdict(list)
        for measure in figures:
            by_title[measure.title] += [str(place) for place in measure.places]
        out += [
            line for title, places in by_title.items() if places for line in ("", title, *places)
        ]
    sys.stdout.write("\n".join(out) + "\n")
    return 0 if all(measure.holds for measure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
