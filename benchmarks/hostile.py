"""Runs the Action on files that were made to stop it: `make bench-hostile`.

Each run has a budget of one minute, a model, and beside the hostile files a debugger statement that
a gate must show. Wall time says little on a machine that others use. What counts is CPU time, and
its ratio to that of a run of half the size. `python -m benchmarks.hostile NAME …` runs only some.
"""

import random
import string
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ProcessRun, git, run_action
from codeflow_action.engine.report import Report
from codeflow_action.review.syntax.grammar_list import LANGUAGES
from codeflow_action.testing import hostile
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import Json, ModelRequest, ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply

_SECONDS = 70.0  # the budget's minute, and what a process needs to start and to publish
_PEAK = 1e9  # bytes
_GATE = "debug_leftovers"

# What a change adds, by path; of a size in bytes.
type Make = Callable[[int], Mapping[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change that grows with `size`; `base` is what stands there before it."""

    size: int
    head: Make
    base: Make = lambda _size: {}


def _chain(name: str, language_name: str) -> Make:
    (grammar,) = (language for language in LANGUAGES if language.name == language_name)
    (chain,) = (chain for chain in hostile.chains(grammar) if chain.name == name)
    return lambda size: {hostile.path_of(grammar): chain.of_size(size)}


def _everywhere(name: str) -> Make:
    """Return a chain in every language, each in a file of its own."""
    makers = [_chain(name, language.name) for language in LANGUAGES]
    return lambda size: {
        f"{number}/{path}": content
        for number, make in enumerate(makers)
        for path, content in make(size).items()
    }


_KEY_SIGNS = string.ascii_uppercase + "234567"


def _debuggers(size: int) -> Mapping[str, bytes]:
    return {"a.js": b"debugger;\n" * (size // 10)}


def _datum(name: str) -> Make:
    return lambda size: {name: hostile.DATA[name](size)}


def _functions(size: int) -> Mapping[str, bytes]:
    (python,) = (language for language in LANGUAGES if language.name == "python")
    return {"functions.py": hostile.functions(python, size // 22)}


def _keys(size: int) -> Mapping[str, bytes]:
    """Return a file of made-up pairs of AWS keys: an identifier alone is no secret to the gate."""
    signs = random.Random(size)  # noqa: S311 - made-up keys, the same in every run
    secret = string.ascii_letters + string.digits + "/+"
    lines = (
        f'aws_access_key_id_{number} = "AKIA{"".join(signs.choices(_KEY_SIGNS, k=16))}"\n'
        f'aws_secret_access_key_{number} = "{"".join(signs.choices(secret, k=40))}"\n'
        for number in range(size // 114)
    )
    return {"keys.py": "".join(lines).encode()}


def _hunks(size: int, *, has_addition: bool) -> Mapping[str, bytes]:
    new = "  more\n" if has_addition else ""
    return {
        "hunks.js": "".join(
            f"  line({number})\n" * 8 + new for number in range(size // 100)
        ).encode()
    }


def _names(size: int) -> Mapping[str, bytes]:
    """Return files whose names are made for patterns that track back."""
    return {f"{'.' * 100}a{'.' * 60}{number}.min.j": b"x\n" for number in range(size // 100)}


CASES: Mapping[str, Case] = {
    "members in Python": Case(size=600_000, head=_chain("members", "python")),
    "parentheses in JavaScript": Case(size=600_000, head=_chain("parentheses", "javascript")),
    "generics in C#": Case(size=600_000, head=_chain("generics", "c_sharp")),
    "templates in TypeScript": Case(size=600_000, head=_chain("open templates", "typescript")),
    "heredocs in Ruby": Case(size=600_000, head=_chain("open heredocs", "ruby")),
    "members in all languages": Case(size=100_000, head=_everywhere("members")),
    "brackets in all languages": Case(size=50_000, head=_everywhere("brackets")),
    "20,000 functions": Case(size=440_000, head=_functions),
    "debugger statements": Case(size=1_000_000, head=_debuggers),
    "4,000 keys": Case(size=228_000, head=_keys),
    "one line": Case(size=1_000_000, head=lambda size: {"a.js": b"a " * (size // 2)}),
    "line feeds": Case(size=400_000, head=lambda size: {"a.json": b"{" + b"\n" * size}),
    "5,000 hunks": Case(
        size=500_000,
        head=lambda size: _hunks(size, has_addition=True),
        base=lambda size: _hunks(size, has_addition=False),
    ),
    "2,000 file names": Case(size=200_000, head=_names),
    **{name: Case(size=480_000, head=_datum(name)) for name in hostile.DATA},
}


def main(names: Sequence[str]) -> int:
    """Print a row for each case; 1 when one misses what is asked of it."""
    sys.stdout.write(
        "| change | size | wall s | CPU s | to half the size | peak MB | exit | gate shown "
        "| met |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    misses = 0
    for name, case in CASES.items():
        if not names or any(part in name for part in names):
            cells, is_met = _row(name, case)
            misses += not is_met
            sys.stdout.write(f"| {' | '.join(cells)} | {'yes' if is_met else 'NO'} |\n")
            sys.stdout.flush()
    return 1 if misses else 0


def _row(name: str, case: Case) -> tuple[Sequence[str], bool]:
    half, _ = _run(case, case.size // 2)
    process_run, report = _run(case, case.size)
    is_gate_shown = report is not None and any(
        entry.finding.rule == _GATE and entry.finding.path == "gate.js" for entry in report.findings
    )
    is_met = (
        process_run.seconds <= _SECONDS
        and process_run.peak <= _PEAK
        and is_gate_shown
        and process_run.code in (0, 1, 3)
    )
    cells = (
        name,
        f"{case.size:,}",
        f"{process_run.seconds:.1f}",
        f"{process_run.cpu:.1f}",
        f"{process_run.cpu / half.cpu:.1f}",
        f"{process_run.peak / 1e6:.0f}",
        str(process_run.code),
        "yes" if is_gate_shown else "no",
    )
    return cells, is_met


def _run(case: Case, size: int) -> tuple[ProcessRun, Report | None]:
    with (
        tempfile.TemporaryDirectory(prefix="codeflow-hostile-") as name,
        GitHubServer() as github,
        ModelServer(answer=_answer) as models,
    ):
        root = Path(name)
        origin, workspace = root / "origin", root / "workspace"
        origin.mkdir()
        workspace.mkdir()
        _build(origin, case.base(size), {**case.head(size), "gate.js": b"debugger;\n"})
        repository = github.add_repository("octo/shop", origin)
        pull = repository.open_pull_request(head="feature")
        return run_action(
            github,
            repository,
            repository.event("pull_request", pull=pull),
            folder=root / "job",
            workspace=workspace,
            inputs={
                "config": "version: 1\nbudget: {timeout_minutes: 1}\n",
                "provider": "openai",
                "openai_api_key": "sk-" + "bench" * 6,
                "base_url": models.base_url("openai"),
            },
        )


def _answer(request: ModelRequest) -> Json:
    return reviewer_reply(request, [])


def _build(directory: Path, base: Mapping[str, bytes], head: Mapping[str, bytes]) -> None:
    git(directory, "init", "--quiet", "--initial-branch=main")
    for branch, files in (("main", {"README.md": b"# A shop\n", **base}), ("feature", head)):
        if branch != "main":
            git(directory, "checkout", "--quiet", "-b", branch)
        for path, content in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(content)
        git(directory, "add", "--all", "--force")
        git(directory, "commit", "--quiet", "--message", branch)
    git(directory, "checkout", "--quiet", "main")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
