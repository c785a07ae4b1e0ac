"""`codeflow`: the same engine on a laptop. Results go to stdout, progress to stderr.

Its options are in `arguments`.
"""

import argparse
import asyncio
import json
import math
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from codeflow_action.ai.registry import Providers, load_providers
from codeflow_action.arguments import make_parser, read_options
from codeflow_action.config.dismissed_file import dismissed_schema
from codeflow_action.config.json_schema import (
    configuration_schema,
    findings_schema,
    hand_off_schema,
)
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.pages import pages, rule_pages
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.config.plugins import load_plugins
from codeflow_action.demo import run_demo
from codeflow_action.engine.errors import (
    CodeFlowError,
    ConfigError,
    OutputError,
    RepositoryError,
)
from codeflow_action.engine.remark_statistics import RemarkStatistics
from codeflow_action.engine.report import Report
from codeflow_action.evaluation.dataset import read_dataset
from codeflow_action.evaluation.evaluate import EvaluationRequest, evaluate, read_setting
from codeflow_action.evaluation.results import Evaluation
from codeflow_action.evaluation.tables import to_tables
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.first_files import FirstFiles
from codeflow_action.hosts.interview import Interview
from codeflow_action.hosts.job_environment import find_secrets, scrub
from codeflow_action.hosts.laptop import Local, ReviewRequest, open_repository
from codeflow_action.hosts.log import log_bug, make_log
from codeflow_action.hosts.messages import Bundle, Send
from codeflow_action.hosts.provider_access import key_shapes, open_access
from codeflow_action.hosts.report_file import MAX_REPORT, parse_report
from codeflow_action.hosts.statistics import (
    StatisticsRequest,
    connect,
    read_statistics,
    to_table,
)
from codeflow_action.hosts.telemetry import (
    end_telemetry,
    run_attributes,
    start_telemetry,
    tell_report,
)
from codeflow_action.hosts.unfinished import EXIT_INTERRUPTED, TerminalResults
from codeflow_action.integrations.git_folders import find_repository
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.integrations.hand_off_lines import hand_off_file
from codeflow_action.integrations.sarif_output import to_sarif
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.integrations.terminal import to_terminal, wants_colour
from codeflow_action.run.clean import clean_report
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import for_runner, json_for_runner, log_line
from codeflow_action.supervisor.signals import Signals
from codeflow_action.supervisor.watch import Limits, supervise
from codeflow_action.tape.cassette import Cassette
from codeflow_action.tape.replay import replay

_BUG = 70  # as the Action's entry has it
# A line on stderr is for a person: what is longer is a dump that hides the sentence before it.
_MAX_LINE = 4_000  # characters
# Back to the first column, and erase to the end (ECMA-48, "EL").
_CLEAR_LINE = "\r\x1b[K"


def main() -> int:
    """Run one command and return its exit code.

    A review runs in a child that is watched: Ctrl-C ends it, whatever it computes.
    """
    arguments = sys.argv[1:]
    environment = os.environ.copy()
    # Keys travel by parameter only: no library and no child can pick one up from the environment.
    scrub(os.environ)
    if make_parser().parse_args(arguments).command != "review":
        return run(arguments, environment)

    def job(send: Send) -> None:
        code = run(arguments, environment, send)
        send(Bundle(final=True, exit_code=code, outputs={}, summary=""))

    # Nobody pays for a laptop by the minute: fetching and configuring may take as long as they do.
    limits = Limits(until_configured=math.inf)
    results = partial(TerminalResults, stdout=sys.stdout, stderr=sys.stderr)
    os._exit(supervise(Signals(), job, results, limits))  # as the Action does


