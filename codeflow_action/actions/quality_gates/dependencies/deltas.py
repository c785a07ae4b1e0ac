"""The manifests, locks and settings of a change, before and after it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from codeflow_action.actions.quality_gates.gate import FileChange, Gate, GateSubject
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.manifests import (
    Ecosystem,
    FileRole,
    Format,
    Listing,
    Package,
    Unreadable,
    format_of,
    read,
)
from codeflow_action.manifests.lock_names import is_lock, lock_rows

_MAX_TOTAL = 20_000_000  # bytes of all files in both versions; files past it are named
_MAX_ENTRIES = 200  # of one name that are compared; a real lock has a handful
_MAX_CODE = 300  # characters

type PackageKey = tuple[Ecosystem, str]
type ByKey = Mapping[PackageKey, Sequence[Package]]


class DependencyGate(Gate):
    """What the gate and its signals share: the name and the category of their findings."""

    name = "dependencies"
    category = Category.SECURITY


@dataclass(frozen=True, kw_only=True)
class Delta:
    """One file before and after; an empty listing stands for a file that is not there."""

    change: FileChange
    format: Format
    before: Listing
    after: Listing

    @property
    def path(self) -> str:
        """The path at head."""
        return self.change.path

    @property
    def is_new(self) -> bool:
        """True when the file was not there before."""
        return self.change.file.status is FileStatus.ADDED

    @property
    def role(self) -> FileRole:
        """What the file is for."""
        return self.format.role

    @cached_property
    def old(self) -> ByKey:
        """The packages before, by ecosystem and name."""
        return _by_key(self.before.packages)

    @cached_property
    def added(self) -> Mapping[int, str]:
        """Added lines by their number."""
        return dict(self.change.added_lines)

    def line_of(self, package: Package, *needles: str) -> int:
        """Return the added line of the package's entry that holds a needle, else the first added.

        Where nothing of the entry was added, its first line.
        """
        lines = [
            number for number in range(package.line, package.end_line + 1) if number in self.added
        ]
        with_needle = (
            number
            for number in lines
            for needle in needles
            if needle and needle in self.added[number]
        )
        return next(with_needle, lines[0] if lines else package.line)

    def finding(
        self, signal: str, severity: Severity, line: int, *, code: str, title: str, message: str
    ) -> Finding:
        """Return a finding of this gate at a line of this file."""
        return DependencyGate.finding(
            self.path,
            line,
            severity=severity,
            title=title,
            message=message,
            code=code[:_MAX_CODE],
            rule=signal,
        )


@dataclass(frozen=True, kw_only=True)
class Deltas:
    """All dependency files that changed. `unread` says which could not be read, and why."""

    files: tuple[Delta, ...] = ()
    unread: tuple[str, ...] = ()
    # All locks that changed, also those of which the format is not read, and those that went.
    locks: tuple[FileChange, ...] = ()

    def of(self, *roles: FileRole) -> tuple[Delta, ...]:
        """Return the files of these roles."""
        return tuple(delta for delta in self.files if delta.role in roles)

    @cached_property
    def before(self) -> ByKey:
        """What all changed files said, by ecosystem and name."""
        return _by_key(package for delta in self.files for package in delta.before.packages)

    @cached_property
    def after(self) -> ByKey:
        """What all changed files say."""
        return _by_key(package for delta in self.files for package in delta.after.packages)

    @cached_property
    def unread_locks(self) -> tuple[str, ...]:
        """The locks that were written anew, in a format that is not read."""
        return tuple(
            change.path
            for change in self.locks
            if change.file.status is not FileStatus.REMOVED
            and any(lock_rows(change.path))
            and format_of(change.path) is None
        )

    @property
    def is_changed(self) -> bool:
        """True when a dependency was added, removed or changed."""
        return _versions(self.before) != _versions(self.after)


def _by_key(packages: Iterable[Package]) -> ByKey:
    entries: defaultdict[PackageKey, list[Package]] = defaultdict(list)
    for package in packages:
        if len(same_name := entries[package.key]) < _MAX_ENTRIES:
            same_name.append(package)
    return entries


def _versions(by_key: ByKey) -> set[tuple[PackageKey, str]]:
    return {(key, package.version) for key, packages in by_key.items() for package in packages}


async def read_deltas(subject: GateSubject) -> Deltas:
    """Read both versions of every changed file that has a format."""
    changes = [
        (change, file_format)
        for change in subject.changes
        if change.file.kind is FileKind.REGULAR
        and change.file.gap is not Gap.BINARY
        and change.file.hunks
        and (file_format := format_of(change.path))
    ]
    locks = tuple(change for change in subject.changes if _is_lock(change))
    if not changes:
        return Deltas(locks=locks)
    bases = await subject.merge_base.read_many([change.merge_base_path for change, _ in changes])
    deltas = await asyncio.to_thread(_parse_all, changes, bases)
    return replace(deltas, locks=locks)


def _is_lock(change: FileChange) -> bool:
    """True for a lock, and for what was one and is gone from there."""
    head = change.head if isinstance(change.head, bytes) else b""
    is_gone = change.file.status in (FileStatus.REMOVED, FileStatus.RENAMED)
    return change.file.kind is FileKind.REGULAR and (
        is_lock(change.path, head) or (is_gone and any(lock_rows(change.merge_base_path)))
    )


def _parse_all(
    changes: Sequence[tuple[FileChange, Format]], bases: Mapping[str, Content]
) -> Deltas:
    deltas: list[Delta] = []
    unread: list[str] = []
    budget = _MAX_TOTAL
    for change, file_format in changes:
        base = bases.get(change.merge_base_path, Absent.MISSING)
        budget -= sum(len(side) for side in (change.head, base) if isinstance(side, bytes))
        if budget < 0:
            unread.append(f"{change.path}: the dependency files are too large together")
            continue
        is_removed = change.file.status is FileStatus.REMOVED
        before = _listing(format_of(change.merge_base_path) or file_format, base)
        after = Listing() if is_removed else _listing(file_format, change.head)
        match before, after:
            case Listing() as old, Listing() as new:
                deltas.append(Delta(change=change, format=file_format, before=old, after=new))
            case (_, Unreadable(reason=reason)) | (Unreadable(reason=reason), _):
                unread.append(f"{change.path}: {reason}")
    return Deltas(files=tuple(deltas), unread=tuple(unread))


def _listing(file_format: Format, content: Content) -> Listing | Unreadable:
    match content:
        case Absent.MISSING:
            return Listing()
        case Absent():
            return Unreadable(reason=f"its content is {content.value.replace('_', ' ')}")
        case _:
            return read(file_format, content)


def read_packages(path: str, content: Content) -> Sequence[Package] | None:
    """Return the packages of a file that the change leaves alone, None where it is unreadable."""
    file_format = format_of(path)
    listing = read(file_format, content) if file_format and isinstance(content, bytes) else None
    return listing.packages if isinstance(listing, Listing) else None
