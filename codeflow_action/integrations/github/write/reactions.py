"""Writes a reaction to the comment that gave a command: that it was taken, and what came of it."""

from enum import StrEnum

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.github.read.own_reactions import read_own_reactions
from codeflow_action.integrations.github.write.desk import Desk


class ReactionContent(StrEnum):
    """What a reaction says, by GitHub's words for the emoji."""

    TAKEN = "eyes"
    DONE = "rocket"
    NOT_DONE = "confused"


# With one of these a command is over: whoever runs its job again does nothing.
FINAL = frozenset({ReactionContent.DONE, ReactionContent.NOT_DONE})


@dataclass(frozen=True, kw_only=True)
class CommandReaction:
    """Leave one reaction at the comment at `path`.

    It is there once however often it is written: GitHub sees to that.
    """

    path: str
    content: ReactionContent

    async def carry_out(self, desk: Desk) -> None:
        """Leave it; that the job may not is told in the summary alone, as the work is done."""
        if not desk.has_time("a reaction"):
            return

        async def is_there() -> bool:
            login = desk.conversation.login
            reactions = await read_own_reactions(desk.api, self.path, login)
            return reactions is None or self.content.value in reactions

        body = {"content": self.content.value}
        try:
            await desk.write_once("POST", f"{self.path}/reactions", body, is_there)
        except GitHubError as error:
            desk.notices.append(f"a reaction could not be written: {error.with_hint}")


def comment_path(repository: str, comment_id: int, *, is_on_diff: bool) -> str:
    """Return where the API has a comment: each kind has a collection of its own."""
    kind = "pulls" if is_on_diff else "issues"
    return f"/repos/{repository}/{kind}/comments/{comment_id}"
