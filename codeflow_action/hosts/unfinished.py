"""What a reader at a terminal gets of a review that was ended by force: what it has so far."""

from typing import TextIO

from codeflow_action.engine.lazy import dataclass
from codeflow_action.hosts.cut_short import cut_short
from codeflow_action.hosts.messages import Activity, Bundle, Cut, Deadline, Lines, Message
from codeflow_action.hosts.writer import Output
from codeflow_action.security.untrusted import log_line

EXIT_INTERRUPTED = 130  # as a shell has it for SIGINT


@dataclass(kw_only=True)
class TerminalResults:
    """Takes a review's messages; what is ready it has written itself, so only a cut is shown.

    `exit_code` is what the review has ended with, None until then.
    """

    stdout: TextIO | None
    stderr: TextIO | None
    stage: str = ""
    deadline: float | None = None
    exit_code: int | None = None
    _bundle: Bundle | None = None

    def take(self, message: Message) -> None:
        """Keep what there is; show it when the review was cut short."""
        if self.exit_code is not None:
            return
        match message:
            case Activity():
                self.stage = message.text
            case Bundle() if message.final:
                self.exit_code = message.exit_code
            case Bundle():
                self._bundle = message
            case Cut():
                if self._bundle:
                    Output(self.stdout).write([self._bundle.summary])
                Output(self.stderr).write(["", log_line(f"codeflow: {message.text}")])
                # 0 is of a run that was stopped: here by the reader, who knows.
                self.exit_code = EXIT_INTERRUPTED
                if message.exit_code:
                    self.exit_code = cut_short(self._bundle, message).exit_code
            case Deadline() | Lines():
                pass
