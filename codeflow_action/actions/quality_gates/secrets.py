"""Secrets in added lines, found by scanners in the whole head file."""

import codecs
from collections.abc import Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.actions.quality_gates.public_values import is_public, without_tables
from codeflow_action.engine.files import (
    is_documentation,
    is_example,
    is_fixture,
    is_foreign,
    is_test,
    is_text,
)
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.ports import Content
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.engine.scans import SecretMatch
from codeflow_action.security.token_checksums import checksum_holds

# Git shows no line of UTF-16, which Windows' programs write into such files.
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WINDOWS_TEXTS = frozenset(
    {".reg", ".rc", ".inf", ".csv", ".log", ".bat", ".cmd", ".config", ".rdp"}
)
_SEVERITY = {"high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.WARNING}
# Half of a pair. The other half's finding covers both, where that half was added too.
_HALVES = frozenset({"aws-secret-access-key"})


class Secrets(Gate):
    """A credential was committed: anyone who can read the repository can use it."""

    name = "secrets"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR

    async def check(self, subject: GateSubject) -> GateResult:
        """Report the secrets that touch an added line.

        Whole files are scanned, so that a key of several lines is seen whole.
        """
        changes = {change.path: change for change in subject.changes}
        files, added_lines = await _searchable(subject)
        matches = [
            match
            # In reading order: when there are too many, the first ones are shown.
            for match in sorted(
                await subject.scanners.secrets(files), key=lambda match: (match.path, match.start)
            )
            if not added_lines[match.path].isdisjoint(range(match.line, match.end_line + 1))
        ]
        matches = without_tables(_without_components(matches))
        leaks = [
            (match, severity)
            for match in matches
            if (severity := _severity(match, files[match.path])) is not None
        ]
        at_base = await _marks_at_base(subject, [changes[match.path] for match, _ in leaks])
        findings = (
            self._describe(
                match,
                severity,
                is_moved=(changes[match.path].merge_base_path, match.mark) in at_base,
            )
            for match, severity in leaks
        )
        lines = (
            (match.path, line)
            for match, _ in leaks
            for line in range(match.line, match.end_line + 1)
        )
        return GateResult(findings=findings, secret_lines=frozenset(lines))

    def _describe(self, match: SecretMatch, severity: Severity, *, is_moved: bool) -> Finding:
        # A secret that only moved is in the history already, so it is no new leak.
        limit = Severity.WARNING if is_moved else Severity.ERROR
        certainty = "looks like" if match.confidence == "high" else "may be"
        return self.finding(
            match.path,
            match.line,
            end_line=match.end_line if match.end_line > match.line else None,
            severity=max(severity, limit, key=lambda candidate: candidate.rank),
            title=f"Secret {'moved' if is_moved else 'committed'}: {match.name}",
            message=(
                f"This {certainty} a real {match.name} ({match.masked}), and anyone who can read "
                "the repository can use it."
            ),
            advice=(
                "Revoke it first. Then remove it from the history too: deleting the line leaves it "
                "readable there."
            ),
            code=match.masked,
            rule=match.rule,
            scanner=match.scanner,
        )


async def _searchable(
    subject: GateSubject,
) -> tuple[dict[str, bytes], dict[str, frozenset[int]]]:
    """Return the head's texts with additions, by path, and the numbers of the added lines.

    Git takes UTF-16 for binary and shows no line of it: what is added is found by comparison.
    """
    changes = [change for change in subject.texts if change.file.added_lines]
    files = {change.path: change.head for change in changes if isinstance(change.head, bytes)}
    added_lines = {change.path: change.file.added_lines for change in changes}
    wide = {
        change.path: change.merge_base_path
        for change in subject.changes
        if change.file.gap is Gap.BINARY
        and change.file.kind is FileKind.REGULAR
        and change.file.status is not FileStatus.REMOVED
        and (is_text(change.path) or PurePosixPath(change.path).suffix.lower() in _WINDOWS_TEXTS)
    }
    if not wide:
        return files, added_lines
    heads = await subject.head.read_many(list(wide))
    bases = await subject.merge_base.read_many(list(wide.values()))
    for path, base_path in wide.items():
        if not (text := _utf_16(heads.get(path))):
            continue
        old_lines = set(_utf_16(bases.get(base_path)).split("\n"))
        files[path] = text.encode("utf-8", "surrogatepass")
        added_lines[path] = frozenset(
            number for number, line in enumerate(text.split("\n"), start=1) if line not in old_lines
        )
    return files, added_lines


def _utf_16(content: Content | None) -> str:
    """Return the text of a file that begins with UTF-16's byte order mark, empty for others."""
    if not isinstance(content, bytes) or not content.startswith(_UTF_16_MARKS):
        return ""
    return content.decode("utf-16", "replace")


async def _marks_at_base(
    subject: GateSubject, changes: Sequence[FileChange]
) -> frozenset[tuple[str, str]]:
    """Return path and mark of each secret that the same files held at the merge base."""
    paths = [
        change.merge_base_path for change in changes if change.file.status is not FileStatus.ADDED
    ]
    if not paths:
        return frozenset()
    contents = await subject.merge_base.read_many(list(dict.fromkeys(paths)))
    files = {
        path: _utf_16(content).encode("utf-8", "replace") or content
        for path, content in contents.items()
        if isinstance(content, bytes)
    }
    return frozenset((match.path, match.mark) for match in await subject.scanners.secrets(files))


def _without_components(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Drop matches that are part of another one, but keep a secret half that stands alone."""
    with_whole = {match.path for match in matches if not match.component}
    return [
        match
        for match in matches
        if not match.component or (match.rule in _HALVES and match.path not in with_whole)
    ]


def _severity(match: SecretMatch, content: bytes) -> Severity | None:
    """Return the severity by the scanner's confidence; None for what is not shown."""
    if checksum_holds(content[match.start : match.end].decode("utf-8", "replace")):
        return Severity.ERROR  # its maker has issued it, wherever it stands
    if match.placeholder or is_public(match, content):
        return None
    is_made_up = any(is_kind(match.path) for is_kind in _MADE_UP)
    # A guess in a test or in other people's code is nearly always wrong.
    if match.confidence == "low" and (is_made_up or is_foreign(match.path)):
        return None
    return Severity.NOTICE if is_made_up else _SEVERITY.get(match.confidence)


def _is_document(path: str) -> bool:
    """True for documents; a text such as `keys.txt` is none unless it lies or is called so."""
    return is_documentation(path.removesuffix(".txt"))


# Where made-up secrets are common: a finding there is a notice, not an error.
_MADE_UP = (is_test, is_fixture, is_example, _is_document)
