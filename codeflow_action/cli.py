"""`codeflow`: the same engine on a laptop. Results go to stdout, progress to stderr.

Its options are in `arguments`, its commands in `commands`.
"""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import cast

from codeflow_action.arguments import make_parser
from codeflow_action.commands.command_call import MAX_LINE, Command, CommandCall
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.hosts.job_environment import find_secrets, scrub
from codeflow_action.hosts.messages import Bundle, Send
from codeflow_action.hosts.unfinished import EXIT_INTERRUPTED, TerminalResults
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import log_line
from codeflow_action.supervisor.signals import Signals
from codeflow_action.supervisor.watch import Limits, supervise

_BUG = 70  # as the Action's entry has it


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
    call = CommandCall(options=options, environment=environment, redactor=redactor, send=send)
    try:
        return _command(options.command)(call)
    except CodeFlowError as error:
        sys.stderr.write(f"codeflow: {log_line(redactor.text(error.with_hint), MAX_LINE)}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - an outer boundary: 1 would say that the gate is closed
        _log_bug(call, error)
        return _BUG


def _log_bug(call: CommandCall, error: Exception) -> None:
    from codeflow_action.hosts.log import log_bug, make_log  # noqa: PLC0415 - slow, and seldom needed

    log = make_log(sys.stderr, call.redactor, debug=False)
    log_bug(log, f"codeflow {call.options.command}", error)
    sys.stderr.write(f"codeflow: a bug in CodeFlow ({type(error).__name__}); please report it\n")


def _command(name: str) -> Command:
    """Import the command of this name, which the parser knows."""
    return cast("Command", import_module(f"codeflow_action.commands.{name}_command").run)
