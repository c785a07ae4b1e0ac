"""The one writer of what a run leaves with the runner: report, outputs, summary, log.

It works in the process that watches the run, or in the run's own; it imports nothing of the
engine, so that it is small, and works when the run does not.
"""

import os
import select
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TextIO

from codeflow_action.engine.lazy import dataclass
from codeflow_action.hosts.cut_short import cut_short
from codeflow_action.hosts.messages import Activity, Bundle, Cut, Deadline, Lines, Message
from codeflow_action.integrations import runner
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.security.untrusted import log_line

_PATIENCE = 2_000  # milliseconds that a reader of our output may take for a piece of it
_PIECE = select.PIPE_BUF  # bytes: a pipe that takes any takes as many without a wait (pipe(7))


@dataclass(frozen=True, kw_only=True)
class RunnerFiles:
    """Where results go. None is what the runner did not name."""

    output: Path | None = None
    summary: Path | None = None
    workspace: Path | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "RunnerFiles":
        """Return what the runner's variables say; known even when all else is wrong."""
        # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
        output, summary, workspace = (
            Path(value) if (value := environment.get(name, "")) else None
            for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE")
        )
        return cls(output=output, summary=summary, workspace=workspace)


class Output:
    """Standard output, which may be closed, full, or read by nobody: no error, no long wait.

    `lost` says why it is not written any more, empty while it is.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost = "" if stream else "it is closed"

    def write(self, lines: Iterable[str]) -> None:
        """Write the lines if that can be done."""
        text = "".join(f"{line}\n" for line in lines)
        if not text or self.lost or self._stream is None:
            return
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):  # a stream in memory, or closed
            descriptor = None
        try:
            if descriptor is None:
                self._stream.write(text)
                return
            # Past Python's buffers: a flush of them would wait for a reader who may never come.
            rest = text.encode("utf-8", "replace")
            ready = select.poll()
            ready.register(descriptor, select.POLLOUT)
            while rest:
                if not ready.poll(_PATIENCE):
                    self.lost = "nobody reads it"
                    return
                rest = rest[os.write(descriptor, rest[:_PIECE]) :]
        except (OSError, ValueError) as error:
            self.lost = getattr(error, "strerror", None) or "it is closed"


@dataclass(kw_only=True)
class Writer:
    """Takes a run's messages and writes what they hold, each thing once.

    `stage` is what the run said last that it does, `deadline` when it has to be over, `bundle` what
    it has handed in, `exit_code` what it has ended with, None until then.
    """

    target: RunnerFiles
    stdout: Output
    stderr: Output
    stage: str = ""
    deadline: float | None = None
    bundle: Bundle | None = None
    exit_code: int | None = None
    _warnings: list[str] = field(default_factory=list)

    def take(self, message: Message) -> None:
        """Write what is to be there now, keep the rest. After the run's end nothing is taken."""
        if self.exit_code is not None:
            return
        match message:
            case Activity():
                self.stage = message.text
            case Deadline():
                self.deadline = message.time
            case Lines():
                self.stdout.write(message.lines)
            case Bundle():
                self.bundle = message
                if message.final:
                    self._end(message)
            case Cut():
                self._end(cut_short(self.bundle, message))

    def _end(self, bundle: Bundle) -> None:
        """Write everything; what cannot be written is said and hinders nothing else."""
        self.exit_code = bundle.exit_code
        # Files first: the outputs name those that are there.
        outputs = self._write_files(bundle)
        self._append("the outputs", self.target.output, runner.outputs_text(outputs))
        self._append("the summary", self.target.summary, runner.fit_summary(bundle.summary))
        # The log comes last: it may have a reader who does not read.
        self.stdout.write(bundle.annotations)
        texts = dict.fromkeys((*bundle.warnings, *self._warnings))
        self.stdout.write(_command("warning", text) for text in texts)
        if bundle.kind:
            self.stdout.write([_command(bundle.kind, bundle.last_word)])
        if bundle.closing_line:
            self.stdout.write([bundle.closing_line])
        if self.stdout.lost:
            loss = f"standard output cannot be written ({self.stdout.lost}); see the step summary"
            lines = (loss, *self._warnings, bundle.last_word)
            self.stderr.write(log_line(f"codeflow: {text}") for text in lines if text)

    def _write_files(self, bundle: Bundle) -> dict[str, str]:
        """Write report and SARIF; return the outputs, in which those that are there are named."""
        outputs = dict(bundle.outputs)
        if self.target.workspace is None:
            return outputs
        try:
            for path, text in bundle.files.values():
                SafeFolder(self.target.workspace).write(Path(path), text)
        except (OSError, ValueError) as error:
            first = next(path for path, _text in bundle.files.values())
            self._warnings.append(f"the report could not be written to {first}: {_why(error)}")
            return outputs
        return outputs | {name: path for name, (path, _text) in bundle.files.items()}

    def _append(self, name: str, path: Path | None, text: str) -> None:
        try:
            if path:
                runner.append(path, text)
        except OSError as error:
            self._warnings.append(f"{name} could not be written ({_why(error)})")


def _command(kind: str, text: str) -> str:
    return runner.command(kind, text, {"title": "CodeFlow"})


def _why(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