def run(
    arguments: Sequence[str], environment: Mapping[str, str], send: Send = lambda _message: None
) -> int:
    """Parse and run; errors become one line on stderr and the exit code of their kind.

    `send` takes the messages for whoever watches a review.
    """
    options = make_parser().parse_args(arguments)
    redactor = Redactor(find_secrets(environment))
    try:
        return _run_command(options, environment, redactor, send)
    except CodeFlowError as error:
        sys.stderr.write(f"codeflow: {log_line(redactor.text(error.with_hint), _MAX_LINE)}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - an outer boundary: 1 would say that the gate is closed
        log_bug(make_log(sys.stderr, redactor, debug=False), f"codeflow {options.command}", error)
        sys.stderr.write(
            f"codeflow: a bug in CodeFlow ({type(error).__name__}); please report it\n"
        )
        return _BUG


def _run_command(
    options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor, send: Send
) -> int:
    commands = {"eval": _evaluate, "replay": _replay, "config": _config, "stats": _stats}
    if command := commands.get(options.command):
        return command(options, environment, redactor)
    match options.command:
        case "review":
            return _review(options, environment, redactor, send)
        case "demo":
            return run_demo(Path(options.output), environment, sys.stdout)
        case "findings":
            text = _findings(options, environment, redactor)
        case "schema":
            text = _schema(options.what)
        case "init":
            text = _init(options, Interview(answers=sys.stdin, screen=sys.stderr))
        case "docs":
            text = _for_step(_page(options.name), redactor, as_json=False)
        case name:
            raise ConfigError(f"the command {name!r} is not in this version")
    _write(text)
    return 0


def _init(options: argparse.Namespace, interview: Interview) -> str:
    """Write what the repository around here needs, and return what is left to do."""
    if not (folders := find_repository(Path.cwd())) or not folders.work_tree:
        raise RepositoryError(
            f"{Path.cwd()} is in no git repository with files", hint="change into your clone"
        )
    providers = load_providers()
    names = (*providers, "none")
    name = options.provider or interview.choice("Whose model reviews?", names, "none")
    if name not in names:
        raise ConfigError(f"there is no provider {name!r}{did_you_mean(name, names)}")
    question = "Do strangers send pull requests from forks?"
    has_forks = interview.is_so(question, default=False) if options.forks is None else options.forks
    provider = providers.get(name)
    first_files = FirstFiles(
        key_input=provider.key_input if provider else "",
        secret=provider.key_input.upper() if provider else "",
        has_forks=has_forks,
    )
    return first_files.advice(first_files.write(folders.work_tree))


def _review(
    options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor, send: Send
) -> int:
    request = _review_request(options)
    machine = _Machine(options=options, environment=environment, redactor=redactor)
    show = partial(_render, form=options.format, environment=environment, redactor=redactor)

    def keep(report: Report) -> None:
        send(Bundle(exit_code=report.exit_code, outputs={}, summary=show(report)))

    # The report so far goes to the watching process: Ctrl-C prints it, whatever this one computes.
    report = machine.run(lambda local: replace(local, keep=keep).review(request), show)
    return EXIT_INTERRUPTED if machine.stop.is_set() else report.exit_code


def _review_request(options: argparse.Namespace) -> ReviewRequest:
    return ReviewRequest(
        directory=Path.cwd(),
        base=options.base,
        head=getattr(options, "head", ""),  # `config` has no such option
        config=Path(options.config) if options.config else None,
    )


def _evaluate(
    options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor
) -> int:
    file = Path(options.dataset)
    request = EvaluationRequest(
        samples=read_dataset(_read_text(file), str(file)),
        folder=file.parent,
        repos=Path(options.repos),
        distance=options.within,
        judge=options.judge,
    )

    async def evaluate_locally(local: Local) -> Evaluation:
        setting = read_setting(local, Path(options.config) if options.config else None)
        return await evaluate(request, local, setting)

    def show(evaluation: Evaluation) -> str:
        as_json = options.format == "json"
        text = evaluation.model_dump_json(indent=2) if as_json else to_tables(evaluation)
        return _for_step(f"{text}\n" if as_json else text, redactor, as_json=as_json)

    machine = _Machine(options=options, environment=environment, redactor=redactor)
    machine.run(evaluate_locally, show)
    return 0


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """What a command has to work with that reviews, or configures a review."""

    options: argparse.Namespace
    environment: Mapping[str, str]
    redactor: Redactor
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def run[Result](
        self, work: Callable[[Local], Awaitable[Result]], show: Callable[[Result], str]
    ) -> Result:
        """Do the work, with its progress on stderr, and write the result."""
        scanners = BundledScanners(self.environment)
        redactor = self.redactor.with_search(scanners)
        log = make_log(sys.stderr, redactor, debug=False)
        telemetry = start_telemetry(self.environment, redactor, log)
        # In a workflow these lie in the workspace; here they may lie anywhere.
        paths = {name: getattr(self.options, name, "") for name in ("record", "cache_dir")}
        inputs = read_options(self.options).model_copy(update=paths)

        async def work_locally() -> Result:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stop.set)
            local = Local(
                inputs=inputs,
                environment=self.environment,
                redactor=redactor,
                scanners=scanners,
                clock=RealClock(),
                log=log,
                tracer=telemetry,
                progress=lambda text: _show_progress(redactor.text(text)),
                stop=self.stop,
            )
            return await work(local)

        try:
            with telemetry.span(f"codeflow {self.options.command}", run_attributes({})) as span:
                try:
                    result = asyncio.run(work_locally())
                finally:
                    _show_progress("")
                if isinstance(result, Report):
                    tell_report(span, result)
            # Before telemetry ends: a collector that is slow keeps nobody from the result.
            _write(show(result))
            return result
        finally:
            end_telemetry(telemetry, log, seconds_left=math.inf, hurry=False)


