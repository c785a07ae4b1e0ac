"""The manifests, locks and settings of a change, before and after it."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from codeflow_action.actions.quality_gates.gate import FileChange, Gate, GateSubject
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.manifests import (
    Ecosystem,
    FileRole,
    Format,
    Listing,
    Origin,
    Package,
    Unreadable,
    format_of,
)
from codeflow_action.manifests.lock_names import is_lock, lock_rows
from codeflow_action.manifests.sources import (
    SourceList,
    SourceRole,
    SourceStatement,
    has_sources,
)
from codeflow_action.manifests.sources.address import AddressKind, address_of
from codeflow_action.manifests.worker_readers import read_listing, read_source_list
from codeflow_action.review.worker import UnreadableText, worker

_MAX_TOTAL = 20_000_000  # bytes of all files in both versions; files past it are named
_MAX_ENTRIES = 200  # of one name that are compared; a real lock has a handful
_MAX_CODE = 300  # characters
# Where a manifest says whose project it describes.
_OWN_ADDRESS = regex(
    r"""(?:\b(?:repository|homepage|source|url)["']?\s*[:=]\s*["']|\bmodule\s+)"""
    r"(?:git\+)?(?:https://)?(?:github|gitlab)\.com/([\w.-]+)/",
    re.IGNORECASE,
)
# What follows a repository's address: a commit, a branch or a tag.
_REVISION = regex(r"(?:#|@|[?&]ref=)([\w./-]+)(?:[#&].*)?$")

type PackageKey = tuple[Ecosystem, str]
type ByKey = Mapping[PackageKey, Sequence[Package]]


class DependencyGate(Gate):
    """What the gate and its signals share: the name and the category of their findings."""

    name = "dependencies"
    category = Category.SECURITY


@dataclass(frozen=True, kw_only=True)
class FileDelta:
    """A file of the change, and findings at its lines."""

    change: FileChange

    @property
    def path(self) -> str:
        """The path at head."""
        return self.change.path

    @property
    def is_new(self) -> bool:
        """True when the file was not there before."""
        return self.change.file.status is FileStatus.ADDED

    @cached_property
    def added(self) -> Mapping[int, str]:
        """Added lines by their number."""
        return dict(self.change.added_lines)

    def finding(
        self,
        signal: str,
        severity: Severity,
        line: int,
        *,
        code: str,
        title: str,
        message: str,
        advice: str,
    ) -> Finding:
        """Return a finding of this gate at a line of this file."""
        return DependencyGate.finding(
            self.path,
            line,
            severity=severity,
            title=title,
            message=message,
            advice=advice,
            code=code[:_MAX_CODE],
            rule=signal,
        )


@dataclass(frozen=True, kw_only=True)
class Delta(FileDelta):
    """One file before and after; an empty listing stands for a file that is not there."""

    format: Format
    before: Listing
    after: Listing

    @property
    def role(self) -> FileRole:
        """What the file is for."""
        return self.format.role

    @cached_property
    def old(self) -> ByKey:
        """The packages before, by ecosystem and name."""
        return _by_key(self.before.packages)

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


@dataclass(frozen=True, kw_only=True)
class SourceDelta(FileDelta):
    """Where a file says that things come from, before and after it.

    `is_manifest` is true for a file that lists a project's packages: a new one is a new project.
    """

    before: tuple[SourceStatement, ...]
    after: tuple[SourceStatement, ...]
    is_manifest: bool = False
    # Whom the file named before as its own project's or a dependency's owner, on hosts that many
    # share: what comes from them too is no stranger's.
    owners: frozenset[str] = frozenset()

    def line_of(self, source: SourceStatement) -> int:
        """Return the statement's line, or an added one that holds it where the reader missed it."""
        if source.line in self.added:
            return source.line
        host = source.target.partition("/")[0]
        words = [word for word in (source.target, host, source.version, source.name) if word]
        with_word = (
            number for word in words for number, text in self.added.items() if word in text
        )
        return next(with_word, source.line)


@dataclass(frozen=True, kw_only=True)
class Deltas:
    """All dependency files that changed, and all that say where something comes from.

    `unread` says which could not be read, and why.
    """

    files: tuple[Delta, ...] = ()
    sources: tuple[SourceDelta, ...] = ()
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
    """Read both versions of every changed file that has a format, or says where things are from."""
    changes = [
        change
        for change in subject.changes
        if change.file.kind is FileKind.REGULAR
        and change.file.gap is not Gap.BINARY
        and change.file.hunks
        and (format_of(change.path) or has_sources(change.path))
    ]
    locks = tuple(change for change in subject.changes if _is_lock(change))
    if not changes:
        return Deltas(locks=locks)
    bases = await subject.merge_base.read_many([change.merge_base_path for change in changes])
    deltas = await asyncio.to_thread(_parse_all, changes, bases)
    return replace(deltas, locks=locks)


def _is_lock(change: FileChange) -> bool:
    """True for a lock, and for what was one and is gone from there."""
    head = change.head if isinstance(change.head, bytes) else b""
    is_gone = change.file.status in (FileStatus.REMOVED, FileStatus.RENAMED)
    return change.file.kind is FileKind.REGULAR and (
        is_lock(change.path, head) or (is_gone and any(lock_rows(change.merge_base_path)))
    )


def _parse_all(changes: Sequence[FileChange], bases: Mapping[str, Content]) -> Deltas:
    deltas: list[Delta] = []
    sources: list[SourceDelta] = []
    unread: list[str] = []
    budget = _MAX_TOTAL
    for change in changes:
        base = bases.get(change.merge_base_path, Absent.MISSING)
        budget -= sum(len(side) for side in (change.head, base) if isinstance(side, bytes))
        if budget < 0:
            unread.append(f"{change.path}: the dependency files are too large together")
            continue
        delta, reason = _delta(change, base)
        deltas += [delta] if delta else []
        if not reason:
            source_delta, reason = _source_delta(change, base, delta)
            sources += [source_delta] if source_delta else []
        unread += [f"{change.path}: {reason}"] if reason else []
    return Deltas(files=tuple(deltas), sources=tuple(sources), unread=tuple(unread))


def _delta(change: FileChange, base: Content) -> tuple[Delta | None, str]:
    """Return the file's packages before and after, or why they could not be read."""
    file_format = format_of(change.path)
    if file_format is None:
        return None, ""
    is_removed = change.file.status is FileStatus.REMOVED
    # What was renamed to a manifest is read as one before, too.
    old_path = change.merge_base_path if format_of(change.merge_base_path) else change.path
    before = _listing(old_path, base)
    after = Listing() if is_removed else _listing(change.path, change.head)
    if isinstance(after, Unreadable):
        return None, after.reason
    if isinstance(before, Unreadable):
        return None, before.reason
    return Delta(change=change, format=file_format, before=before, after=after), ""


def _source_delta(
    change: FileChange, base: Content, delta: Delta | None
) -> tuple[SourceDelta | None, str]:
    """Return where things come from by the file's own words and by its packages."""
    is_removed = change.file.status is FileStatus.REMOVED
    before = _source_list(change.merge_base_path, base)
    after = _source_list(change.path, Absent.MISSING if is_removed else change.head)
    old = (*before.sources, *(_listed_sources(delta, delta.before) if delta else ()))
    new = (*after.sources, *(_listed_sources(delta, delta.after) if delta else ()))
    # What is not understood in one version alone would look like a change of all that it says.
    reason = before.unread or after.unread
    if reason or not (old or new):
        return None, reason
    return (
        SourceDelta(
            change=change,
            before=old,
            after=new,
            is_manifest=delta is not None and delta.role is FileRole.MANIFEST,
            owners=_owners(base),
        ),
        "",
    )


def _owners(base: Content) -> frozenset[str]:
    """Return the owners of the project that a manifest describes, as it was before."""
    text = base.decode("utf-8", "replace") if isinstance(base, bytes) else ""
    return frozenset(match[1].lower() for match in _OWN_ADDRESS.finditer(text))


def _source_list(path: str, content: Content) -> SourceList:
    # A program of Python names sources in one kind of comment alone.
    is_plain = path.endswith(".py") and not path.endswith("setup.py")
    if not isinstance(content, bytes) or (is_plain and b"# /// script" not in content):
        return SourceList()
    answer = worker("manifests").run(read_source_list, content, path)
    return SourceList(unread=answer.reason) if isinstance(answer, UnreadableText) else answer


def _listed_sources(delta: Delta, listing: Listing) -> Iterator[SourceStatement]:
    """Yield a manifest's packages and registries as statements on where they come from."""
    ecosystem = delta.format.ecosystem
    for registry in listing.registries:
        yield SourceStatement(
            ecosystem=ecosystem,
            role=SourceRole.REGISTRY,
            name="",
            target=registry.url,
            line=registry.line,
        )
    # Images and actions are read with their digests and comments by readers of their own, and a
    # lock says where a manifest's packages come from, which is another signal.
    if delta.role is not FileRole.MANIFEST or ecosystem in (Ecosystem.DOCKER, Ecosystem.ACTIONS):
        return
    for package in listing.packages:
        target = package.source
        if package.alias:
            target = f"npm:{package.name}"
        elif package.origin is Origin.LOCAL and address_of(target).kind is not AddressKind.LOCAL:
            target = f"file:{target}"
        revision = _REVISION.search(target) if package.origin is Origin.GIT else None
        is_git = package.origin is Origin.GIT
        yield SourceStatement(
            ecosystem=package.ecosystem,
            role=SourceRole.PLACE,
            name=package.alias or package.name,
            target=target,
            line=delta.line_of(package, package.source or package.name),
            version=(revision[1] if revision else package.version) if is_git else "",
        )


def _listing(path: str, content: Content) -> Listing | Unreadable:
    match content:
        case Absent.MISSING:
            return Listing()
        case Absent():
            return Unreadable(reason=f"its content is {content.value.replace('_', ' ')}")
        case _:
            answer = worker("manifests").run(read_listing, content, path)
            if isinstance(answer, UnreadableText):
                return Unreadable(reason=answer.reason)
            return answer


def read_packages(path: str, content: Content) -> Sequence[Package] | None:
    """Return the packages of a file that the change leaves alone, None where it is unreadable."""
    if format_of(path) is None or not isinstance(content, bytes):
        return None
    listing = _listing(path, content)
    return listing.packages if isinstance(listing, Listing) else None
