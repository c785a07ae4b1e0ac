"""Counts what the gates say on merged pull requests: `python -m benchmarks.noise DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`. `noise/commits.json` lists the commits;
`--choose` writes it anew from these clones. Every pull request goes through `quality_gates` with
its defaults, in this process and without models; the results lie in `.codeflow/noise/`, the
findings also one a line, and `noise.md` is made of them and of `noise/verdicts.json`. Without DIR
the page is written from the last results. `--check` ends with 1 when a target is missed.

`--single N` does the same with N single commits of each clone instead, which are drawn at random
from `noise/heads.json`. It takes hours, so each result is kept at once and not measured again.
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
from itertools import chain, zip_longest
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from benchmarks.history import numstat
from benchmarks.measure import print_table, rule_cache
from benchmarks.noise_page import CheckedChange, figures, finding_key, write_page
from benchmarks.pull_requests import CommitChoice, change_of, choose
from benchmarks.single_commits import draw_commits, head_of
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.model_choice import choose_models
from codeflow_action.engine.tracing import NoTracer
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.evaluation.evaluate import read_setting
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.laptop import Local, ReviewRequest, Setting, open_repository
from codeflow_action.hosts.log import make_log
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.security.redaction import Redactor

_FOLDER = Path(__file__).with_name("noise")
_RESULTS = Path(".codeflow") / "noise" / "pull_requests.json"
_SINGLE_RESULTS = _RESULTS.with_name("single_commits.jsonl")
_CHOICES = TypeAdapter(dict[str, CommitChoice])
_HEADS = TypeAdapter(dict[str, str])
_RESULT_LIST = TypeAdapter(list[CheckedChange])


def main(arguments: list[str]) -> int:
    """Measure, write the page, print the figures; 1 when one is missed, 2 without any results."""
    options = _parser().parse_args(arguments)
    clones = Path(options.repos) if options.repos else None
    if clones is None and not (_RESULTS.is_file() or _SINGLE_RESULTS.is_file()):
        sys.stderr.write("name a folder with clones: make bench-noise REPOS=DIR\n")
        return 2
    if clones and options.single:
        asyncio.run(_check_single(clones, options))
    elif clones:
        asyncio.run(_check_pull_requests(clones, options))
    pull_requests = _RESULT_LIST.validate_json(
        _RESULTS.read_bytes() if _RESULTS.is_file() else b"[]"
    )
    single_commits = list(_read_single_results().values())
    _write_findings([*pull_requests, *single_commits])
    verdicts = json.loads((options.folder / "verdicts.json").read_bytes())
    options.folder.with_suffix(".md").write_text(
        write_page(pull_requests, single_commits, verdicts)
    )
    exit_code = print_table(figures(pull_requests, single_commits, verdicts))
    return exit_code if options.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise")
    parser.add_argument("repos", nargs="?", default="", metavar="DIR")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="the list and the verdicts")
    parser.add_argument("--choose", action="store_true", help="choose the newest commits anew")
    parser.add_argument("--people", type=int, default=25, metavar="N", help="of a repository")
    parser.add_argument("--bots", type=int, default=5, metavar="N", help="of a repository")
    parser.add_argument("--single", type=int, metavar="N", help="single commits of a repository")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    return parser


def clones_in(folder: Path) -> dict[str, Path]:
    """Return all clones in the folder by the names of their repositories, in order."""
    paths = (path.relative_to(folder) for path in (*folder.glob("*+*"), *folder.glob("*/*")))
    names = {str(path).replace("+", "/", 1) for path in paths}
    clones = {name: find_clone(folder, name) for name in sorted(names)}
    return {name: clone for name, clone in clones.items() if clone}


async def _check_pull_requests(folder: Path, options: argparse.Namespace) -> None:
    commits = options.folder / "commits.json"
    if options.choose:
        choices = {
            name: choose(name, clone, people=options.people, bots=options.bots)
            for name, clone in clones_in(folder).items()
        }
        choices = {name: choice for name, choice in choices.items() if choice.people or choice.bots}
        commits.write_bytes(_CHOICES.dump_json(choices, indent=1) + b"\n")
    results = await check_all(folder, _CHOICES.validate_json(commits.read_bytes()))
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_bytes(_RESULT_LIST.dump_json(results))


async def check_all(folder: Path, choices: Mapping[str, CommitChoice]) -> list[CheckedChange]:
    """Return what came of each commit whose clone is there, in the order of the list."""
    gates = Gates.make()
    pull_requests = []
    for name, commits in choices.items():
        clone = find_clone(folder, name)
        if clone is None:
            sys.stderr.write(f"{absence(folder, name)}\n")
            continue
        sys.stderr.write(f"{name}\n")
        authors = ((commits.people, False), (commits.bots, True))
        for sha, by_bot in [(sha, by_bot) for shas, by_bot in authors for sha in shas]:
            try:
                pull_requests.append(await gates.check(name, clone, sha, by_bot=by_bot))
            except subprocess.CalledProcessError:
                sys.stderr.write(f"absent: {name} {sha} (git fetch it into {clone})\n")
    return pull_requests


async def _check_single(folder: Path, options: argparse.Namespace) -> None:
    """Measure one commit of each repository, then a second one of each: an end at any time is even.

    Commits that are also in the list of pull requests are left out.
    """
    path = options.folder / "heads.json"
    if options.choose:
        heads = {name: head_of(clone) for name, clone in clones_in(folder).items()}
        path.write_bytes(_HEADS.dump_json(heads, indent=1) + b"\n")
    heads = _HEADS.validate_json(path.read_bytes())
    clones = {name: clone for name in heads if (clone := find_clone(folder, name))}
    draws = {
        name: draw_commits(name, clone, head=heads[name], count=options.single)
        for name, clone in clones.items()
    }
    choices = _CHOICES.validate_json((options.folder / "commits.json").read_bytes())
    taken = {sha for choice in choices.values() for sha in (*choice.people, *choice.bots)}
    taken |= {sha for _, sha in _read_single_results()}
    rounds = zip_longest(*([(name, sha) for sha in shas] for name, shas in draws.items()))
    commits = [
        commit for commit in chain.from_iterable(rounds) if commit and commit[1] not in taken
    ]
    gates = Gates.make()
    _SINGLE_RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with _SINGLE_RESULTS.open("a") as results:
        for number, (name, sha) in enumerate(commits, 1):
            sys.stderr.write(f"{number} of {len(commits)}: {name} {sha}\n")
            result = await gates.check(name, clones[name], sha, by_bot=False)
            results.write(f"{result.model_dump_json()}\n")
            results.flush()


def _read_single_results() -> dict[tuple[str, str], CheckedChange]:
    lines = _SINGLE_RESULTS.read_text().splitlines() if _SINGLE_RESULTS.is_file() else ()
    results = map(CheckedChange.model_validate_json, lines)
    return {(result.repository, result.sha): result for result in results}


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
            today="2026-01-01",  # nothing is allowed here
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

    async def check(self, name: str, clone: Path, sha: str, *, by_bot: bool) -> CheckedChange:
        """Return the outcome. Raises `subprocess.CalledProcessError` where commits are absent."""
        change = change_of(name, clone, sha)
        line_counts = numstat(clone, change)
        request = ReviewRequest(directory=clone, base=change.base, head=change.head)
        repository = await open_repository(clone, os.environ)
        report = await self.local.carry_out(request, repository, self.setting)
        return CheckedChange(
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


def _write_findings(results: list[CheckedChange]) -> None:
    """Write the findings one a line for looking at; secrets are masked in them."""
    lines = (
        json.dumps({"key": finding_key(result, finding), **finding.model_dump(mode="json")})
        for result in results
        for finding in result.findings
    )
    _RESULTS.with_name("findings.jsonl").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
