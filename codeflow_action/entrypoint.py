"""The Action's entry: wires a run, listens to signals, and turns every error into an exit code."""

import asyncio
import math
import random
import signal
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codeflow_action.config.inputs import Inputs, read_inputs
from codeflow_action.engine.errors import CodeFlowError, ConfigError
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.report import Report
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.certificates import trust
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.github_job import JobWork, run_action
from codeflow_action.hosts.job import Job, Stopped
from codeflow_action.hosts.job_environment import (
    Surroundings,
    find_secrets,
    read_surroundings,
    scrub,
)
from codeflow_action.hosts.log import Log, log_bug, make_log
from codeflow_action.hosts.messages import Bundle, Cut, Lines, Message, Send
from codeflow_action.hosts.telemetry import (
    Telemetry,
    end_telemetry,
    run_attributes,
    start_telemetry,
    tell_report,
)
from codeflow_action.hosts.writer import Output, RunnerFiles, Writer
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.read.event import (
    Event,
    PullRequestEvent,
    parse_event,
    read_event,
)
from codeflow_action.integrations.runner import mask
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.integrations.scratch import scratch_folder
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import inline

if TYPE_CHECKING:
    from codeflow_action.hosts.delivery import Ending

_LONGEST = 360 * 60.0  # seconds: a job's own limit; the configuration's is shorter
_DEPENDABOT = "dependabot[bot]"
_BUG = 70


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error on its way to the reader."""

    exit_code: int
    reason: Reason
    said: str


@dataclass(kw_only=True)
class Process:
    """What one process has to work with.

    `given` is the environment as it was; in `live`, which children inherit, the secrets are gone.
    `stop` is set by a signal, or when the time is up; the `deadline` is on the clock. `to` takes
    what comes of the run; `has_results` says that it has a bundle already.
    `work` is what the job is for.
    """

    given: Mapping[str, str]
    live: MutableMapping[str, str]
    redactor: Redactor
    scanners: BundledScanners
    log: Log
    clock: Clock
    telemetry: Telemetry
    stop: asyncio.Event
    to: Send
    work: JobWork = run_action
    deadline: float = math.inf
    has_results: bool = False

    def send(self, message: Message) -> None:
        """Hand over what has come of the run."""
        self.has_results = self.has_results or isinstance(message, Bundle)
        self.to(message)


def main(
    environment: MutableMapping[str, str],
    clock: Clock | None = None,
    work: JobWork = run_action,
) -> int:
    """Run one job in this process, unwatched, write its results, and return the exit code.

    Secrets are taken out of `environment` first.
    """
    target = RunnerFiles.of(environment)
    writer = Writer(target=target, stdout=Output(sys.stdout), stderr=Output(sys.stderr))
    run_job(environment, writer.take, clock, work)
    return _BUG if writer.exit_code is None else writer.exit_code


def run_job(
    environment: MutableMapping[str, str],
    send: Send,
    clock: Clock | None = None,
    work: JobWork = run_action,
) -> None:
    """Run one job; `send` takes what comes of it, last of all a final bundle or a cut.

    Secrets are taken out of `environment` first.
    """
    given = dict(environment)
    scanners = BundledScanners(given)
    redactor = Redactor(find_secrets(given), scanners)
    log = make_log(sys.stderr, redactor, debug=given.get("RUNNER_DEBUG") == "1")
    process = Process(
        given=given,
        live=environment,
        redactor=redactor,
        scanners=scanners,
        log=log,
        clock=clock or RealClock(),
        telemetry=start_telemetry(given, redactor, log),
        stop=asyncio.Event(),
        to=send,
        work=work,
    )
    scrub(environment)
    loop = asyncio.new_event_loop()
    try:
        with process.telemetry.span("codeflow run", run_attributes(given)) as span:
            report = loop.run_until_complete(_to_the_end(process))
            tell_report(span, report)
    finally:
        loop.close()  # threads that are still busy are not waited for
    left = process.deadline - process.clock.now()
    end_telemetry(process.telemetry, process.log, left=left, hurry=process.stop.is_set())


async def _to_the_end(process: Process) -> Report:
    """Run, hand over what it came to, and return the report of it."""
    from codeflow_action.hosts.delivery import make_delivery  # noqa: PLC0415 - not needed to begin

    result = await _guarded(process)
    if not isinstance(result, Failure):
        make_delivery(process.given, process.redactor, process.send).deliver(result)
        return result.report
    failed = _failed(result, process.given)
    if process.has_results:  # of a run that broke, what its gates have found is not lost
        text = process.redactor.text(result.said)
        process.send(Cut(exit_code=result.exit_code, reason=result.reason.value, text=text))
    else:
        make_delivery(process.given, process.redactor, process.send).deliver(failed)
    return failed.report


async def _guarded(process: Process) -> "Ending | Failure":
    """The outer boundary: whatever breaks, there is something to deliver."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop.set)
    try:
        return await _run(process)
    except Stopped:
        said = "the run was stopped before anything was checked; run the job again"
        return Failure(exit_code=3, reason=Reason.DEADLINE, said=said)
    except CodeFlowError as error:
        reason = Reason.INVALID_CONFIG if error.exit_code == 2 else Reason.GATE_NOT_RUN
        said = f"{error}. {error.hint}" if error.hint else str(error)
        return Failure(exit_code=error.exit_code, reason=reason, said=said)
    except Exception as error:  # noqa: BLE001 - an outer boundary: a bug must end with its own exit code, and with outputs
        log_bug(process.log, "entrypoint", error)
        said = f"a bug in CodeFlow ({type(error).__name__}); please report it with this log"
        return Failure(exit_code=_BUG, reason=Reason.GATE_NOT_RUN, said=said)


