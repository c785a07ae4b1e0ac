"""Breaks a module in one place at a time and runs its tests: `python -m scripts.mutate [MODULE…]`.

Prints for each module how many of the broken versions the tests noticed, and which they did not.
Tables of constants are data and left as they are.
Ends with 1 where fewer than 90 in 100 were noticed of a module. Each version runs in a fork that
has much of the rest loaded already; it ends after a minute, which counts as noticed.
"""

import ast
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import pydantic  # noqa: F401 - loaded once, for all forks
import pytest
import tree_sitter  # noqa: F401
import yaml  # noqa: F401
from hypothesis import Phase, settings

from codeflow_action.engine import action, diff, findings, pull_request, report  # noqa: F401
from codeflow_action.review import syntax, units  # noqa: F401
from codeflow_action.security import untrusted  # noqa: F401

_ANCHORING = ("tests/review/test_anchoring.py", "tests/actions/test_candidates.py")
_RANKING = ("tests/review/test_ranking.py",)
_PROOF = (
    *("calls", "duplicates", "error_handling", "fact_search", "paths", "proof_facts", "reach"),
    *("removed", "table", "undefined", "unused"),
)


def _proof_tests(module: str) -> tuple[str, ...]:
    """Return the tests of all that proves, the module's own first: they notice soonest."""
    names = ("proof", *_PROOF)  # of the table, and of all together
    files = (f"tests/review/proof/test_{name}.py" for name in names if name != "table")
    return tuple(sorted(files, key=lambda file: file != f"tests/review/proof/test_{module}.py"))


# Other tools' results: modules by the tests that hold them.
_TOOLS = {
    "result_filter": "result_filter",
    "line_map": "line_map",
    "path_finder": "path_finder",
    "tool_findings": "tool_findings",
    "coverage": "coverage",
}
_REPORTS = {
    "sarif_reader": "sarif_reader",
    "sarif_places": "sarif_reader",
    "sarif_rules": "sarif_reader",
    "report_json": "sarif_reader",
    "coverage_reports": "coverage_reports",
    "workspace": "workspace",
}

