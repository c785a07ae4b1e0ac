"""What an action would like done on GitHub, as data; only the publisher acts on it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled piece of Markdown for the sticky comment and the step summary.

    `body` is trusted Markdown: whoever makes it has passed strangers' text through
    `security.untrusted`.
    """

    title: str
    body: str


type Proposal = Section


class CommentMode(StrEnum):
    """When there is a sticky comment."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"