def _replay(options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor) -> int:
    path = Path(options.cassette)
    cassette = Cassette.parse(_read_text(path), path.name)
    # Nobody gives a key to replay a run, but a cassette that was written by hand may hold one.
    redactor.learn_shapes(key_shapes(load_providers()))
    log = make_log(sys.stderr, redactor, debug=False)
    report = asyncio.run(
        replay(
            cassette,
            load_registry(),
            clock=RealClock(),
            progress=lambda _text: None,
            on_bug=lambda action, error: log_bug(log, action, error),
        )
    )
    _write(_render(report, options.format, environment, redactor))
    return report.exit_code


def _stats(options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor) -> int:
    providers, inputs = load_providers(), read_options(options)
    access = open_access(providers, inputs, environment, redactor)
    named = options.repository or environment.get("GITHUB_REPOSITORY", "")

    async def count() -> RemarkStatistics:
        repository = named or await _remote_name(environment)
        request = StatisticsRequest(
            repository=repository,
            name=options.name,
            author=options.author,
            last=options.last,
            keys=tuple(access.keys.values()),
        )
        return await read_statistics(request, connect(environment), RealClock())

    statistics = asyncio.run(count())
    as_json = options.format == "json"
    text = f"{statistics.model_dump_json(indent=2)}\n" if as_json else to_table(statistics)
    _write(_for_step(text, redactor, as_json=as_json))
    return 0


async def _remote_name(environment: Mapping[str, str]) -> str:
    """Return the repository that the git remote names, empty where there is none."""
    repository = await open_repository(Path.cwd(), environment)
    return await repository.remote_name()


def _findings(
    options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor
) -> str:
    """Return a report's findings for a fixing agent. The report may be anybody's."""
    try:
        if options.report == "-":
            raw = sys.stdin.buffer.read(MAX_REPORT + 1)
        else:
            with Path(options.report).open("rb") as file:
                raw = file.read(MAX_REPORT + 1)
    except OSError as error:
        raise ConfigError(f"{options.report} cannot be read ({error.strerror})") from error
    report = clean_report(parse_report(raw), redactor.text)
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    links = Links(server_url=server, repository=report.repository)
    return _for_step(hand_off_file(report, links), redactor, as_json=True)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error})") from error