async def _run(process: Process) -> "Ending":
    inputs, warnings = read_inputs(process.given)
    surroundings = read_surroundings(process.given)
    process.send(Lines(lines=tuple(mask(key) for key in inputs.keys.values())))
    with scratch_folder() as folder:
        job = _make_job(process, inputs, surroundings, folder)
        job.warnings += warnings
        try:
            ending = await process.work(job)
        finally:
            process.deadline = job.deadline
            await job.api.aclose()
        requests = job.api.requests
        process.log.debug("requests", reads=requests.reads, writes=requests.writes)
        return ending


def _make_job(process: Process, inputs: Inputs, surroundings: Surroundings, scratch: Path) -> Job:
    """Return what the run works with. Raises `ConfigError`."""
    given, clock = process.given, process.clock
    token = inputs.github_token.get_secret_value() or given.get("GITHUB_TOKEN", "")
    if not token:
        raise ConfigError(
            "input 'github_token' is empty", hint="leave it out to use the job's own token"
        )
    rng = random.Random()  # noqa: S311 - jitter, no secret
    started = clock.now()
    bundle = trust(
        inputs.ca_certificates,
        workspace=surroundings.workspace,
        folder=scratch,
        environment=process.live,
    )
    process.telemetry.trust(bundle)
    event = parse_event(
        surroundings.event_name,
        read_event(surroundings.event_path),
        sha=surroundings.sha,
        ref=surroundings.ref,
    )
    connection = Connection(
        token=token, api_url=surroundings.api_url, graphql_url=surroundings.graphql_url
    )
    deadline = started + _LONGEST
    return Job(
        inputs=inputs,
        surroundings=surroundings,
        event=event,
        given=given,
        outsider=_outsider(event, surroundings.actor),
        api=GitHubApi(
            connection, clock=clock, rng=rng, deadline=deadline, tracer=process.telemetry
        ),
        git=GitSettings(
            token=token,
            server_url=surroundings.server_url,
            ca_bundle=bundle,
            environment=given,
        ),
        scanners=process.scanners,
        scratch=scratch,
        clock=clock,
        rng=rng,
        redactor=process.redactor,
        log=process.log,
        tracer=process.telemetry,
        stop=process.stop,
        started=started,
        deadline=deadline,
        send=process.send,
    )


def _outsider(event: Event, actor: str) -> Reason | None:
    """Return why GitHub rightly gives this run no secrets, None when it does."""
    if actor == _DEPENDABOT:
        return Reason.NO_KEY_DEPENDABOT
    if isinstance(event, PullRequestEvent):
        data = event.data
        if data.author.login == _DEPENDABOT:
            return Reason.NO_KEY_DEPENDABOT
        if data.head.repo is None or (
            data.base.repo is not None and data.head.repo.full_name != data.base.repo.full_name
        ):
            return Reason.NO_KEY_FORK
    return None


def _failed(failure: Failure, environment: Mapping[str, str]) -> "Ending":
    from codeflow_action.hosts.delivery import Ending  # noqa: PLC0415
    from codeflow_action.integrations.github.write.render import verdict_line  # noqa: PLC0415 - as above
    from codeflow_action.run.conclude import bare_report  # noqa: PLC0415

    decision = Decision(
        verdict=Verdict.INCOMPLETE, reason=failure.reason, exit_code=failure.exit_code
    )
    report = bare_report(
        decision,
        name=environment.get("INPUT_NAME", "").strip() or Inputs().name,
        repository=environment.get("GITHUB_REPOSITORY", ""),
        notices=(failure.said,),
    )
    summary = f"{verdict_line(report)}\n\n{inline(failure.said, 4_000)}\n"
    return Ending(report=report, summary=summary, said=failure.said)
