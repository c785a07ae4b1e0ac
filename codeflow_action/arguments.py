"""The commands of `codeflow` and their options.

It imports little: `--help` and a wrong option are answered before anything else is read.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from codeflow_action import __version__
from codeflow_action.config.names import did_you_mean
from codeflow_action.engine.findings import FailOn
from codeflow_action.engine.guidance import Effort
from codeflow_action.security.untrusted import for_runner

_FORMATS = ("terminal", "json", "markdown", "sarif")


class _Parser(argparse.ArgumentParser):
    """A parser whose messages repeat arguments, and still are no commands to a runner."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's
        # An option that is cut short could come to mean another one when options are added.
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(  # type: ignore[override] # argparse's overloads say the same
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse an unknown option, with the nearest name, and what else is too much."""
        options, unknown = super().parse_known_args(args, namespace)
        if wrong := next((text for text in unknown if text.startswith("-")), ""):
            nearest = did_you_mean(wrong.partition("=")[0], self._option_string_actions)
            self.error(f"there is no option {wrong!r}{nearest}")
        if unknown:
            # As `git diff` takes a range.
            has_range = "--head" in self._option_string_actions
            hint = " (a range is --base REF --head REF)" if has_range else ""
            self.error(f"there is no place for {unknown[0]!r}{hint}")
        return options, unknown

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401 - argparse's
        super()._print_message(for_runner(message), file)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; the command is in `command`."""
    parser = _Parser(prog="codeflow", description="Review changes of a git repository.")
    parser.add_argument("--version", action="version", version=f"codeflow {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_review(commands.add_parser("review", help="review a range of the repository around here"))
    _add_evaluation(commands.add_parser("eval", help="measure the reviewer on known findings"))
    replay = commands.add_parser("replay", help="run a recorded run again, offline")
    replay.add_argument("cassette", metavar="CASSETTE")
    replay.add_argument("--format", default="terminal", choices=_FORMATS)
    findings = commands.add_parser("findings", help="hand a report's findings to a fixing agent")
    findings.add_argument("report", metavar="REPORT", help="a report's file, or - for the input")
    demo = commands.add_parser("demo", help="run the Action on a made-up pull request")
    demo.add_argument("--output", default="codeflow-demo", metavar="DIR")
    config = commands.add_parser("config", help="print each effective value with its origin")
    config.add_argument("--base", default="", metavar="REF", help="default: the default branch")
    _add_policy(config)
    _add_common(config)
    doctor = commands.add_parser("doctor", help="try what a review needs, one by one")
    doctor.add_argument("--base", default="", metavar="REF", help="default: the default branch")
    _add_policy(doctor)
    _add_common(doctor)
    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("what", choices=["config", "dismissed", "findings", "hand-off"])
    docs = commands.add_parser("docs", help="print the page of an action, a gate or a provider")
    docs.add_argument("name", metavar="NAME", help="of this package, or of one beside it")
    help_text = "write a workflow and a configuration for the repository around here"
    _add_first_files(commands.add_parser("init", help=help_text))
    _add_stats(commands.add_parser("stats", help="count which remarks changed code"))
    _add_backtest(commands.add_parser("backtest", help="review what had to be fixed later"))
    return parser


def _add_review(review: argparse.ArgumentParser) -> None:
    review.add_argument("--base", default="", metavar="REF", help="default: the default branch")
    review.add_argument("--head", default="", metavar="REF", help="default: the working tree")
    review.add_argument(
        "--staged", action="store_true", help="review what is staged, against the last commit"
    )
    review.add_argument("--format", default="terminal", choices=_FORMATS)
    review.add_argument("--output", default="", metavar="FILE", help="write the result here")
    review.add_argument("--fail-on", default="", choices=[level.value for level in FailOn])
    review.add_argument(
        "--sarif", action="append", default=[], metavar="GLOB", help="other tools' SARIF files"
    )
    review.add_argument("--record", default="", metavar="FILE", help="write a cassette of the run")
    review.add_argument("--cache-dir", default="", metavar="DIR", help="keep models' answers here")
    review.add_argument(
        "--pipeline", default="", metavar="NAMES", help="actions that replace the configured ones"
    )
    review.add_argument(
        "--language", default="", metavar="TAG", help="of models' prose, such as de"
    )
    _add_policy(review)
    _add_common(review)


def _add_evaluation(evaluation: argparse.ArgumentParser) -> None:
    evaluation.add_argument("dataset", metavar="DATASET", help="JSON Lines, see docs/evaluation.md")
    evaluation.add_argument("--repos", default=".", metavar="DIR", help="clones, as owner/name")
    evaluation.add_argument(
        "--within", default=None, type=int, metavar="N", help="lines apart that still match"
    )
    evaluation.add_argument(
        "--judge", default="", metavar="PROVIDER:MODEL", help="compares meanings"
    )
    evaluation.add_argument("--format", default="terminal", choices=("terminal", "json"))
    # One file for all samples: what their own base commits say would measure their policies.
    evaluation.add_argument(
        "--config", "--config-path", default="", metavar="FILE", help="configuration for all"
    )
    _add_common(evaluation)


def _add_first_files(init: argparse.ArgumentParser) -> None:
    init.add_argument(
        "--provider", default="", metavar="NAME", help="whose model reviews; none: gates alone"
    )
    init.add_argument(
        "--identity",
        action="store_true",
        help="ask the provider with the job's identity: no key is stored",
    )
    init.add_argument(
        "--forks",
        action=argparse.BooleanOptionalAction,
        help="whether strangers send pull requests from forks",
    )
    init.add_argument(
        "--commands",
        action=argparse.BooleanOptionalAction,
        help="whether comments such as /codeflow review are answered",
    )


def _add_stats(stats: argparse.ArgumentParser) -> None:
    stats.add_argument(
        "--last", default=50, type=int, metavar="N", help="pull requests; 50 if left out"
    )
    stats.add_argument(
        "--repository", default="", metavar="OWNER/NAME", help="default: of the git remote"
    )
    stats.add_argument("--name", default="", help="of the runs, as the input `name`")
    stats.add_argument(
        "--author", default="github-actions[bot]", metavar="LOGIN", help="whose comments are ours"
    )
    stats.add_argument("--format", default="terminal", choices=("terminal", "json"))


def _add_backtest(backtest: argparse.ArgumentParser) -> None:
    backtest.add_argument(
        "--last", default=None, type=int, metavar="N", help="changes to look at; 1000 if left out"
    )
    backtest.add_argument(
        "--reviews", default=None, type=int, metavar="N", help="at most; 20 if left out"
    )
    backtest.add_argument(
        "--budget", default=None, type=float, metavar="USD", help="of all reviews; 5 if left out"
    )
    backtest.add_argument("--head", default="HEAD", metavar="REF", help="the newest change")
    backtest.add_argument("--format", default="terminal", choices=("terminal", "json"))
    _add_policy(backtest)
    _add_common(backtest)


def _add_policy(parser: argparse.ArgumentParser) -> None:
    """Add where the configuration is: a file of the base commit, or of this machine."""
    parser.add_argument(
        "--config-path", default="", metavar="PATH", help="configuration in the base commit"
    )
    parser.add_argument(
        "--config", default="", metavar="FILE", help="configuration on this machine, instead"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    # Keys are no options: a command line can be read by every process of the machine.
    parser.add_argument(
        "--provider", default="", help="auto, none, or the name of a provider, such as openai"
    )
    parser.add_argument("--model", default="", help="a model id of the provider")
    parser.add_argument("--effort", default="", choices=[effort.value for effort in Effort])
