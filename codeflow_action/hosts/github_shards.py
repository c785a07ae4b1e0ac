"""A review in several jobs: the plan, the part of one shard, and all reports joined and posted."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

from codeflow_action.ai.models import NoModels
from codeflow_action.config.inputs import SHARD_PLAN, Stage, plan_path
from codeflow_action.engine.action import Action
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.headline import headline
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.ports import Content
from codeflow_action.engine.report import Report
from codeflow_action.engine.shards import Shard, ShardBudget, ShardPlan, divide
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.delivery import Ending
from codeflow_action.hosts.github_review import GitHubReview, StageWork
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.model_plan import ModelPlan, plan_models
from codeflow_action.hosts.report_file import PlanFile, ReportFile, read_plan, read_reports
from codeflow_action.hosts.review_setup import ReviewSetup
from codeflow_action.hosts.venue import Venue
from codeflow_action.integrations.github.write.publish import OVERTAKEN
from codeflow_action.integrations.line_hashes import read_lines_of
from codeflow_action.review.scope import OmittedFile, split_scope
from codeflow_action.run.clean import clean_report
from codeflow_action.run.conclude import bare_report
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.run.shard_reports import (
    JoinMemory,
    OwnView,
    conclude_joined,
    merge_parts,
)
from codeflow_action.security.untrusted import log_line

_ONE_SHARD = "1/1"


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What is joined of one shard."""

    report: Report
    is_sealed: bool


