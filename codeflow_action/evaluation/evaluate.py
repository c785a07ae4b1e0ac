"""Runs the reviewer over a dataset: once with a stand-in for a model, then with the model if any.

Clones are only read: bare mirrors will do, and nothing is checked out or fetched.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codeflow_action import __version__
from codeflow_action.ai.models import ModelPorts, ModelRef, NoModels, RunModels
from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.config.layers import Effective, combine
from codeflow_action.config.model_choice import ModelChoice, choose_models, make_models
from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import ConfigError, ProviderError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.model import Role
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.evaluation.dataset import KnownFinding, Sample
from codeflow_action.evaluation.judging import judge_prompt, same_points
from codeflow_action.evaluation.recall import Contents, find_reach, find_second_reach
from codeflow_action.evaluation.results import (
    ContextResult,
    Evaluation,
    FindingReach,
    NotDone,
    ReviewResult,
    SampleResult,
    by_level,
    tokens_per_line,
    total,
    total_survival,
)
from codeflow_action.evaluation.scoring import Score, overlaps, score
from codeflow_action.evaluation.stand_in import StandIn, StandInProvider, StillClock
from codeflow_action.evaluation.survival import Survival, count_comments
from codeflow_action.hosts.laptop import Local, ReviewRequest, Setting
from codeflow_action.hosts.laptop_policy import read_own
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.review.units import split_lines
from codeflow_action.run.resolver import inline_layers

_NAME = regex(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_NO_MONEY = "what is left of the budget does not pay for it"
_JUDGE_SECONDS = 1_000_000.0  # the judge answers for the whole set: no run's limit is its own
# A review that ended for one of these says nothing about how good the reviewer is.
_NO_MEASURE = frozenset({Reason.MODEL_ERROR, Reason.DEADLINE})


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """What to evaluate, and how. `folder` is the dataset's own, `repos` that of the clones.

    `judge` is `provider:model`, or empty; `distance` is how many lines apart places may be. What
    would cost more than what is left of the budget is not reviewed, nor is what comes after it.
    With `may_lack_keys` a model that the configuration names and that has no key is not asked.
    Without `count_tokens` the tokens of the stand-in's prompts are estimated.
    """

    samples: tuple[Sample, ...]
    folder: Path
    repos: Path
    distance: int
    judge: str = ""
    budget_usd: float = math.inf
    may_lack_keys: bool = False
    count_tokens: Callable[[str], int] | None = None


class Unusable(Exception):
    """A pull request that cannot be looked at; `str()` says why."""


async def evaluate(request: EvaluationRequest, local: Local, effective: Effective) -> Evaluation:
    """Return what came of all samples, which may be nothing.

    Raises `ConfigError` when a model cannot be asked at all.
    """
    run = _EvaluationRun(request, local, effective)
    try:
        return await run.all()
    finally:
        await run.judge.aclose()


def read_setting(local: Local, file: Path | None) -> Effective:
    """Return the configuration that holds for all: a file that was named, else the defaults.

    Each repository's own is not read, so that one set is measured in one way.
    Raises `ConfigError`.
    """
    plugins = local.plugins
    own = [read_own(file, plugins)] if file else []
    layers = [*own, *inline_layers(local.inputs, plugins)]
    return combine(layers, local.inputs, plugins.actions)


class _EvaluationRun:
    """One evaluation under way."""

    def __init__(self, request: EvaluationRequest, local: Local, effective: Effective) -> None:
        self._request = request
        self._local = local
        self._effective = effective
        self._providers = local.plugins.providers
        self._left_usd = request.budget_usd
        access = local.access(Reason.NO_KEY if request.may_lack_keys else None)
        self._choice = choose_models(effective, access, self._providers)
        # Without a model the stand-in has the limits of the provider that `auto` asks first, so
        # that figures of two runs on machines without keys can be compared.
        first = next(iter(self._providers.values()))
        self._ref = self._choice.default or ModelRef(
            provider=first.name, model=first.profile.default_model
        )
        self.judge = self._make_judge()

    def _make_judge(self) -> RunModels | NoModels:
        judge = self._request.judge
        if not judge:
            return NoModels(Reason.NO_KEY.value)
        local = self._local
        effective = replace(self._effective, provider="", model=judge)
        choice = choose_models(effective, local.access(), self._providers)
        # Another model in its place, such as a fallback, would judge by another measure.
        if str(choice.default) != judge:
            raise ConfigError(f"{judge!r} is no model to judge", hint="write provider:model")
        return make_models(
            self._effective,
            replace(choice, fallback=(), roles={}),  # here again: one judge, one measure
            self._providers,
            ModelPorts(
                clock=local.clock,
                rng=random.Random(),  # noqa: S311 - jitter, no secret
                redactor=local.redactor,
            ),
            deadline=local.clock.now() + _JUDGE_SECONDS,
        )

    async def all(self) -> Evaluation:
        """Return the outcome, sample by sample: each review has the machine for itself."""
        results: list[SampleResult] = []
        not_done: list[NotDone] = []
        for number, sample in enumerate(self._request.samples, start=1):
            self._local.progress(f"{number} of {len(self._request.samples)}: {sample.label}")
            try:
                results.append(await self._evaluate_sample(sample))
            except (Unusable, RepositoryError) as error:
                not_done.append(NotDone(label=sample.label, reason=str(error)))
        spending = self.judge.spent
        return Evaluation(
            version=__version__,
            stand_in=str(self._ref),
            model=self._choice.label,
            judge=self.judge.label,
            distance=self._request.distance,
            samples=tuple(results),
            not_done=tuple(not_done),
            judge_tokens=spending.tokens,
            judge_cost_usd=spending.cost_usd,
            levels=by_level(results),
            tokens_per_line=tokens_per_line(results),
            by_lines=total(result.review.by_lines for result in results if result.review),
            by_meaning=total(result.review.by_meaning for result in results if result.review),
            survival=total_survival(results),
        )

    async def _evaluate_sample(self, sample: Sample) -> SampleResult:
        if self._left_usd <= 0:
            raise Unusable(_NO_MONEY)
        name = sample.repository
        clone = (
            find_clone(self._request.repos, name)
            if _NAME.fullmatch(name)
            else (self._request.folder / name).resolve()
        )
        if clone is None:
            raise Unusable(absence(self._request.repos, name))
        repository = await LocalRepository.discover(
            clone, GitSettings(environment=self._local.environment)
        )
        if repository is None:
            raise Unusable(f"{clone} is no git repository")
        if not await repository.has(sample.base, sample.head):
            raise Unusable("the clone lacks the base or the head commit")
        request = ReviewRequest(
            directory=repository.root,
            base=sample.base,
            head=sample.head,
            title=sample.title,
            body=sample.body,
        )
        # First the context, which costs nothing: a sample that cannot be measured ends here.
        context = await self._context(sample, request, repository)
        estimate = context.cost_usd or 0.0  # without a price nothing can be counted
        if estimate > self._left_usd:
            self._left_usd = 0.0
            raise Unusable(_NO_MONEY)
        review = await self._review(sample, request, repository) if self._choice.default else None
        self._left_usd -= (review.cost_usd if review else None) or estimate
        survival = await self._survival(sample, request, repository) if sample.rejected else None
        return SampleResult(
            label=sample.label,
            language=sample.language,
            context=context,
            review=review,
            survival=survival,
        )

    async def _context(
        self, sample: Sample, request: ReviewRequest, repository: LocalRepository
    ) -> ContextResult:
        """Return what the prompts hold when what is known is found, and nothing else."""
        report, stand_in = await self._stand_in(sample.findings, request, repository)
        head, before = await _contents(sample, repository, report)
        reasons = {file.path: file.reason for file in report.receipt.files}
        prompts, second_prompts = stand_in.prompts, stand_in.second_prompts
        return ContextResult(
            changed_lines=report.receipt.reviewable_lines,
            read_share=1.0 if report.receipt.share is None else report.receipt.share,
            prompts=len(prompts),
            second_prompts=len(second_prompts),
            tokens=sum(prompt.tokens for prompt in prompts),
            second_tokens=sum(prompt.tokens for prompt in second_prompts),
            cost_usd=report.spent.cost_usd,
            size=sum(prompt.size for prompt in prompts),
            changed_size=sum(prompt.changed_size for prompt in prompts),
            unchanged_size=sum(prompt.unchanged_size for prompt in prompts),
            findings=tuple(
                FindingReach.of(
                    finding,
                    find_reach(finding, prompts, head, before),
                    find_second_reach(finding, (prompts, second_prompts), head, before),
                    reasons.get(finding.path, "not in the change"),
                )
                for finding in sample.findings
            ),
        )

    async def _stand_in(
        self,
        findings: Sequence[KnownFinding],
        request: ReviewRequest,
        repository: LocalRepository,
    ) -> tuple[Report, StandIn]:
        """Return a review in which these are found and confirmed, and what was asked."""
        provider = self._providers[self._ref.provider]
        stand_in = StandIn(
            ref=self._ref,
            count_tokens=self._request.count_tokens
            or TokenCounter(provider.profile.bytes_per_token).count,
            findings=findings,
        )
        provider = replace(provider, create=lambda endpoint: StandInProvider(endpoint, stand_in))
        setting = Setting(
            effective=self._effective,
            choice=ModelChoice(default=self._ref),
            providers={provider.name: provider},
        )
        # No limit of time strikes, however busy the machine: the same prompts are made each time.
        local = replace(self._local, clock=StillClock(self._local.clock))
        report = await local.carry_out(request, repository, setting)
        _refuse_broken(report)
        return report, stand_in

    async def _survival(
        self, sample: Sample, request: ReviewRequest, repository: LocalRepository
    ) -> Survival:
        """Return which comments outlive the stages of code when all of them are made and confirmed.

        Those on removed lines are left out: they are no lines of the head that could be quoted.
        """
        accepted_findings, rejected_findings = (
            [finding for finding in findings if finding.side is Side.RIGHT]
            for findings in (sample.findings, sample.rejected)
        )
        report, stand_in = await self._stand_in(
            [*accepted_findings, *rejected_findings], request, repository
        )
        first = len(accepted_findings)  # of the rejected ones
        return Survival(
            accepted=count_comments(report, {n for n in stand_in.remarks if n < first}),
            rejected=count_comments(report, {n for n in stand_in.remarks if n >= first}),
        )

    async def _review(
        self, sample: Sample, request: ReviewRequest, repository: LocalRepository
    ) -> ReviewResult:
        """Return what the model found, against what is known."""
        setting = Setting(effective=self._effective, choice=self._choice, providers=self._providers)
        report = await self._local.carry_out(request, repository, setting)
        _refuse_broken(report)
        findings = [
            entry.finding
            for entry in report.findings
            if not entry.finding.is_deterministic  # gates are no part of the reviewer
        ]
        pairs = overlaps(sample.findings, findings, self._request.distance)
        return ReviewResult(
            by_lines=score(sample.findings, findings, pairs),
            by_meaning=await self._judge(sample.findings, findings),
            tokens=report.spent.tokens,
            cost_usd=report.spent.cost_usd,
            seconds=report.seconds,
            incomplete="; ".join(short.detail for short in report.shortfalls),
        )

    async def _judge(
        self, known_findings: Sequence[KnownFinding], findings: Sequence[Finding]
    ) -> Score | None:
        if not self.judge.available:
            return None
        if not (known_findings and findings):  # nothing to compare: the answer is known
            return score(known_findings, findings, ())
        try:
            answer = await self.judge.for_role(Role.VERIFY).generate(
                judge_prompt(known_findings, findings)
            )
        except ProviderError as error:
            raise Unusable(f"the judge did not answer: {error}") from error
        pairs = same_points(answer.data, known_findings, findings)
        return score(known_findings, findings, pairs)


def _refuse_broken(report: Report) -> None:
    """Raise `Unusable` for a run that is no measure of the reviewer."""
    wrong = [
        f"{action.name}: {action.detail}"
        for action in report.actions
        if action.status is ActionStatus.FAILED
    ]
    wrong += [short.detail for short in report.shortfalls if short.reason in _NO_MEASURE]
    if wrong:
        raise Unusable("; ".join(wrong))


async def _contents(
    sample: Sample, repository: LocalRepository, report: Report
) -> tuple[Contents, Contents]:
    """Return the files that the findings speak of, at head and, by the same names, before."""
    paths = {finding.path for finding in sample.findings}
    places = {
        place.path for finding in sample.findings for need in finding.needs for place in need.places
    }
    # A renamed file had another name before; in the dataset it has its name at head.
    files = (await repository.change(report.merge_base_sha, report.head_sha)).files
    earlier = {file.path: file.previous_path or file.path for file in files}
    head = await _lines(repository.tree(sample.head), {path: path for path in paths | places})
    names = {path: earlier.get(path, path) for path in paths}
    return head, await _lines(repository.tree(report.merge_base_sha), names)


async def _lines(tree: Tree, names: Mapping[str, str]) -> Contents:
    """Return lines by key; the values are where they lie in this tree."""
    contents = await tree.read_many(sorted(set(names.values())))
    return {
        key: split_lines(content.decode("utf-8", "replace"))
        for key, path in names.items()
        if isinstance(content := contents.get(path), bytes)
    }
