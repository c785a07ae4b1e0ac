"""Runs the reviewer over a dataset: once with a stand-in for a model, then with the model if any.

Clones are only read: bare mirrors will do, and nothing is checked out or fetched.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codeflow_action import __version__
from codeflow_action.ai.models import ModelPorts, ModelRef, NoModels, RunModels, load_factories
from codeflow_action.ai.pricing import DEFAULT_MODELS
from codeflow_action.config.installed import load_installed
from codeflow_action.config.layers import Effective, combine
from codeflow_action.config.models import Chosen, choose_models, find_access
from codeflow_action.engine.errors import ConfigError, ProviderError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.model import Role
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.evaluation.dataset import Known, Sample
from codeflow_action.evaluation.judging import judge_prompt, same_points
from codeflow_action.evaluation.recall import Contents, find_reach
from codeflow_action.evaluation.results import (
    ContextResult,
    Evaluation,
    FindingReach,
    NotDone,
    Rates,
    ReviewResult,
    SampleResult,
    by_level,
    tokens_per_line,
    total,
)
from codeflow_action.evaluation.scoring import overlapping, score
from codeflow_action.evaluation.stand_in import StandIn
from codeflow_action.hosts.laptop import Local, Setting, Wanted
from codeflow_action.hosts.laptop_policy import read_own
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.review.units import split_lines
from codeflow_action.run.asking import make_models
from codeflow_action.run.resolver import inline_layers

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_FOR_ALL = 1_000_000.0  # seconds: the judge answers for the whole set, a run's limit is not its own
# A review that ended for one of these says nothing about how good the reviewer is.
_BROKEN = frozenset({Reason.MODEL_ERROR, Reason.DEADLINE})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to evaluate, and how. `folder` is the dataset's own, `repos` that of the clones.

    `judge` is `provider:model`, or empty; `within` is how many lines apart places may be.
    """

    samples: tuple[Sample, ...]
    folder: Path
    repos: Path
    within: int
    judge: str = ""


class Unusable(Exception):
    """A pull request that cannot be looked at; `str()` says why."""


async def evaluate(asked: Asked, local: Local, effective: Effective) -> Evaluation:
    """Return what came of all samples. Raises `ConfigError` when a model cannot be asked at all."""
    run = _Evaluating(asked, local, effective)
    try:
        return await run.all()
    finally:
        await run.judge.aclose()


def read_setting(local: Local, file: Path | None) -> Effective:
    """Return the configuration that holds for all: a file that was named, else the defaults.

    Each repository's own is not read, so that one set is measured in one way.
    Raises `ConfigError`.
    """
    installed = load_installed()
    own = [read_own(file, installed)] if file else []
    layers = [*own, *inline_layers(local.inputs, installed)]
    return combine(layers, local.inputs, installed.actions)


