"""What somebody has asked for in a comment that begins with `/codeflow`, and who may ask for it."""

import re
from collections.abc import Mapping
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass, regex

# Characters of what follows a command's name: a question, an id or a path need no more.
MAX_ARGUMENT = 2_000
_MAX_LINE = 4_000  # characters that are looked at
# GitHub renders Markdown: four blanks or a tab begin a block of code, `>` a quote and a fence a
# block, and none of these asks for anything (https://spec.commonmark.org/0.31.2/#indented-code-blocks).
_LINE = regex(r" {0,3}/codeflow(?:\s+(?P<word>\S+)(?:\s+(?P<argument>.*))?)?\s*", re.IGNORECASE)


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

    @property
    def is_question(self) -> bool:
        """True for what is answered and changes nothing of the review."""
        return self in _QUESTIONS

    @property
    def sets_pause(self) -> bool:
        """True for what begins or ends a pause; no other run changes that."""
        return self in (CommandName.PAUSE, CommandName.RESUME)

    @property
    def may_cost(self) -> bool:
        """True for what may ask a model, or writes elsewhere: it is about one head alone."""
        return self in _COSTLY


_QUESTIONS = frozenset({CommandName.ASK, CommandName.EXPLAIN, CommandName.CONFIG, CommandName.HELP})
_COSTLY = frozenset(
    {
        CommandName.REVIEW,
        CommandName.DESCRIBE,
        CommandName.TRIAGE,
        CommandName.ASK,
        CommandName.ISSUE,
    }
)


class RepositoryRole(StrEnum):
    """How far somebody may go in a repository, by GitHub's names for its roles."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Its place among the others: each may do what those before it may."""
        return list(RepositoryRole).index(self)

    @property
    def may_write(self) -> bool:
        """True for people who could change the code themselves."""
        return self.rank >= RepositoryRole.WRITE.rank


class CommandAccess(StrEnum):
    """Who may give commands: the least role; `author` is `write`, and the change's author."""

    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"
    AUTHOR = "author"

    @property
    def least(self) -> RepositoryRole:
        """The least role that may give every command."""
        return RepositoryRole.WRITE if self is CommandAccess.AUTHOR else RepositoryRole(self.value)

    def commands(self, role: RepositoryRole, *, is_author: bool) -> tuple[CommandName, ...]:
        """Return what somebody may ask for.

        Whoever has opened the pull request may always ask how this works, and why something was
        said of it.
        """
        is_allowed_author = is_author and self is CommandAccess.AUTHOR
        if role.rank >= self.least.rank or is_allowed_author:
            return tuple(CommandName)
        return (CommandName.EXPLAIN, CommandName.HELP) if is_author else ()


# How each is written, and what it does, for people who ask.
USAGES: Mapping[CommandName, tuple[str, str]] = {
    CommandName.REVIEW: (
        "review [full]",
        "reviews what was not reviewed yet; `full` reviews all of it again",
    ),
    CommandName.DESCRIBE: ("describe", "describes the change"),
    CommandName.TRIAGE: ("triage", "sorts what people and bots have said here"),
    CommandName.ASK: ("ask QUESTION", "answers a question about the change, by a model"),
    CommandName.EXPLAIN: (
        "explain ID|PATH[:LINE]",
        "says why something was said, or was not, without a model",
    ),
    CommandName.DISMISS: ("dismiss ID [REASON]", "keeps a finding quiet from now on"),
    CommandName.ISSUE: ("issue ID", "opens an issue about a finding"),
    CommandName.PAUSE: ("pause", "asks no model here until `resume`; gates still run"),
    CommandName.RESUME: ("resume", "ends a pause"),
    CommandName.CONFIG: ("config", "shows the configuration that holds here"),
    CommandName.HELP: ("help", "shows these commands"),
}


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """The first line of a comment that is for us.

    `word` names the command, as it was written; it is empty where nothing follows `/codeflow`. Both
    are a stranger's text.
    """

    word: str = ""
    argument: str = ""

    @property
    def name(self) -> CommandName | None:
        """The command that is meant, None where there is none of that name."""
        word = self.word.lower()
        if not word:
            return CommandName.HELP
        return CommandName(word) if word in set(CommandName) else None


def parse_command(body: str) -> CommandLine | None:
    """Return what a comment asks us for by its first line, None where it asks for nothing."""
    first = re.split(r"\r\n|\r|\n", body[:_MAX_LINE], maxsplit=1)[0]
    match = _LINE.fullmatch(first)
    if match is None:
        return None
    argument = (match["argument"] or "").strip()
    return CommandLine(word=match["word"] or "", argument=argument[:MAX_ARGUMENT])


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, from somebody who may give it.

    `argument` is what follows the name on the comment's first line, in its own case; it is a
    stranger's text. For `help` it is also the name of a command that there is none of. `comment_id`
    is the REST API's id of the comment, and `thread_id` that of the first comment of the thread on
    the diff in which it stands, None in the conversation below the description. `time` is the
    server's. `permitted_names` are all that this person may ask for here. Without `has_memory` no
    later run will know of it: nothing can be sealed, or there is no comment to keep it in.
    """

    name: CommandName
    argument: str = ""
    login: str
    comment_id: int
    thread_id: int | None = None
    time: str = ""
    permitted_names: tuple[CommandName, ...] = tuple(CommandName)
    has_memory: bool = True

    @property
    def is_full_review(self) -> bool:
        """True where all of the change is to be reviewed, whatever was reviewed before."""
        return self.name is CommandName.REVIEW and self.argument.lower() == "full"
