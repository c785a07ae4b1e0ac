"""Measures platform_detector on labelled public repositories: `python -m benchmarks.platforms DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`. Each repository is read through git
objects at the commit that `platforms/labels.json` names, as a pull request's head is. What counts
are the ids of the labels' vocabulary, in the product, and test tools wherever tests lie. `--peers
FILE` adds what other tools said, as `platforms/peers.mjs` writes it; `--missed` lists what was
missed and what was too much, of the half that the rules were written with. `--languages FILE`
compares with `github-linguist --json`, one object a repository. `--timed NAME` adds the time that
another clone takes at its HEAD. Seconds are of the processors: ours and git's together.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.ai.models import NoModels
from codeflow_action.engine.action import Task
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.platforms import PlatformKind, Platforms, PlatformScope
from codeflow_action.engine.pull_request import Author, PullRequest, Trigger
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.laptop import open_repository
from codeflow_action.integrations.scanners import BundledScanners

_LABELS = Path(__file__).with_name("platforms") / "labels.json"
_SURE = 0.5  # below it a fact is a hint
_WRITTEN_WITH = "written-with"


class _Repository(BaseModel):
    half: str
    commit: str
    uses: frozenset[str]


class _Labels(BaseModel):
    vocabulary: dict[PlatformKind, list[str]]
    repositories: dict[str, _Repository]


@dataclass(frozen=True, kw_only=True)
class Score:
    """True positives, false positives, misses: of facts, summed over repositories."""

    hits: int = 0
    extra: int = 0
    missed: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            hits=self.hits + other.hits,
            extra=self.extra + other.extra,
            missed=self.missed + other.missed,
        )

    @property
    def cells(self) -> tuple[str, str, str]:
        """Facts, recall and precision."""
        whole, said = self.hits + self.missed, self.hits + self.extra
        recall = f"{self.hits / whole:.3f}" if whole else ""
        return str(whole), recall, f"{self.hits / said:.3f}" if said else ""


def score(said: Iterable[str], right: Iterable[str]) -> Score:
    """Compare two sets of ids."""
    mine, true = frozenset(said), frozenset(right)
    return Score(hits=len(mine & true), extra=len(mine - true), missed=len(true - mine))


async def detect(clone: Path, commit: str) -> tuple[Platforms, float]:
    """Return what the detector says, and the processors' seconds from git's objects on."""
    tree = (await open_repository(clone, os.environ)).tree(commit)
    pull_request = PullRequest(
        repository="",
        number=None,
        author=Author(login=""),
        base_ref="",
        base_sha=commit,
        head_ref="",
        head_sha=commit,
        merge_base_sha=commit,
        head_repository="",
    )
    task = Task(
        pull_request=pull_request,
        trigger=Trigger.LOCAL,
        head=tree,
        base=tree,
        policy=tree,
        scanners=BundledScanners({}),
        models=NoModels("no_key"),
        clock=RealClock(),
    )
    started = _spent()
    outcome = await PlatformDetector().run(task)
    seconds = _spent() - started
    if not isinstance(outcome, Done):
        raise TypeError(f"the detector answered {outcome}")
    platforms = next(fact for fact in outcome.facts if isinstance(fact, Platforms))
    return platforms, seconds


def _spent() -> float:
    """Return seconds of the processors, of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def counted(platforms: Platforms, vocabulary: frozenset[str]) -> frozenset[str]:
    """Return the ids that are scored."""
    return frozenset(
        one.id
        for one in platforms.platforms
        if one.id in vocabulary
        and one.confidence >= _SURE
        and (
            one.scope is PlatformScope.PRODUCT
            or (one.kind is PlatformKind.TEST and one.scope is PlatformScope.TEST)
        )
    )


