"""Files that do not belong in a repository, by their names, kinds and sizes; off by default."""

import asyncio
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import Field

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap

_NEW = frozenset({FileStatus.ADDED, FileStatus.RENAMED, FileStatus.COPIED})
# What tools and operating systems write for themselves.
_JUNK = regex(
    r"(?:^|/)(?:\.DS_Store|Thumbs\.db|desktop\.ini|\.idea/(?:workspace|tasks)\.xml"
    r"|npm-debug\.log|yarn-error\.log|\.coverage|core\.\d+)$"
    r"|(?:^|/)(?:node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.venv"
    r"|\.terraform|\.gradle|\.next|\.nuxt)/"
    r"|\.(?:pyc|pyo|class|o|obj|swp|swo|orig|rej|tfstate(?:\.backup)?)$"
)
_ENV = regex(r"(?:^|/)\.env(?:\.[\w.-]+)?$")
_ENV_MODEL = regex(r"example|sample|template|dist|test|default|schema", re.IGNORECASE)
_VALUE = regex(r"\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*[\"']?[^\s\"'#]")


class _Rule(NamedTuple):
    severity: Severity
    title: str
    message: str
    advice: str


_RULES = {
    "junk": _Rule(
        Severity.WARNING,
        "A tool's own file was committed",
        "A tool writes this file for itself, so it differs on every machine.",
        "Remove it from the repository and list it in `.gitignore`.",
    ),
    "env": _Rule(
        Severity.ERROR,
        "Values of environment variables were committed",
        "Such files often hold secrets, and anyone who can read the repository can read them.",
        "Commit an `.env.example` without values instead.",
    ),
    "large": _Rule(
        Severity.WARNING,
        "A binary larger than {max_kb:,} kB",
        "Every clone downloads it, and it stays in the history.",
        "Keep it outside the repository, or use Git LFS.",
    ),
    "link": _Rule(
        Severity.ERROR,
        "A symbolic link leads out of the repository",
        "On another machine it leads nowhere, or to a file that nobody meant.",
        "Link to a file inside the repository.",
    ),
    "submodule": _Rule(
        Severity.NOTICE,
        "A submodule now points at another commit",
        "This often happens by accident, and the submodule's changes are not part of this diff.",
        "Check that the new commit is the one you want.",
    ),
    "mode": _Rule(
        Severity.NOTICE,
        "This file was made executable but is not a script",
        "It does not begin with `#!`, so this was probably an accident.",
        "Undo it with `git update-index --chmod=-x`.",
    ),
    "case": _Rule(
        Severity.ERROR,
        "Another file's name differs only in case",
        "Windows and macOS usually keep only one of the two files.",
        "Rename one of them.",
    ),
}


class FileHygiene(Gate):
    """A file should not be in the repository, or not in this form: build output, a large binary."""

    name = "file_hygiene"
    level: GateLevel = GateLevel.OFF
    max_kb: int = Field(
        default=1_000, ge=1, description="A larger binary is reported; in thousands of bytes."
    )

    async def check(self, subject: GateSubject) -> GateResult:
        """Look at names and kinds, and read what is binary or a link."""
        changes = [
            change for change in subject.changes if change.file.status is not FileStatus.REMOVED
        ]
        to_read = [
            change.path
            for change in changes
            if change.file.kind is FileKind.SYMLINK
            or (
                change.file.kind is FileKind.REGULAR
                and change.file.gap in (Gap.BINARY, Gap.TOO_LARGE)
            )
        ]
        contents = await subject.head.read_many(to_read) if to_read else {}
        new = [change.path for change in changes if change.file.status in _NEW]
        # Only a new name can collide with another, and listing a large tree takes time.
        tree = (await subject.head.list() if new else None) or ()
        twins = await asyncio.to_thread(_case_twins, new, tree)
        return GateResult(
            findings=[
                self.finding(
                    change.path,
                    line,
                    severity=_RULES[rule].severity,
                    title=_RULES[rule].title.format(max_kb=self.max_kb),
                    message=_RULES[rule].message,
                    advice=_RULES[rule].advice,
                    rule=rule,
                )
                for change in changes
                for rule, line in (
                    *self._broken_rules(change, contents.get(change.path, Absent.MISSING)),
                    *([("case", None)] if change.path in twins else []),
                )
            ]
        )

    def _broken_rules(
        self, change: FileChange, content: Content
    ) -> Iterator[tuple[str, int | None]]:
        """Yield each rule that the file breaks, with the line where it has one."""
        file = change.file
        is_new = file.status in _NEW
        if is_new and _JUNK.search(file.path):
            yield "junk", None
        if _ENV.search(file.path) and not _ENV_MODEL.search(file.path):
            line = next((number for number, text in change.added_lines if _VALUE.match(text)), None)
            if line is not None:
                yield "env", line
        is_large = (
            len(content) > self.max_kb * 1_000
            if isinstance(content, bytes)
            else content is Absent.TOO_LARGE
        )
        if file.kind is FileKind.REGULAR and is_large:
            yield "large", None
        if file.kind is FileKind.SYMLINK and _leads_out(file.path, content):
            yield "link", None
        if file.kind is FileKind.SUBMODULE and not is_new:
            yield "submodule", None
        if file.made_executable and not change.text.startswith("#!"):
            yield "mode", None


def _leads_out(path: str, content: Content) -> bool:
    """True for a link whose target is absolute or above the root of the repository."""
    if not isinstance(content, bytes):
        return False
    target = content.decode("utf-8", "replace")
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return target.startswith("/") or end.split("/")[0] == ".."


def _case_twins(paths: Sequence[str], tree: Sequence[str]) -> frozenset[str]:
    """Return those of the paths that differ from another path of the tree only in case."""
    folds = {path.casefold() for path in paths}
    by_fold: dict[str, set[str]] = {}
    for path in tree:
        if (fold := path.casefold()) in folds:
            by_fold.setdefault(fold, set()).add(path)
    return frozenset(path for path in paths if by_fold.get(path.casefold(), set()) - {path})
