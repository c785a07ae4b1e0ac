"""The Action's run, second half: from the pull request to what is posted."""

import asyncio
from dataclasses import dataclass, replace

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.ai.models import ModelPorts, NoModels, RunModels, load_factories
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Chosen, choose_models, find_access
from codeflow_action.config.pipeline import load_registry
from codeflow_action.config.policy import Mode
from codeflow_action.config.when import Held, held_back
from codeflow_action.engine.action import Reason
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.ports import Scanners
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.report import CommentMode, Decision, Report, ReportedFinding, Verdict
from codeflow_action.integrations.folder import FolderStore
from codeflow_action.integrations.github import plan, render
from codeflow_action.integrations.github.event import DispatchEvent
from codeflow_action.integrations.github.forge import GitHubForge
from codeflow_action.integrations.github.publish import Published, Publisher
from codeflow_action.integrations.github.source import Loaded
from codeflow_action.integrations.github.state import State
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.run.asking import make_models
from codeflow_action.run.conclude import (
    bare_report,
    conclude,
    digest,
    head_moved,
    make_ledger,
    undelivered,
)
from codeflow_action.run.delivery import Ending
from codeflow_action.run.job import Job, out_of_reach
from codeflow_action.run.line_hashes import with_line_hashes
from codeflow_action.run.log import log_bug
from codeflow_action.run.policy import Configured, read_configuration
from codeflow_action.run.recorder import Recorder
from codeflow_action.run.round import Ports, Round, Start, run_round
from codeflow_action.run.surroundings import find_secrets
from codeflow_action.run.tools import Told, read_tools

_FOR_PUBLISHING = 20.0  # seconds before the deadline after which no model is waited for
_GRACE = 6.0  # seconds between a stop signal and our end; the runner kills after ten