def _write(text: str) -> None:
    """Write the result. A reader who has seen enough, such as `head`, changes no exit code."""
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            message = f"standard output cannot be written ({error.strerror})"
            raise OutputError(message) from error


def _render(report: Report, form: str, environment: Mapping[str, str], redactor: Redactor) -> str:
    match form:
        case "json":
            text = report.model_dump_json(indent=2) + "\n"
        case "sarif":
            text = json.dumps(to_sarif(report, rule_pages(load_registry())), indent=2) + "\n"
        case "markdown":
            # Without addresses, what would be a link is plain text: nothing here is on GitHub.
            text = summary(report, None, Links(server_url="", repository=""), report.notices)
        case _:
            text = to_terminal(report, colour=wants_colour(sys.stdout, environment))
    return _for_step(text, redactor, as_json=form in {"json", "sarif"})


def _for_step(text: str, redactor: Redactor, *, as_json: bool) -> str:
    """Return what may be printed in a job's step: no secret, and no command to the runner."""
    clean = redactor.text(text)
    return json_for_runner(clean) if as_json else for_runner(clean)


def _config(options: argparse.Namespace, environment: Mapping[str, str], redactor: Redactor) -> int:
    """Print each value with the layer that says it, and which providers there are.

    Problems of the configuration go to stderr.
    """
    machine = _Machine(options=options, environment=environment, redactor=redactor)

    async def configure(local: Local) -> tuple[RunConfiguration, Providers]:
        return await local.configure(_review_request(options)), local.plugins.providers

    configuration, _ = machine.run(
        configure, lambda result: _for_step(_setting_lines(*result), redactor, as_json=False)
    )
    findings = (finding.message for finding in configuration.findings)
    shortfalls = (shortfall.detail for shortfall in configuration.shortfalls)
    for line in (*findings, *shortfalls, *configuration.notices):
        sys.stderr.write(f"{log_line(redactor.text(line), _MAX_LINE)}\n")
    return 0


def _schema(what: str) -> str:
    match what:
        case "config":
            schema = configuration_schema(load_registry())
        case "dismissed":
            schema = dismissed_schema()
        case "findings":
            schema = findings_schema()
        case _:
            schema = hand_off_schema()
    return json.dumps(schema, indent=2) + "\n"


def _page(name: str) -> str:
    """Return the page of what is installed under this name; two kinds of things may share it."""
    known = tuple(pages(load_plugins()))
    found = "\n".join(f"# {name}\n\n{text}\n" for known_name, text in known if known_name == name)
    if not found:
        nearest = did_you_mean(name, dict(known))
        raise ConfigError(f"there is no action, gate or provider {name!r}{nearest}")
    return found


def _setting_lines(configuration: RunConfiguration, providers: Providers) -> str:
    """Return a line for each value, with its layer, then one for each provider, with its package.

    Providers stand in the order in which `auto` asks them.
    """
    origins = sorted(configuration.resolution.effective.origins.items())
    lines = [f"{name} = {json.dumps(value)}  # {origin}\n" for name, (value, origin) in origins]
    for name, provider in providers.items():
        profile = provider.profile
        facts = {
            "keys": [provider.key_input, *profile.key_variables],
            "default": profile.default_model,
            "priced_on": profile.priced_on,
        }
        lines.append(f"providers.{name} = {json.dumps(facts)}  # {provider.package}\n")
    return "".join(lines)


def _show_progress(text: str) -> None:
    """Show what is being done now: one line that changes on a terminal, lines elsewhere.

    An empty text leaves a clean line on a terminal.
    """
    is_live = sys.stderr.isatty()
    if text or is_live:
        line = log_line(text, 120 if is_live else 1_000)
        sys.stderr.write(f"{_CLEAR_LINE}{line}" if is_live else f"{line}\n")
        sys.stderr.flush()
