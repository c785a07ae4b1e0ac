"""Finds a repository's git folders, and reads what in them is plain data: refs and a few settings.

None of it is git's to execute: the files are read here, links are not followed, and what is not of
the expected form is passed over. See gitrepository-layout(5).
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path, PurePath

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.integrations.safe_folder import SafeFolder

_MAX_SMALL = 4_000  # bytes of a file with one line
_MAX_PACKED = 50_000_000  # bytes of `packed-refs`
_MAX_REFS = 100_000
_MAX_DEPTH = 20
_OID = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# git-check-ref-format(1), and no ref that replaces an object by another.
_REF = regex(
    r"refs/(?!replace/)(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)|[./]$))[^\x00-\x20\x7f~^:?*\[\\]+"
)


@dataclass(frozen=True, kw_only=True)
class GitFolders:
    """`own` holds HEAD and the index, `common` all else; they differ in a linked work tree.

    `work_tree` is None for a bare repository.
    """

    own: Path
    common: Path
    work_tree: Path | None


@dataclass(frozen=True, kw_only=True)
class Refs:
    """`head` is what HEAD says. `names` are refs with their objects, `symbolic` with other refs."""

    head: str
    names: Mapping[str, str] = field(default_factory=dict)
    symbolic: Mapping[str, str] = field(default_factory=dict)


def find_git_folders(directory: Path) -> GitFolders | None:
    """Return the folders of the repository whose root `directory` is, None where it is none.

    Raises `RepositoryError` when they cannot be read.
    """
    git = directory / ".git"
    try:
        if git.is_file():  # a linked work tree or a submodule
            own = directory / _line(directory, ".git").partition("gitdir:")[2].strip()
        else:
            own = git if git.is_dir() else directory
        common = own
        if (own / "commondir").is_file():
            common = own / _line(own, "commondir").strip()
        if not ((common / "objects").is_dir() and (own / "HEAD").is_file()):
            return None
    except (OSError, ValueError) as error:
        raise RepositoryError(f"the workspace's git folder cannot be read: {error}") from error
    return GitFolders(own=own, common=common, work_tree=None if own == directory else directory)


def find_repository(directory: Path) -> GitFolders | None:
    """Return the folders of the repository that `directory` is inside. Raises `RepositoryError`."""
    absolute = directory.absolute()
    for candidate in (absolute, *absolute.parents):
        if folders := find_git_folders(candidate):
            return folders
    return None


def read_refs(folders: GitFolders) -> Refs:
    """Return all refs. Raises `RepositoryError` for a way of keeping them that is not known."""
    if (folders.common / "reftable").is_dir():
        raise RepositoryError(
            "the repository keeps its branches as a reftable, which is not read",
            hint="convert it: git refs migrate --ref-format=files",
        )
    names = dict(_packed_refs(folders.common))
    symbolic: dict[str, str] = {}
    for name, value in _loose_refs(SafeFolder(folders.common), PurePath("refs"), 0):
        target = value.removeprefix("ref:").strip()
        if _OID.fullmatch(value):
            names[name] = value
        elif value.startswith("ref:") and _REF.fullmatch(target):
            symbolic[name] = target
        if len(names) + len(symbolic) > _MAX_REFS:
            break
    head = _line(folders.own, "HEAD").strip()
    target = head.removeprefix("ref:").strip()
    is_valid = _OID.fullmatch(head) or (head.startswith("ref:") and _REF.fullmatch(target))
    return Refs(head=head if is_valid else "", names=names, symbolic=symbolic)


def _packed_refs(common: Path) -> Iterator[tuple[str, str]]:
    try:
        raw = SafeFolder(common).read(PurePath("packed-refs"), _MAX_PACKED) or b""
    except OSError:
        return
    for line in raw.decode("utf-8", "replace").split("\n"):
        oid, _, name = line.partition(" ")
        if _OID.fullmatch(oid) and _REF.fullmatch(name):
            yield name, oid


def _loose_refs(common: SafeFolder, folder: PurePath, depth: int) -> Iterator[tuple[str, str]]:
    names: list[tuple[PurePath, bool]] = []
    with contextlib.suppress(OSError), common.entries(folder) as entries:
        names = [(folder / entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_folder in names[:_MAX_REFS]:
        if is_folder and depth < _MAX_DEPTH:
            yield from _loose_refs(common, path, depth + 1)
        elif not is_folder and _REF.fullmatch(str(path)):
            with contextlib.suppress(OSError):
                raw = common.read(path, _MAX_SMALL) or b""
                yield str(path), raw.decode("utf-8", "replace").strip()


def _line(folder: Path, name: str) -> str:
    """Return a small file's text. Raises `OSError`."""
    raw = SafeFolder(folder).read(PurePath(name), _MAX_SMALL)
    if raw is None:
        raise OSError(f"{name} is no small file")
    return raw.decode("utf-8", "surrogateescape")
