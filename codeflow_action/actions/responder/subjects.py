"""What a command is about: a finding by its id or its thread, or a place of the change. Pure."""

import re

from codeflow_action.engine.action import Task
from codeflow_action.engine.discussion import Thread
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ledger import Entry

_MIN_ID = 6  # hexadecimal digits that name a finding, where no other one begins with them
_ID = regex(rf"[`#]?([0-9a-f]{{{_MIN_ID},16}})[`:,]?", re.IGNORECASE)
_PLACE = regex(r"`?(?P<path>[^`]+?)(?::(?P<line>[1-9]\d{0,6}))?(?:-\d+)?`?")


@dataclass(frozen=True, kw_only=True)
class NamedPlace:
    """A path as somebody has written it, and perhaps a line of the head."""

    path: str
    line: int | None = None


def command_thread(task: Task) -> Thread | None:
    """Return the thread on the diff in which the command stands, None in the conversation."""
    wanted_id = task.command.thread_id if task.command else None
    if wanted_id is None:
        return None
    return next(
        (thread for thread in task.discussion.threads if thread.comments[0].id == wanted_id), None
    )


def named_entry(task: Task) -> Entry | None:
    """Return the finding that is named first, or that the thread is about where none is named."""
    words = task.command.argument.split() if task.command else []
    match = _ID.fullmatch(words[0]) if words else None
    if match:
        start = match[1].lower()
        ids = [finding_id for finding_id in task.memory.entries if finding_id.startswith(start)]
        return task.memory.entries[ids[0]] if len(ids) == 1 else None
    return None if words else thread_entry(task)


def thread_entry(task: Task) -> Entry | None:
    """Return the finding that the command's thread is about."""
    thread = command_thread(task)
    return task.memory.entries.get(thread.finding_id) if thread else None


def named_place(task: Task) -> NamedPlace | None:
    """Return the place that is named, the whole argument being one; a path may have blanks."""
    match = _PLACE.fullmatch(task.command.argument.strip()) if task.command else None
    if match is None:
        return None
    return NamedPlace(path=match["path"], line=int(match["line"]) if match["line"] else None)


def looks_like_id(text: str) -> bool:
    """True for what can only be meant as a finding's id."""
    return _ID.fullmatch(text.strip()) is not None and "." not in text and "/" not in text
