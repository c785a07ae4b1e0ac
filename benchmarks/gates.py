"""What the gates alone take in two states of CodeFlow: `python -m benchmarks.gates DIR [TURNS]`.

DIR is a checkout of another state, 43c4e44 or later, with its `.venv` (`make .venv/.runtime`
there). Both are run on the same made-up pull request, in turns: once with `quality_gates` alone in
the pipeline and once with `pr_reviewer`, which does nothing without a model. The difference in
processor time, of all processes, is what the gates take when they are first used: their data is
loaded and their patterns are compiled in it, and imports are not, as both load all actions. Its
median is printed.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import git, rule_cache, run
from benchmarks.mixed import build

_PYTHON = Path(".venv/bin/python")
_SIZES = ((12, 400), (120, 6_000))
# What both states have in common is the check of `benchmarks.noise`, with inputs of its own.
_CHECK = """\
import asyncio, sys
from pathlib import Path
from benchmarks import noise
pipeline, folder, sha = sys.argv[1:]
make_inputs = noise.Inputs
noise.Inputs = lambda **values: make_inputs(**{**values, "pipeline": (pipeline,)})
gates = noise.Gates.make()
asyncio.run(gates.check("shop", Path(folder), sha, by_bot=False))
"""


def main(arguments: Sequence[str]) -> int:
    """Print a row for each size; 2 without a checkout."""
    if not arguments or not (Path(arguments[0]) / _PYTHON).exists():
        sys.stderr.write("name a checkout with its .venv: python -m benchmarks.gates DIR\n")
        return 2
    checkouts = (Path.cwd(), Path(arguments[0]).resolve())
    turns = int(arguments[1]) if len(arguments) > 1 else 5
    sys.stdout.write("| change | gates, here | there | ratio |\n| --- | --- | --- | --- |\n")
    for files, lines in _SIZES:
        here, there = _measure(checkouts, files=files, lines=lines, turns=turns)
        sys.stdout.write(
            f"| {files} files, {lines:,} lines | {here:.2f} s | {there:.2f} s"
            f" | {here / there:.2f} |\n"
        )
        sys.stdout.flush()
    return 0


def _measure(checkouts: Sequence[Path], *, files: int, lines: int, turns: int) -> list[float]:
    """Return the seconds of CPU that the gates of each checkout take, medians of so many turns."""
    with tempfile.TemporaryDirectory(prefix="codeflow-bench-") as name:
        folder = Path(name)
        build(folder, files=files, lines=lines)
        sha = git(folder, "rev-parse", "feature")
        seconds: list[list[float]] = [[] for _ in checkouts]
        for _ in range(turns):
            for times, checkout in zip(seconds, checkouts, strict=True):
                with_gates, without = (
                    _cpu(checkout, pipeline, folder, sha)
                    for pipeline in ("quality_gates", "pr_reviewer")
                )
                times.append(with_gates - without)
    return [statistics.median(times) for times in seconds]


def _cpu(checkout: Path, pipeline: str, folder: Path, sha: str) -> float:
    """Return the CPU time of one run. Raises `RuntimeError` where it failed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(checkout),
        "KF_RULE_CACHE_DIR": str(rule_cache()),
    }
    command = (str(checkout / _PYTHON), "-P", "-c", _CHECK, pipeline, str(folder), sha)
    process_run = run(command, cwd=folder, environment=environment)
    if process_run.code:
        raise RuntimeError(process_run.stderr)
    return process_run.cpu


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
