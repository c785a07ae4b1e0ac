"""Measures how soon a run ends that is told to: `python -m benchmarks.stops [COUNT]`.

The Action reviews a made-up pull request with a stand-in for a model: once to its end, then COUNT
times for SIGTERM and as often for SIGINT. They come at moments that divide the first run evenly;
the last two after it would have ended, where a model does not answer. Seconds are from
the signal to the end of the process.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.history import remark_on_added_lines
from benchmarks.measure import ENTRY, rule_cache
from benchmarks.mixed import build
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import Hang, ModelServer

_TARGET = 5.0  # seconds
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One run that was told to end: seconds until it did, and its outputs' size in bytes."""

    seconds: float
    outputs: int


@contextmanager
def _job(answer: object) -> Iterator[tuple[dict[str, str], Path]]:
    """Yield the environment of a job, and where its outputs are."""
    with (
        tempfile.TemporaryDirectory(prefix="codeflow-stop-") as folder,
        GitHubServer() as github,
        ModelServer(answer=answer) as model,  # type: ignore[arg-type]
    ):
        root = Path(folder)
        for name in ("origin", "workspace", "job"):
            (root / name).mkdir()
        build(root / "origin", files=12, lines=360)
        repository = github.add_repository("octo/shop", root / "origin")
        pull = repository.open_pull_request(head="feature")
        event = root / "event.json"
        event.write_text(json.dumps(repository.event("pull_request", pull=pull)))
        job = repository.environment("pull_request", event, root / "workspace", root / "runner")
        inputs = {
            "github_token": github.token,
            "provider": "openai",
            "openai_api_key": "sk-" + "bench" * 6,
            "base_url": model.base_url("openai"),
        }
        yield (
            {
                "PATH": os.environ["PATH"],
                "HOME": str(root / "job"),
                "KF_RULE_CACHE_DIR": str(rule_cache()),
                **job,
                **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            },
            Path(job["GITHUB_OUTPUT"]),
        )


def _run(answer: object, number: int | None = None, moment: float = 0.0) -> Stop:
    """Run the job, and tell it to end after so many seconds; without a number to its end."""
    with _job(answer) as (environment, outputs):
        start = time.perf_counter()
        process = subprocess.Popen(
            ENTRY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if number is not None:
            time.sleep(moment)
            start = time.perf_counter()
            process.send_signal(number)
        process.wait()
        seconds = time.perf_counter() - start
        size = outputs.stat().st_size if outputs.exists() else 0
        return Stop(seconds=seconds, outputs=size)


def main(count: int) -> int:
    """Print the table; 1 when a run ended too late or without its outputs."""
    _run(remark_on_added_lines)  # the rules' cache is warm from here on
    whole = _run(remark_on_added_lines).seconds
    sys.stdout.write(f"A whole run: {whole:.1f} s\n\n")
    sys.stdout.write("| signal | moments | median s | longest s | left its outputs |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- |\n")
    is_met = True
    for number in _SIGNALS:
        moments = [whole * step / (count - 1) for step in range(1, count - 1)]
        stops = [_run(remark_on_added_lines, number, moment) for moment in moments]
        stops += [_run(lambda _request: Hang(), number, whole * late) for late in (2, 3)]
        times = [stop.seconds for stop in stops]
        is_met &= max(times) <= _TARGET and all(stop.outputs for stop in stops)
        cells = (
            signal.Signals(number).name,
            str(len(stops)),
            f"{statistics.median(times):.2f}",
            f"{max(times):.2f}",
            str(sum(stop.outputs > 0 for stop in stops)),
        )
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if sys.argv[1:] else 20))
