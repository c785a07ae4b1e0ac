"""Secrets in added lines, found by scanners in the whole head file."""

import re
from collections.abc import Sequence

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine.files import (
    is_documentation,
    is_example,
    is_fixture,
    is_foreign,
    is_test,
)
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.engine.scans import SecretMatch

# Where made-up secrets are common: a finding there is a notice, not an error.
_MADE_UP = (is_test, is_fixture, is_example, is_documentation)
_SEVERITY = {"high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.WARNING}
# Keys that are meant for browsers and apps, where everybody can read them: PostHog's project key,
# and Google's key in the configuration of Firebase.
_PUBLIC = frozenset({"posthog-project-api-key"})
_FIREBASE = re.compile(
    r"authDomain|firebaseapp\.com|firebaseio\.com|\"mobilesdk_app_id\"|GOOGLE_APP_ID"
)
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
        changes = {change.path: change for change in subject.texts if change.file.added_lines}
        files = {
            path: change.head for path, change in changes.items() if isinstance(change.head, bytes)
        }
        matches = [
            match
            # In reading order: when there are too many, the first ones are shown.
            for match in sorted(
                await subject.scanners.secrets(files), key=lambda match: (match.path, match.start)
            )
            if not changes[match.path].file.added_lines.isdisjoint(
                range(match.line, match.end_line + 1)
            )
        ]
        matches = _without_components(matches)
        paths = {match.path for match in matches}
        firebase = frozenset(path for path in paths if _FIREBASE.search(changes[path].text))
        leaks = [
            (match, severity)
            for match in matches
            if (severity := _severity(match, firebase)) is not None
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
                "the repository can use it. Revoke it first. Then remove it from the history too: "
                "deleting the line leaves it readable there."
            ),
            code=match.masked,
            rule=match.rule,
            scanner=match.scanner,
        )


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
    files = {path: content for path, content in contents.items() if isinstance(content, bytes)}
    return frozenset((match.path, match.mark) for match in await subject.scanners.secrets(files))


def _without_components(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Drop matches that are part of another one, but keep a secret half that stands alone."""
    with_whole = {match.path for match in matches if not match.component}
    return [
        match
        for match in matches
        if not match.component or (match.rule in _HALVES and match.path not in with_whole)
    ]


def _severity(match: SecretMatch, firebase: frozenset[str]) -> Severity | None:
    """Return the severity by the scanner's confidence; None for what is not shown."""
    if match.placeholder or match.rule in _PUBLIC:
        return None
    if match.rule == "gcp-api-key" and match.path in firebase:
        return Severity.NOTICE
    is_made_up = any(is_kind(match.path) for is_kind in _MADE_UP)
    # A guess in a test or in other people's code is nearly always wrong.
    if match.confidence == "low" and (is_made_up or is_foreign(match.path)):
        return None
    return Severity.NOTICE if is_made_up else _SEVERITY.get(match.confidence)
