"""Threads that people and other tools have begun on the diff of a pull request."""

from codeflow_action.engine.diff import Side
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import Author


@dataclass(frozen=True, kw_only=True)
class ForeignThread:
    """The first comment of a thread on the diff that CodeFlow did not begin: a stranger's text.

    Lines are 1-based and included, of `side`; both None for a comment on the file. Threads whose
    lines are gone are not among these, nor are those of the pull request's author, nor of people
    without a standing in the repository: nobody silences a finding about their own change.
    """

    path: str
    line: int | None = None
    end_line: int | None = None
    side: Side = Side.RIGHT
    login: str
    is_bot: bool = False
    body: str
    resolved: bool = False


def foreign_threads(discussion: Discussion, author: Author) -> tuple[ForeignThread, ...]:
    """Return what threads on lines that are still there begin with.

    `author` is whoever has opened the pull request: such words may stand for ours.
    """
    owner = author.login.removesuffix("[bot]")
    threads = []
    for thread in discussion.threads:
        first = thread.comments[0]
        speaker = first.speaker
        is_known = speaker.is_bot or speaker.association.has_earlier_commits
        if speaker.is_us or speaker.login == owner or not is_known or thread.is_outdated:
            continue
        threads.append(
            ForeignThread(
                path=thread.path,
                line=thread.start_line or thread.line,
                end_line=thread.line,
                side=thread.side,
                login=speaker.login,
                is_bot=speaker.is_bot,
                body=first.body,
                resolved=thread.is_resolved,
            )
        )
    return tuple(threads)
