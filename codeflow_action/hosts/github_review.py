"""The Action's run, second half: from the pull request to what is posted."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.ai.models import ModelPorts, NoModels, RunModels
from codeflow_action.config.installed import load_installed
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Access, Chosen, find_access
from codeflow_action.config.policy import Mode
from codeflow_action.config.when import Held, held_back
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Reason, Shortfall, Verdict
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.report import Report, Shown
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.delivery import Delivery, Ending, make_delivery
from codeflow_action.hosts.job import Job, out_of_reach
from codeflow_action.hosts.log import log_bug
from codeflow_action.hosts.messages import Deadline
from codeflow_action.integrations.folder import FolderStore
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.conversation import State
from codeflow_action.integrations.github.read.dependency_graph import GitHubForge
from codeflow_action.integrations.github.read.event import DispatchEvent
from codeflow_action.integrations.github.read.pull_request import Loaded
from codeflow_action.integrations.github.read.threads import Remarks
from codeflow_action.integrations.github.write import plan, render
from codeflow_action.integrations.github.write.publish import Published, Publisher
from codeflow_action.integrations.informant import Informant
from codeflow_action.integrations.reports.files import WorkspaceReports
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.run.asking import make_models
from codeflow_action.run.clean import clean_start
from codeflow_action.run.conclude import (
    bare_report,
    conclude,
    cut_short,
    digest,
    head_moved,
    make_ledger,
    undelivered,
)
from codeflow_action.run.configuration import Configured, read_configuration
from codeflow_action.run.line_hashes import with_line_hashes
from codeflow_action.run.resolver import Resolver
from codeflow_action.run.round import Observer, Ports, Round, Start, run_round
from codeflow_action.security.seal import Seal
from codeflow_action.tape.recorder import Recorder

_FOR_PUBLISHING = 20.0  # seconds before the deadline after which no model is waited for
# Seconds after a stop signal: whoever watches the run ends it soon after, and a write that is not
# begun three seconds before its deadline is not begun at all.
_GRACE = 4.5


@dataclass(frozen=True, kw_only=True)
class Place:
    """What decides where a run may speak, and about which lines."""

    loaded: Loaded
    state: State | None
    held: Held
    marks: Marks
    notices: tuple[str, ...]  # what the comment says of the configuration

    @property
    def remarks(self) -> Remarks:
        """Our remarks that stand on the pull request."""
        return Remarks.of(self.state.threads if self.state else (), self.marks)


@dataclass(frozen=True)
class Reviewing:
    """Configures, runs the pipeline, publishes."""

    job: Job

    @cached_property
    def delivery(self) -> Delivery:
        """What takes this run's results, until its end is somebody else's."""
        return make_delivery(self.job.given, self.job.redactor, self.job.send)

    async def run(self, loaded: Loaded, state: State | None) -> Ending:
        """Return what is to be delivered. Raises `CodeFlowError`, or `Stopped`."""
        job = self.job
        configured = await job.unless_stopped(self._configure(loaded))
        minutes = configured.resolved.effective.policy.budget.timeout_minutes
        job.deadline = min(job.deadline, job.started + minutes * 60)
        job.api.hurry(job.deadline)
        job.send(Deadline(at=job.deadline))
        timer = asyncio.get_running_loop().call_later(
            max(0.0, job.deadline - _FOR_PUBLISHING - job.clock.now()), job.stop.set
        )
        try:
            return self._held_back(loaded, configured) or await self._review(
                loaded, state, configured
            )
        finally:
            timer.cancel()

    @cached_property
    def _access(self) -> Access:
        return find_access(self.job.inputs, self.job.given, self.job.outsider)

    async def _configure(self, loaded: Loaded) -> Configured:
        job = self.job
        resolver = Resolver(
            inputs=job.inputs,
            access=self._access,
            installed=load_installed(),
        )
        return await read_configuration(
            resolver=resolver,
            pull_request=loaded.pull_request,
            trees=loaded.policy,
            head=loaded.head,
        )

    def _held_back(self, loaded: Loaded, configured: Configured) -> Ending | None:
        """Return the ending of a run that has nothing to do, None for others."""
        effective, pull_request = configured.resolved.effective, loaded.pull_request
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
        effective, chosen = configured.resolved.effective, configured.resolved.chosen
        issues = state.issues if state else ()
        pull_request = replace(loaded.pull_request, issues=issues)
        held = held_back(effective.policy.when, pull_request, loaded.trigger)
        marks = self._marks(pull_request, self._access.keys.values())
        body = state.sticky.body if state and state.sticky else ""
        previous = marks.read_ledger(body)
        was_asked = marks.claims_a_model(body)
        no_model = chosen.missing(was_asked=was_asked) if held.reason is None else ""
        if chosen.notice and held.reason is None:
            self.job.log.info(chosen.notice)
        models, unchanged, mark = self._models(effective, chosen, held, previous, pull_request)
        models.warm_up()
        scanners = Informant(self.job.scanners, self.job.redactor)
        raw = Start(
            name=self.job.inputs.name,
            pull_request=pull_request,
            trigger=loaded.trigger,
            effective=effective,
            model=chosen.label,
            no_model=no_model,
            digest=mark,
            previous=previous,
            unchanged=unchanged,
            findings=configured.findings,
            shortfalls=(*configured.shortfalls, *self.job.shortfalls),
            notices=(*loaded.notices, *configured.notices),
            foreign_threads=state.said if state else (),
        )
        start = await asyncio.to_thread(clean_start, raw, self.job.redactor)
        ports = Ports(
            head=loaded.head,
            base=loaded.base,
            policy=loaded.policy.policy.tree,
            scanners=scanners,
            models=models,
            clock=self.job.clock,
            forge=GitHubForge(self.job.api, self.job.surroundings.repository),
            reports=WorkspaceReports(
                Workspace(self.job.surroundings.workspace, self.job.surroundings.checkout_roots),
                self.job.redactor.cleaned,
            ),
        )
        recorder = Recorder(ports, self.job.asked) if self.job.inputs.record else None
        place = Place(
            loaded=loaded, state=state, held=held, marks=marks, notices=configured.notices
        )
        round_ = await self._round(start, recorder.ports if recorder else ports, place)
        await models.aclose()
        ending = await self._publish(round_, place)
        if recorder:
            ending = await asyncio.to_thread(self._recorded, recorder, round_, ending)
        return ending

    def _recorded(self, recorder: Recorder, round_: Round, ending: Ending) -> Ending:
        """Return the ending with the run's record; what cannot be searched is not recorded."""
        try:
            cassette = recorder.cassette(round_, ending.report, self.job.redactor)
        except ScannerFailed as error:
            told = f"nothing was recorded: it could not be searched for secrets ({error})"
            return replace(ending, warnings=(*ending.warnings, told))
        return replace(ending, cassette=cassette)

    async def _round(self, start: Start, ports: Ports, place: Place) -> Round:
        return await run_round(
            start,
            ports,
            Observer(
                progress=self.job.begin,
                on_bug=self._on_bug,
                keep=lambda round_, gates_done: self._keep(round_, place, gates_done=gates_done),
            ),
            started=self.job.started,
            stop=self.job.stop,
            tracer=self.job.tracer,
        )

    def _keep(self, round_: Round, place: Place, *, gates_done: bool) -> None:
        """Hand over what there is, and show what gates have found as soon as they are done."""
        report = self._placed(conclude(round_, self.job.redactor, waits=False), round_, place)
        shown_by_check = not self._audience(round_, place).is_check
        if gates_done and not shown_by_check:
            self.delivery.annotate([one for one in report.findings if one.finding.is_deterministic])
        self._hand_over(round_, report, "the run was cut short before its end")

    def _hand_over(self, round_: Round, report: Report, detail: str) -> None:
        """Leave an ending for the case that the run comes to none."""
        cut = cut_short(report, Shortfall(reason=Reason.DEADLINE, detail=detail))
        shown = [one.model_copy(update={"shown": Shown.ANNOTATION}) for one in cut.findings]
        cut = cut.model_copy(update={"findings": tuple(shown)})  # no comment may be there
        summary = render.summary(cut, None, self._links, round_.all_notices)
        warnings = tuple(self.job.warnings)
        self.delivery.keep(Ending(report=cut, summary=summary, warnings=warnings))

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

    async def _publish(self, round_: Round, place: Place) -> Ending:
        """Place the findings, write to GitHub, and return what the runner is told."""
        concluded = await asyncio.to_thread(conclude, round_, self.job.redactor)
        report = await with_line_hashes(concluded, place.loaded.head)
        report = self._placed(report, round_, place)
        self._hand_over(round_, report, "the run was cut short while it wrote to GitHub")
        self.job.begin("writing to GitHub")
        published = Published(findings=report.findings)
        if not self.job.inputs.dry_run:
            published = await self._publisher(round_, place, report).publish(report)
        report = report.model_copy(update={"findings": published.findings})
        if published.head_moved:
            report = head_moved(report)
        if published.unreached:
            report = undelivered(report, out_of_reach(published.unreached))
        refused = tuple(note for note in published.notes if note != published.unreached)
        ledger = make_ledger(round_, report, report.findings)
        notes = (*refused, *round_.all_notices)
        return Ending(
            report=report,
            summary=render.summary(report, ledger, self._links, notes),
            comment_url=published.comment_url,
            review_url=published.review_url,
            annotate=not published.annotated,
            annotated=frozenset(self.delivery.annotated),
            warnings=(*self.job.warnings, *refused),
        )

    @property
    def _links(self) -> render.Links:
        return render.Links(
            server_url=self.job.surroundings.server_url,
            repository=self.job.surroundings.repository,
            run_url=self.job.surroundings.run_url,
        )

    def _placed(self, report: Report, round_: Round, place: Place) -> Report:
        audience = self._audience(round_, place)
        placed = plan.place(report.findings, place.loaded.pull_request, audience, place.remarks)
        return report.model_copy(update={"findings": placed})

    def _audience(self, round_: Round, place: Place) -> plan.Audience:
        """Return where this run may speak: nowhere but in its log when traces are not readable."""
        policy = round_.effective.policy
        opted_out = place.held.reason is Reason.OPTED_OUT
        silent = place.state is None or opted_out or self.job.inputs.dry_run
        reviewers = [one for one in round_.effective.actions if isinstance(one, PrReviewer)]
        return plan.Audience(
            number=place.loaded.pull_request.number,
            name=self.job.inputs.name,
            comment=CommentMode.NEVER if silent else policy.comment,
            max_inline=0 if silent or not reviewers else reviewers[0].max_comments,
            is_check=not isinstance(self.job.event, DispatchEvent),
        )

    def _publisher(self, round_: Round, place: Place, report: Report) -> Publisher:
        if self.job.stop.is_set() and self.job.clock.now() < self.job.deadline - _FOR_PUBLISHING:
            self.job.api.hurry(self.job.clock.now() + _GRACE)
        return Publisher(
            api=self.job.api,
            pull_request=round_.pull_request,
            audience=self._audience(round_, place),
            state=place.state or State(),
            marks=place.marks,
            links=self._links,
            notices=tuple(map(self.job.redactor.text, place.notices)),
            make_ledger=lambda findings, owed: make_ledger(round_, report, findings, owed),
        )

    def _marks(self, pull_request: PullRequest, keys: Iterable[str]) -> Marks:
        return Marks(
            repository=self.job.surroundings.repository,
            number=pull_request.number or 0,
            name=self.job.inputs.name,
            seal=Seal.of(keys, PURPOSE),
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
