"""Counts what the gates say on merged pull requests: `python -m benchmarks.noise DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`. `noise/commits.json` lists the commits;
`--choose` writes it anew from these clones. Every pull request goes through `quality_gates` with
its defaults, in this process and without models; the results lie in `.codeflow/noise/`, the
findings also one a line, and `noise.md` is made of them and of `noise/verdicts.json`. Without DIR
the page is written from the last results. `--check` ends with 1 when a target is missed.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from benchmarks.history import numstat
from benchmarks.measure import print_table, rule_cache
from benchmarks.noise_page import CheckedPullRequest, figures, finding_key, write_page
from benchmarks.pull_requests import CommitChoice, change_of, choose
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.model_choice import choose_models
from codeflow_action.engine.tracing import NoTracer
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.evaluation.evaluate import read_setting
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.laptop import Local, ReviewRequest, Setting, open_repository
from codeflow_action.hosts.log import make_log
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.security.redaction import Redactor

_FOLDER = Path(__file__).with_name("noise")
_RESULTS = Path(".codeflow") / "noise" / "pull_requests.json"
_CHOICES = TypeAdapter(dict[str, CommitChoice])
_RESULT_LIST = TypeAdapter(list[CheckedPullRequest])


def main(arguments: list[str]) -> int:
    """Measure, write the page, print the figures; 1 when one is missed, 2 without any results."""
    options = _parser().parse_args(arguments)
    clones = Path(options.repos) if options.repos else None
    if clones is None and not _RESULTS.is_file():
        sys.stderr.write("name a folder with clones: make bench-noise REPOS=DIR\n")
        return 2
    commits = options.folder / "commits.json"
    if clones and options.choose:
        choices = choose_all(clones, people=options.people, bots=options.bots)
        commits.write_bytes(_CHOICES.dump_json(choices, indent=1) + b"\n")
    if clones:
        _write_results(asyncio.run(check_all(clones, _CHOICES.validate_json(commits.read_bytes()))))
    pull_requests = _RESULT_LIST.validate_json(_RESULTS.read_bytes())
    verdicts = json.loads((options.folder / "verdicts.json").read_bytes())
    options.folder.with_suffix(".md").write_text(write_page(pull_requests, verdicts))
    exit_code = print_table(figures(pull_requests, verdicts))
    return exit_code if options.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise")
    parser.add_argument("repos", nargs="?", default="", metavar="DIR")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="the list and the verdicts")
    parser.add_argument("--choose", action="store_true", help="choose the newest commits anew")
    parser.add_argument("--people", type=int, default=25, metavar="N", help="of a repository")
    parser.add_argument("--bots", type=int, default=5, metavar="N", help="of a repository")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    return parser


def choose_all(folder: Path, *, people: int, bots: int) -> dict[str, CommitChoice]:
    """Return commits by repository, of all clones in the folder that have any."""
    paths = (path.relative_to(folder) for path in (*folder.glob("*+*"), *folder.glob("*/*")))
    names = {str(path).replace("+", "/", 1) for path in paths}
    clones = {name: find_clone(folder, name) for name in sorted(names)}
    choices = {
        name: choose(name, clone, people=people, bots=bots)
        for name, clone in clones.items()
        if clone
    }
    return {name: choice for name, choice in choices.items() if choice.people or choice.bots}


async def check_all(folder: Path, choices: Mapping[str, CommitChoice]) -> list[CheckedPullRequest]:
    """Return what came of each commit whose clone is there, in the order of the list."""
    gates = Gates.make()
    pull_requests = []
    for name, commits in choices.items():
        clone = find_clone(folder, name)
        if clone is None:
            sys.stderr.write(f"absent: {name} (git clone --bare it into {folder})\n")
            continue
        sys.stderr.write(f"{name}\n")
        authors = ((commits.people, False), (commits.bots, True))
        for sha, by_bot in [(sha, by_bot) for shas, by_bot in authors for sha in shas]:
            try:
                pull_requests.append(await gates.check(name, clone, sha, by_bot=by_bot))
            except subprocess.CalledProcessError:
                sys.stderr.write(f"absent: {name} {sha} (git fetch it into {clone})\n")
    return pull_requests


@dataclass(frozen=True, kw_only=True)
class Gates:
    """The pipeline `quality_gates` with its defaults, as `codeflow review` runs it."""

    local: Local
    setting: Setting

    @classmethod
    def make(cls) -> "Gates":
        """Return it with no model, reading no repository's own configuration."""
        environment = {"KF_RULE_CACHE_DIR": str(rule_cache())}
        scanners = BundledScanners(environment)
        redactor = Redactor((), scanners)
        inputs = Inputs(provider="none", pipeline=("quality_gates",))
        local = Local(
            inputs=inputs,
            environment=environment,
            redactor=redactor,
            scanners=scanners,
            clock=RealClock(),
            log=make_log(sys.stderr, redactor, debug=False),
            tracer=NoTracer(),
            progress=lambda _text: None,
            stop=asyncio.Event(),
        )
        effective = read_setting(local, None)
        providers = local.plugins.providers
        choice = choose_models(effective, local.access(), providers)
        setting = Setting(effective=effective, choice=choice, providers=providers)
        return cls(local=local, setting=setting)

    async def check(self, name: str, clone: Path, sha: str, *, by_bot: bool) -> CheckedPullRequest:
        """Return the outcome. Raises `subprocess.CalledProcessError` where commits are absent."""
        change = change_of(name, clone, sha)
        line_counts = numstat(clone, change)
        request = ReviewRequest(directory=clone, base=change.base, head=change.head)
        repository = await open_repository(clone, os.environ)
        report = await self.local.carry_out(request, repository, self.setting)
        return CheckedPullRequest(
            repository=name,
            sha=sha,
            by_bot=by_bot,
            languages=Counter(filter(None, map(_language, line_counts))),
            files=len(line_counts),
            added=sum(count for count, _ in line_counts.values()),
            seconds=report.seconds,
            findings=tuple(entry.finding for entry in report.findings),
            shortfalls=report.shortfalls,
        )


def _language(path: str) -> str | None:
    language = language_of(path)
    # Two grammars of one language.
    name = {"tsx": "typescript", "c": "cpp"}.get(language.name, language.name) if language else None
    return name if PurePosixPath(path).suffix != ".inc" else None


def _write_results(pull_requests: list[CheckedPullRequest]) -> None:
    """Write all of it, and the findings one a line for looking at; secrets are masked in them."""
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_bytes(_RESULT_LIST.dump_json(pull_requests))
    lines = (
        json.dumps({"key": finding_key(pull_request, finding), **finding.model_dump(mode="json")})
        for pull_request in pull_requests
        for finding in pull_request.findings
    )
    _RESULTS.with_name("findings.jsonl").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