class _Evaluating:
    """One evaluation under way."""

    def __init__(self, asked: Asked, local: Local, effective: Effective) -> None:
        self._asked = asked
        self._local = local
        self._effective = effective
        self._factories = load_factories()
        access = find_access(local.inputs, local.environment)
        self._chosen = choose_models(effective, access, self._factories)
        openai = ModelRef(provider="openai", model=DEFAULT_MODELS["openai"])
        self._ref = self._chosen.default or openai
        self.judge = self._make_judge()

    def _make_judge(self) -> RunModels | NoModels:
        named = self._asked.judge
        if not named:
            return NoModels(Reason.NO_KEY.value)
        local = self._local
        wanted = replace(self._effective, provider=None, model=named)
        access = find_access(local.inputs, local.environment)
        chosen = choose_models(wanted, access, self._factories)
        if str(chosen.default) != named:
            raise ConfigError(f"{named!r} is no model to judge", hint="write provider:model")
        return make_models(
            self._effective,
            replace(chosen, fallback=(), roles={}),
            ModelPorts(
                clock=local.clock,
                rng=random.Random(),  # noqa: S311 - jitter, no secret
                redactor=local.redactor,
            ),
            deadline=local.clock.now() + _FOR_ALL,
        )

    async def all(self) -> Evaluation:
        """Return the outcome, sample by sample: each review has the machine for itself."""
        done: list[SampleResult] = []
        not_done: list[NotDone] = []
        for at, sample in enumerate(self._asked.samples, start=1):
            self._local.progress(f"{at} of {len(self._asked.samples)}: {sample.label}")
            try:
                done.append(await self._one(sample))
            except (Unusable, RepositoryError) as error:
                not_done.append(NotDone(label=sample.label, reason=str(error)))
        if not done:
            raise RepositoryError(
                f"none of {len(not_done)} pull requests could be looked at ({not_done[0].reason})",
                hint="--repos DIR names the folder of their clones",
            )
        spent = self.judge.spent
        return Evaluation(
            version=__version__,
            stand_in=str(self._ref),
            model=self._chosen.label,
            judge=self.judge.label,
            within=self._asked.within,
            samples=tuple(done),
            not_done=tuple(not_done),
            judge_tokens=spent.tokens,
            judge_cost_usd=spent.cost_usd,
            levels=by_level(done),
            tokens_per_line=tokens_per_line(done),
            by_lines=total(one.review.by_lines for one in done if one.review),
            by_meaning=total(one.review.by_meaning for one in done if one.review),
        )

    async def _one(self, sample: Sample) -> SampleResult:
        repository = await self._repository(sample)
        wanted = Wanted(
            directory=repository.root,
            base=sample.base,
            head=sample.head,
            title=sample.title,
            body=sample.body,
        )
        context = await self._context(sample, wanted, repository)
        review = await self._review(sample, wanted, repository) if self._chosen.default else None
        return SampleResult(
            label=sample.label, language=sample.language, context=context, review=review
        )

    async def _repository(self, sample: Sample) -> LocalRepository:
        name = sample.repository
        clone = (
            find_clone(self._asked.repos, name)
            if _NAME.fullmatch(name)
            else (self._asked.folder / name).resolve()
        )
        if clone is None:
            raise Unusable(f"there is no clone of {name} in {self._asked.repos}")
        repository = await LocalRepository.discover(
            clone, GitSettings(environment=self._local.environment)
        )
        if repository is None:
            raise Unusable(f"{clone} is no git repository")
        if not await repository.has(sample.base, sample.head):
            raise Unusable("the clone lacks the base or the head commit")
        return repository

    async def _context(
        self, sample: Sample, wanted: Wanted, repository: LocalRepository
    ) -> ContextResult:
        """Return what the prompts hold when what is known is found, and nothing else."""
        stand_in = StandIn(ref=self._ref, known=sample.findings)
        setting = Setting(
            effective=self._effective,
            chosen=Chosen(default=self._ref),
            factories={self._ref.provider: stand_in.factory()},
        )
        report = await self._local.carry_out(wanted, repository, setting)
        _refuse_broken(report)
        head, before = await _contents(sample, repository, report)
        why = {file.path: file.reason for file in report.receipt.files}
        readings = stand_in.readings
        return ContextResult(
            changed=report.receipt.reviewable_lines,
            covered=1.0 if report.receipt.share is None else report.receipt.share,
            prompts=len(readings),
            tokens=sum(one.tokens for one in readings),
            second_tokens=stand_in.second_tokens,
            size=sum(one.size for one in readings),
            changed_size=sum(one.changed_size for one in readings),
            unchanged_size=sum(one.unchanged_size for one in readings),
            findings=tuple(
                FindingReach.of(
                    known,
                    find_reach(known, readings, head, before),
                    why.get(known.path, "not in the change"),
                )
                for known in sample.findings
            ),
        )

    async def _review(
        self, sample: Sample, wanted: Wanted, repository: LocalRepository
    ) -> ReviewResult:
        """Return what the model found, against what is known."""
        setting = Setting(effective=self._effective, chosen=self._chosen, factories=self._factories)
        report = await self._local.carry_out(wanted, repository, setting)
        _refuse_broken(report)
        found = [one.finding for one in report.findings if not one.finding.is_deterministic]
        known = sample.findings
        by_lines = score(known, found, overlapping(known, found, self._asked.within))
        return ReviewResult(
            by_lines=Rates.of(by_lines),
            by_meaning=await self._judged(known, found),
            tokens=report.spent.tokens,
            cost_usd=report.spent.cost_usd,
            seconds=report.seconds,
            incomplete="; ".join(short.detail for short in report.shortfalls),
        )

    async def _judged(self, known: Sequence[Known], found: Sequence[Finding]) -> Rates | None:
        if not self.judge.available:
            return None
        if not (known and found):
            return Rates.of(score(known, found, ()))
        try:
            answer = await self.judge.for_role(Role.VERIFY).generate(judge_prompt(known, found))
        except ProviderError as error:
            raise Unusable(f"the judge did not answer: {error}") from error
        return Rates.of(score(known, found, same_points(answer.data, known, found)))


def _refuse_broken(report: Report) -> None:
    """Raise `Unusable` for a run that is no measure of the reviewer."""
    wrong = [
        f"{action.name}: {action.detail}"
        for action in report.actions
        if action.status is ActionStatus.FAILED
    ]
    wrong += [short.detail for short in report.shortfalls if short.reason in _BROKEN]
    if wrong:
        raise Unusable("; ".join(wrong))


async def _contents(
    sample: Sample, repository: LocalRepository, report: Report
) -> tuple[Contents, Contents]:
    """Return the files that the findings speak of, at head and, by the same names, before."""
    named = {known.path for known in sample.findings}
    places = {
        place.path for known in sample.findings for need in known.needs for place in need.places
    }
    files = await repository.changed_files(report.merge_base_sha, report.head_sha)
    earlier = {file.path: file.previous_path or file.path for file in files}
    head = await _lines(repository.tree(sample.head), {path: path for path in named | places})
    names = {path: earlier.get(path, path) for path in named}
    return head, await _lines(repository.tree(report.merge_base_sha), names)


async def _lines(tree: Tree, names: Mapping[str, str]) -> Contents:
    """Return lines by key; the values are where they lie in this tree."""
    contents = await tree.read_many(sorted(set(names.values())))
    return {
        key: split_lines(content.decode("utf-8", "replace"))
        for key, path in names.items()
        if isinstance(content := contents.get(path), bytes)
    }
