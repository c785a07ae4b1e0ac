"""What a run with the gates alone takes in two states: `python -m benchmarks.gates DIR [TURNS]`.

DIR is a checkout of another state, 8bfea26 or later, with its `.venv` (`make .venv/.runtime`
there). The Action's entry runs in both on the same made-up pull request, in turns: with
`quality_gates` alone in the pipeline, and with `pr_reviewer`, which does nothing without a model.
Medians of the processor time of all processes are printed, first with the scanner's rules compiled
beforehand, as in the image, then without, as after an installation by pip.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import rule_cache

_PYTHON = Path(".venv/bin/python")
_SIZES = ((12, 400), (120, 6_000))
_PIPELINES = ("quality_gates", "pr_reviewer")
# Run in a checkout, so that it uses that state's own helpers: 8bfea26 has these by the same names.
_SCRIPT = """\
import resource, sys
from functools import partial
from benchmarks.measure import launch_here, run_on_made_up
from benchmarks.mixed import build

def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

def launch(folder, environment):
    before = cpu()
    ended = launch_here(folder, {**environment, "KF_RULE_CACHE_DIR": rules})
    print(cpu() - before)
    return ended

pipeline, files, lines, rules = sys.argv[1:]
made = partial(build, files=int(files), lines=int(lines))
run_on_made_up(made, {"provider": "none", "config": f"pipeline: [{pipeline}]"}, launch)
"""


def main(arguments: Sequence[str]) -> int:
    """Print a row for each size; 2 without a checkout."""
    if not arguments or not (Path(arguments[0]) / _PYTHON).exists():
        sys.stderr.write("name a checkout with its .venv: python -m benchmarks.gates DIR\n")
        return 2
    checkouts = (Path.cwd(), Path(arguments[0]).resolve())
    turns = int(arguments[1]) if len(arguments) > 1 else 5
    sys.stdout.write(
        "| change, rules | with gates, here | there | ratio | without gates, here | there |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    for is_compiled in (True, False):
        for size in _SIZES:
            here, there = _measure(checkouts, size, turns=turns, is_compiled=is_compiled)
            sys.stdout.write(
                f"| {size[0]} files, {size[1]:,} lines, {'' if is_compiled else 'not '}compiled"
                f" | {here[0]:.2f} s | {there[0]:.2f} s | {here[0] / there[0]:.2f}"
                f" | {here[1]:.2f} s | {there[1]:.2f} s |\n"
            )
            sys.stdout.flush()
    return 0


def _measure(
    checkouts: Sequence[Path], size: tuple[int, int], *, turns: int, is_compiled: bool
) -> list[list[float]]:
    """Return for each checkout the median seconds of CPU of each pipeline."""
    seconds: list[list[list[float]]] = [[[] for _ in _PIPELINES] for _ in checkouts]
    for _ in range(turns):
        for times, checkout in zip(seconds, checkouts, strict=True):
            for times_of_one, pipeline in zip(times, _PIPELINES, strict=True):
                times_of_one.append(_cpu(checkout, pipeline, size, is_compiled=is_compiled))
    return [[statistics.median(times_of_one) for times_of_one in times] for times in seconds]


def _cpu(checkout: Path, pipeline: str, size: tuple[int, int], *, is_compiled: bool) -> float:
    """Return the CPU time of one run. Raises `CalledProcessError` where it failed."""
    with tempfile.TemporaryDirectory(prefix="codeflow-bench-") as empty:
        rules = str(rule_cache()) if is_compiled else empty
        command = [str(_PYTHON), "-c", _SCRIPT, pipeline, *map(str, size), rules]
        ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return float(ended.stdout.split()[-1])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
