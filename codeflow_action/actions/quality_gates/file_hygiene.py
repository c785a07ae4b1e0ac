"""Files that do not belong into a repository, by their names, kinds and sizes; off by default."""

import asyncio
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from codeflow_action.actions.quality_gates.gate import Change, Checked, Gate, Level, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap

_NEW = frozenset({FileStatus.ADDED, FileStatus.RENAMED, FileStatus.COPIED})
# What tools and systems write for themselves.
_JUNK = re.compile(
    r"(?:^|/)(?:\.DS_Store|Thumbs\.db|desktop\.ini|\.idea/(?:workspace|tasks)\.xml"
    r"|npm-debug\.log|yarn-error\.log|\.coverage|core\.\d+)$"
    r"|(?:^|/)(?:node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.venv"
    r"|\.terraform|\.gradle|\.next|\.nuxt)/"
    r"|\.(?:pyc|pyo|class|o|obj|swp|swo|orig|rej|tfstate(?:\.backup)?)$"
)
_ENV = re.compile(r"(?:^|/)\.env(?:\.[\w.-]+)?$")
_ENV_MODEL = re.compile(r"example|sample|template|dist|test|default|schema", re.IGNORECASE)
_VALUE = re.compile(r"\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*[\"']?[^\s\"'#]")


class FileHygiene(Gate):
    """A file should not be in the repository, or not so: large, ignored, colliding, leading out."""

    name = "file_hygiene"
    level: Level = Level.OFF
    max_kb: int = Field(default=1_000, ge=1)

    async def check(self, subject: Subject) -> Checked:
        """Look at names and kinds, and read what is binary or a link."""
        changes = [one for one in subject.changes if one.file.status is not FileStatus.REMOVED]
        asked = [one.path for one in changes if _is_read(one.file)]
        contents = await subject.head.read_many(asked) if asked else {}
        new = [one.path for one in changes if one.file.status in _NEW]
        listed = (await subject.head.list() if new else None) or ()
        twins = await asyncio.to_thread(_twins, new, listed)
        findings = [
            finding
            for change in changes
            for finding in self._findings(change, contents, twins.get(change.path))
        ]
        return Checked(findings=findings)

    def _findings(
        self, change: Change, contents: Mapping[str, Content], twin: str | None
    ) -> Iterator[Finding]:
        file, content = change.file, contents.get(change.path, Absent.MISSING)
        is_new = file.status in _NEW
        if is_new and _JUNK.search(file.path):
            yield _finding(file, Severity.WARNING, "junk", "A tool wrote this file for itself")
        if _ENV.search(file.path) and not _ENV_MODEL.search(file.path):
            line = next((at for at, text in change.added if _VALUE.match(text)), None)
            if line is not None:
                title = "Values of an environment are committed"
                yield _finding(file, Severity.ERROR, "env", title, line)
        if file.kind is FileKind.REGULAR and _is_large(content, self.max_kb):
            title = f"A binary of more than {self.max_kb:,} kB"
            yield _finding(file, Severity.WARNING, "large", title)
        if file.kind is FileKind.SYMLINK and _leads_out(file.path, content):
            yield _finding(file, Severity.ERROR, "link", "A symbolic link leads out of the tree")
        if file.kind is FileKind.SUBMODULE and not is_new:
            yield _finding(file, Severity.NOTICE, "submodule", "A submodule was moved")
        if file.made_executable and not change.text.startswith("#!"):
            title = "Made executable, and is no script"
            yield _finding(file, Severity.NOTICE, "mode", title)
        if twin is not None:
            title = "Two names that differ in case alone: some systems keep one file of them"
            yield _finding(file, Severity.ERROR, "case", title)


def _is_read(file: ChangedFile) -> bool:
    large = file.kind is FileKind.REGULAR and file.gap in (Gap.BINARY, Gap.TOO_LARGE)
    return large or file.kind is FileKind.SYMLINK


def _is_large(content: Content, max_kb: int) -> bool:
    if isinstance(content, bytes):
        return len(content) > max_kb * 1_000
    return content is Absent.TOO_LARGE


def _leads_out(path: str, content: Content) -> bool:
    if not isinstance(content, bytes):
        return False
    target = content.decode("utf-8", "replace")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return target.startswith("/") or joined.split("/")[0] == ".."


def _twins(paths: Sequence[str], listed: Sequence[str]) -> dict[str, str]:
    """Return, of those that have one, the path that differs in case alone."""
    by_fold: dict[str, list[str]] = {}
    wanted = {path.casefold() for path in paths}
    for path in listed:
        if (fold := path.casefold()) in wanted:
            by_fold.setdefault(fold, []).append(path)
    return {
        path: other
        for path in paths
        for other in by_fold.get(path.casefold(), ())[:2]
        if other != path
    }


def _finding(
    file: ChangedFile, severity: Severity, what: str, title: str, line: int | None = None
) -> Finding:
    return Finding(
        severity=severity,
        category=Category.MAINTAINABILITY,
        path=file.path,
        line=line,
        title=title,
        message="Should this file be in the repository, and be so?",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=f"{FileHygiene.name}/{what}",
    )
