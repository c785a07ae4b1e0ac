"""The Action's entry: wires a run, listens to signals, and turns every error into an exit code."""

import asyncio
import math
import random
import signal
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from codeflow_action.config.inputs import Inputs, fits_header, read_inputs
from codeflow_action.engine.errors import CodeFlowError, ConfigError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.ports import Clock
from codeflow_action.hosts.certificates import trust
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.github_job import JobWork, run_action
from codeflow_action.hosts.job import Job, RunStopped, end_tasks
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
    CommandEvent,
    Event,
    PullRequestEvent,
    parse_event,
    read_event,
)
from codeflow_action.integrations.github.read.pr_number import named_event
from codeflow_action.integrations.runner import mask
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.integrations.scratch import scratch_folder
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import inline

if TYPE_CHECKING:
    from codeflow_action.engine.report import Report
    from codeflow_action.hosts.delivery import Ending

# Seconds that a hosted job may take; the configuration's limit is shorter.
# https://docs.github.com/en/actions/reference/limits
_LONGEST = 360 * 60.0
_DEPENDABOT = "dependabot[bot]"
_BUG = 70  # EX_SOFTWARE of sysexits.h: apart from the codes that a verdict has


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error on its way to the reader."""

    exit_code: int
    reason: Reason
    text: str


@dataclass(kw_only=True)
class Process:
    """What one process has to work with.

    `environment` is as it was at the start; `child_environment`, which children inherit, has no
    secrets any more. `stop` is set by a signal, or when the time is up; the `deadline` is a time of
    the clock. `sink` takes the messages of the run; `has_results` says that it has a bundle.
    `work` is what the job is for.
    """

    environment: Mapping[str, str]
    child_environment: MutableMapping[str, str]
    redactor: Redactor
    scanners: BundledScanners
    log: Log
    clock: Clock
    telemetry: Telemetry
    stop: asyncio.Event
    sink: Send
    work: JobWork = run_action
    deadline: float = math.inf
    has_results: bool = False

    def send(self, message: Message) -> None:
        """Pass a message of the run on."""
        self.has_results = self.has_results or isinstance(message, Bundle)
        self.sink(message)


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
    """Run one job; `send` takes its messages, last of all a final bundle or a cut.

    Secrets are taken out of `environment` first.
    """
    full_environment = dict(environment)
    scanners = BundledScanners(full_environment)
    redactor = Redactor(find_secrets(full_environment), scanners)
    is_debug = full_environment.get("RUNNER_DEBUG") == "1"
    log = make_log(sys.stderr, redactor, debug=is_debug)
    process = Process(
        environment=full_environment,
        child_environment=environment,
        redactor=redactor,
        scanners=scanners,
        log=log,
        clock=clock or RealClock(),
        telemetry=start_telemetry(full_environment, redactor, log),
        stop=asyncio.Event(),
        sink=send,
        work=work,
    )
    scrub(environment)
    loop = asyncio.new_event_loop()
    try:
        with process.telemetry.span("codeflow run", run_attributes(full_environment)) as span:
            report = loop.run_until_complete(_run_and_deliver(process))
            tell_report(span, report)
    finally:
        loop.close()  # unlike `asyncio.run`, this does not wait for threads that are still busy
    seconds_left = process.deadline - process.clock.now()
    end_telemetry(
        process.telemetry,
        process.log,
        seconds_left=seconds_left,
        hurry=process.stop.is_set(),
    )


async def _run_and_deliver(process: Process) -> "Report":
    """Run, deliver the results, and return the report."""
    from codeflow_action.hosts.delivery import make_delivery  # noqa: PLC0415 - not needed to begin

    result = await _run_guarded(process)
    if not isinstance(result, Failure):
        make_delivery(process.environment, process.redactor, process.send).deliver(result)
        return result.report
    ending = _failure_ending(result, process.environment)
    # When a run breaks, what its gates have found before is not lost.
    if process.has_results:
        text = process.redactor.text(result.text)
        process.send(Cut(exit_code=result.exit_code, reason=result.reason.value, text=text))
    else:
        make_delivery(process.environment, process.redactor, process.send).deliver(ending)
    return ending.report


async def _run_guarded(process: Process) -> "Ending | Failure":
    """Run, and turn every error into a `Failure`: there is always something to deliver."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop.set)
    try:
        return await _run(process)
    except RunStopped:
        text = "the run was stopped before anything was checked; run the job again"
        return Failure(exit_code=3, reason=Reason.DEADLINE, text=text)
    except CodeFlowError as error:
        reason = Reason.INVALID_CONFIG if error.exit_code == 2 else Reason.GATE_NOT_RUN
        text = f"{error}. {error.hint}" if error.hint else str(error)
        return Failure(exit_code=error.exit_code, reason=reason, text=text)
    except Exception as error:  # noqa: BLE001 - an outer boundary: a bug must end with its own exit code, and with outputs
        log_bug(process.log, "entrypoint", error)
        text = f"a bug in CodeFlow ({type(error).__name__}); please report it with this log"
        return Failure(exit_code=_BUG, reason=Reason.GATE_NOT_RUN, text=text)


