"""Secrets in added lines, found by Kingfisher in the whole head file."""

import re

from codeflow_action.actions.quality_gates.gate import Change, Checked, Gate, Level, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ports import SecretMatch

# Where made-up secrets are at home: a finding there is a notice, not an error.
_MADE_UP = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testdata|fixtures?|mocks?|__mocks__|examples?|samples?|docs?)/"
    r"|(?:^|/)(?:test_|conftest)|[._-](?:test|spec|example|sample|template|dist)s?(?:\.\w+)?$"
    r"|\.(?:md|mdx|rst|adoc)$|(?:^|/)(?:README|CHANGELOG)[^/]*$",
    re.IGNORECASE,
)
_SEVERITY = {"high": Severity.ERROR, "medium": Severity.WARNING}


class Secrets(Gate):
    """A credential was committed: whoever can read the repository can use it."""

    name = "secrets"
    level: Level = Level.ERROR

    async def check(self, subject: Subject) -> Checked:
        """Scan whole files, so that keys of many lines are seen; keep what meets added lines."""
        by_path = {
            change.path: change
            for change in subject.texts
            if isinstance(change.head, bytes) and change.file.added_lines
        }
        files = {path: change.head for path, change in by_path.items()}
        matches = await subject.scanners.secrets(
            {path: head for path, head in files.items() if isinstance(head, bytes)}
        )
        findings = (
            _finding(match, severity)
            for match in matches
            if _meets(match, by_path[match.path]) and (severity := _severity(match)) is not None
        )
        return Checked(findings=tuple(findings))


def _meets(match: SecretMatch, change: Change) -> bool:
    lines = range(match.line, match.end_line + 1)
    return any(line in change.file.added_lines for line in lines)


def _severity(match: SecretMatch) -> Severity | None:
    """Confidence decides; what is low or a known placeholder is not shown."""
    severity = None if match.placeholder or match.component else _SEVERITY.get(match.confidence)
    if severity is not None and _MADE_UP.search(match.path):
        return Severity.NOTICE
    return severity


def _finding(match: SecretMatch, severity: Severity) -> Finding:
    return Finding(
        severity=severity,
        category=Category.SECURITY,
        path=match.path,
        line=match.line,
        end_line=match.end_line if match.end_line > match.line else None,
        title=f"Secret committed: {match.name}",
        message=(
            f"This looks like a real {match.name} ({match.masked}). Revoke it first, then take it "
            "out of the history: removing the line alone leaves it readable."
        ),
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates", "kingfisher"),
        rule=f"{Secrets.name}/{match.rule}",
        code=match.masked,
    )
