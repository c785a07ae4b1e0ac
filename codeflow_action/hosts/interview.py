"""Questions to whoever sits at the terminal; where nobody does, the default is the answer."""

from collections.abc import Sequence
from typing import TextIO

from codeflow_action.config.names import did_you_mean
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass

_TRIES = 3
_YES = frozenset({"y", "yes"})
_NO = frozenset({"n", "no"})


@dataclass(frozen=True, kw_only=True)
class Interview:
    """Asks on `screen` and reads `answers`; where these are no terminal, the default is taken."""

    answers: TextIO
    screen: TextIO

    def choice(self, question: str, names: Sequence[str], default: str) -> str:
        """Return one of the names. Raises `ConfigError` after three answers that are none."""
        listing = ", ".join(names)
        for _ in range(_TRIES):
            answer = self._ask(f"{question} ({listing})", default)
            if answer in names:
                return answer
            self.screen.write(f"There is no {answer[:40]!r} here{did_you_mean(answer, names)}.\n")
        raise ConfigError(f"none of {listing} was chosen", hint="name it by its option instead")

    def is_so(self, question: str, *, default: bool) -> bool:
        """Return yes or no. Raises `ConfigError` after three answers that are neither."""
        for _ in range(_TRIES):
            answer = self._ask(f"{question} (yes, no)", "yes" if default else "no").lower()
            if answer in _YES | _NO:
                return answer in _YES
        raise ConfigError("neither yes nor no was answered", hint="give its option instead")

    def _ask(self, question: str, default: str) -> str:
        if not self.answers.isatty():
            return default
        self.screen.write(f"{question} [{default}] ")
        self.screen.flush()
        return self.answers.readline().strip() or default
