"""What was dismissed on the pull requests that were merged last, by our own sealed comments there.

One bounded question, and no answer is no reason to stop: then nothing is kept quiet. What it costs,
by https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api: 21
connections make 1 point, of 1,000 in an hour; 20 + 20 * 10 nodes of 500,000.
"""

import hashlib
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from codeflow_action.engine.dismissed_families import DismissedFamily, families_of
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Store
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks

_MAX_PULLS = 20
_MAX_COMMENTS = 10  # of a pull request: ours comes with the first run
_MAX_FAMILIES = 500
_PURPOSE = "dismissals of merged pull requests"

_QUERY = """
query($owner: String!, $name: String!, $pulls: Int!, $comments: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequests(
      states: [MERGED], first: $pulls, orderBy: {field: UPDATED_AT, direction: DESC}
    ) {
      nodes { number comments(first: $comments) { nodes { body viewerDidAuthor } } }
    }
  }
}
"""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Comment(_Answer):
    body: str = ""
    viewerDidAuthor: bool = False  # noqa: N815 - GitHub's name


class _Comments(_Answer):
    nodes: list[_Comment] = Field(default_factory=list)


class _Pull(_Answer):
    number: int
    comments: _Comments

    def families(self, marks: Marks) -> tuple[DismissedFamily, ...]:
        """Return what was dismissed there, as our own comment says."""
        own_marks = replace(marks, number=self.number)
        ledgers = (
            own_marks.read_ledger(comment.body)
            for comment in self.comments.nodes
            if comment.viewerDidAuthor
        )
        ledger = next(filter(None, ledgers), None)
        return families_of(ledger, self.number) if ledger else ()


class _Pulls(_Answer):
    nodes: list[_Pull] = Field(default_factory=list)


class _Repository(_Answer):
    pullRequests: _Pulls  # noqa: N815 - GitHub's name


class _Data(_Answer):
    repository: _Repository


@dataclass(frozen=True, kw_only=True)
class MergedDismissals:
    """Reads them once a day where there is a `store`; `today` is the day, of UTC.

    `marks` are those of the pull request under review.
    """

    marks: Marks
    store: Store | None
    today: str

    async def read(self, api: GitHubApi) -> tuple[DismissedFamily, ...]:
        """Return them, the newest first; nothing without a key, and nothing where GitHub fails."""
        if not self.marks.seal.is_secret:
            return ()
        text = await self.store.read(self._store_name) if self.store is not None else None
        if text and (families_of_today := self._opened(text)) is not None:
            return families_of_today
        owner, _, name = self.marks.repository.partition("/")
        variables: dict[str, JsonValue] = {"owner": owner, "name": name}
        variables |= {"pulls": _MAX_PULLS, "comments": _MAX_COMMENTS}
        try:
            data = _Data.model_validate(await api.graphql(_QUERY, variables))
        except (GitHubError, ValidationError):
            return ()
        pulls = data.repository.pullRequests.nodes
        all_families = [family for pull in pulls for family in pull.families(self.marks)]
        families = tuple(all_families[:_MAX_FAMILIES])
        if self.store is not None:
            await self.store.write(self._store_name, self._sealed(families))
        return families

    @property
    def _store_name(self) -> str:
        parts = (_PURPOSE, self.marks.repository.lower(), self.marks.name, self.today)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]

    def _sealed(self, families: tuple[DismissedFamily, ...]) -> str:
        # Any job of the repository can write into the cache, so that it is believed by its seal.
        payload = _FAMILIES.dump_json(families).decode()
        return f"{self.marks.seal.mark(self._store_name, payload)} {payload}"

    def _opened(self, text: str) -> tuple[DismissedFamily, ...] | None:
        seal, _, payload = text.partition(" ")
        if not self.marks.seal.holds(seal, self._store_name, payload):
            return None
        try:
            return _FAMILIES.validate_json(payload)
        except ValidationError:
            return None


_FAMILIES = TypeAdapter(tuple[DismissedFamily, ...])
