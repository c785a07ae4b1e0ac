"""The scanners that CodeFlow brings along, as one port."""

from collections.abc import Mapping
from pathlib import Path

from codeflow_action.engine.ports import SecretMatch, WorkflowAudit
from codeflow_action.integrations.kingfisher import Kingfisher
from codeflow_action.integrations.zizmor import Zizmor


class BundledScanners:
    """Implements `Scanners`. `cache_dir` is where compiled rules for secrets are kept."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._kingfisher = Kingfisher(cache_dir)
        self._zizmor = Zizmor()

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets in whole files, by path. Raises `ScannerFailed`."""
        return await self._kingfisher.secrets(files)

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        return await self._zizmor.workflows(files)
