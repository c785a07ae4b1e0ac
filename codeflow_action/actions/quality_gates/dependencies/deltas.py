"""Manifests, locks and settings of the change, as they were and as they are."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from codeflow_action.actions.quality_gates.gate import Change, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
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

_MAX_TOTAL = 20_000_000  # bytes of all files together, both versions; the rest is named
_MOST_ALIKE = 200  # entries of one name that are compared; a lock has a handful
_MAX_CODE = 300  # characters

type Key = tuple[Ecosystem, str]
type ByKey = Mapping[Key, Sequence[Package]]


@dataclass(frozen=True, kw_only=True)
class Delta:
    """One file before and after; an empty listing stands for a file that is not there."""

    change: Change
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
        return dict(self.change.added)

    def line_of(self, package: Package, *needles: str) -> int:
        """Return the added line of the package's entry that holds a needle, else the first added.

        Where nothing of the entry was added, its first line.
        """
        lines = [at for at in range(package.line, package.end_line + 1) if at in self.added]
        held = (at for at in lines for needle in needles if needle and needle in self.added[at])
        return next(held, lines[0] if lines else package.line)

    def finding(
        self, signal: str, severity: Severity, line: int, *, code: str, title: str, message: str
    ) -> Finding:
        """Return a finding at a line of this file; `code` is what its fingerprint is made of."""
        return Finding(
            severity=severity,
            category=Category.SECURITY,
            path=self.path,
            line=line,
            title=title,
            message=message,
            evidence=Evidence.DETERMINISTIC,
            sources=("quality_gates",),
            rule=f"dependencies/{signal}",
            code=code[:_MAX_CODE],
        )


@dataclass(frozen=True, kw_only=True)
class Deltas:
    """All of them. `unread` says which files could not be read, and why."""

    files: tuple[Delta, ...] = ()
    unread: tuple[str, ...] = ()

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

    @property
    def is_changed(self) -> bool:
        """True when a dependency came, went or moved."""
        return _versions(self.before) != _versions(self.after)


def _by_key(packages: Iterable[Package]) -> ByKey:
    found: defaultdict[Key, list[Package]] = defaultdict(list)
    for package in packages:
        if len(alike := found[package.key]) < _MOST_ALIKE:
            alike.append(package)
    return found


def _versions(packages: ByKey) -> set[tuple[Key, str]]:
    return {(key, one.version) for key, several in packages.items() for one in several}


async def read_deltas(subject: Subject) -> Deltas:
    """Read both versions of every changed file that has a format."""
    chosen = [
        (change, of)
        for change in subject.changes
        if change.file.kind is FileKind.REGULAR
        and change.file.gap is not Gap.BINARY
        and change.file.hunks
        and (of := format_of(change.path))
    ]
    if not chosen:
        return Deltas()
    bases = await subject.base.read_many([_old_path(change) for change, _ in chosen])
    return await asyncio.to_thread(_read_all, chosen, bases)


def _old_path(change: Change) -> str:
    return change.file.previous_path or change.path


def _read_all(chosen: Sequence[tuple[Change, Format]], bases: Mapping[str, Content]) -> Deltas:
    deltas: list[Delta] = []
    unread: list[str] = []
    left = _MAX_TOTAL
    for change, of in chosen:
        old_path = _old_path(change)
        left -= sum(map(_size, (change.head, bases.get(old_path, Absent.MISSING))))
        if left < 0:
            unread.append(f"{change.path}: all of them together are too large")
            continue
        is_gone = change.file.status is FileStatus.REMOVED
        before = _listing(format_of(old_path) or of, bases.get(old_path, Absent.MISSING))
        after = Listing() if is_gone else _listing(of, change.head)
        match before, after:
            case Listing() as old, Listing() as new:
                deltas.append(Delta(change=change, format=of, before=old, after=new))
            case (_, Unreadable(reason=reason)) | (Unreadable(reason=reason), _):
                unread.append(f"{change.path}: {reason}")
    return Deltas(files=tuple(deltas), unread=tuple(unread))


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else 0


def _listing(of: Format, content: Content) -> Listing | Unreadable:
    match content:
        case Absent.MISSING:
            return Listing()
        case Absent():
            return Unreadable(reason=f"its content is {content.value.replace('_', ' ')}")
        case _:
            return read(of, content)
