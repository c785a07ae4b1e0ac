"""Threads that people and other tools have begun on the diff of a pull request."""

from dataclasses import dataclass

from codeflow_action.engine.diff import Side


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
