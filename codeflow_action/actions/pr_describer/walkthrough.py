"""The walkthrough: changed files in groups that a reader can take in one after the other.

Code is grouped by folder, as deep as it takes to tell the parts of the change apart; tests,
documents, data and what nobody here wrote are a group each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.risk import FileRisk, Purpose

_MAX_FOLDERS = 8  # groups of code: more than a reader keeps in mind help nobody
_FEW_FILES = 4  # of a folder: to divide them says less than their rows do
_MAX_ROWS = 40  # files of the walkthrough
_MAX_GROUP_ROWS = 8  # of one group, where there are several
_ROOT = "other code"
_TITLES: Mapping[Purpose, str] = {
    Purpose.DATA: "configuration and data",
    Purpose.OTHER: "configuration and data",
    Purpose.TEST: "tests",
    Purpose.DOCUMENTATION: "documentation",
    Purpose.EXAMPLE: "examples",
    Purpose.TRANSLATION: "translations",
    Purpose.FOREIGN: "generated, copied and lock files",
}


@dataclass(frozen=True, kw_only=True)
class FileGroup:
    """Files that are told of together. `title` is a folder of code where `is_folder`."""

    title: str
    is_folder: bool
    files: tuple[FileRisk, ...]

    @property
    def added_count(self) -> int:
        """All added lines."""
        return sum(file.added_count for file in self.files)

    @property
    def removed_count(self) -> int:
        """All removed lines."""
        return sum(file.removed_count for file in self.files)


def group_files(files: Iterable[FileRisk]) -> tuple[FileGroup, ...]:
    """Return all files in groups: code first, the largest group of it first.

    The last group of code has what lies outside of the other folders.
    """
    code: list[FileRisk] = []
    groups: dict[str, list[FileRisk]] = {title: [] for title in _TITLES.values()}
    for file in files:
        (code if file.purpose is Purpose.CODE else groups[_TITLES[file.purpose]]).append(file)
    by_folder = _by_folder(code)
    folders = []
    for folder, of_folder in by_folder.items():
        rest_title = _rest_title(folder, of_folder, by_folder)
        group = FileGroup(
            title=rest_title or folder, is_folder=not rest_title, files=tuple(of_folder)
        )
        folders.append(group)
    folders.sort(
        key=lambda group: (
            not group.is_folder,
            -sum(file.size for file in group.files),
            group.title,
        )
    )
    rest = [
        FileGroup(title=title, is_folder=False, files=tuple(of_title))
        for title, of_title in groups.items()
        if of_title
    ]
    return (*folders, *rest)


def _by_folder(files: Sequence[FileRisk]) -> dict[str, list[FileRisk]]:
    """Return the files by a folder that they share, of at most `_MAX_FOLDERS` folders.

    The largest folder is divided into those in it until each is small or there is no more room.
    What then has none stays with the folder around it.
    """
    folders: dict[str, list[FileRisk]] = {"": list(files)} if files else {}
    divided_folders: set[str] = set()
    while open_folders := [folder for folder in folders if folder not in divided_folders]:
        largest = max(open_folders, key=lambda folder: (len(folders[folder]), folder))
        divided_folders.add(largest)
        if largest and len(folders[largest]) <= _FEW_FILES:
            break
        room = _MAX_FOLDERS - len(folders) + 1
        of_folder = folders.pop(largest)
        folders |= _largest_parts(largest, _divide(largest, of_folder), room)
    return folders


def _rest_title(folder: str, files: Sequence[FileRisk], folders: Iterable[str]) -> str:
    """Return a title for what is left of a folder beside those in it, empty for a whole one."""
    prefix = f"{folder}/" if folder else ""
    has_others = any(other != folder and other.startswith(prefix) for other in folders)
    if has_others and any("/" in file.path.removeprefix(prefix) for file in files):
        return f"other folders of `{folder}`" if folder else "other folders"
    return "" if folder else _ROOT


def _divide(folder: str, files: Sequence[FileRisk]) -> dict[str, list[FileRisk]]:
    """Return the files by the next folder below; those that lie in it stay with it."""
    depth = len(PurePosixPath(folder).parts) if folder else 0
    parts: dict[str, list[FileRisk]] = {}
    for file in files:
        inner = file.path.split("/")[:-1]
        name = "/".join(inner[: depth + 1]) if len(inner) > depth else folder
        parts.setdefault(name, []).append(file)
    return parts


def _largest_parts(
    folder: str, parts: Mapping[str, list[FileRisk]], room: int
) -> dict[str, list[FileRisk]]:
    """Return at most `room` of the parts, the last of them all the rest under the folder's name."""
    if len(parts) <= room:
        return dict(parts)
    sizes = Counter({part: len(files) for part, files in parts.items() if part != folder})
    own_parts = {part for part, _size in sizes.most_common(room - 1)}
    rest = [file for part, files in parts.items() if part not in own_parts for file in files]
    return {part: parts[part] for part in sorted(own_parts)} | {folder: rest}


def listed_files(groups: Sequence[FileGroup]) -> Iterator[tuple[FileGroup, FileRisk]]:
    """Yield the files with a row of their own, the riskiest of each group."""
    count = sum(len(group.files) for group in groups)
    limit = _MAX_ROWS if count <= _MAX_ROWS else _MAX_GROUP_ROWS
    room = _MAX_ROWS
    for group in groups:
        files = sorted(group.files, key=lambda file: (-file.attention, file.path))
        for file in files[: min(limit, room)]:
            yield group, file
        room -= min(limit, room, len(files))
