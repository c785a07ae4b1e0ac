"""The Action's run, second half: from the pull request to what is posted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from codeflow_action.ai.models import NoModels, RunModels
from codeflow_action.config.inputs import Stage
from codeflow_action.config.policy import Mode, When
from codeflow_action.engine.allowances import rule_of_label
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.description_parts import without_sections
from codeflow_action.engine.dismissed_families import DismissedFamily
from codeflow_action.engine.foreign_threads import foreign_threads
from codeflow_action.engine.headline import headline
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.omissions import omission_words
from codeflow_action.engine.outcome import Reason, Shortfall, Verdict
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.report import FindingPlace, Report
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.delivery import Ending
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.log import log_bug
from codeflow_action.hosts.messages import Deadline, Lines
from codeflow_action.hosts.model_plan import ModelPlan, open_store, plan_models
from codeflow_action.hosts.provider_access import key_shapes
from codeflow_action.hosts.report_file import with_seal
from codeflow_action.hosts.review_setup import ReviewSetup
from codeflow_action.hosts.step_log import as_group, step_lines
from codeflow_action.hosts.venue import FOR_PUBLISHING, Venue
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.dependency_graph import GitHubForge
from codeflow_action.integrations.github.read.merged_dismissals import MergedDismissals
from codeflow_action.integrations.github.read.pull_request import LoadedPullRequest
from codeflow_action.integrations.github.write.placement import settle
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.integrations.line_hashes import read_lines_of
from codeflow_action.integrations.reports.files import WorkspaceReports
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.integrations.scanners import LearningScanners
from codeflow_action.run.clean import clean_report, clean_start
from codeflow_action.run.conclude import bare_report, conclude, with_shortfall
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.run.recollection import Occasion, recall
from codeflow_action.run.round import Observer, Ports, Round, Start, run_round
from codeflow_action.tape.recorder import Recorder

# What a job does with a pull request once it is configured.
type StageWork = Callable[[Venue, RunConfiguration], Awaitable[Ending]]


@dataclass(frozen=True)
class GitHubReview:
    """Runs the pipeline on what was set up, and publishes."""

    setup: ReviewSetup

    @property
    def job(self) -> Job:
        """The run that this is part of."""
        return self.setup.job

    async def run(
        self,
        target: LoadedPullRequest,
        conversation: Conversation | None,
        work: StageWork | None = None,
    ) -> Ending:
        """Return what is to be delivered: of a whole review, or of the `work` of another stage.

        Raises `CodeFlowError`, or `RunStopped`.
        """
        job = self.job
        configuration = await job.unless_stopped(self.setup.configure(target))
        target = _with_label_read(target, configuration.resolution.effective.policy.when)
        minutes = configuration.resolution.effective.policy.budget.timeout_minutes
        job.deadline = min(job.deadline, job.start_time + minutes * 60)
        job.api.hurry(job.deadline)
        job.send(Deadline(time=job.deadline))
        # From then on no model is waited for, so that what was found can still be published.
        timer = asyncio.get_running_loop().call_later(
            max(0.0, job.deadline - FOR_PUBLISHING - job.clock.now()), job.stop.set
        )
        try:
            venue = await job.unless_stopped(self.setup.venue(target, conversation, configuration))
            if target.trigger is Trigger.CLOSED:
                return await self._close(venue, configuration)
            # A command is looked at first: nobody else is told anything.
            ending = (
                None
                if target.trigger is Trigger.COMMAND
                else self.early_ending(venue, configuration)
            )
            if target.no_news and not ending:
                if not self._is_undecided(venue, configuration):
                    return await self._confirm(venue, configuration)
                venue = replace(venue, target=replace(target, no_news=""))
            return ending or await (work or self.review)(venue, configuration)
        finally:
            timer.cancel()

    def _is_undecided(self, venue: Venue, configuration: RunConfiguration) -> bool:
        """True where models may close the gate, and what they say of this head is not known.

        Whoever writes another title could otherwise take back what they have said, or end the run
        that asks them.
        """
        if self.job.inputs.shard or self.job.inputs.stage is not Stage.ALL:
            return False  # other jobs of this run have read nothing
        previous_ledger = venue.marks.read_ledger(venue.sticky_body)
        plan = plan_models(venue, configuration, self.setup.plugins.providers, previous_ledger)
        has_models = venue.depth.reason is None and configuration.resolution.choice.default
        return (
            bool(has_models)
            and venue.policy.gate_rules.depends_on_models
            and not plan.is_already_reviewed
        )

    async def _confirm(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Return what the head is known to come to, where nothing new has happened to the change.

        A check of that name stands on the head already, and the newest counts: without this, a
        label or another title would turn a red one green. Nothing is posted, and no model asked.
        """
        skipped = self.end_early(Reason.UNSUPPORTED_EVENT, venue.target.no_news)
        if self.job.inputs.shard or self.job.inputs.stage is Stage.ANALYZE:
            return skipped
        ending = await self.review(venue, configuration)
        return replace(ending, annotate=False) if ending.report.exit_code else skipped

    async def _close(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        # Not needed by any other run, and it needs this module.
        from codeflow_action.hosts.github_closing import ClosingRun  # noqa: PLC0415

        return await ClosingRun(review=self).run(venue, configuration)

    def early_ending(
        self, venue: Venue, configuration: RunConfiguration, command: CommandName | None = None
    ) -> Ending | None:
        """Return the ending of a run that has nothing to do, None for others."""
        target = venue.target
        effective, pull_request = configuration.resolution.effective, target.pull_request
        if command is None and not any(
            action.answers_to(target.trigger) for action in effective.actions
        ):
            detail = f"no action answers to {target.trigger.value}"
            return self.end_early(Reason.UNSUPPORTED_EVENT, detail)
        if not pull_request.files and not pull_request.files_left_out:
            return self.end_early(Reason.NO_REVIEWABLE_CHANGES, "nothing was changed")
        depth = venue.depth
        if depth.mode is Mode.SKIP and depth.reason:
            return self.end_early(depth.reason, omission_words(depth.reason.value), pull_request)
        return None

    async def review(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Run the pipeline, or what a command asks for, and publish what it comes to."""
        command = venue.command
        previous_ledger = venue.marks.read_ledger(venue.sticky_body)
        model_plan = plan_models(
            venue, configuration, self.setup.plugins.providers, previous_ledger
        )
        memory = await self.recall(venue, previous_ledger, model_plan.digest)
        start = self.start(venue, configuration)
        start = replace(
            start,
            memory=memory,
            # An answer repeats no finding.
            unchanged=model_plan.is_already_reviewed and not (command and command.name.is_question),
            digest=model_plan.digest,
            notices=(*start.notices, *self._memory_notices(venue, memory, model_plan)),
            command=command,
        )
        if command:
            start = replace(start, effective=self.setup.effective_for(command, start.effective))
        # Beside the review, which takes longer.
        has_models = model_plan.models.available and not start.is_answer
        families = asyncio.ensure_future(self.dismissed_families(venue, has_models=has_models))
        try:
            round_, recorder = await self.carry_out(start, model_plan.models, venue)
            if families.done() or not self.job.stop.is_set():
                round_ = replace(round_, families=await families)
        finally:
            families.cancel()  # of a run that has no time left for it
        ending = await self._publish(round_, venue)
        if recorder is None:
            return ending
        try:
            cassette = await asyncio.to_thread(
                recorder.cassette, round_, ending.report, self.job.redactor
            )
        except ScannerFailed as error:  # what cannot be searched is not recorded
            warning = f"nothing was recorded: it could not be searched for secrets ({error})"
            return replace(ending, warnings=(*ending.warnings, warning))
        return replace(ending, cassette=cassette)

    async def dismissed_families(
        self, venue: Venue, *, has_models: bool = True
    ) -> tuple[DismissedFamily, ...]:
        """Return what was dismissed on other pull requests, where a model may say it again."""
        if not has_models:
            return ()
        store = open_store(self.job)
        reader = MergedDismissals(marks=venue.marks, store=store, today=self.job.today)
        return await reader.read(self.job.api)

    async def recall(self, venue: Venue, ledger: Ledger | None, digest: str) -> Memory:
        """Return what the round remembers of earlier ones."""
        occasion = Occasion(
            pull_request=venue.target.pull_request,
            digest=digest,
            was_forced=venue.was_forced,
            is_full=venue.command is not None and venue.command.is_full_review,
        )
        return await recall(ledger, occasion, venue.target.head)

    def _memory_notices(
        self, venue: Venue, memory: Memory, model_plan: ModelPlan
    ) -> tuple[str, ...]:
        """Return why all is reviewed anew, where a reader may wonder about it."""
        if flaw := venue.marks.ledger_flaw(venue.sticky_body):
            return (f"what earlier runs have left in the comment was not used: {flaw.value}",)
        is_asked_again = memory.why_full and memory.known_units and model_plan.models.available
        if is_asked_again and not model_plan.is_already_reviewed:
            return (f"all of the change was reviewed anew: {memory.why_full}",)
        return ()

    async def carry_out(
        self, start: Start, models: RunModels | NoModels, venue: Venue
    ) -> tuple[Round, Recorder | None]:
        """Run the pipeline from a clean start, and what records it where that was asked for."""
        models.warm_up()
        ports = Ports(
            head=venue.target.head,
            base=venue.target.base,
            policy=venue.target.policy_trees.policy.tree,
            scanners=LearningScanners(self.job.scanners, self.job.redactor),
            models=models,
            clock=self.job.clock,
            forge=GitHubForge(
                self.job.api,
                self.job.surroundings.repository,
                venue.target.pull_request.number,
                start.previous.reviewed_head if start.previous else "",
            ),
            history=venue.target.history,
            reports=WorkspaceReports(self.workspace, self.job.redactor.try_redact),
            key_shapes=key_shapes(self.setup.plugins.providers),
        )
        recorder = Recorder(ports, self.job.exchanges) if self.job.inputs.record else None
        try:
            round_ = await self._round(
                await asyncio.to_thread(clean_start, start, self.job.redactor),
                recorder.ports if recorder else ports,
                venue,
            )
        finally:
            await models.aclose()
        return round_, recorder

    @property
    def workspace(self) -> Workspace:
        """The folder that the job's steps share."""
        return Workspace(self.job.surroundings.workspace, self.job.surroundings.checkout_roots)

    def start(self, venue: Venue, configuration: RunConfiguration) -> Start:
        """Return what is known before an action runs, as it was read."""
        choice, target, conversation = (
            configuration.resolution.choice,
            venue.target,
            venue.conversation,
        )
        why_no_model = ""
        if venue.depth.reason is None:
            was_asked = venue.marks.claims_a_model(venue.sticky_body)
            why_no_model = choice.absence(was_asked=was_asked, lost_keys=configuration.lost_keys)
            if choice.notice:
                self.job.log.info(choice.notice)
        # No pull request event has the issues that it closes; they came with the conversation.
        issues = conversation.issues if conversation else ()
        return Start(
            name=self.job.inputs.name,
            # What we have written into the description is not what its author says.
            pull_request=replace(
                target.pull_request,
                issues=issues,
                body=without_sections(target.pull_request.body),
            ),
            trigger=target.trigger,
            effective=configuration.resolution.effective,
            model=choice.label,
            no_model=why_no_model,
            findings=configuration.findings,
            shortfalls=(*configuration.shortfalls, *target.shortfalls, *self.job.shortfalls),
            notices=(*target.notices, *configuration.notices),
            foreign_threads=foreign_threads(venue.discussion, target.pull_request.author),
            discussion=venue.discussion,
            dismissals=venue.dismissals,
            standing_dismissals=configuration.standing_dismissals,
            allowances=venue.allowances,
        )

    async def _round(self, start: Start, ports: Ports, venue: Venue) -> Round:
        observer = Observer(
            progress=self.job.begin,
            on_bug=partial(log_bug, self.job.log),
            keep=partial(self._keep_progress, venue),
            on_step=self._log_step,
        )
        return await run_round(
            start,
            ports,
            observer,
            start_time=self.job.start_time,
            stop=self.job.stop,
            tracer=self.job.tracer,
        )

    def _log_step(self, step: Step) -> None:
        """Show in the job's log what came of an action, in a group that folds."""
        lines = map(self.job.redactor.text, step_lines(step))
        self.job.send(Lines(lines=as_group(lines)))

    def _keep_progress(self, venue: Venue, round_: Round, gates_done: bool) -> None:
        """Hand over what there is, and show what gates have found as soon as they are done."""
        report = conclude(round_, self.job.redactor, wait_for_scanner=False)
        # Else a check run shows it, or the job that publishes.
        is_new_check = venue.audience.is_check and not venue.target.no_news
        if gates_done and is_new_check and self.job.inputs.stage is not Stage.ANALYZE:
            self.setup.delivery.annotate(
                [
                    reported_finding
                    for reported_finding in report.findings
                    if reported_finding.finding.is_deterministic
                ]
            )
        self.keep_fallback_ending(round_, report, venue, "the run was cut short before its end")

    def keep_fallback_ending(
        self, round_: Round, report: Report, venue: Venue, detail: str
    ) -> None:
        """Leave an ending in case the run dies."""
        # All findings are annotations, since it is not known yet whether there will be a comment.
        cut = with_shortfall(
            settle(report, {}, FindingPlace.ANNOTATION),
            Shortfall(reason=Reason.DEADLINE, detail=detail),
            venue.policy.gate_rules,
        )
        text = summary(cut, None, venue.links, round_.all_notices)
        warnings = tuple(self.job.warnings)
        self.setup.delivery.keep(Ending(report=cut, summary=text, warnings=warnings))

    async def _publish(self, round_: Round, venue: Venue) -> Ending:
        """Conclude, write to GitHub, and return what the runner is told."""
        report = await self.conclude(round_, venue)
        if self.job.inputs.stage is Stage.ANALYZE:
            return self.analysis_ending(report, venue)
        self.keep_fallback_ending(
            round_, report, venue, "the run was cut short while it wrote to GitHub"
        )
        self.job.begin("writing to GitHub")
        ending = await venue.publish(report, round_.memory)
        return replace(ending, annotated_ids=frozenset(self.setup.delivery.annotated_ids))

    async def conclude(self, round_: Round, venue: Venue) -> Report:
        """Return the round's report."""
        line_texts = await read_lines_of(round_.all_findings, venue.target.head)
        return await asyncio.to_thread(conclude, round_, self.job.redactor, line_texts)

    def analysis_ending(self, report: Report, venue: Venue) -> Ending:
        """Return the ending of a job that posts nothing: another one reads its report."""
        # What is sealed must not change any more, so it is as clean as what is delivered.
        clean = clean_report(report, self.job.redactor.text)
        return Ending(
            report=with_seal(clean, self.setup.seal),
            summary=summary(clean, None, venue.links, clean.notices),
            annotate=False,
            warnings=tuple(self.job.warnings),
        )

    def end_early(
        self, reason: Reason, detail: str, pull_request: PullRequest | None = None
    ) -> Ending:
        """Return the ending of a run that had no reason to go on."""
        report = bare_report(
            Decision(verdict=Verdict.SKIPPED, reason=reason, exit_code=0),
            name=self.job.inputs.name,
            repository=self.job.surroundings.repository,
            number=pull_request.number if pull_request else None,
            notices=(detail,),
        )
        summary = f"**{headline(report)}**\n\n{detail}\n"
        return Ending(report=report, summary=summary, warnings=tuple(self.job.warnings))


def _with_label_read(target: LoadedPullRequest, rules: When) -> LoadedPullRequest:
    """Return the pull request; a label that asks for nothing is no news of it."""
    is_wanted = target.label == rules.review_label or rule_of_label(target.label)
    if target.trigger is not Trigger.LABELED or is_wanted:
        return target
    no_news = f"{target.label!r} asks for nothing"
    return replace(target, trigger=Trigger.CHANGED, no_news=no_news)
