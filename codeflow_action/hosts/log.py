"""The log: one line an event, without secrets, and with nothing a runner or terminal would obey."""

import contextlib
import logging
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from codeflow_action.engine.lazy import dataclass
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import log_line

type Log = structlog.typing.FilteringBoundLogger


@dataclass(frozen=True)
class _Patient:
    """A stream that may be closed or full: a run is not lost with its log."""

    stream: TextIO | None

    def write(self, text: str) -> None:
        if self.stream:
            with contextlib.suppress(OSError, ValueError):
                self.stream.write(text)

    def flush(self) -> None:
        if self.stream:
            with contextlib.suppress(OSError, ValueError):
                self.stream.flush()


def make_log(stream: TextIO | None, redactor: Redactor, *, debug: bool) -> Log:
    """Return a logger that writes `event key=value ...` lines to `stream`."""

    def render(_logger: object, level: str, event: MutableMapping[str, Any]) -> str:
        # The text comes first, as a reader looks for it; structlog keeps it among the values.
        head = event.pop("event")
        pairs = " ".join(f"{key}={value}" for key, value in event.items())
        prefix = f"{level}: " if level != "info" else ""
        return log_line(redactor.text(f"{prefix}{head} {pairs}".rstrip()))

    log: Log = structlog.wrap_logger(
        structlog.PrintLogger(cast("TextIO", _Patient(stream))),
        processors=[render],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        cache_logger_on_first_use=False,
    )
    return log


def log_bug(log: Log, place: str, error: BaseException) -> None:
    """Write a traceback line by line; values pass the same net as every other line."""
    log.error("a bug in CodeFlow", where=place)
    for block in traceback.format_exception(error):
        for line in block.rstrip().split("\n"):
            log.error(line)
