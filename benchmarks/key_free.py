"""The run without any key, as a whole process: `python -m benchmarks.key_free [IMAGE]`.

With IMAGE it is measured in that container image, as a runner starts it; `DOCKER` names another
engine, such as `podman`. The container reaches the local server over the host's network.
"""

import os
import shlex
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.measure import (
    Figure,
    Launch,
    ProcessRun,
    launch_here,
    print_table,
    run,
    run_on_made_up,
)
from benchmarks.mixed import build

_TIMES = 5  # of which the median is taken
_PEAK = "\npeak "
# Run by the image's own Python: of the entry alone, not of the engine that starts it.
_MEASURING_SCRIPT = """\
import resource, subprocess, sys
code = subprocess.call([sys.executable, "-I", "-m", "codeflow_action"])
print("\\npeak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(code)
"""


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when a target is missed, 2 for an image without a name."""
    launch = launch_here
    if arguments and not arguments[0]:
        sys.stderr.write("name an image: make bench-image IMAGE=NAME\n")
        return 2
    if arguments:
        engine = shlex.split(os.environ.get("DOCKER") or "docker")
        launch = Image(name=arguments[0], engine=tuple(engine)).launch
    return print_table(figures(launch))


def figures(launch: Launch = launch_here) -> Iterator[Figure]:
    """Yield time and memory of a typical pull request and of a large one."""
    yield _figure(launch, files=12, lines=400, seconds=2.5, peak=300e6)
    yield _figure(launch, files=1_500, lines=90_000, seconds=15, peak=None, times=1)


def _figure(
    launch: Launch,
    *,
    files: int,
    lines: int,
    seconds: float,
    peak: float | None,
    times: int = _TIMES,
) -> Figure:
    runs = [key_free_run(launch, files=files, lines=lines) for _ in range(times)]
    median_seconds = statistics.median(process_run.seconds for process_run in runs)
    median_cpu = statistics.median(process_run.cpu for process_run in runs)
    peak_bytes = max(process_run.peak for process_run in runs)
    return Figure(
        subject=f"key-free run, {files:,} files, {lines:,} lines",
        target=f"≤ {seconds} s" + (f", ≤ {peak / 1e6:.0f} MB" if peak else ""),
        value=f"{median_seconds:.2f} s ({median_cpu:.2f} s of CPU), {peak_bytes / 1e6:.0f} MB",
        is_met=median_seconds <= seconds and (peak is None or peak_bytes <= peak),
    )


def key_free_run(launch: Launch, *, files: int, lines: int) -> ProcessRun:
    """Run the Action without a key on a made-up pull request."""
    build_files = partial(build, files=files, lines=lines)
    return run_on_made_up(build_files, {"provider": "none"}, launch).process_run


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image with the entry in it, and the command that runs it."""

    name: str
    engine: tuple[str, ...]

    def launch(self, folder: Path, environment: Mapping[str, str]) -> ProcessRun:
        """Run the entry in a new container, which sees the folder's parent under its own name.

        `seconds` is the engine's time too, `peak` is the entry's alone.
        """
        place = str(folder.parent)
        pairs = (part for pair in environment.items() for part in ("--env", "=".join(pair)))
        command = [
            *self.engine,
            *("run", "--rm", "--network", "host", "--volume", f"{place}:{place}"),
            *("--workdir", place, "--entrypoint", "/opt/codeflow/bin/python", *pairs),
            *(self.name, "-I", "-c", _MEASURING_SCRIPT),
        ]
        process_run = run(command, cwd=folder)
        _, _, peak = process_run.stdout.rpartition(_PEAK)
        return replace(process_run, peak=int(peak) if peak.strip().isdigit() else 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
