"""CodeFlow and pr-agent in turn on the same change: `python -m benchmarks.beside`.

pr-agent is no dependency of ours. It is run where `PR_AGENT` names its Python, of a virtual
environment of its own:

    python3.12 -m venv DIR && DIR/bin/pip install 'pr-agent[github]'
    PR_AGENT=DIR/bin/python python -m benchmarks.beside

Both ask the local GitHub and the local model server, which answers at once; pr-agent's command
`review` is run as its GitHub Action would run it. Time is of the processor, of all processes.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from benchmarks.measure import Figure, ProcessRun, print_table, rule_cache, run, run_on_made_up
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import Json, ModelRequest, ModelServer, Reply, WholeText
from codeflow_action.testing.reviewer_replies import reviewer_reply

type Build = Callable[[Path], None]

_KEY = "sk-" + "bench" * 6
_REPLY = """```yaml
review:
  estimated_effort_to_review_[1-5]: 3
  relevant_tests: No
  key_issues_to_review: []
  security_concerns: No
```
"""


@dataclass(frozen=True, kw_only=True)
class _Size:
    files: int
    lines: int
    cpu_ratio: float  # at most, of pr-agent's
    peak: float | None = None  # bytes
    calls: int | None = None  # reads and writes


_SIZES = (
    _Size(files=12, lines=400, cpu_ratio=0.2),
    _Size(files=120, lines=6_000, cpu_ratio=0.4, calls=14),
    _Size(files=1_500, lines=90_000, cpu_ratio=0.5, peak=250e6),
)


def figures(build: Callable[..., None], remark: Mapping[str, JsonValue]) -> Iterator[Figure]:
    """Yield a figure for each size; `build` makes a repository of so many files and lines."""
    python = os.environ.get("PR_AGENT", "")
    for size in _SIZES:
        build_size = partial(build, files=size.files, lines=size.lines)
        yield _figure(size, build_size, remark, python)


def _figure(size: _Size, build: Build, remark: Mapping[str, JsonValue], python: str) -> Figure:
    with ModelServer(answer=lambda request: reviewer_reply(request, [remark])) as server:
        inputs = {
            "provider": "openai",
            "openai_api_key": _KEY,
            "base_url": server.base_url("openai"),
        }
        action_run = run_on_made_up(build, inputs)
    own, calls = action_run.process_run, action_run.reads + action_run.writes
    share = action_run.report.receipt.share or 0.0
    value = f"{own.cpu:.1f} s, {own.peak / 1e6:.0f} MB, {calls} calls, {share:.0%} of the lines"
    is_met = (size.peak is None or own.peak <= size.peak) and calls <= (size.calls or calls)
    if python:
        other = _pr_agent(build, python)
        ratio = own.cpu / other.cpu
        value = (
            f"{ratio:.2f} times ({value}; pr-agent {other.cpu:.1f} s, {other.peak / 1e6:.0f} MB)"
        )
        is_met = is_met and ratio <= size.cpu_ratio
    else:
        value += "; pr-agent is not installed, so nothing was compared"
    target = f"≤ {size.cpu_ratio} times"
    if size.peak is not None:
        target += f", ≤ {size.peak / 1e6:.0f} MB"
    if size.calls is not None:
        target += f", ≤ {size.calls} calls"
    return Figure(
        subject=f"CPU beside pr-agent, {size.files:,} files, {size.lines:,} lines",
        target=target,
        value=value,
        is_met=is_met,
    )


def _pr_agent(build: Build, python: str) -> ProcessRun:
    """Run its review of the same change. Raises `RuntimeError` where it asked no model."""
    asked: list[ModelRequest] = []

    def answer(request: ModelRequest) -> Reply:
        asked.append(request)
        return WholeText(_REPLY) if request.schema is None else Json({})

    with (
        tempfile.TemporaryDirectory(prefix="codeflow-bench-") as name,
        GitHubServer() as github,
        ModelServer(answer=answer) as server,
    ):
        origin = Path(name) / "origin"
        origin.mkdir()
        build(origin)
        github.add_repository("octo/shop", origin).open_pull_request(head="feature")
        # A route that CodeFlow has no use for.
        github.fail(path=r"/languages$", status=200, times=9, body={"Python": 1_000})
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "GITHUB__BASE_URL": github.api_url,
            "GITHUB__USER_TOKEN": github.token,
            "OPENAI__KEY": _KEY,
            "OPENAI__API_BASE": server.base_url("openai"),
            "CONFIG__MODEL": "gpt-4o",
            "CONFIG__FALLBACK_MODELS": "[]",
            "TIKTOKEN_CACHE_DIR": str(_vocabularies(python)),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the internet
        }
        url = "https://github.com/octo/shop/pull/1"
        command = [python, "-m", "pr_agent.cli", f"--pr_url={url}", "review"]
        process_run = run(command, cwd=Path(name), environment=environment)
    if process_run.code or not asked:
        raise RuntimeError(process_run.stdout + process_run.stderr)
    return process_run


def _vocabularies(python: str) -> Path:
    """Return where a package of its environment has the vocabulary that is else downloaded."""
    folder = Path(python).parent.parent
    pattern = "lib/*/site-packages/litellm/litellm_core_utils/tokenizers"
    return next(folder.glob(pattern), folder)


def main() -> int:
    """Print the table; 1 when a target is missed."""
    from benchmarks.run import REMARK, build_modules  # noqa: PLC0415 - it has this table in its own

    rule_cache()
    return print_table(figures(build_modules, REMARK))


if __name__ == "__main__":
    sys.exit(main())
