"""What somebody has asked for in a comment that begins with `/codeflow`."""

from dataclasses import dataclass
from enum import StrEnum


class CommandName(StrEnum):
    """The commands that there are."""

    REVIEW = "review"
    DESCRIBE = "describe"
    TRIAGE = "triage"
    ASK = "ask"
    EXPLAIN = "explain"
    DISMISS = "dismiss"
    ISSUE = "issue"
    PAUSE = "pause"
    RESUME = "resume"
    CONFIG = "config"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, from somebody who may give it.

    `argument` is what follows the name on the comment's first line, in its own case; it is a
    stranger's text. `comment_id` is the REST API's id of the comment, and `thread_id` that of the
    first comment of the thread on the diff in which it stands, None in the conversation below the
    description. `time` is the server's.
    """

    name: CommandName
    argument: str = ""
    login: str
    comment_id: int
    thread_id: int | None = None
    time: str = ""
