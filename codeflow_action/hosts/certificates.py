"""Adds a private certificate authority to the system's, for every client and git."""

import ssl
from collections.abc import MutableMapping
from pathlib import Path

from codeflow_action.engine.errors import CodeFlowError, ConfigError
from codeflow_action.integrations.safe_folder import locate

_BEGIN = "-----BEGIN CERTIFICATE-----"
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_MAX_BYTES = 5_000_000  # a bundle of all public authorities has 220 kB
_HINT = "give PEM text or the path of a PEM file in the workspace"


def trust(
    setting: str, *, workspace: Path, folder: Path, environment: MutableMapping[str, str]
) -> Path | None:
    """Write a bundle of the system's certificates and these, and point every client to it.

    `setting` is PEM text or a path in the workspace; empty changes nothing and returns None.
    Raises `ConfigError`, and `CodeFlowError` for a full disk.
    """
    if not setting:
        return None
    addition = setting if _BEGIN in setting else _read(workspace, setting)
    try:
        ssl.create_default_context(cadata=addition)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError("input 'ca_certificates' holds no usable certificate", hint=_HINT) from (
            error
        )
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        system = Path(paths.cafile).read_text(encoding="utf-8", errors="replace")
    else:
        import certifi  # noqa: PLC0415 - an SDK brings it; only where the system has no store

        system = certifi.contents()
    bundle = folder / "ca-certificates.pem"
    try:
        # Comments in a bundle may hold any sign, and no client reads them.
        bundle.write_text(f"{system}\n{addition.strip()}\n", encoding="ascii", errors="ignore")
    except OSError as error:
        reason = f"the certificates could not be put together ({error.strerror})"
        raise CodeFlowError(reason, hint="free some space on the runner") from error
    environment.update(dict.fromkeys(_VARIABLES, str(bundle)))
    return bundle


def _read(workspace: Path, setting: str) -> str:
    """Return a regular file's text; a checkout may hold links, which are not followed."""
    try:
        folder, file = locate(workspace, setting)
        raw = folder.read(file, _MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "no such name")
        raise ConfigError(
            f"input 'ca_certificates': {setting[:200]!r} cannot be read ({reason})", hint=_HINT
        ) from error
    text = (raw or b"").decode("utf-8", "replace")
    if _BEGIN not in text:
        raise ConfigError(f"input 'ca_certificates': no PEM in {setting[:200]!r}", hint=_HINT)
    return text
