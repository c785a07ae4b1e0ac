"""The scanners that CodeFlow brings along, as one port."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codeflow_action.engine.ports import SecretMatch, WorkflowAudit
from codeflow_action.integrations.kingfisher import Kingfisher
from codeflow_action.integrations.own_rules import find_own
from codeflow_action.integrations.zizmor import Zizmor


class BundledScanners:
    """Implements `Scanners`.

    Compiled rules for secrets are kept where `KF_RULE_CACHE_DIR` of the environment points: the
    image brings them along.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        folder = environment.get("KF_RULE_CACHE_DIR", "")
        self._kingfisher = Kingfisher(Path(folder) if folder else None)
        self._zizmor = Zizmor()
        self._key = secrets.token_bytes(32)  # forgotten with the run: no mark leads to its secret

    def warm_up(self) -> None:
        """Begin to load what takes a moment, beside whatever else is going on."""
        self._kingfisher.warm_up()

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets in whole files, by path. Raises `ScannerFailed`."""
        found = await self._kingfisher.secrets(files)
        own = await asyncio.to_thread(
            lambda: [one for path, content in files.items() for one in find_own(path, content)]
        )
        both = (*_once(found), *_elsewhere(own, found))
        return tuple(replace(one, mark=self._mark(one, files[one.path])) for one in both)

    def _mark(self, match: SecretMatch, content: bytes) -> str:
        secret = content[match.start : match.end]
        return hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:16]

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        return await self._zizmor.workflows(files)


def _once(found: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return one match a secret: of several rules that see it, the surest and most special."""
    best: dict[tuple[str, int, int], SecretMatch] = {}
    for match in sorted(found, key=_doubt):
        best.setdefault((match.path, match.start, match.end), match)
    kept = {id(match) for match in best.values()}
    return [match for match in found if id(match) in kept]


def _doubt(match: SecretMatch) -> tuple[bool, bool, bool]:
    is_general = match.rule.startswith(("generic-", "curl-"))
    return match.component, match.confidence != "high", is_general


def _elsewhere(own: Sequence[SecretMatch], found: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return our own matches where Kingfisher shows none: half of a pair is shown by the other."""
    shown = {match.path for match in found if not match.component}
    taken = [match for match in found if match.path in shown]
    return [
        one
        for one in own
        if not any(
            match.path == one.path and one.start < match.end and match.start < one.end
            for match in taken
        )
    ]
