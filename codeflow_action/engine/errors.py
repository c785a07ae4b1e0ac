"""Every error that CodeFlow raises on purpose, with what to try and the exit code it leads to.

    CodeFlowError
    ├── ConfigError                 2   an input, the workflow file or the configuration is wrong
    ├── ProviderError               3   a model could not be asked
    │   ├── ProviderRefused             never retried: wrong key, unknown model, no permission
    │   ├── ProviderUnavailable         retried: outage, time-out, connection lost
    │   │   └── RateLimited             retried after `retry_after` seconds
    │   ├── UnusableReply               asked once more: not JSON, wrong shape, cut off, refused
    │   ├── PromptTooLong               goes back to whoever packed the prompt
    │   ├── BudgetExhausted             ends the asking; what is done is published
    │   └── OutOfTime                   likewise: the run's time is up
    ├── RepositoryError             3   git, or the objects it should hold, could not be read
    ├── OutputError                 3   the result could not be written
    └── GitHubError                 3   GitHub could not be asked
        ├── GitHubUnavailable           out of reach: the run ends with 3, all else done
        ├── PermissionDenied            degrades: annotations and summary instead of comments
        └── NotFound                    a pull request, file or feature that is not there

`str(error)` is fit to show to a reader: what happened and where. `hint` says what to try.
Neither ever holds a secret.
"""

from typing import ClassVar

from codeflow_action.engine.model import Completion


class CodeFlowError(Exception):
    """Base of all; `exit_code` is what the process ends with when nothing handles it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def with_hint(self) -> str:
        """What happened, and in brackets what to try."""
        return f"{self} ({self.hint})" if self.hint else str(self)


class ConfigError(CodeFlowError):
    """An input, the event file or the configuration is wrong; the reader can mend it."""

    exit_code = 2


class ProviderError(CodeFlowError):
    """A model could not be asked, or its answer is of no use."""


class ProviderRefused(ProviderError):
    """The provider will not serve this: wrong key, unknown model, no permission, no credit."""


class ProviderUnavailable(ProviderError):
    """The provider did not answer, or answered that it cannot now.

    `maybe_billed` is True when a request went out and nobody knows what became of it.
    """

    def __init__(self, message: str, *, hint: str = "", maybe_billed: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.maybe_billed = maybe_billed


class RateLimited(ProviderUnavailable):
    """Too many requests; `retry_after` is in seconds, None where the provider did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class UnusableReply(ProviderError):
    """The model answered, but not with what was asked for.

    `salvage` is what could be kept of it, None when nothing could.
    """

    def __init__(self, message: str, *, hint: str = "", salvage: Completion | None = None) -> None:
        super().__init__(message, hint=hint)
        self.salvage = salvage


class PromptTooLong(ProviderError):
    """The prompt does not fit the model's context window.

    `window`, `prompt` and `total` are what the API said, in its tokens: what fits, what the prompt
    had, what prompt and reply had together. `room` is how many tokens its parts may have by
    our own count, with the instructions that it has: 0 where no shorter prompt is worth a try.
    None where it is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        window: int | None = None,
        prompt: int | None = None,
        total: int | None = None,
        room: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.window = window
        self.prompt = prompt
        self.total = total
        self.room = room


class BudgetExhausted(ProviderError):
    """Another call would exceed the run's budget of tokens or money."""


class OutOfTime(ProviderError):
    """Another call would not end before the run must."""


class RepositoryError(CodeFlowError):
    """Git is missing, refused the repository, or lacks objects that are needed."""


class OutputError(CodeFlowError):
    """The result could not be written to where it was asked for."""


class GitHubError(CodeFlowError):
    """GitHub could not be asked, or refused; `status` is the HTTP status, None without one."""

    def __init__(self, message: str, *, status: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class GitHubUnavailable(GitHubError):
    """GitHub does not answer, answers that it cannot now, or does not know the token."""


class PermissionDenied(GitHubError):
    """The token may not do this."""


class NotFound(GitHubError):
    """GitHub has no such thing, or the token may not see it."""
