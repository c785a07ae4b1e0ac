"""Why something was said, or was not, from what is on record and what code can tell again.

No model is asked. What was looked at and dropped is in the report of the run that did it; of that
the ledger keeps the newest remarks. What it does not have is said not to be known.
"""

from collections.abc import Iterator, Mapping

from codeflow_action.actions.responder.subjects import (
    NamedPlace,
    looks_like_id,
    named_entry,
    named_place,
)
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.findings import DroppedFinding, DropStage, Evidence
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.proposals import Reply
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.scope import split_scope
from codeflow_action.security.untrusted import one_line

_MAX_ENTRIES = 20  # of one place
_STAGES: Mapping[DropStage, str] = {
    DropStage.SHAPE: "the answer could not be read",
    DropStage.ANCHOR: "its quote is not in the file",
    DropStage.SCOPE: "it is about lines that are not changed",
    DropStage.PROOF: "code has shown that it does not hold",
    DropStage.VERIFY: "a second look refuted it",
    DropStage.DUPLICATE: "it was said already",
    DropStage.FLOOR: "it is too mild or too unsure",
    DropStage.DISMISSED: "its like was dismissed",
    DropStage.CAP: "there were too many",
}
_ORIGINS: Mapping[Evidence, str] = {
    Evidence.DETERMINISTIC: "A rule found it in the code, and no model had a part in it.",
    Evidence.PROVEN: "A model said so, and code has checked that it is so.",
    Evidence.VERIFIED: "A model said so, and a second look did not refute it.",
    Evidence.QUOTED: "A model said so about code that is there; nothing more of it was checked.",
}
_NOT_KEPT = (
    "Whether a model has said more about this place is not on record here: it is in the report of "
    "that run (`dropped`), of which only the newest remarks are kept."
)
_NO_DROP = (
    "No remark about this place is among the newest that were dropped. The report of a run "
    "(`dropped`) has all of its."
)
_NO_RECORD = "Nothing is on record here: no run has left anything that holds."


async def explanation(task: Task) -> Reply:
    """Return why the finding or the place that is named was spoken of, or was not."""
    if entry := named_entry(task):
        return Reply(body="\n".join(_lines(entry)))
    text = task.command.argument if task.command else ""
    place = named_place(task)
    if place is None or looks_like_id(text):
        body = (
            f"There is no finding with the id `{_quote(text)}` on record here."
            if text
            else "Name a finding by its id, or a path: `explain ID` or `explain PATH:LINE`."
        )
        return Reply(body=body if task.memory.ledger else f"{body} {_NO_RECORD}", is_refusal=True)
    lines = list(_place_lines(task, place))
    if file := task.pull_request.files_by_path.get(place.path):
        lines.insert(-1, f"- {await _reading(task, file)}")
    return Reply(body="\n".join(lines))


def _quote(text: str) -> str:
    return text.replace("`", "'")[:60]


def _title(entry: Entry) -> str:
    # On one line: a second one could pass for our own.
    return one_line(entry.title or entry.rule)


def _lines(entry: Entry) -> Iterator[str]:
    """Yield what the ledger holds of one finding."""
    place = f"`{entry.path}`" if entry.path else "the pull request as a whole"
    if entry.path and entry.line:
        place = f"`{entry.path}:{entry.line}`"
    yield f"**{_title(entry)}** at {place}: {_state(entry)}"
    yield ""
    sources = ", ".join(f"`{_quote(source)}`" for source in entry.sources)
    yield f"- {_ORIGINS[entry.evidence]} It comes from {sources}, rule `{_quote(entry.rule)}`."
    yield f"- Severity `{entry.severity.value}`, category `{entry.category.value}`."
    rounds = f"- First said in round {entry.first_round}"
    if entry.last_round != entry.first_round:
        rounds += f", last in round {entry.last_round}"
    yield f"{rounds} of the reviews here. Its id is `{entry.fingerprint}`."


def _state(entry: Entry) -> str:
    match entry.state:
        case EntryState.OPEN:
            return "it is open"
        case EntryState.FIXED:
            return "it is fixed, as what it spoke of is gone"
        case EntryState.STALE:
            return "its code was read again, and nobody said so any more"
        case EntryState.DISMISSED:
            reason = f": {entry.reason}" if entry.reason else ""
            byline = f" by {entry.login}" if entry.login else ""
            return f"it was dismissed{byline}{reason}"


def _place_lines(task: Task, place: NamedPlace) -> Iterator[str]:
    """Yield what was said of a place; the last line is about what is not on record."""
    entries = [entry for entry in task.memory.entries.values() if _is_at(entry, place)]
    file = task.pull_request.files_by_path.get(place.path)
    yield f"About `{_quote(place.path)}`{f', line {place.line}' if place.line else ''}:"
    yield ""
    for entry in entries[:_MAX_ENTRIES]:
        yield f"- `{entry.fingerprint}` {_title(entry)}: {_state(entry)}."
    if len(entries) > _MAX_ENTRIES:
        yield f"- and {len(entries) - _MAX_ENTRIES} more."
    if not entries:
        yield f"- {'No finding is on record.' if task.memory.ledger else _NO_RECORD}"
    if file is None:
        yield "- This pull request does not change it, so no run has looked at it."
        return
    if place.line and place.line not in file.added_lines:
        yield "- This pull request does not add that line; a finding has to be about a change."
    drops = task.memory.ledger.drops if task.memory.ledger else None
    rows = [_drop_line(drop) for drop in drops or () if _is_drop_at(drop, place)]
    yield "\n".join(rows) or f"- {_NOT_KEPT if drops is None else _NO_DROP}"


def _drop_line(drop: DroppedFinding) -> str:
    line_words = f" at line {drop.line}, as it stood then," if drop.line else ""
    words = one_line(f"{drop.title}. {drop.reason}")
    return f"- A remark{line_words} was dropped, because {_STAGES[drop.stage]}: {words}"


def _is_drop_at(drop: DroppedFinding, place: NamedPlace) -> bool:
    is_line = place.line is None or drop.line is None or drop.line == place.line
    return drop.path == place.path and is_line


def _is_at(entry: Entry, place: NamedPlace) -> bool:
    if entry.path != place.path:
        return False
    if place.line is None or entry.line is None:
        return True
    return entry.line <= place.line <= (entry.last_line or entry.line)


async def _reading(task: Task, file: ChangedFile) -> str:
    """Return whether a model reads the file, as the rules say for the head as it is now."""
    contents: Mapping[str, Content] = {file.path: Absent.UNAVAILABLE}
    try:
        contents = await task.head.read_many([file.path])
        attributes = await task.attributes.read()
    except CodeFlowError:
        return "Whether a model reads this file could not be found out: it could not be read."
    # With all files: what is deleted is read where there is nothing else.
    files = task.pull_request.files
    _files, left_out = split_scope(files, contents, task.guidance, attributes)
    reason = next((omitted.reason for omitted in left_out if omitted.file.path == file.path), "")
    if reason:
        return f"No model reads this file: {reason}. Gates look at it all the same."
    coverage = task.memory.ledger.coverage if task.memory.ledger else None
    if coverage is None:
        return "A model may read this file; no run has asked one about it yet."
    return (
        "A model may read this file. The last review read "
        f"{coverage.reviewed_lines:,} of {coverage.reviewable_lines:,} changed lines of the whole "
        "change."
    )
