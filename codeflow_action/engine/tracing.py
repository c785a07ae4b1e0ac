"""What a run tells of its course: spans, as a protocol; `integrations.otlp` sends them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

type Value = str | bool | int | float | Sequence[str]
type Attributes = Mapping[str, Value]


class Span(Protocol):
    """Something that takes time. An attribute is a fact about it: a number, a name, no content."""

    def set(self, attributes: Attributes) -> None:
        """Add facts; later ones replace earlier ones of the same name."""
        ...

    def fail(self, kind: str) -> None:
        """Say that it went wrong: `kind` is a class of errors, such as a status or a type's name.

        No message: it may quote what a stranger or a model wrote.
        """
        ...


class Tracer(Protocol):
    """Makes spans; one that is made inside another is its child, also in tasks and threads.

    A thread needs a copy of the context of who started it (`contextvars.copy_context`).
    """

    def span(
        self, name: str, attributes: Attributes, *, client: bool = False
    ) -> AbstractContextManager[Span]:
        """Return a context manager around what takes time; `client`: it waits for a server.

        An exception passes, after its type was noted, unless `fail` has said more.
        """
        ...

    def content(self, text: str) -> str | None:
        """Return what may be told of a prompt or an answer: redacted, None where nothing may."""
        ...


class NoTracer:
    """Tells nobody."""

    @contextmanager
    def span(
        self,
        name: str,  # noqa: ARG002 - the protocol's
        attributes: Attributes,  # noqa: ARG002
        *,
        client: bool = False,  # noqa: ARG002
    ) -> Iterator[Span]:
        """Do nothing around what takes time."""
        yield _NO_SPAN

    def content(self, text: str) -> str | None:  # noqa: ARG002 - as above
        """Return nothing."""
        return None


class _NoSpan:
    def set(self, attributes: Attributes) -> None:
        """Forget it."""

    def fail(self, kind: str) -> None:
        """Forget it."""


_NO_SPAN = _NoSpan()
