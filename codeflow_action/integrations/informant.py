"""Tells the run's redactor of every secret that the scanners find, in whatever file."""

from collections.abc import Mapping

from codeflow_action.engine.ports import Scanners
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from codeflow_action.security.redaction import Redactor, confirmed_matches


class Informant:
    """Scanners around scanners: what is a secret in one file is blanked in every text after it."""

    def __init__(self, inner: Scanners, redactor: Redactor) -> None:
        self._inner = inner
        self._redactor = redactor

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets and pass them on; examples are none. Raises `ScannerFailed`."""
        matches = await self._inner.secrets(files)
        self._redactor.learn(
            files[match.path][match.start : match.end].decode("utf-8", "replace")
            for match in confirmed_matches(matches)
        )
        return matches

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows. Raises `ScannerFailed`."""
        return await self._inner.workflows(files)
