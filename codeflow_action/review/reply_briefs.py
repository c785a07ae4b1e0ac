"""What people have replied to our findings, as text for a prompt: not many words, and as data."""

from collections.abc import Collection, Iterator

from codeflow_action.engine.commands import parse_command
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Thread
from codeflow_action.security.untrusted import one_line, without_comments

_MAX_THREADS = 12  # of one prompt: the code itself needs the room
_MAX_REPLIES = 4  # of one thread, the newest
_MAX_TEXT = 300  # characters of one reply


def brief_replies(discussion: Discussion, paths: Collection[str], author: str) -> str:
    """Return our finding's place and title for each answered thread on the files, with the replies.

    Empty where nobody has replied. Bots' words and commands explain nothing. Those of the change's
    `author`, and of people without earlier commits here, are left out as well: whoever can talk a
    model out of a finding could talk it out of a true one (https://arxiv.org/abs/2603.18740).
    """
    lines: list[str] = []
    threads = (thread for thread in discussion.threads if thread.finding_id)
    for thread in [thread for thread in threads if thread.path in paths][-_MAX_THREADS:]:
        replies = list(_replies(thread, author))[-_MAX_REPLIES:]
        if replies:
            place = f"{thread.path}{f':{thread.line}' if thread.line else ''}"
            title = one_line(thread.comments[0].body.partition("\n")[0], _MAX_TEXT)
            lines += [f"{place} we said: {title}", *map(_line, replies)]
    return "\n".join(lines)


def _replies(thread: Thread, author: str) -> Iterator[DiscussionComment]:
    for comment in thread.comments[1:]:
        speaker = comment.speaker
        is_known = speaker.association.has_earlier_commits and not (speaker.is_bot or speaker.is_us)
        if is_known and speaker.login != author and parse_command(comment.body) is None:
            yield comment


def _line(comment: DiscussionComment) -> str:
    return f"  {comment.speaker.login}: {one_line(without_comments(comment.body), _MAX_TEXT)}"