@dataclass(frozen=True)
class ShardedReview:
    """Does the job's part of a review. The parts meet in files of the workspace."""

    job: Job

    @cached_property
    def whole(self) -> GitHubReview:
        """The review that one job does alone, of which each stage takes what it needs."""
        return GitHubReview(ReviewSetup(self.job, is_approved_elsewhere=lambda: self._is_approved))

    @cached_property
    def plan(self) -> ShardPlan | None:
        """The plan that another job has made; None where it says that there is nothing to do.

        Raises `ConfigError` where there is none.
        """
        return self._plan_file.plan

    @cached_property
    def _plan_file(self) -> PlanFile:
        return read_plan(self.whole.workspace, plan_path(self.job.inputs.report_path))

    @property
    def _is_approved(self) -> bool:
        """True where the job that planned has seen an approval, which no shard asks GitHub for."""
        is_approved = self.plan is not None and self.plan.approved
        return is_approved and self._plan_file.is_sealed(self.whole.setup.seal)

    @property
    def work(self) -> StageWork:
        """What this job does."""
        inputs = self.job.inputs
        if inputs.shard == SHARD_PLAN:
            return self._make_plan
        if inputs.shard_number:
            return partial(self._analyze, inputs.shard_number)
        return self._publish if inputs.stage is Stage.PUBLISH else self.whole.review

    def with_plan(self, ending: Ending) -> Ending:
        """Return the ending; that of a job which was to plan always has one, so that a matrix runs.

        A matrix without any job is an error of the workflow.
        """
        if self.job.inputs.shard != SHARD_PLAN or ending.plan:
            return ending
        return replace(ending, plan=PlanFile().text, shards=(_ONE_SHARD,))

    async def _make_plan(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Return the ending with the plan of the change; no model is asked, and no gate runs."""
        policy, pull_request = venue.policy, venue.target.pull_request
        ledger = venue.marks.read_ledger(venue.sticky_body)
        model_plan = plan_models(venue, configuration, self.whole.setup.plugins.providers, ledger)
        left_out, _contents = await _scope(venue)
        readable = [file for file in pull_request.files if file.path not in left_out]
        lines = sum(file.changed_line_count for file in readable)
        count = 1
        if model_plan.models.available:
            affordable = _affordable_prompts(model_plan)
            count = max(1, min(policy.shards.max, -(-lines // policy.shards.lines), affordable))
        budget = _budget(venue, (ledger.cost_usd if ledger else None) or 0.0)
        tokens_left = venue.admission.tokens_left
        if tokens_left is not None:
            budget = budget._replace(max_tokens=min(budget.max_tokens, tokens_left))
        paths = frozenset(file.path for file in readable)
        shards = divide(pull_request.files, paths, count, budget)
        plan = _plan_of(venue, model_plan.digest, shards, name=self.job.inputs.name)
        memory = await self.whole.recall(venue, ledger, model_plan.digest)
        plan = plan.model_copy(
            update={
                "ledger": venue.sticky_body.partition("\n")[0] if memory.read_units else "",
                # A shard reads no comment, so that it does not know of a pause.
                "unchanged": model_plan.is_already_reviewed or venue.depth.reason is Reason.PAUSED,
                "approved": venue.admission.is_approved,
            }
        )
        await model_plan.models.aclose()
        text = f"{len(readable)} files to review, in {len(shards)} shards"
        report = bare_report(
            Decision(verdict=Verdict.SKIPPED, reason=Reason.OK, exit_code=0),
            name=self.job.inputs.name,
            repository=pull_request.repository,
            number=pull_request.number,
            notices=(text,),
        )
        return Ending(
            report=report,
            summary=f"**CodeFlow: {text}**\n",
            plan=PlanFile.of(plan, self.whole.setup.seal).text,
            shards=plan.labels,
            last_word=text,
            warnings=tuple(self.job.warnings),
        )

    async def _analyze(self, number: int, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Return the ending with the report of this shard; nothing is posted."""
        plan, pull_request = self.plan, venue.target.pull_request
        if plan is None:
            raise ConfigError("the plan of shards says that there is nothing to review")
        if plan.head_sha != pull_request.head_sha:
            return self._overtaken(venue)
        budget = _budget(venue)
        if flaw := plan.flaw(pull_request, self.job.inputs.name, budget):
            raise ConfigError(f"the plan of shards is not one for this change: {flaw}")
        label = self.job.inputs.shard
        if label != plan.labels[min(number, len(plan.labels)) - 1]:
            raise ConfigError(f"the plan has no shard {label}", hint="use the output `matrix`")
        shard = plan.shards[number - 1]
        model_plan = plan_models(
            venue, configuration, self.whole.setup.plugins.providers, None, shard
        )
        if plan.configuration != model_plan.digest:
            raise ConfigError(
                "the plan of shards was made under another configuration",
                hint="give all jobs of a review the same inputs",
            )
        models = NoModels(Reason.UNCHANGED.value) if plan.unchanged else model_plan.models
        start = self.whole.start(venue, configuration)
        # An older ledger of ours has a seal too, and everybody can read it in the comment's edits.
        is_sealed = self._plan_file.is_sealed(self.whole.setup.seal)
        ledger = venue.marks.read_ledger(plan.ledger if is_sealed else "")
        start = replace(
            start,
            memory=await self.whole.recall(venue, ledger, plan.configuration),
            effective=replace(start.effective, actions=_with_givers(start.effective.actions)),
            shard=shard,
            digest=plan.configuration,
            # Said by the job that publishes.
            findings=(),
            shortfalls=(),
            notices=(),
        )
        round_, _recorder = await self.whole.carry_out(start, models, venue)
        steps = tuple(step for step in round_.steps if step.action.depends_on_models())
        # What earlier rounds have found is told by the job that publishes.
        fresh_round = replace(round_, steps=steps, memory=Memory())
        report = await self.whole.conclude(fresh_round, venue)
        labels = {"shard": label, "plan": plan.digest}
        return self.whole.analysis_ending(report.model_copy(update=labels), venue)

    def _overtaken(self, venue: Venue) -> Ending:
        decision = Decision(verdict=Verdict.INCOMPLETE, reason=Reason.HEAD_MOVED, exit_code=0)
        pull_request = venue.target.pull_request
        report = bare_report(
            decision,
            name=self.job.inputs.name,
            repository=pull_request.repository,
            number=pull_request.number,
        ).model_copy(update={"shortfalls": (OVERTAKEN,)})
        return Ending(report=report, summary=f"**{headline(report)}**\n\n{OVERTAKEN.detail}\n")

    async def _publish(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Run the gates, join what other jobs' models have found, and post it as one review."""
        ledger = venue.marks.read_ledger(venue.sticky_body)
        model_plan = plan_models(venue, configuration, self.whole.setup.plugins.providers, ledger)
        await model_plan.models.aclose()
        effective = configuration.resolution.effective
        askers = tuple(action for action in effective.actions if action.depends_on_models())
        if venue.depth.reason or model_plan.is_already_reviewed or not askers:
            return await self.whole.review(venue, configuration)  # which asks no model
        view, files = await self._own_view(venue, model_plan, askers)
        if view.plan.head_sha != venue.target.pull_request.head_sha:
            return self._overtaken(venue)
        parts = list(self._take(view, files))
        memory = await self.whole.recall(venue, ledger, view.plan.configuration)
        start = replace(
            self.whole.start(venue, configuration),
            effective=replace(
                effective,
                actions=tuple(action for action in effective.actions if action not in askers),
            ),
            memory=memory,
            digest=view.plan.configuration,
            # What the models say of themselves is in the reports.
            model="",
            no_model="",
        )
        round_, _recorder = await self.whole.carry_out(start, NoModels(Reason.NO_KEY.value), venue)
        rules = venue.policy.gate_rules
        gates_report = _without_models(await self.whole.conclude(round_, venue))
        whole_report = merge_parts(gates_report, (part.report for part in parts), rules)
        findings = [reported_finding.finding for reported_finding in whole_report.findings]
        join_memory = JoinMemory(
            memory=memory,
            threads=start.foreign_threads,
            dismissals=start.dismissals,
            standing_dismissals=start.standing_dismissals,
            allowances=start.allowances,
            families=await self.whole.dismissed_families(venue),
            line_texts=await read_lines_of((*findings, *round_.all_findings), venue.target.head),
        )
        report = await asyncio.to_thread(conclude_joined, whole_report, rules, join_memory)
        self.whole.keep_fallback_ending(
            round_, report, venue, "the run was cut short while it wrote to GitHub"
        )
        self.job.begin("writing to GitHub")
        is_sealed = all(part.is_sealed for part in parts)
        ending = await venue.publish(report, memory, seal_ledger=is_sealed)
        return replace(ending, annotated_ids=frozenset(self.whole.setup.delivery.annotated_ids))

    async def _own_view(
        self, venue: Venue, model_plan: ModelPlan, askers: Sequence[Action]
    ) -> tuple[OwnView, Sequence[ReportFile]]:
        """Return what this job knows of the change, and the reports that it is to join.

        Raises `ConfigError` where there is no report, or no plan that they can belong to.
        """
        inputs, pull_request = self.job.inputs, venue.target.pull_request
        left_out, contents = await _scope(venue)
        files = await asyncio.to_thread(
            lambda: tuple(
                read_reports(self.whole.workspace, inputs.report_path, self.whole.setup.seal)
            )
        )
        # Without a plan there is one report, of a job that has analysed all of the change.
        is_divided = bool(self.whole.workspace.match([plan_path(inputs.report_path)]).files)
        if is_divided or len(files) > 1:
            plan = self.plan
        elif files:
            plan = self._plan_of_one(files[0], venue, model_plan)
        else:
            raise ConfigError(
                f"no report matches {inputs.report_path}",
                hint="jobs with `stage: analyze` write them; download their artifacts before this",
            )
        if plan is None:
            raise ConfigError(
                "the plan of shards says that there is nothing to review",
                hint="the pull request has changed since: run the whole workflow again",
            )
        view = OwnView(
            name=inputs.name,
            pull_request=pull_request,
            trigger=venue.target.trigger,
            actions=askers,
            plan=plan,
            is_divided=is_divided,
            contents=contents,
            left_out=left_out,
        )
        if plan.head_sha == pull_request.head_sha:
            self._check_plan(view, venue, model_plan)
        return view, files

    def _plan_of_one(self, file: ReportFile, venue: Venue, model_plan: ModelPlan) -> ShardPlan:
        """Return the plan of a review that was not divided, with what its report says of itself."""
        report, pull_request = file.report, venue.target.pull_request
        if report is None:
            raise ConfigError(f"{file.path} was not read: {file.flaw}")
        subject = pull_request.repository, pull_request.number, self.job.inputs.name
        if (report.repository, report.number, report.name) != subject:
            raise ConfigError("the report is about another pull request, or of another name")
        shards = divide(pull_request.files, frozenset(), 1, _budget(venue))
        plan = _plan_of(venue, model_plan.digest, shards, name=self.job.inputs.name)
        return plan.model_copy(update={"head_sha": report.head_sha, "configuration": report.digest})

    def _check_plan(self, view: OwnView, venue: Venue, model_plan: ModelPlan) -> None:
        """Raise `ConfigError` for a plan that is none for this change."""
        plan = view.plan
        flaw = plan.flaw(view.pull_request, view.name, _budget(venue))
        if plan.unchanged and not flaw:
            flaw = "it says that this was reviewed before, and no ledger here says so"
        # Without a key this job cannot tell which models the others were to ask.
        if model_plan.models.available and plan.configuration != model_plan.digest:
            flaw = flaw or "it was made under another configuration: give all jobs the same inputs"
        if flaw:
            subject = "plan of shards" if view.is_divided else "report"
            raise ConfigError(f"the {subject} is not one for this change: {flaw}")

    def _take(self, view: OwnView, files: Iterable[ReportFile]) -> Iterator[_Part]:
        """Yield each shard's part: of its report, or of what is missing."""
        by_label: defaultdict[str, list[ReportFile]] = defaultdict(list)
        for file in files:
            if file.report and (file.report.shard in view.plan.labels or not view.is_divided):
                by_label[file.report.shard].append(file)
            else:
                why = file.flaw or "it names no shard of the plan"
                self.job.warnings.append(f"{log_line(file.path, 200)} was not taken: {why}")
        for number, label in enumerate(view.plan.labels, start=1):
            flaws = ["no report of it was found"]
            good: list[ReportFile] = []
            for file in by_label[label if view.is_divided else ""]:
                if file.report and (flaw := view.flaw(file.report, number)):
                    flaws.insert(0, f"its report was not taken: {flaw}")
                elif file.report:
                    good.append(file)
            # Among several the sealed ones count; of others nobody knows which one is meant.
            good = [file for file in good if file.is_sealed] or good
            contents = {file.report.model_dump_json() for file in good if file.report}
            if len(contents) > 1 and not good[0].is_sealed:
                flaws, good = ["its reports contradict each other"], []
            if not good or good[0].report is None:
                if not view.is_divided:
                    raise ConfigError(f"the report is not one for this change: {flaws[0]}")
                yield _Part(report=view.missing(number, flaws[0]), is_sealed=True)
                continue
            part = view.accept(good[0].report, number, is_sealed=good[0].is_sealed)
            clean = clean_report(part, self.job.redactor.try_redact)
            yield _Part(report=clean, is_sealed=good[0].is_sealed)


def _with_givers(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return the actions that ask models, and those that give what they need to know."""
    chain = [action for action in actions if action.depends_on_models()]
    while True:
        needs = {fact for action in chain for fact in action.needs}
        givers = [action for action in actions if action not in chain and needs & set(action.gives)]
        if not givers:
            return tuple(action for action in actions if action in chain)
        chain += givers


def _affordable_prompts(model_plan: ModelPlan) -> int:
    """Return how many full prompts the budget pays for: a smaller share pays for no question."""
    models = model_plan.models
    return models.input_tokens_left // max(1, models.input_tokens_per_prompt)


def _budget(venue: Venue, spent_usd: float = 0.0) -> ShardBudget:
    """Return what all shards may use, where earlier runs have spent that much."""
    budget = venue.policy.budget
    rest_usd = min(budget.max_cost_usd, budget.max_cost_usd_per_pr - spent_usd)
    return ShardBudget(budget.max_tokens, max(0.0, rest_usd))


def _plan_of(
    venue: Venue, configuration: str, shards: tuple[Shard, ...], *, name: str
) -> ShardPlan:
    pull_request = venue.target.pull_request
    return ShardPlan(
        name=name,
        repository=pull_request.repository,
        number=pull_request.number,
        base_sha=pull_request.base_sha,
        merge_base_sha=pull_request.merge_base_sha,
        head_sha=pull_request.head_sha,
        configuration=configuration,
        shards=shards,
    )


def _without_models(report: Report) -> Report:
    """Return the report without earlier findings of models: they are joined with the new ones."""
    findings = tuple(row for row in report.findings if row.finding.is_deterministic)
    dismissals = tuple(row for row in report.dismissals if row.finding.is_deterministic)
    return report.model_copy(update={"findings": findings, "dismissals": dismissals})


async def _scope(venue: Venue) -> tuple[Mapping[str, OmittedFile], Mapping[str, Content]]:
    """Return what no model is to read of the change, by path, and the changed files at head."""
    target = venue.target
    files = target.pull_request.files
    attributes = AttributeFiles(target.policy_trees.policy.tree, [file.path for file in files])
    contents = await target.head.read_many([file.path for file in files if file.hunks])
    _review, left_out = await asyncio.to_thread(
        split_scope, files, contents, venue.policy.guidance, await attributes.read()
    )
    return {omitted.file.path: omitted for omitted in left_out}, contents
