"""What a run tells the process that watches it, and how that goes through a pipe.

Everything in a message is text that is ready to be written: redacted, escaped, cut. Whoever writes
it needs no other part of CodeFlow for it, so this module takes the standard library alone.
"""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, field

from codeflow_action.engine.lazy import dataclass

_LENGTH = struct.Struct(">Q")  # bytes of the message that follows


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What is being done now: one line, for the reader of a run that died in it."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """When the run has to be over, on the clock that all processes of a machine share."""

    time: float


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines for the job's log that are to be there at once: masks, what gates have found."""

    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """All that a run hands to the runner, should it end here. The last one counts.

    `outputs` are all of the contract; those in `files`, a path in the workspace and a text, are
    filled in when their file is written. `annotations` and `warnings` are lines for the log;
    `last_word` is the one message that the log ends with, and `kind` the runner's command for it,
    `error`, `warning` or `notice`; both are empty for a run that has nothing to say but its result.
    `closing_line` is the line that the log ends with, empty for a run that was cut short.
    A `final` bundle is the run's own end; any other is what is left if it comes to none.
    """

    exit_code: int
    outputs: Mapping[str, str]
    summary: str
    final: bool = False
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    annotations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    kind: str = ""
    last_word: str = ""
    closing_line: str = ""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Why a run came to no end of its own: what happened, and what to try.

    `exit_code` and `reason` are the contract's for a run whose gates were all done.
    """

    exit_code: int
    reason: str
    text: str


# Nothing else goes from the process that reads a stranger's pull request to the one that watches:
# text and numbers as JSON, and never a pickle, which can run code where it is read.
# https://docs.python.org/3/library/pickle.html
type Message = Activity | Deadline | Lines | Bundle | Cut
type Send = Callable[[Message], None]


def encode(message: Message) -> bytes:
    """Return the message as it goes through the pipe: its length, then JSON in ASCII."""
    body = json.dumps([type(message).__name__, asdict(message)]).encode("ascii")
    return _LENGTH.pack(len(body)) + body


class Decoder:
    """Puts messages together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Yield every message that is whole by now.

        What is left of a message that its sender never finished is kept and never yielded.
        """
        self._bytes += piece
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            end = _LENGTH.size + length
            if len(self._bytes) < end:
                return
            # A pipe keeps no boundaries: a piece may end in a message and hold several (pipe(7)).
            body = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield _message(body)


def _message(body: bytes) -> Message:
    """Return the message. Raises `ValueError` for what no run of ours sends."""
    name, fields = json.loads(body)
    match name:
        case "Activity":
            return Activity(**fields)
        case "Deadline":
            return Deadline(**fields)
        case "Lines":
            return Lines(lines=tuple(fields["lines"]))
        case "Cut":
            return Cut(**fields)
        case "Bundle":
            # JSON has lists alone; a message is frozen, and so is what it holds.
            fields["annotations"] = tuple(fields["annotations"])
            fields["warnings"] = tuple(fields["warnings"])
            fields["files"] = {name: tuple(file) for name, file in fields["files"].items()}
            return Bundle(**fields)
        case _:
            raise ValueError(f"{name!r} is no message")
