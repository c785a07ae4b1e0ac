"""Whether somebody who may write here has asked for a review of this very head, by a label.

A label stays when the head moves, and when a commit was made is its author's word. So the server's
times count, and our own sealed comment: it names the head that it was written about. If the label
came later, and the branch was not moved back or replaced since, whoever set it has seen this head.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from codeflow_action.engine.commands import RepositoryRole
from codeflow_action.engine.errors import GitHubError
from codeflow_action.integrations.github.api import GitHubApi


class TimelineKind(StrEnum):
    """What we ask a pull request's timeline for, by the names of GraphQL's types."""

    LABELED = "LabeledEvent"
    FORCE_PUSHED = "HeadRefForcePushedEvent"
    DELETED = "HeadRefDeletedEvent"
    RESTORED = "HeadRefRestoredEvent"
    # Another base makes another change of the same head.
    BASE_CHANGED = "BaseRefChangedEvent"


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """One of them. `time` is the server's, in the one form that GitHub writes: it sorts as text.

    `login` is the person who has set a `label`, empty for an app; `is_own` is True where that was
    the account that we write as.
    """

    kind: TimelineKind
    time: str
    label: str = ""
    login: str = ""
    is_own: bool = False


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The newest events, in their order; `is_cut` where older ones were left out."""

    events: tuple[TimelineEvent, ...] = ()
    is_cut: bool = False

    def has_force_push(self, since: str) -> bool:
        """True when the head may have been replaced since then; False where nothing is known."""
        if not since:
            return False
        later = [event for event in self.events if event.time >= since]
        has_lost_some = self.is_cut and len(later) == len(self.events)
        return has_lost_some or any(event.kind is TimelineKind.FORCE_PUSHED for event in later)

    @property
    def own_labels(self) -> frozenset[str]:
        """Labels, in lower case, that our account has set and nobody has set anew since."""
        labels = [event for event in self.events if event.kind is TimelineKind.LABELED]
        newest = {event.label.casefold(): event.is_own for event in labels}
        return frozenset(label for label, is_own in newest.items() if is_own)

    def labeler(self, label: str, since: str) -> str:
        """Return who has set that label later than `since`; empty if the head may have changed."""
        # Times are whole seconds: within one nobody can tell what came first.
        later = [event for event in self.events if event.time >= since]
        labels = [event for event in later if event.kind is TimelineKind.LABELED]
        has_lost_some = self.is_cut and len(later) == len(self.events)
        if not since or has_lost_some or len(labels) < len(later):
            return ""
        logins = [event.login for event in labels if event.label == label and event.time > since]
        return logins[-1] if logins else ""

    def is_still_since(self, time: str) -> bool:
        """True where neither the head was moved back or replaced since, nor the base changed."""
        if not time or (self.is_cut and all(event.time >= time for event in self.events)):
            return False
        return all(
            event.kind is TimelineKind.LABELED for event in self.events if event.time >= time
        )


async def read_role(api: GitHubApi, repository: str, login: str) -> RepositoryRole:
    """Return what GitHub says that somebody may do, `none` where it cannot be asked.

    `permission` knows the four old levels: `maintain` is told as `write` there, and `triage`, which
    may set labels, as `read`. `role_name` has the newer ones, or the name of an organisation's own
    role, which says nothing to us
    (https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user).
    """
    path = f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission"
    try:
        answer = await api.get(path)
    except GitHubError:
        return RepositoryRole.NONE
    names = (
        [answer.get(key) for key in ("permission", "role_name")] if isinstance(answer, dict) else []
    )
    roles = [RepositoryRole(name) for name in names if name in set(RepositoryRole)]
    return max(roles, key=lambda role: role.rank, default=RepositoryRole.NONE)


async def may_write(api: GitHubApi, repository: str, login: str) -> bool:
    """True where GitHub says that a person has write access, False where it cannot be asked."""
    return (await read_role(api, repository, login)).may_write
