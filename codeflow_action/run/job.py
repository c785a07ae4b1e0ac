"""The Action's run: from the event to what is posted. Everything outside is handed in."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.ai.models import ModelSettings, NoModels, RunModels, load_factories
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Access, Chosen, choose_models, price_table
from codeflow_action.config.pipeline import load_registry
from codeflow_action.config.policy import Mode
from codeflow_action.config.when import Held, held_back
from codeflow_action.engine.action import Reason, Task
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.pipeline import run_pipeline
from codeflow_action.engine.ports import Clock, Scanners
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.report import CommentMode, Decision, Report, ReportedFinding, Verdict
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.github import plan, render
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.event import (
    DispatchEvent,
    Event,
    PullRequestEvent,
    describe,
)
from codeflow_action.integrations.github.publish import Published, Publisher
from codeflow_action.integrations.github.source import Loaded, NotLoaded, Source
from codeflow_action.integrations.github.state import State, read_state
from codeflow_action.run.conclude import (
    Round,
    bare_report,
    conclude,
    digest,
    head_moved,
    make_ledger,
)
from codeflow_action.run.delivery import Ending
from codeflow_action.run.log import Log, log_bug
from codeflow_action.run.policy import Configured, read_configuration
from codeflow_action.run.surroundings import Surroundings
from codeflow_action.security.redaction import Redactor

_FOR_PUBLISHING = 20.0  # seconds before the deadline after which no model is waited for
_GRACE = 6.0  # seconds between a stop signal and our end; the runner kills after ten


class Stopped(Exception):
    """The run was told to stop before there was anything to report."""


@dataclass(kw_only=True)
class Job:
    """One run of the Action. `stop` is set by a signal, or when the time is up."""

    inputs: Inputs
    surroundings: Surroundings
    event: Event
    access: Access
    api: GitHubApi
    git: GitSettings
    scanners: Scanners
    scratch: Path
    clock: Clock
    rng: random.Random
    redactor: Redactor
    log: Log
    stop: asyncio.Event
    started: float
    deadline: float  # on the clock; `budget.timeout_minutes` may bring it nearer
    warnings: list[str] = field(default_factory=list)

    async def run(self) -> Ending:
        """Return what is to be delivered. Raises `CodeFlowError`, or `Stopped`."""
        self.log.info("started", on=describe(self.event))
        loaded, state = await self._unless_stopped(self._load())
        if isinstance(loaded, NotLoaded):
            return self._skipped(loaded.reason, loaded.detail)
        pull_request = loaded.pull_request
        self.log.info(
            "loaded",
            files=len(pull_request.files),
            source=loaded.how,
            head=pull_request.head_sha,
            merge_base=pull_request.merge_base_sha,
        )
        configured = await self._unless_stopped(self._configure(loaded))
        policy = configured.effective.policy
        self.deadline = min(self.deadline, self.started + policy.budget.timeout_minutes * 60)
        timer = asyncio.get_running_loop().call_later(
            max(0.0, self.deadline - _FOR_PUBLISHING - self.clock.now()), self.stop.set
        )
        try:
            return await self._review(loaded, state, configured)
        finally:
            timer.cancel()

    async def _load(self) -> tuple[Loaded | NotLoaded, State | None]:
        """Return the pull request, and what we have written on it before, read side by side."""
        source = Source(
            api=self.api,
            repository=self.surroundings.repository,
            server_url=self.surroundings.server_url,
            workspace=self.surroundings.workspace,
            scratch=self.scratch,
            git=self.git,
        )
        loading = source.load(self.event, self.inputs.pr_number)
        if isinstance(self.event, PullRequestEvent):
            return await asyncio.gather(loading, self._state(self.event.data.number))
        loaded = await loading
        number = loaded.pull_request.number if isinstance(loaded, Loaded) else None
        return loaded, await self._state(number) if number is not None else State()

    async def _state(self, number: int) -> State | None:
        """Return our earlier traces, None when they cannot be seen: then nothing is posted."""
        try:
            return await read_state(
                self.api, self.surroundings.repository, number, self.inputs.name
            )
        except GitHubError as error:
            self.warnings.append(f"earlier comments could not be read, so none is posted: {error}")
            return None

    async def _configure(self, loaded: Loaded) -> Configured:
        return await read_configuration(
            inputs=self.inputs,
            pull_request=loaded.pull_request,
            base=loaded.policy,
            head=loaded.head,
            registry=load_registry(),
        )

    async def _review(self, loaded: Loaded, state: State | None, configured: Configured) -> Ending:
        effective, pull_request = configured.effective, loaded.pull_request
        when = effective.policy.when
        if loaded.trigger is Trigger.LABELED and loaded.label != when.review_label:
            return self._skipped(Reason.UNSUPPORTED_EVENT, f"{loaded.label!r} asks for nothing")
        if not any(action.answers_to(loaded.trigger) for action in effective.actions):
            detail = f"no action answers to {loaded.trigger.value}"
            return self._skipped(Reason.UNSUPPORTED_EVENT, detail)
        if not pull_request.files and not pull_request.files_left_out:
            return self._skipped(Reason.NO_REVIEWABLE_CHANGES, "nothing was changed")
        held = held_back(when, pull_request, loaded.trigger)
        if held.mode is Mode.SKIP and held.reason:
            return self._skipped(held.reason, render.WHY[held.reason.value], pull_request)
        chosen = choose_models(effective, self.access, load_factories())
        if chosen.notice and held.reason is None:
            self.log.info(chosen.notice)
        previous = state.ledger if state else None
        models, unchanged, mark = self._models(effective, chosen, held, previous, pull_request)
        models.warm_up()
        task = Task(
            pull_request=pull_request,
            trigger=loaded.trigger,
            head=loaded.head,
            base=loaded.base,
            scanners=self.scanners,
            models=models,
            clock=self.clock,
            guidance=effective.policy.guidance,
            progress=self.log.info,
        )
        steps = await run_pipeline(effective.actions, task, self._on_bug, self.stop)
        await models.aclose()
        round_ = Round(
            name=self.inputs.name,
            pull_request=pull_request,
            effective=effective,
            steps=steps,
            spent=models.spent,
            seconds=self.clock.now() - self.started,
            model=chosen.label,
            digest=mark,
            previous=previous,
            unchanged=unchanged,
            findings=configured.findings,
            shortfalls=configured.shortfalls,
            notices=configured.notices,
        )
        return await self._publish(round_, loaded, state, held)

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
        if chosen.default is None:
            return NoModels(chosen.why_not.value), False, mark
        head, base = pull_request.head_sha, pull_request.merge_base_sha
        if previous and previous.covers(head_sha=head, merge_base_sha=base, digest=mark):
            return NoModels(Reason.UNCHANGED.value), True, mark
        budget, spent = effective.policy.budget, previous.cost_usd if previous else 0.0
        settings = ModelSettings(
            default=chosen.default,
            fallback=chosen.fallback,
            roles=chosen.roles,
            keys=chosen.keys,
            base_urls=chosen.base_urls,
            max_tokens=budget.max_tokens,
            max_cost_usd=min(budget.max_cost_usd, budget.max_cost_usd_per_pr - (spent or 0.0)),
            prices=price_table(effective.policy.models.prices),
            deadline=self.deadline - _FOR_PUBLISHING,
        )
        models = RunModels(
            settings,
            factories=load_factories(),
            clock=self.clock,
            rng=self.rng,
            redactor=self.redactor,
        )
        return models, False, mark

    async def _publish(
        self, round_: Round, loaded: Loaded, state: State | None, held: Held
    ) -> Ending:
        """Place the findings, write to GitHub, and return what the runner is told."""
        audience = self._audience(round_, loaded, state, held)
        report = conclude(round_, self.redactor)
        placed = plan.place(report.findings, loaded.pull_request, audience)
        report = report.model_copy(update={"findings": placed})
        links = render.Links(
            server_url=self.surroundings.server_url,
            repository=self.surroundings.repository,
            run_url=self.surroundings.run_url,
        )
        published = Published(findings=placed)
        if not self.inputs.dry_run:
            published = await self._publisher(round_, audience, state, links, report).publish(
                report
            )
        report = report.model_copy(update={"findings": published.findings})
        if published.head_moved:
            report = head_moved(report)
        ledger = make_ledger(round_, report, report.findings)
        notes = (*published.notes, *round_.notices)
        return Ending(
            report=report,
            summary=render.summary(report, ledger, links, notes),
            comment_url=published.comment_url,
            review_url=published.review_url,
            annotate=not published.annotated,
            warnings=(*self.warnings, *published.notes),
        )

    def _audience(
        self, round_: Round, loaded: Loaded, state: State | None, held: Held
    ) -> plan.Audience:
        """Return where this run may speak: nowhere but in its log when traces are not readable."""
        policy = round_.effective.policy
        silent = state is None or held.reason is Reason.OPTED_OUT or self.inputs.dry_run
        reviewers = [one for one in round_.effective.actions if isinstance(one, PrReviewer)]
        return plan.Audience(
            number=loaded.pull_request.number,
            name=self.inputs.name,
            comment=CommentMode.NEVER if silent else policy.comment,
            max_inline=0 if silent or not reviewers else reviewers[0].max_comments,
            is_check=not isinstance(self.event, DispatchEvent),
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

        stopped = self.stop.is_set() and self.clock.now() < self.deadline - _FOR_PUBLISHING
        deadline = self.clock.now() + _GRACE if stopped else self.deadline
        return Publisher(
            api=self.api,
            clock=self.clock,
            deadline=deadline,
            pull_request=round_.pull_request,
            audience=audience,
            state=state or State(),
            links=links,
            make_ledger=lambda findings: ledger(tuple(findings)),
        )

    def _skipped(
        self, reason: Reason, detail: str, pull_request: PullRequest | None = None
    ) -> Ending:
        report = bare_report(
            Decision(verdict=Verdict.SKIPPED, reason=reason, exit_code=0),
            name=self.inputs.name,
            repository=self.surroundings.repository,
            number=pull_request.number if pull_request else None,
            notices=(detail,),
        )
        said = f"{render.verdict_line(report)}\n\n{detail}\n"
        return Ending(report=report, summary=said, warnings=tuple(self.warnings))

    def _on_bug(self, action: str, error: BaseException) -> None:
        log_bug(self.log, action, error)

    async def _unless_stopped[T](self, work: Coroutine[object, object, T]) -> T:
        """Return what the work comes to. Raises `Stopped` when a signal came first."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Stopped
            return working.result()
        finally:
            working.cancel()
            stopping.cancel()
