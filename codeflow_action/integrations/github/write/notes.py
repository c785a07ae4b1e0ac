"""What could not be written to GitHub, for the reader."""

from dataclasses import dataclass, field

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable


@dataclass(kw_only=True)
class Notes:
    """Sentences for the summary and the log.

    `unreached` is the first of them about something that GitHub did not refuse but never got.
    """

    texts: list[str] = field(default_factory=list)
    unreached: str = ""

    def no_time(self, what: str) -> None:
        """Note what was not begun."""
        self.texts.append(f"no time was left for {what}")

    def refused(self, what: str, error: GitHubError) -> None:
        """Note what was not written, and why."""
        said = f"{what} could not be written: {_explained(error)}"
        self.texts.append(said)
        if isinstance(error, GitHubUnavailable):
            self.unreached = self.unreached or said

    def left(self, what: str, error: GitHubError) -> None:
        """Note what should be gone and is still there: nothing is missing for that."""
        self.texts.append(f"{what} could not be removed: {_explained(error)}")


def _explained(error: GitHubError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)
