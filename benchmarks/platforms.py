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
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.platforms import PlatformKind, Platforms, PlatformScope
from codeflow_action.engine.pull_request import Author, PullRequest, Trigger
from codeflow_action.evaluation.clones import absence, find_clone
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
    misses: int = 0

    def __add__(self, addend: "Score") -> "Score":
        return Score(
            hits=self.hits + addend.hits,
            extra=self.extra + addend.extra,
            misses=self.misses + addend.misses,
        )

    @property
    def cells(self) -> tuple[str, str, str]:
        """Facts, recall and precision."""
        whole, answers = self.hits + self.misses, self.hits + self.extra
        recall = f"{self.hits / whole:.3f}" if whole else ""
        return str(whole), recall, f"{self.hits / answers:.3f}" if answers else ""


def score(answers: Iterable[str], right: Iterable[str]) -> Score:
    """Compare two sets of ids."""
    mine, true = frozenset(answers), frozenset(right)
    return Score(hits=len(mine & true), extra=len(mine - true), misses=len(true - mine))


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
        attributes=AttributeFiles(tree, ()),
        scanners=BundledScanners({}),
        models=NoModels("no_key"),
        clock=RealClock(),
    )
    start = _cpu_seconds()
    outcome = await PlatformDetector().run(task)
    seconds = _cpu_seconds() - start
    if not isinstance(outcome, Done):
        raise TypeError(f"the detector answered {outcome}")
    platforms = next(fact for fact in outcome.facts if isinstance(fact, Platforms))
    return platforms, seconds


def _cpu_seconds() -> float:
    """Return seconds of the processors, of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def scored_ids(platforms: Platforms, vocabulary: frozenset[str]) -> frozenset[str]:
    """Return the ids that are scored."""
    return frozenset(
        platform.id
        for platform in platforms.platforms
        if platform.id in vocabulary
        and platform.confidence >= _SURE
        and (
            platform.scope is PlatformScope.PRODUCT
            or (platform.kind is PlatformKind.TEST and platform.scope is PlatformScope.TEST)
        )
    )


def main() -> int:
    """Print the tables."""
    options = _options()
    labels = _Labels.model_validate_json(_LABELS.read_text())
    kinds = {identifier: kind for kind, ids in labels.vocabulary.items() for identifier in ids}
    answers: dict[str, dict[str, frozenset[str]]] = {"CodeFlow": {}}
    rows = ["| repository | facts | missed | extra | seconds |", "| --- | --- | --- | --- | --- |"]
    languages: dict[str, Platforms] = {}
    for name, label in labels.repositories.items():
        clone = find_clone(options.repos, name)
        if clone is None:
            sys.stderr.write(f"{absence(options.repos, name)}\n")
            return 2
        platforms, seconds = asyncio.run(detect(clone, label.commit))
        languages[name] = platforms
        mine = answers["CodeFlow"][name] = scored_ids(platforms, frozenset(kinds))
        own_score = score(mine, label.uses)
        counts = f"{len(label.uses)} | {own_score.misses} | {own_score.extra}"
        rows.append(f"| {name} | {counts} | {seconds:.2f} |")
        if options.missed and label.half == _WRITTEN_WITH:
            sys.stderr.write(
                f"{name}: missed {sorted(label.uses - mine)} extra {sorted(mine - label.uses)}\n"
            )
    rows += ["", *_timing_rows(options.repos, options.timed)] if options.timed else []
    if options.peers:
        answers |= _peers(options.peers, frozenset(kinds))
    print(_halves(labels, answers), _by_kind(labels, answers["CodeFlow"], kinds), sep="\n\n")
    print("", *rows, sep="\n")
    if options.languages:
        print("", *_languages(languages, json.loads(options.languages.read_text())), sep="\n")
    return 0


def _timing_rows(repos: Path, names: Iterable[str]) -> list[str]:
    rows = ["| repository | files | seconds |", "| --- | --- | --- |"]
    for name in names:
        clone = find_clone(repos, name)
        if clone is None:
            raise SystemExit(absence(repos, name))
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
    answers = {
        tool: {name: frozenset(ids) & vocabulary for name, ids in by_name.items()}
        for tool, by_name in tools.items()
    }
    names = {name for by_name in answers.values() for name in by_name}
    answers["all three together"] = {
        name: frozenset().union(*(answer.get(name, frozenset()) for answer in answers.values()))
        for name in names
    }
    return answers


def _halves(labels: _Labels, answers: Mapping[str, Mapping[str, frozenset[str]]]) -> str:
    rows = ["| tool | half | facts | recall | precision |", "| --- | --- | --- | --- | --- |"]
    for tool, by_name in answers.items():
        for half in ("held-out", _WRITTEN_WITH):
            total = Score()
            for name, label in labels.repositories.items():
                if label.half == half:
                    total += score(by_name.get(name, frozenset()), label.uses)
            rows.append(f"| {tool} | {half} | {' | '.join(total.cells)} |")
    return "\n".join(rows)


def _by_kind(
    labels: _Labels, mine: Mapping[str, frozenset[str]], kinds: Mapping[str, PlatformKind]
) -> str:
    rows = ["| kind, held-out half | facts | recall | precision |", "| --- | --- | --- | --- |"]
    for kind in PlatformKind:
        total = Score()
        for name, label in labels.repositories.items():
            if label.half != _WRITTEN_WITH:
                of_kind = [
                    {identifier for identifier in ids if kinds[identifier] is kind}
                    for ids in (mine[name], label.uses)
                ]
                total += score(*of_kind)
        rows.append(f"| {kind.value} | {' | '.join(total.cells)} |")
    return "\n".join(rows)


def _languages(
    platforms_by_name: Mapping[str, Platforms], linguist_shares: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Return the greatest difference of a language's share, in points, for each repository."""
    rows = ["| repository | greatest difference, points | in |", "| --- | --- | --- |"]
    for name, right in linguist_shares.items():
        shares = {
            language.name: language.share * 100 for language in platforms_by_name[name].languages
        }
        differences = {
            language: abs(shares.get(language, 0.0) - right.get(language, 0.0))
            for language in {*shares, *right}
        }
        worst = max(differences, key=lambda language: differences[language], default="")
        rows.append(f"| {name} | {differences.get(worst, 0.0):.1f} | {worst} |")
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
