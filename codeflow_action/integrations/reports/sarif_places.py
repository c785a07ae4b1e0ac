"""Where a SARIF artifact location leads: URIs to paths, without touching the disk or a network."""

import re
from urllib.parse import unquote

from codeflow_action.integrations.reports.sarif_model import ArtifactLocation, Run

_MAX_PATH = 4_096  # characters
_MAX_BASES = 10  # that may hang on each other
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # a single letter is a Windows drive
_FILE = re.compile(r"file:(?://(?P<host>[^/\\]*))?(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"/?[A-Za-z]:[/\\]")


def paths_of(location: ArtifactLocation, run: Run) -> tuple[str, ...]:
    """Return the paths that the location may mean, the likeliest first; none for a web address."""
    if location.uri is None:  # the run lists it at that index (3.4.5)
        index = location.index
        if index is None or not 0 <= index < len(run.artifacts):
            return ()
        artifact = run.artifacts[index]
        if not (artifact and artifact.location):
            return ()
        location = artifact.location
    uri = location.uri or ""
    if not uri or len(uri) > _MAX_PATH:
        return ()
    # The URI as it stands comes last: some tools write plain paths, with a `%` of their own.
    paths = [path for path in (*_decode(uri), uri) if not _is_of_the_web(path)]
    is_absolute = any(path.startswith(("/", "\\")) or _DRIVE.match(path) for path in paths)
    base = "" if is_absolute else _base_path(location.uri_base_id, run)
    with_base = [f"{base.rstrip('/')}/{path}" for path in paths] if base else []
    return tuple(dict.fromkeys(_slashes(path) for path in (*with_base, *paths)))


def _base_path(name: str | None, run: Run) -> str:
    """Return the path that a URI base stands for, empty if the run does not say (3.14.14)."""
    parts: list[str] = []
    for _ in range(_MAX_BASES):
        base = run.original_uri_base_ids.get(name or "")
        if base is None or not base.uri:
            break
        part = _slashes(next(iter(_decode(base.uri)), ""))
        parts.insert(0, part.rstrip("/"))
        name = base.uri_base_id
        if part.startswith("/") or _DRIVE.match(part):
            break
    return "/".join(parts)[:_MAX_PATH]


def _decode(uri: str) -> tuple[str, ...]:
    """Return the paths that a `file:` or relative URI may mean, none for another scheme."""
    file = _FILE.fullmatch(uri)
    if file:
        host = file["host"] or ""
        local = host.lower() in ("", "localhost", ".")
        return (unquote(file["path"] if local else f"{host}{file['path']}"),)
    if _is_of_the_web(uri):
        return ()
    plain = unquote(uri)
    # What follows a `#` may be a fragment, or part of a name that was not encoded.
    return (plain, plain.partition("#")[0]) if "#" in plain else (plain,)


def _is_of_the_web(uri: str) -> bool:
    return bool(_SCHEME.match(uri)) and not _DRIVE.match(uri)


def _slashes(path: str) -> str:
    r"""Return the path, with forward slashes if it is one of Windows."""
    if _DRIVE.match(path):
        return path.lstrip("/").replace("\\", "/")
    return path.replace("\\", "/") if "\\" in path and "/" not in path else path