async def _run(process: Process) -> "Ending":
    inputs, warnings = read_inputs(process.environment)
    surroundings = read_surroundings(process.environment)
    process.send(Lines(lines=tuple(map(mask, inputs.secrets))))
    with scratch_folder() as folder:
        job = _make_job(process, inputs, surroundings, folder)
        job.warnings += warnings
        try:
            ending = await process.work(job)
        finally:
            process.deadline = job.deadline
            await end_tasks()
            await job.api.aclose()
            await asyncio.sleep(0)  # a closed connection gives its socket back in the next round
        requests = job.api.requests
        process.log.debug("requests", reads=requests.reads, writes=requests.writes)
        return ending


def _event(surroundings: Surroundings, pr_number: str) -> Event:
    """Return what the run is about. Raises `ConfigError`."""
    payload = read_event(surroundings.event_path)
    event = parse_event(
        surroundings.event_name, payload, sha=surroundings.sha, ref=surroundings.ref
    )
    return named_event(
        surroundings.event_name,
        event,
        payload,
        pr_number,
        server_url=surroundings.server_url,
        repository=surroundings.repository,
    )


def _make_job(process: Process, inputs: Inputs, surroundings: Surroundings, scratch: Path) -> Job:
    """Return what the run works with. Raises `ConfigError`."""
    environment, clock = process.environment, process.clock
    token = _find_token(inputs, environment)
    rng = random.Random()  # noqa: S311 - jitter, no secret
    start = clock.now()
    bundle = trust(
        inputs.ca_certificates,
        workspace=surroundings.workspace,
        folder=scratch,
        environment=process.child_environment,
    )
    process.telemetry.trust(bundle)
    event = _event(surroundings, inputs.pr_number)
    connection = Connection(
        token=token, api_url=surroundings.api_url, graphql_url=surroundings.graphql_url
    )
    git = GitSettings(
        token=token,
        server_url=surroundings.server_url,
        ca_bundle=bundle,
        environment=environment,
    )
    deadline = start + _LONGEST
    return Job(
        inputs=inputs,
        surroundings=surroundings,
        event=event,
        environment=environment,
        outsider=_reason_without_secrets(event, surroundings.actor),
        api=GitHubApi(
            connection, clock=clock, rng=rng, deadline=deadline, tracer=process.telemetry
        ),
        git=git,
        scanners=process.scanners,
        scratch=scratch,
        clock=clock,
        rng=rng,
        redactor=process.redactor,
        log=process.log,
        tracer=process.telemetry,
        stop=process.stop,
        start_time=start,
        today=datetime.now(UTC).date().isoformat(),
        deadline=deadline,
        send=process.send,
    )


def _find_token(inputs: Inputs, environment: Mapping[str, str]) -> str:
    token = inputs.github_token.get_secret_value() or environment.get("GITHUB_TOKEN", "")
    if not token:
        raise ConfigError(
            "input 'github_token' is empty", hint="leave it out to use the job's own token"
        )
    if not fits_header(token):
        raise ConfigError(
            "the variable GITHUB_TOKEN holds a sign that no token has",
            hint="give it the token alone, in one line",
        )
    return token


def _reason_without_secrets(event: Event, actor: str) -> Reason | None:
    """Return why GitHub rightly gives this run no secrets, None when it does."""
    # https://docs.github.com/en/code-security/dependabot/working-with-dependabot/automating-dependabot-with-github-actions
    if actor == _DEPENDABOT:
        return Reason.NO_KEY_DEPENDABOT
    # A job for a comment in the conversation has all secrets; one on the diff is as the rest.
    data = event.data if isinstance(event, PullRequestEvent | CommandEvent) else None
    if data:
        if data.author.login == _DEPENDABOT:
            return Reason.NO_KEY_DEPENDABOT
        # Secrets are not passed to jobs of a fork's pull request; a deleted fork has no repository.
        # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories
        if data.head.repo is None or (
            data.base.repo is not None and data.head.repo.full_name != data.base.repo.full_name
        ):
            return Reason.NO_KEY_FORK
    return None


def _failure_ending(failure: Failure, environment: Mapping[str, str]) -> "Ending":
    from codeflow_action.engine.headline import headline  # noqa: PLC0415 - as above
    from codeflow_action.engine.verdict import Decision  # noqa: PLC0415 - as above
    from codeflow_action.hosts.delivery import Ending  # noqa: PLC0415 - as above
    from codeflow_action.run.conclude import bare_report  # noqa: PLC0415 - as above

    decision = Decision(
        verdict=Verdict.INCOMPLETE, reason=failure.reason, exit_code=failure.exit_code
    )
    report = bare_report(
        decision,
        name=environment.get("INPUT_NAME", "").strip() or Inputs().name,
        repository=environment.get("GITHUB_REPOSITORY", ""),
        notices=(failure.text,),
    )
    summary = f"**{headline(report)}**\n\n{inline(failure.text, 4_000)}\n"
    return Ending(report=report, summary=summary, last_word=failure.text)
