"""What a round remembers: whether all is read again, and where the code of earlier ones stands."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Entry, EntryState, Ledger
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import ChangedFile, FileStatus, PullRequest
from codeflow_action.engine.sightings import FileText, find_again, origins_of
from codeflow_action.review.units import clean_lines, old_side


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What decides whether a model is asked about what was read before.

    `digest` is of what an answer depends on besides the commits. `was_forced` where the branch was
    force-pushed since our last word, `is_full` where somebody has asked for all of it.
    """

    pull_request: PullRequest
    digest: str
    was_forced: bool = False
    is_full: bool = False

    def why_full(self, ledger: Ledger) -> str:
        """Return why all of it is read again, empty where only what is new is."""
        reasons = {
            "somebody has asked for all of it": self.is_full,
            "the configuration, the models or CodeFlow have changed": ledger.digest != self.digest,
            "the merge base has moved": ledger.merge_base_sha != self.pull_request.merge_base_sha,
            "the branch was force-pushed": self.was_forced,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")


async def recall(ledger: Ledger | None, occasion: Occasion, head: Tree) -> Memory:
    """Return the memory of a round. What cannot be read now is remembered where it was."""
    if ledger is None:
        return Memory()
    why_full = occasion.why_full(ledger)
    files = occasion.pull_request.files
    open_entries = [entry for entry in ledger.entries if _is_looked_for(entry)]
    if not open_entries:
        return Memory(
            ledger=ledger, why_full=why_full, origins=origins_of(files, ledger.entries, None)
        )
    try:
        texts = await _texts(open_entries, files, head)
    except (RepositoryError, GitHubError):
        return Memory(ledger=ledger, why_full=why_full)
    origins = origins_of(files, ledger.entries, texts)
    search = find_again(open_entries, texts, origins)
    return Memory(
        ledger=ledger,
        why_full=why_full,
        sightings=search.sightings,
        gone_ids=search.gone_ids,
        origins=origins,
    )


def _is_looked_for(entry: Entry) -> bool:
    # Gates look for theirs themselves.
    return not entry.is_deterministic and entry.state is not EntryState.FIXED


async def _texts(
    entries: Iterable[Entry], files: Iterable[ChangedFile], head: Tree
) -> Mapping[str, FileText | None]:
    """Return the files that the entries may stand in now, by path; None for an unreadable one."""
    files = tuple(files)
    paths = {entry.path for entry in entries if entry.path}
    identities = {entry.identity for entry in entries}
    paths |= {file.path for file in files if file.previous_path in identities}
    contents = dict(await head.read_many(sorted(paths)))
    suffixes = {
        PurePosixPath(path).suffix
        for path, content in contents.items()
        if content is Absent.MISSING
    }
    # One that a later push has renamed stands under a path that no ledger knows.
    new_paths = [
        file.path
        for file in files
        if file.status is FileStatus.ADDED
        and file.path not in contents
        and PurePosixPath(file.path).suffix in suffixes
    ]
    if new_paths:
        contents |= await head.read_many(new_paths)
    by_path = {file.path: file for file in files}
    return {
        path: _text(content, by_path.get(path))
        for path, content in contents.items()
        if content is not Absent.MISSING
    }


def _text(content: Content, file: ChangedFile | None) -> FileText | None:
    if not isinstance(content, bytes):
        return None
    lines = clean_lines(content.decode("utf-8", "replace"))
    old_lines: dict[int, str] = {}
    if file:
        numbers = (line.old for hunk in file.hunks for line in hunk.lines if line.old is not None)
        pairs = zip(numbers, clean_lines(old_side(file)), strict=False)
        old_lines = {number: line for number, line in pairs if number in file.removed_lines}
    return FileText(head=dict(enumerate(lines, start=1)), removed_lines=old_lines)
