"""The list of all changed files, for a model that reads one part of the change."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import PurePosixPath

from codeflow_action.engine.files import is_test
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus
from codeflow_action.review.packing import risk
from codeflow_action.review.scope import OmittedFile
from codeflow_action.security.untrusted import path as shown_path

_MAX_FILES = 60
_MAX_TOKENS = 600
_MAX_FOLDERS = 8
_VERBS = {
    FileStatus.ADDED: "added",
    FileStatus.MODIFIED: "modified",
    FileStatus.REMOVED: "deleted",
    FileStatus.RENAMED: "renamed",
    FileStatus.COPIED: "copied",
    FileStatus.TYPE_CHANGED: "another kind of file",
}


def change_list(
    files: Sequence[ChangedFile],
    left_out: Collection[OmittedFile],
    never_send: Collection[str],
    count: Callable[[str], int],
) -> str:
    """Return a line for each changed file, of at most 60 and about 600 tokens; the rest is counted.

    Empty for a change of one file. Files gone or moved come first, since no other text tells of
    them, then the riskiest. `left_out` are files that no prompt shows. No path is told that matches
    `never_send`: such files are counted.
    """
    if len(files) < 2:
        return ""
    reasons = {omitted.file.path: omitted.reason for omitted in left_out}
    secret_files: list[ChangedFile] = []
    open_files: list[ChangedFile] = []
    for file in files:
        paths = [path for path in (file.path, file.previous_path) if path]
        is_hidden = any(any_matches(never_send, path) for path in paths)
        (secret_files if is_hidden else open_files).append(file)
    open_files.sort(
        key=lambda file: (
            file.status not in (FileStatus.REMOVED, FileStatus.RENAMED),
            risk(file.path),
            file.path,
        )
    )
    lines = [f"{len(files)} files"]
    room, line_count = _MAX_TOKENS, 0
    for file in open_files[:_MAX_FILES]:
        line = _line(file, reasons.get(file.path, ""))
        room -= count(line) + 1
        if room < 0:
            break
        lines.append(line)
        line_count += 1
    lines += _folder_lines(open_files[line_count:])
    if secret_files:
        lines.append(f"{len(secret_files)} of which nothing may be shown")
    return "\n".join(lines)


def _line(file: ChangedFile, reason: str) -> str:
    words = [_VERBS[file.status], shown_path(file.path)]
    if file.previous_path and file.status in (FileStatus.RENAMED, FileStatus.COPIED):
        words.append(f"from {shown_path(file.previous_path)}")
    if size := _size((file,)):
        words.append(size)
    notes = [file.kind.value] if file.kind is not FileKind.REGULAR else []
    notes += ["made executable"] if file.made_executable else []
    notes += ["test"] if is_test(file.path) else []
    notes += [f"not shown: {reason}"] if reason else []
    return " ".join(words) + (f" ({'; '.join(notes)})" if notes else "")


def _folder_lines(files: Iterable[ChangedFile]) -> list[str]:
    """Return a line for each folder at the root, those with the most files first."""
    by_folder: defaultdict[str, list[ChangedFile]] = defaultdict(list)
    for file in files:
        parts = PurePosixPath(file.path).parts
        by_folder[parts[0] if len(parts) > 1 else ""].append(file)
    largest = sorted(by_folder.items(), key=lambda item: (-len(item[1]), item[0]))
    lines = []
    for folder, of_folder in largest[:_MAX_FOLDERS]:
        verbs = Counter(_VERBS[file.status] for file in of_folder)
        statuses = ", ".join(f"{number} {verb}" for verb, number in verbs.most_common())
        place = f"in {shown_path(folder)}/" if folder else "at the root"
        lines.append(f"{place}: {statuses} more {_size(of_folder)}".rstrip())
    if rest := sum(len(of_folder) for _, of_folder in largest[_MAX_FOLDERS:]):
        lines.append(f"{rest} more in other folders")
    return lines


def _size(files: Iterable[ChangedFile]) -> str:
    """Return the counts of added and removed lines, empty where there are none."""
    sizes = [(len(file.added_lines), len(file.removed_lines)) for file in files]
    added_count, removed_count = (sum(column) for column in zip(*sizes, strict=True))
    return " ".join(
        f"{sign}{number}" for sign, number in (("+", added_count), ("-", removed_count)) if number
    )