@dataclass(frozen=True)
class Reviewing:
    """Configures, runs the pipeline, publishes."""

    job: Job

    async def run(self, loaded: Loaded, state: State | None) -> Ending:
        """Return what is to be delivered. Raises `CodeFlowError`, or `Stopped`."""
        job = self.job
        configured = await job.unless_stopped(self._configure(loaded))
        minutes = configured.effective.policy.budget.timeout_minutes
        job.deadline = min(job.deadline, job.started + minutes * 60)
        timer = asyncio.get_running_loop().call_later(
            max(0.0, job.deadline - _FOR_PUBLISHING - job.clock.now()), job.stop.set
        )
        try:
            return self._held_back(loaded, configured) or await self._review(
                loaded, state, configured
            )
        finally:
            timer.cancel()

    async def _configure(self, loaded: Loaded) -> Configured:
        return await read_configuration(
            inputs=self.job.inputs,
            pull_request=loaded.pull_request,
            base=loaded.policy,
            head=loaded.head,
            registry=load_registry(),
        )

    def _held_back(self, loaded: Loaded, configured: Configured) -> Ending | None:
        """Return the ending of a run that has nothing to do, None for others."""
        effective, pull_request = configured.effective, loaded.pull_request
        when = effective.policy.when
        if loaded.trigger is Trigger.LABELED and loaded.label != when.review_label:
            return self.skipped(Reason.UNSUPPORTED_EVENT, f"{loaded.label!r} asks for nothing")
        if not any(action.answers_to(loaded.trigger) for action in effective.actions):
            detail = f"no action answers to {loaded.trigger.value}"
            return self.skipped(Reason.UNSUPPORTED_EVENT, detail)
        if not pull_request.files and not pull_request.files_left_out:
            return self.skipped(Reason.NO_REVIEWABLE_CHANGES, "nothing was changed")
        held = held_back(when, pull_request, loaded.trigger)
        if held.mode is Mode.SKIP and held.reason:
            return self.skipped(held.reason, render.WHY[held.reason.value], pull_request)
        return None

    async def _review(self, loaded: Loaded, state: State | None, configured: Configured) -> Ending:
        effective = configured.effective
        issues = state.issues if state else ()
        pull_request = replace(loaded.pull_request, issues=issues)
        held = held_back(effective.policy.when, pull_request, loaded.trigger)
        access = find_access(self.job.inputs, self.job.given, self.job.outsider)
        chosen = choose_models(effective, access, load_factories())
        if chosen.notice and held.reason is None:
            self.job.log.info(chosen.notice)
        previous = state.ledger if state else None
        models, unchanged, mark = self._models(effective, chosen, held, previous, pull_request)
        models.warm_up()
        scanners = self.job.scanners
        told = await self.job.unless_stopped(self._tools(loaded, effective, scanners))
        start = Start(
            name=self.job.inputs.name,
            pull_request=pull_request,
            trigger=loaded.trigger,
            effective=effective,
            model=chosen.label,
            digest=mark,
            previous=previous,
            unchanged=unchanged,
            findings=configured.findings,
            shortfalls=(*configured.shortfalls, *self.job.shortfalls, *told.shortfalls),
            notices=(*loaded.notices, *configured.notices, *told.notices),
            said=state.said if state else (),
            tools=told.tools,
            coverage=told.coverage,
        )
        ports = Ports(
            head=loaded.head,
            base=loaded.base,
            scanners=scanners,
            models=models,
            clock=self.job.clock,
            forge=GitHubForge(self.job.api, self.job.surroundings.repository),
        )
        recorder = Recorder(ports, self.job.asked) if self.job.inputs.record else None
        round_ = await self._round(start, recorder.ports if recorder else ports)
        await models.aclose()
        ending = await self._publish(round_, loaded, state, held)
        if recorder:
            secrets = find_secrets(self.job.given)
            cassette = recorder.cassette(round_, ending.report, secrets)
            ending = replace(ending, cassette=cassette)
        return ending

    async def _round(self, start: Start, ports: Ports) -> Round:
        return await run_round(
            start,
            ports,
            started=self.job.started,
            progress=self.job.log.info,
            on_bug=self._on_bug,
            stop=self.job.stop,
            tracer=self.job.tracer,
        )

    async def _tools(self, loaded: Loaded, effective: Effective, scanners: Scanners) -> Told:
        where = self.job.surroundings
        return await read_tools(
            effective.policy,
            workspace=Workspace(where.workspace, where.checkout_roots),
            pull_request=loaded.pull_request,
            head=loaded.head,
            scanners=scanners,
        )

    def _store(self) -> FolderStore | None:
        """Return where answers are kept: a folder in the workspace, the only one that is seen."""
        given = self.job.inputs.cache_dir
        if not given:
            return None
        store = FolderStore(self.job.surroundings.workspace, given)
        store.prune()
        return store

    def _models(
        self,
        effective: Effective,
        chosen: Chosen,
        held: Held,
        previous: Ledger | None,
        pull_request: PullRequest,
    ) -> tuple[RunModels | NoModels, bool, str]:
        """Return the models, whether all was reviewed before, and the digest of what counts.

        A change that was wholly reviewed under the same configuration is not paid for again.
        """
        mark = digest(effective, chosen.label)
        if held.reason is not None:
            return NoModels(held.reason.value), False, mark
        head, base = pull_request.head_sha, pull_request.merge_base_sha
        if (
            chosen.default
            and previous
            and previous.covers(head_sha=head, merge_base_sha=base, digest=mark)
        ):
            return NoModels(Reason.UNCHANGED.value), True, mark
        ports = ModelPorts(
            clock=self.job.clock,
            rng=self.job.rng,
            redactor=self.job.redactor,
            store=self._store(),
            sink=self.job.asked.append if self.job.inputs.record else None,
            stop=self.job.stop,
            tracer=self.job.tracer,
        )
        models = make_models(
            effective,
            chosen,
            ports,
            deadline=self.job.deadline - _FOR_PUBLISHING,
            spent_usd=(previous.cost_usd if previous else None) or 0.0,
        )
        return models, False, mark

    async def _publish(
        self, round_: Round, loaded: Loaded, state: State | None, held: Held
    ) -> Ending:
        """Place the findings, write to GitHub, and return what the runner is told."""
        audience = self._audience(round_, loaded, state, held)
        report = await with_line_hashes(conclude(round_, self.job.redactor), loaded.head)
        placed = plan.place(report.findings, loaded.pull_request, audience)
        report = report.model_copy(update={"findings": placed})
        links = render.Links(
            server_url=self.job.surroundings.server_url,
            repository=self.job.surroundings.repository,
            run_url=self.job.surroundings.run_url,
        )
        published = Published(findings=placed)
        if not self.job.inputs.dry_run:
            published = await self._publisher(round_, audience, state, links, report).publish(
                report
            )
        report = report.model_copy(update={"findings": published.findings})
        if published.head_moved:
            report = head_moved(report)
        if published.unreached:
            report = undelivered(report, out_of_reach(published.unreached))
        refused = tuple(note for note in published.notes if note != published.unreached)
        ledger = make_ledger(round_, report, report.findings)
        notes = (*refused, *round_.notices)
        return Ending(
            report=report,
            summary=render.summary(report, ledger, links, notes),
            comment_url=published.comment_url,
            review_url=published.review_url,
            annotate=not published.annotated,
            warnings=(*self.job.warnings, *refused),
        )

    def _audience(
        self, round_: Round, loaded: Loaded, state: State | None, held: Held
    ) -> plan.Audience:
        """Return where this run may speak: nowhere but in its log when traces are not readable."""
        policy = round_.effective.policy
        silent = state is None or held.reason is Reason.OPTED_OUT or self.job.inputs.dry_run
        reviewers = [one for one in round_.effective.actions if isinstance(one, PrReviewer)]
        return plan.Audience(
            number=loaded.pull_request.number,
            name=self.job.inputs.name,
            comment=CommentMode.NEVER if silent else policy.comment,
            max_inline=0 if silent or not reviewers else reviewers[0].max_comments,
            is_check=not isinstance(self.job.event, DispatchEvent),
        )

    def _publisher(
        self,
        round_: Round,
        audience: plan.Audience,
        state: State | None,
        links: render.Links,
        report: Report,
    ) -> Publisher:
        def ledger(findings: tuple[ReportedFinding, ...]) -> Ledger:
            return make_ledger(round_, report, findings)

        stopped = (
            self.job.stop.is_set() and self.job.clock.now() < self.job.deadline - _FOR_PUBLISHING
        )
        deadline = self.job.clock.now() + _GRACE if stopped else self.job.deadline
        return Publisher(
            api=self.job.api,
            clock=self.job.clock,
            deadline=deadline,
            pull_request=round_.pull_request,
            audience=audience,
            state=state or State(),
            links=links,
            make_ledger=lambda findings: ledger(tuple(findings)),
        )

    def skipped(
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
        said = f"{render.verdict_line(report)}\n\n{detail}\n"
        return Ending(report=report, summary=said, warnings=tuple(self.job.warnings))

    def _on_bug(self, action: str, error: BaseException) -> None:
        log_bug(self.job.log, action, error)
