"""Where a SARIF artifact location leads: URIs to paths, without touching the disk or a network."""

import re
from urllib.parse import unquote

from codeflow_action.engine.lazy import regex
from codeflow_action.integrations.reports.sarif_model import ArtifactLocation, Run

_MAX_PATH = 4_096  # characters
_MAX_BASES = 10  # that may hang on each other
_ROOTS = frozenset({"SRCROOT", "REPOROOT", "ROOTPATH", "PROJECTROOT"})
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]+:")  # a single letter is a Windows drive
_FILE = regex(r"file:(?://(?P<host>[^/\\]*))?(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_DRIVE = regex(r"/?[A-Za-z]:[/\\]")


def paths_of(
    location: ArtifactLocation, run: Run, folder: ArtifactLocation | None = None
) -> tuple[str, ...]:
    """Return the paths that the location may mean, the likeliest first; none for a web address.

    `folder` is where the tool says that it ran. It is the base of a path that names none.
    """
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
    bases = []
    if not is_absolute:
        bases.append(_base_path(location.uri_base_id, run))
        if folder and folder.uri and not bases[0]:
            bases.append(_folder_path(folder, run))
    with_base = [f"{base.rstrip('/')}/{path}" for base in bases if base for path in paths]
    # Of a base without a value is known by its name that it is the repository:
    # https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    is_of_root = (location.uri_base_id or "").strip("%").upper() in _ROOTS
    is_unsaid = not any(bases[:1])
    spellings = (*paths, *with_base) if is_of_root and is_unsaid else (*with_base, *paths)
    return tuple(dict.fromkeys(_slashes(path) for path in spellings))


def _base_path(name: str | None, run: Run) -> str:
    """Return the path that a URI base stands for, empty if the run does not say (3.14.14)."""
    parts: list[str] = []
    for _ in range(_MAX_BASES):
        base = run.original_uri_base_ids.get(name or "")
        if base is None:
            break
        part = _slashes(next(iter(_decode(base.uri or "")), ""))
        if part:
            parts.insert(0, part.rstrip("/"))
        name = base.uri_base_id
        if name is None or part.startswith("/") or _DRIVE.match(part):
            break
    return "/".join(parts)[:_MAX_PATH]


def _folder_path(folder: ArtifactLocation, run: Run) -> str:
    """Return the path of a folder that the run names outright, below its own base if it has one."""
    part = _slashes(next(iter(_decode((folder.uri or "")[:_MAX_PATH])), "")).rstrip("/")
    base = _base_path(folder.uri_base_id, run)
    is_absolute = part.startswith("/") or _DRIVE.match(part)
    return part if is_absolute or not base else f"{base}/{part}"


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
