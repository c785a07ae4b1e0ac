"""What an action would like to have written, as data: a plan decides, and writers act on it.

Each kind is a value that survives JSON, because the process that publishes need not be the one
that reviewed. All text in it is untrusted: an action may have asked a model for it.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.risk import Lane


class InlineComments(BaseModel):
    """Asks to post this action's model findings on the diff, at most `at_most` a run.

    An action's findings are those with its name among their `sources`. What does not fit, or
    stands on lines that take no comment, is in the sticky comment's table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["inline_comments"] = "inline_comments"
    at_most: int = Field(ge=0)


class CellKind(StrEnum):
    """How the text of a cell is written: as a sentence, as code, or as a path at the head."""

    PROSE = "prose"
    CODE = "code"
    PATH = "path"


class Cell(BaseModel):
    """One cell of a table. A path links to the file at the head, and to its `line` if there is one.

    `is_gone` says of a path that the head does not have it: then it is no link.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    kind: CellKind = CellKind.PROSE
    line: int | None = Field(default=None, ge=1)
    is_gone: bool = False


class Table(BaseModel):
    """Rows of cells under a heading; a row that is too short is filled up, a longer one is cut.

    A column that holds the same in every row is not shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heading: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Section(BaseModel):
    """A piece of prose with a title, for the sticky comment and the step summary.

    `body` may use Markdown's emphasis, code and lists; links, images, tables and HTML are shown as
    plain text. A table comes as values, and stands after it. One that `is_folded` shows no more
    than its title until somebody opens it. `diagram` is Mermaid's text: unless it is of the subset
    that `security.mermaid` reads, it is not shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["section"] = "section"
    title: str
    body: str = ""
    table: Table | None = None
    is_folded: bool = False
    diagram: str = ""


class Synopsis(BaseModel):
    """What the change does, in one sentence, for the top of the sticky comment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["synopsis"] = "synopsis"
    text: str


class Appeal(BaseModel):
    """One line of the sticky comment about what needs a person, such as a question nobody answered.

    `path` and `line` are of the head; `url` is an address on this server.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["appeal"] = "appeal"
    text: str
    path: str | None = None
    line: int | None = Field(default=None, ge=1)
    url: str = ""


class Description(BaseModel):
    """What the pull request's own description and title are to hold.

    `sections` stand between marks of ours in the description, and nothing else of it changes. An
    empty `title` leaves the title alone; another one replaces `title_before`, and nothing that
    somebody has written since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["description"] = "description"
    sections: tuple[Section, ...] = ()
    title: str = ""
    title_before: str = ""


class Labels(BaseModel):
    """Labels that the pull request should bear, and others that it should no longer bear.

    Of those to `remove` only what CodeFlow has set itself is taken away. `by_lane` are labels of
    the change's risk as it is known in the end: its lane's is set, the others are to be removed.
    Where the repository lacks a label it is made, in its color of `colors` (six hexadecimal digits)
    or in GitHub's grey; without `create` it is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["labels"] = "labels"
    names: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    by_lane: tuple[tuple[Lane, str], ...] = ()
    create: bool = True
    colors: tuple[tuple[str, str], ...] = ()


class Conclusion(StrEnum):
    """How an action's own check run ends, in GitHub's words."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"


class CheckRun(BaseModel):
    """A check run of the action's own on the head, besides the one that carries the verdict.

    It is shown as `<run> / <name>`, so that it cannot stand for somebody else's check.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["check_run"] = "check_run"
    name: str
    conclusion: Conclusion
    title: str
    summary: str


class Reply(BaseModel):
    """An answer to whoever gave the command of this run, in its thread or below; else nowhere.

    `body` is prose as in `Section`. `code` stands after it as it is, folded under `code_title` if
    that is not empty. With `is_refusal` the answer says that what was asked for was not done. The
    first reply of a run is written, and no other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["reply"] = "reply"
    body: str
    code: str = ""
    # What is folded stands between tags of HTML, where no sign of Markdown is escaped.
    code_title: str = Field(default="", max_length=120, pattern=r"^[A-Za-z0-9 ,.()-]*$")
    is_refusal: bool = False


class Issue(BaseModel):
    """Asks for an issue, unless there has been one with this `key`, open or closed.

    `key` is 16 hex digits: a finding's fingerprint, or what `issue_key` makes of another subject.
    `code` is quoted as it stands at `path` in `commit`, and `small_print` is one line, such as the
    rule. `url` is where it was said first, empty where that is nowhere. One that is `only_if_open`
    is not wanted for a finding that is fixed or dismissed by the time of writing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["issue"] = "issue"
    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    title: str
    body: str = ""
    path: str | None = None
    line: int | None = Field(default=None, ge=1)
    end_line: int | None = Field(default=None, ge=1)
    commit: str = ""
    code: str = ""
    small_print: str = ""
    url: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    only_if_open: bool = False


def issue_key(subject: str) -> str:
    """Return the key of an issue that is about no finding, such as a comment with its id."""
    return hashlib.sha256(subject.encode()).hexdigest()[:16]


type Proposal = Annotated[
    InlineComments | Section | Synopsis | Appeal | Description | Labels | CheckRun | Reply | Issue,
    Field(discriminator="kind"),
]


class ActionProposal(BaseModel):
    """A proposal in a report, with the name of the action that made it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str
    proposal: Proposal


class CommentMode(StrEnum):
    """When there is a sticky comment."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"