TESTS = {
    "codeflow_action.review.anchoring": _ANCHORING,
    "codeflow_action.review.quotes": ("tests/review/test_quotes.py", *_ANCHORING),
    "codeflow_action.review.suggestions": ("tests/review/test_suggestions.py",),
    "codeflow_action.review.ranking": _RANKING,
    "codeflow_action.review.wording": _RANKING,
    "codeflow_action.review.secret_reports": ("tests/review/test_secret_reports.py",),
    "codeflow_action.review.twins": ("tests/review/test_twins.py",),
    "codeflow_action.review.tool_briefs": ("tests/actions/tool_reports/test_coverage.py",),
    **{f"codeflow_action.review.proof.{module}": _proof_tests(module) for module in _PROOF},
    **{
        f"codeflow_action.actions.tool_reports.{module}": (
            f"tests/actions/tool_reports/test_{test}.py",
        )
        for module, test in _TOOLS.items()
    },
    **{
        f"codeflow_action.integrations.reports.{module}": (
            f"tests/integrations/reports/test_{test}.py",
        )
        for module, test in _REPORTS.items()
    },
    "codeflow_action.integrations.line_hashes": ("tests/integrations/test_line_hashes.py",),
}
# Without the rewriting of assertions, which would have to come before the modules loaded here.
_PYTEST = (
    "-x",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_LEAST = 0.9
_TIMEOUT = 60  # seconds
_FLIPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NAMES |= {"startswith": "endswith", "endswith": "startswith"}
# What is no behaviour: types, decorators' options, and what only a checker of types reads.
_SKIPPED = {"annotation", "returns", "decorator_list", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A broken version: where, and what was put in the place of what."""

    line: int
    change: str
    code: CodeType


def mutants(source: str, name: str) -> Iterator[Mutant]:
    """Yield every version of a module that is broken in one place."""
    tree = ast.parse(source)
    code = (place for place in _places(tree) if not _is_table(place[3]))
    for parent, field, at, node in list(code):
        for other in _others(node, field):
            before = ast.unparse(node) or type(node).__name__
            _put(parent, field, at, ast.copy_location(other, node))
            ast.fix_missing_locations(tree)
            change = f"{before} -> {ast.unparse(other) or type(other).__name__}"
            line = int(getattr(node, "lineno", 0) or getattr(parent, "lineno", 0))
            yield Mutant(line, change.replace("\n", " ")[:110], compile(tree, name, "exec"))
            _put(parent, field, at, node)


def _put(parent: ast.AST, field: str, at: int | None, node: ast.AST) -> None:
    if at is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[at] = node


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(tree):
        if field in _SKIPPED or isinstance(tree, ast.TypeAlias | ast.Import | ast.ImportFrom):
            continue
        nodes = enumerate(value) if isinstance(value, list) else [(None, value)]
        for at, node in nodes:
            if isinstance(node, ast.AST) and not _is_docstring(node):
                yield tree, field, at, node
                if not _is_table(node):
                    yield from _places(node)


def _is_table(node: ast.AST) -> bool:
    """True for a collection of constants with a name in capitals: data, and no code to break."""
    return (
        isinstance(node, ast.Assign)
        and all(isinstance(one, ast.Name) and one.id.isupper() for one in node.targets)
        and not isinstance(node.value, ast.Constant | ast.BinOp)
        and "compile" not in ast.unparse(node.value)
    )


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _others(node: ast.AST, field: str) -> Iterator[ast.AST]:
    """Yield what may stand in the node's place and is not right."""
    yield from (flip() for flip in _FLIPS.get(type(node), ()))
    if field in ("test", "ifs") and isinstance(node, ast.expr):
        yield ast.UnaryOp(op=ast.Not(), operand=node)
    match node:
        case ast.Constant(value=value):
            yield from map(ast.Constant, _values(value))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in ("None", "False"):
            yield ast.Return(ast.Constant(None))
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Call(args=[first, second, *rest]) if ast.dump(first) != ast.dump(second):
            yield ast.Call(node.func, [second, first, *rest], node.keywords)
        case ast.Name(id=name) if name in _NAMES:
            yield ast.Name(_NAMES[name], node.ctx)
        case ast.Attribute(value=value, attr=name) if name in _NAMES:
            yield ast.Attribute(value, _NAMES[name], node.ctx)


def _values(value: object) -> tuple[bool | float | str, ...]:
    match value:
        case bool():
            return (not value,)
        case int():
            return (value + 1, value - 1)
        case float():
            return (value + 0.05, value - 0.05)
        case str() if value:
            return ("",)
        case _:
            return ()


def notices(module: str, code: CodeType, tests: Sequence[str]) -> int:
    """Start a fork that runs the tests with the module broken; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(_TIMEOUT)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    result = 1
    try:
        sys.meta_path.insert(0, _Broken(module, code))
        result = int(pytest.main([*_PYTEST, *tests]))
    finally:
        os._exit(result)


class _Broken(MetaPathFinder, Loader):
    """Gives whoever imports the module the broken one: it must not have been imported before."""

    def __init__(self, module: str, code: CodeType) -> None:
        self._module = module
        self._code = code

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for that module alone."""
        del path, target
        return ModuleSpec(fullname, self) if fullname == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the broken code."""
        exec(self._code, module.__dict__)  # noqa: S102 - our own code, broken


def campaign(module: str, jobs: int) -> tuple[int, list[Mutant]]:
    """Return how many broken versions there were, and those that no test noticed."""
    path = Path(*module.split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    _, status = os.waitpid(notices(module, compile(source, str(path), "exec"), TESTS[module]), 0)
    if status:
        raise SystemExit(f"the tests of {module} fail though nothing is broken")
    waiting = list(mutants(source, str(path)))
    total = len(waiting)
    running: dict[int, Mutant] = {}
    missed: list[Mutant] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[notices(module, mutant.code, TESTS[module])] = mutant
        pid, status = os.wait()
        if status == 0:
            missed.append(running[pid])
        del running[pid]
    return total, sorted(missed, key=lambda mutant: mutant.line)


def main(modules: Sequence[str]) -> int:
    """Run the campaigns; return the exit code."""
    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,  # a slow machine would count as noticed
        phases=[Phase.explicit, Phase.generate],
    )
    settings.load_profile("mutation")
    killed = everything = 0
    least = 1.0
    for module in modules or TESTS:
        started = time.monotonic()
        total, missed = campaign(module, os.cpu_count() or 1)
        killed, everything = killed + total - len(missed), everything + total
        share = (total - len(missed)) / total
        least = min(least, share)
        took = time.monotonic() - started
        print(f"{module}: {total - len(missed)} of {total} noticed ({share:.1%}), {took:.0f} s")
        for mutant in missed:
            print(f"  line {mutant.line}: {mutant.change}")
        sys.stdout.flush()
    print(f"all: {killed} of {everything} noticed ({killed / everything:.1%})")
    return 0 if least >= _LEAST else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
