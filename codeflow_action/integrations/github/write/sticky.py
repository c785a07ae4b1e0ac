"""Writes the sticky comment: one on each pull request, edited in place."""

from dataclasses import dataclass

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError, NotFound
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import State, Sticky, read_state
from codeflow_action.integrations.github.write.notes import Notes
from codeflow_action.integrations.github.write.once import carry_out, remove


@dataclass(frozen=True, kw_only=True)
class StickyWriter:
    """Creates or edits our comment; of several the lowest id stays."""

    api: GitHubApi
    marks: Marks
    state: State
    notes: Notes

    async def write(self, body: str) -> str:
        """Return the comment's address, empty when there is none. Raises nothing of GitHub's."""
        sticky = self.state.sticky
        await self._drop(self.state.stickies[1:])
        if sticky and _is_same(sticky.body, body):
            return sticky.url
        if not self.api.may_write:
            self.notes.no_time("the comment")
            return sticky.url if sticky else ""
        try:
            return await (self._edit(sticky, body) if sticky else self._create(body))
        except GitHubError as error:
            self.notes.refused("the comment", error)
            return sticky.url if sticky else ""

    async def _edit(self, sticky: Sticky, body: str) -> str:
        path = f"/repos/{self.marks.repository}/issues/comments/{sticky.id}"

        async def edit() -> str:
            return _url(await self.api.patch(path, {"body": body})) or sticky.url

        async def find() -> str | None:
            answer = await self.api.get(path)
            now = answer.get("body") if isinstance(answer, dict) else None
            return sticky.url if isinstance(now, str) and _is_same(now, body) else None

        try:
            return await carry_out(self.api, edit, find)
        except NotFound:  # somebody has deleted it since
            return await self._create(body)

    async def _create(self, body: str) -> str:
        """Create the comment, then look again: another run may have done so at the same time."""
        marks = self.marks

        async def create() -> str:
            path = f"/repos/{marks.repository}/issues/{marks.number}/comments"
            return _url(await self.api.post(path, {"body": body}))

        async def find() -> str | None:
            state = await self._now()
            return state.sticky.url if state.sticky else None

        url = await carry_out(self.api, create, find)
        try:
            state = await self._now()
        except GitHubError:
            return url  # the next run looks again
        await self._drop(state.stickies[1:])
        return state.sticky.url if state.sticky else url

    async def _now(self) -> State:
        marks = self.marks
        return await read_state(self.api, marks.repository, marks.number, marks.name)

    async def _drop(self, doubles: tuple[Sticky, ...]) -> None:
        for sticky in doubles:
            try:
                path = f"/repos/{self.marks.repository}/issues/comments/{sticky.id}"
                await remove(self.api, path)
            except GitHubError as error:
                self.notes.left("a second comment", error)
                return


def _is_same(body: str, other: str) -> bool:
    return body.replace("\r\n", "\n").strip() == other.strip()


def _url(answer: JsonValue) -> str:
    url = answer.get("html_url") if isinstance(answer, dict) else None
    return url if isinstance(url, str) else ""
