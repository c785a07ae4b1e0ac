"""What a command is given, and how it answers."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from codeflow_action.engine.errors import ConfigError, OutputError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.hosts.messages import Send
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import for_runner, json_for_runner, log_line

# A line on stderr is for a person: what is longer is a dump that hides the sentence before it.
MAX_LINE = 4_000  # characters
# Back to the first column, and erase to the end (ECMA-48, "EL").
_CLEAR_LINE = "\r\x1b[K"


@dataclass(frozen=True, kw_only=True)
class CommandCall:
    """The options of one command, the variables around it, and who takes messages of a review."""

    options: argparse.Namespace
    environment: Mapping[str, str]
    redactor: Redactor
    send: Send

    def clean(self, text: str, *, as_json: bool) -> str:
        """Return what may be printed in a job's step: no secret, and no command to the runner."""
        clean = self.redactor.text(text)
        return json_for_runner(clean) if as_json else for_runner(clean)

    def write(self, text: str, *, as_json: bool = False) -> None:
        """Write a result to stdout. Raises as `write_result` does."""
        write_result(self.clean(text, as_json=as_json))

    def note(self, text: str) -> None:
        """Write a line for a person to stderr."""
        sys.stderr.write(f"{log_line(self.redactor.text(text), MAX_LINE)}\n")


type Command = Callable[[CommandCall], int]


def write_result(text: str) -> None:
    """Write the result. A reader who has seen enough, such as `head`, changes no exit code.

    Raises `OutputError` where nothing can be written.
    """
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


def read_text(path: Path) -> str:
    """Return a file's text. Raises `ConfigError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error})") from error


def show_progress(text: str) -> None:
    """Show what is being done now: one line that changes on a terminal, lines elsewhere.

    An empty text leaves a clean line on a terminal.
    """
    is_live = sys.stderr.isatty()
    if text or is_live:
        line = log_line(text, 120 if is_live else 1_000)
        sys.stderr.write(f"{_CLEAR_LINE}{line}" if is_live else f"{line}\n")
        sys.stderr.flush()
