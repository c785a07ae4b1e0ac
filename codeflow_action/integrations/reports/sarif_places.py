"""Where a SARIF artifact location leads: URIs to paths, without touching the disk or a network."""

import re
from urllib.parse import unquote

from codeflow_action.integrations.reports.sarif_model import ArtifactLocation, Run

_MAX_PATH = 4_096  # characters
_MAX_BASES = 10  # that may hang on each other
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # a single letter is a Windows drive
_FILE = re.compile(r"file:(?://(?P<host>[^/\\]*))?(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"/?[A-Za-z]:[/\\]")


class Places:
    """The artifacts and URI bases of one run."""

    def __init__(self, run: Run) -> None:
        self._artifacts = run.artifacts
        self._bases = run.original_uri_base_ids

    def spellings(self, location: ArtifactLocation) -> tuple[str, ...]:
        """Return what the location may mean, the likeliest first; nothing for the web's."""
        if location.uri is None:  # the run lists it at that index (3.4.5)
            index = location.index
            if index is None or not 0 <= index < len(self._artifacts):
                return ()
            artifact = self._artifacts[index]
            if not (artifact and artifact.location):
                return ()
            location = artifact.location
        uri = location.uri or ""
        if not uri or len(uri) > _MAX_PATH:
            return ()
        paths = [path for path in (*_decode(uri), uri) if not _is_of_the_web(path)]
        is_absolute = any(path.startswith(("/", "\\")) or _DRIVE.match(path) for path in paths)
        base = "" if is_absolute else self._base(location.uri_base_id)
        with_base = [f"{base.rstrip('/')}/{path}" for path in paths] if base else []
        return tuple(dict.fromkeys(_slashes(path) for path in (*with_base, *paths)))

    def _base(self, name: str | None) -> str:
        """Return the path that a base stands for, empty where the run does not say (3.14.14)."""
        parts: list[str] = []
        for _ in range(_MAX_BASES):
            base = self._bases.get(name or "")
            if base is None or not base.uri:
                break
            part = _slashes(next(iter(_decode(base.uri)), ""))
            parts.insert(0, part.rstrip("/"))
            name = base.uri_base_id
            if part.startswith("/") or _DRIVE.match(part):
                break
        return "/".join(parts)[:_MAX_PATH]


def _decode(uri: str) -> tuple[str, ...]:
    """Return the path of a `file:` or relative URI, none for another scheme."""
    file = _FILE.fullmatch(uri)
    if file:
        host = file["host"] or ""
        local = host.lower() in ("", "localhost", ".")
        return (unquote(file["path"] if local else f"{host}{file['path']}"),)
    if _is_of_the_web(uri):
        return ()
    plain = unquote(uri)
    return (plain, plain.partition("#")[0]) if "#" in plain else (plain,)


def _is_of_the_web(uri: str) -> bool:
    return bool(_SCHEME.match(uri)) and not _DRIVE.match(uri)


def _slashes(path: str) -> str:
    r"""Return a Windows path with forward slashes: one with a drive, or with no other ones."""
    if _DRIVE.match(path):
        return path.lstrip("/").replace("\\", "/")
    return path.replace("\\", "/") if "\\" in path and "/" not in path else path
