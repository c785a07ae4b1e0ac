"""Whether somebody who may write here has asked for a review of this very head, by a label.

A label stays when the head moves, and when a commit was made is its author's word. So the server's
times count, and our own sealed comment: it names the head that it was written about. If the label
came later, and the branch was not moved back or replaced since, whoever set it has seen this head.
"""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import quote

from codeflow_action.engine.commands import RepositoryRole
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.github.api import GitHubApi


class TimelineKind(StrEnum):
    """What we ask a pull request's timeline for, by the names of GraphQL's types."""

    LABELED = "LabeledEvent"
    UNLABELED = "UnlabeledEvent"
    FORCE_PUSHED = "HeadRefForcePushedEvent"
    DELETED = "HeadRefDeletedEvent"
    RESTORED = "HeadRefRestoredEvent"
    # Another base makes another change of the same head.
    BASE_CHANGED = "BaseRefChangedEvent"

    @property
    def is_about_labels(self) -> bool:
        """False for what may have put another change in the place of the one that was seen."""
        return self in (TimelineKind.LABELED, TimelineKind.UNLABELED)


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """One of them. `time` is the server's, in the one form that GitHub writes: it sorts as text.

    `login` is the person who has set a `label` or taken it off, empty for an app; `is_own` is True
    where that was the account that we write as. `head_sha` is what a force push has made the head.
    """

    kind: TimelineKind
    time: str
    label: str = ""
    login: str = ""
    is_own: bool = False
    head_sha: str = ""


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

    @property
    def labels_taken_off(self) -> frozenset[str]:
        """Labels, in lower case, that somebody has taken off, and nobody has set anew since."""
        newest = {event.label.casefold(): event for event in self.events if event.label}
        return frozenset(
            label for label, event in newest.items() if event.kind is TimelineKind.UNLABELED
        )

    def labelers(self, head_sha: str, since: str) -> Mapping[str, str]:
        """Return who has set which label on this head, by the label's name in lower case.

        At the time `since` the head was there; labels count that were set later and stand still,
        and none does if the head may have changed. A force push to this very head says since when
        it is there, too. A login is empty for an app.
        """
        moves = [event for event in self.events if not event.kind.is_about_labels]
        arrival = moves[-1] if moves and head_sha and moves[-1].head_sha == head_sha else None
        since = arrival.time if arrival else since
        # Times are whole seconds: within one nobody can tell what came first.
        later = [event for event in self.events if event.time >= since and event is not arrival]
        has_lost_some = self.is_cut and len(later) == len(self.events)
        if not since or has_lost_some or not all(event.kind.is_about_labels for event in later):
            return {}
        newest = {event.label.casefold(): event for event in later}
        return {
            label: event.login
            for label, event in newest.items()
            if event.kind is TimelineKind.LABELED and event.time > since
        }

    def is_still_since(self, time: str) -> bool:
        """True where neither the head was moved back or replaced since, nor the base changed."""
        if not time or (self.is_cut and all(event.time >= time for event in self.events)):
            return False
        return all(event.kind.is_about_labels for event in self.events if event.time >= time)


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