def main() -> int:
    """Print the tables."""
    options = _options()
    labels = _Labels.model_validate_json(_LABELS.read_text())
    kinds = {one: kind for kind, ids in labels.vocabulary.items() for one in ids}
    said: dict[str, dict[str, frozenset[str]]] = {"CodeFlow": {}}
    rows = ["| repository | facts | missed | extra | seconds |", "| --- | --- | --- | --- | --- |"]
    languages: dict[str, Platforms] = {}
    for name, about in labels.repositories.items():
        clone = find_clone(options.repos, name)
        if clone is None:
            sys.stderr.write(f"{name} is not in {options.repos}\n")
            return 2
        platforms, seconds = asyncio.run(detect(clone, about.commit))
        languages[name] = platforms
        mine = said["CodeFlow"][name] = counted(platforms, frozenset(kinds))
        one = score(mine, about.uses)
        rows.append(f"| {name} | {len(about.uses)} | {one.missed} | {one.extra} | {seconds:.2f} |")
        if options.missed and about.half == _WRITTEN_WITH:
            sys.stderr.write(
                f"{name}: missed {sorted(about.uses - mine)} extra {sorted(mine - about.uses)}\n"
            )
    rows += ["", *_timed(options.repos, options.timed)] if options.timed else []
    if options.peers:
        said |= _peers(options.peers, frozenset(kinds))
    print(_halves(labels, said), _by_kind(labels, said["CodeFlow"], kinds), sep="\n\n")
    print("", *rows, sep="\n")
    if options.languages:
        print("", *_languages(languages, json.loads(options.languages.read_text())), sep="\n")
    return 0


def _timed(repos: Path, names: Iterable[str]) -> list[str]:
    rows = ["| repository | files | seconds |", "| --- | --- | --- |"]
    for name in names:
        clone = find_clone(repos, name)
        if clone is None:
            raise SystemExit(f"{name} is not in {repos}")
        tree = subprocess.run(
            ["git", "-C", clone, "ls-tree", "-r", "HEAD"], capture_output=True, check=True
        )
        head = subprocess.run(
            ["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, check=True, text=True
        )
        _, seconds = asyncio.run(detect(clone, head.stdout.strip()))
        count = tree.stdout.count(b"\n")
        rows.append(f"| {name} | {count:,} | {seconds:.2f} |")
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repos", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--languages", type=Path)
    parser.add_argument("--missed", action="store_true")
    parser.add_argument("--timed", action="append", default=[])
    return parser.parse_args()


def _peers(path: Path, vocabulary: frozenset[str]) -> dict[str, dict[str, frozenset[str]]]:
    """Return what others said, by tool and repository; the last is all of them together."""
    tools = json.loads(path.read_text())
    said = {
        tool: {name: frozenset(ids) & vocabulary for name, ids in by_name.items()}
        for tool, by_name in tools.items()
    }
    names = {name for by_name in said.values() for name in by_name}
    said["all three together"] = {
        name: frozenset().union(*(one.get(name, frozenset()) for one in said.values()))
        for name in names
    }
    return said


def _halves(labels: _Labels, said: Mapping[str, Mapping[str, frozenset[str]]]) -> str:
    rows = ["| tool | half | facts | recall | precision |", "| --- | --- | --- | --- | --- |"]
    for tool, by_name in said.items():
        for half in ("held-out", _WRITTEN_WITH):
            total = Score()
            for name, about in labels.repositories.items():
                if about.half == half:
                    total += score(by_name.get(name, frozenset()), about.uses)
            rows.append(f"| {tool} | {half} | {' | '.join(total.cells)} |")
    return "\n".join(rows)


def _by_kind(
    labels: _Labels, mine: Mapping[str, frozenset[str]], kinds: Mapping[str, PlatformKind]
) -> str:
    rows = ["| kind, held-out half | facts | recall | precision |", "| --- | --- | --- | --- |"]
    for kind in PlatformKind:
        total = Score()
        for name, about in labels.repositories.items():
            if about.half != _WRITTEN_WITH:
                of_kind = [
                    {one for one in ids if kinds[one] is kind} for ids in (mine[name], about.uses)
                ]
                total += score(*of_kind)
        rows.append(f"| {kind.value} | {' | '.join(total.cells)} |")
    return "\n".join(rows)


def _languages(
    found: Mapping[str, Platforms], theirs: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Return the greatest difference of a language's share, in points, for each repository."""
    rows = ["| repository | greatest difference, points | in |", "| --- | --- | --- |"]
    for name, right in theirs.items():
        mine = {one.name: one.share * 100 for one in found[name].languages}
        both = {one: abs(mine.get(one, 0.0) - right.get(one, 0.0)) for one in {*mine, *right}}
        worst = max(both, key=lambda one: both[one], default="")
        rows.append(f"| {name} | {both.get(worst, 0.0):.1f} | {worst} |")
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
