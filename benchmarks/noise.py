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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from benchmarks.history import numstat
from benchmarks.measure import print_table, rule_cache
from benchmarks.noise_page import Looked, figures, finding_key, write_page
from benchmarks.pull_requests import ModelChoice, change_of, choose
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
_SET = TypeAdapter(dict[str, ModelChoice])
_LOOKED = TypeAdapter(list[Looked])


def main(arguments: list[str]) -> int:
    """Measure, write the page, print the figures; 1 when one is missed, 2 without any results."""
    options = _parser().parse_args(arguments)
    clones = Path(options.repos) if options.repos else None
    if clones is None and not _RESULTS.is_file():
        sys.stderr.write("name a folder with clones: make bench-noise REPOS=DIR\n")
        return 2
    commits = options.folder / "commits.json"
    if clones and options.choose:
        chosen = choose_all(clones, people=options.people, bots=options.bots)
        commits.write_bytes(_SET.dump_json(chosen, indent=1) + b"\n")
    if clones:
        _keep(asyncio.run(look_at_all(clones, _SET.validate_json(commits.read_bytes()))))
    looked = _LOOKED.validate_json(_RESULTS.read_bytes())
    verdicts = json.loads((options.folder / "verdicts.json").read_bytes())
    options.folder.with_suffix(".md").write_text(write_page(looked, verdicts))
    missed = print_table(figures(looked, verdicts))
    return missed if options.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise")
    parser.add_argument("repos", nargs="?", default="", metavar="DIR")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="the list and the verdicts")
    parser.add_argument("--choose", action="store_true", help="choose the newest commits anew")
    parser.add_argument("--people", type=int, default=25, metavar="N", help="of a repository")
    parser.add_argument("--bots", type=int, default=5, metavar="N", help="of a repository")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    return parser


def choose_all(folder: Path, *, people: int, bots: int) -> dict[str, ModelChoice]:
    """Return commits by repository, of all clones in the folder that have any."""
    paths = (path.relative_to(folder) for path in (*folder.glob("*+*"), *folder.glob("*/*")))
    names = {str(path).replace("+", "/", 1) for path in paths}
    clones = {name: find_clone(folder, name) for name in sorted(names)}
    chosen = {
        name: choose(name, clone, people=people, bots=bots)
        for name, clone in clones.items()
        if clone
    }
    return {name: one for name, one in chosen.items() if one.people or one.bots}


async def look_at_all(folder: Path, chosen: Mapping[str, ModelChoice]) -> list[Looked]:
    """Return what came of each commit whose clone is there, in the order of the list."""
    gates = Gates.make()
    looked = []
    for name, commits in chosen.items():
        clone = find_clone(folder, name)
        if clone is None:
            sys.stderr.write(f"absent: {name} (git clone --bare it into {folder})\n")
            continue
        sys.stderr.write(f"{name}\n")
        for sha, by_bot in _marked(commits):
            try:
                looked.append(await gates.look_at(name, clone, sha, by_bot=by_bot))
            except subprocess.CalledProcessError:
                sys.stderr.write(f"absent: {name} {sha} (git fetch it into {clone})\n")
    return looked


def _marked(commits: ModelChoice) -> Iterator[tuple[str, bool]]:
    yield from ((sha, False) for sha in commits.people)
    yield from ((sha, True) for sha in commits.bots)


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
        chosen = choose_models(effective, local.access(), providers)
        setting = Setting(effective=effective, choice=chosen, providers=providers)
        return cls(local=local, setting=setting)

    async def look_at(self, name: str, clone: Path, sha: str, *, by_bot: bool) -> Looked:
        """Return the outcome. Raises `subprocess.CalledProcessError` where commits are absent."""
        change = change_of(name, clone, sha)
        counted = numstat(clone, change)
        wanted = ReviewRequest(directory=clone, base=change.base, head=change.head)
        repository = await open_repository(clone, os.environ)
        report = await self.local.carry_out(wanted, repository, self.setting)
        return Looked(
            repository=name,
            sha=sha,
            by_bot=by_bot,
            languages=Counter(filter(None, map(_language, counted))),
            files=len(counted),
            added=sum(added for added, _ in counted.values()),
            seconds=report.seconds,
            findings=tuple(one.finding for one in report.findings),
            shortfalls=report.shortfalls,
        )


def _language(path: str) -> str | None:
    language = language_of(path)
    # Two grammars of one language.
    name = {"tsx": "typescript", "c": "cpp"}.get(language.name, language.name) if language else None
    return name if PurePosixPath(path).suffix != ".inc" else None


def _keep(looked: list[Looked]) -> None:
    """Write all of it, and the findings one a line for looking at; secrets are masked in them."""
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_bytes(_LOOKED.dump_json(looked))
    lines = (
        json.dumps({"key": finding_key(one, finding), **finding.model_dump(mode="json")})
        for one in looked
        for finding in one.findings
    )
    _RESULTS.with_name("findings.jsonl").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
