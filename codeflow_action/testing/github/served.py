"""A repository as tests and the demo hold it: they open pull requests and get events from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from codeflow_action.testing.github.events import Details, payload
from codeflow_action.testing.github.runner_variables import runner_variables
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import GitHubAccount, JsonObject


@dataclass(kw_only=True)
class ServedRepository(RepositoryState):
    """A repository with what people do in it."""

    def open_pull_request(  # noqa: PLR0913 - a pull request has many fields
        self,
        *,
        head: str,
        base: str = "main",
        number: int | None = None,
        title: str = "A change",
        body: str | None = "",
        author: str = "mona",
        author_association: str = "MEMBER",
        author_type: str = "User",
        draft: bool = False,
        labels: Sequence[str] = (),
        head_repo: str | None = "",
        state: str = "open",
    ) -> Pull:
        """Open a pull request between two branches of the repository on disk.

        `head` of a fork is a branch here too, since forks share objects. `head_repo` names the
        fork, None a deleted one; without it the head is in this repository. `refs/pull/N/head`
        and, without conflicts, `refs/pull/N/merge` come into being. Raises `ValueError` for a
        branch that is not there.
        """
        for branch in (base, head):
            if self.tip(branch) is None:
                raise ValueError(f"{self.full_name} has no branch {branch!r}")
        with self.hub.lock:
            pull = Pull(
                repository=self,
                number=number or self.next_number,
                id=self.hub.next_id(),
                title=title,
                body=body,
                base=base,
                head=head,
                author=GitHubAccount(login=author, type=author_type),
                association=author_association,
                created_at=self.hub.now(),
                draft=draft,
                labels=tuple(labels),
                head_repository=self.full_name if head_repo == "" else head_repo,
            )
            self.pulls[pull.number] = pull
            self.refresh()
            pull.state = state  # last: a closed one would not follow its branches any more
            return pull

    def event(self, name: str, **details: Unpack[Details]) -> JsonObject:
        """Return the payload of an event as it is now; what moves later does not change it."""
        with self.hub.lock:
            self.refresh()
            return payload(self, name, details)

    def environment(
        self,
        event_name: str,
        event_path: Path,
        workspace: Path,
        folder: Path,
        actor: str = "mona",
    ) -> dict[str, str]:
        """Return the variables that a runner sets for a job of the event at `event_path`.

        The files for outputs, summary and so on are made, empty, in `folder`. No token is among
        the variables: a runner gives none unless an input or `env` asks for it.
        """
        with self.hub.lock:
            self.refresh()
            return runner_variables(
                self, event_name, event_path, workspace=workspace, folder=folder, actor=actor
            )
