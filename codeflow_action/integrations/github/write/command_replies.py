"""Writes the answer to a command: in its thread on the diff, else below the conversation.

There is one answer to each comment. It bears the comment's id, by which whoever runs the job again
finds it.
"""

from collections.abc import Iterator

from codeflow_action.engine.commands import Command
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import Reply
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.answers import html_url, parse_as
from codeflow_action.integrations.github.read.threads import RestItem
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.render.layout import fold, prose
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

# Characters of the prose and of the code. Both together stay below what GitHub takes.
_MAX_PROSE = 30_000
_MAX_CODE = 25_000


@dataclass(frozen=True, kw_only=True)
class ReplyComment:
    """Post the answer, unless it is there. `page` is the pull request's."""

    command: Command
    body: str
    page: str

    async def carry_out(self, desk: Desk) -> None:
        """Leave the answer's address at the desk."""
        if not desk.has_time("the answer"):
            return
        command = self.command
        try:
            if url := await find_reply(desk, command):
                desk.reply_url = url
                return
            path = f"{desk.issue_path}/comments"
            lead = f"In reply to [this comment]({self.page}#issuecomment-{command.comment_id}):\n\n"
            if command.thread_id is not None:  # there it is plain what is answered
                path, lead = f"{desk.pull_path}/comments/{command.thread_id}/replies", ""
            body = f"{lead}{self.body}\n\n{desk.marks.reply(command.comment_id)}"

            async def find() -> str:
                return await find_reply(desk, command)

            reply = await desk.write_once("POST", path, {"body": body}, find)
            desk.reply_url = reply if isinstance(reply, str) else html_url(reply)
        except GitHubError as error:
            desk.note_refusal("the answer", error)


async def find_reply(desk: Desk, command: Command) -> str:
    """Return the address of our answer to a command, empty where there is none.

    Raises `GitHubError`.
    """
    # Nothing that is older than the command answers it.
    query = {"since": command.time} if command.time else {}
    base = desk.issue_path if command.thread_id is None else desk.pull_path
    mark, login = desk.marks.reply(command.comment_id), desk.conversation.login
    for entry in await desk.api.get_pages(f"{base}/comments", query):
        item = parse_as(RestItem, entry)
        if item.is_by(login) and (item.body or "").rstrip().endswith(mark):
            return item.html_url
    return ""


def proposed_reply(report: Report) -> Reply | None:
    """Return the first answer that an action has proposed."""
    proposals = (entry.proposal for entry in report.proposals)
    return next((proposal for proposal in proposals if isinstance(proposal, Reply)), None)


def plan_reply(report: Report, command: Command | None, links: Links) -> Iterator[ReplyComment]:
    """Yield the answer, where there is a command to be answered."""
    reply = proposed_reply(report)
    if reply and command:
        yield reply_comment(reply, command, links, report.number or 0)


def reply_comment(reply: Reply, command: Command, links: Links, number: int) -> ReplyComment:
    """Return the write of an answer on the pull request of that number."""
    page = f"{links.server_url.rstrip('/')}/{links.repository}/pull/{number}"
    return ReplyComment(command=command, body=reply_text(reply), page=page)


def reply_text(reply: Reply) -> str:
    """Return the answer as Markdown."""
    parts = [prose(reply.body, _MAX_PROSE)]
    if reply.code:
        block = untrusted.code_block(reply.code[:_MAX_CODE])
        if reply.code_title:
            block = fold(reply.code_title, block)
        parts.append(block)
    return "\n\n".join(part for part in parts if part)
