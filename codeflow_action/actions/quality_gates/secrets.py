"""Secrets in added lines, found by scanners in the whole head file."""

import re
from collections.abc import Sequence

from codeflow_action.actions.quality_gates.gate import Change, Checked, Gate, Level, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.engine.scans import SecretMatch
from codeflow_action.review.scope import is_foreign

# Where made-up secrets are at home: a finding there is a notice, not an error.
_MADE_UP = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testdata|fixtures?|mocks?|__mocks__|examples?|samples?|docs?)/"
    r"|(?:^|/)(?:test_|conftest)|[._-](?:test|spec|example|sample|template|dist)s?(?:\.\w+)?$"
    r"|\.(?:md|mdx|rst|adoc)$|(?:^|/)(?:README|CHANGELOG)[^/]*$",
    re.IGNORECASE,
)
_SEVERITY = {"high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.WARNING}
# Keys that are meant for browsers and apps, where everybody reads them: PostHog's of a project, and
# Google's in the configuration of Firebase.
_PUBLIC = frozenset({"posthog-project-api-key"})
_FIREBASE = re.compile(
    r"authDomain|firebaseapp\.com|firebaseio\.com|\"mobilesdk_app_id\"|GOOGLE_APP_ID"
)
# Half of a pair: told by the other half, where that was added too.
_HALVES = frozenset({"aws-secret-access-key"})
_ADVICE = (
    "Revoke it first, then take it out of the history: removing the line alone leaves it readable."
)


class Secrets(Gate):
    """A credential was committed: whoever can read the repository can use it."""

    name = "secrets"
    level: Level = Level.ERROR

    async def check(self, subject: Subject) -> Checked:
        """Scan whole files, so that keys of many lines are seen; keep what meets added lines."""
        changes = {one.path: one for one in subject.texts if one.file.added_lines}
        files = {path: one.head for path, one in changes.items() if isinstance(one.head, bytes)}
        # In the order of a reader: of many, the first are shown.
        matches = sorted(
            await subject.scanners.secrets(files), key=lambda match: (match.path, match.start)
        )
        met = _without_told([match for match in matches if _meets(match, changes[match.path])])
        paths = {match.path for match in met}
        firebase = frozenset(path for path in paths if _FIREBASE.search(changes[path].text))
        found = [
            (match, severity)
            for match in met
            if (severity := _severity(match, firebase)) is not None
        ]
        known = await _known(subject, [changes[match.path] for match, _ in found])
        findings = (
            _finding(match, severity, moved=(_old_path(changes[match.path]), match.mark) in known)
            for match, severity in found
        )
        lines = (
            (match.path, line)
            for match, _ in found
            for line in range(match.line, match.end_line + 1)
        )
        return Checked(findings=findings, secret_lines=frozenset(lines))


async def _known(subject: Subject, changes: Sequence[Change]) -> frozenset[tuple[str, str]]:
    """Return path and mark of the secrets that the same files held at the base."""
    old = [_old_path(one) for one in changes if one.file.status is not FileStatus.ADDED]
    if not old:
        return frozenset()
    contents = await subject.base.read_many(list(dict.fromkeys(old)))
    files = {path: content for path, content in contents.items() if isinstance(content, bytes)}
    return frozenset((one.path, one.mark) for one in await subject.scanners.secrets(files))


def _old_path(change: Change) -> str:
    return change.file.previous_path or change.path


def _meets(match: SecretMatch, change: Change) -> bool:
    lines = range(match.line, match.end_line + 1)
    return any(line in change.file.added_lines for line in lines)


def _without_told(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return the matches without components, but for a secret half that stands alone."""
    told = {match.path for match in matches if not match.component}
    return [
        match
        for match in matches
        if not match.component or (match.rule in _HALVES and match.path not in told)
    ]


def _severity(match: SecretMatch, firebase: frozenset[str]) -> Severity | None:
    """Confidence decides; a known placeholder is not shown, nor a guess where it is made up."""
    if match.placeholder or match.rule in _PUBLIC:
        return None
    if match.rule == "gcp-api-key" and match.path in firebase:
        return Severity.NOTICE
    made_up = _MADE_UP.search(match.path) is not None
    if match.confidence == "low" and (made_up or is_foreign(match.path)):
        return None
    return Severity.NOTICE if made_up else _SEVERITY.get(match.confidence)


def _finding(match: SecretMatch, severity: Severity, *, moved: bool) -> Finding:
    """Return the finding; what only moved is in the history already, and no new leak."""
    what = "moved" if moved else "committed"
    sure = "This looks like a real" if match.confidence == "high" else "This may be a real"
    return Finding(
        severity=max(severity, Severity.WARNING, key=lambda one: one.rank) if moved else severity,
        category=Category.SECURITY,
        path=match.path,
        line=match.line,
        end_line=match.end_line if match.end_line > match.line else None,
        title=f"Secret {what}: {match.name}",
        message=f"{sure} {match.name} ({match.masked}). {_ADVICE}",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates", match.scanner) if match.scanner else ("quality_gates",),
        rule=f"{Secrets.name}/{match.rule}",
        code=match.masked,
    )
