"""Reads the manifests and locks of many ecosystems, with the line of each entry.

Each ecosystem has its own file. Packages are fetched by what stands in `FORMATS`; the files of
`SURVEY_ONLY` only tell what a repository is made with. Reading executes nothing, fetches nothing
and never raises: the files are written by strangers.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath

from codeflow_action.engine.lazy import dataclass
from codeflow_action.manifests import (
    bun,
    cargo,
    cocoapods,
    composer,
    conda,
    containers,
    dart,
    deno,
    deployment,
    elixir,
    golang,
    jvm,
    line_formats,
    nix,
    npm,
    nuget,
    pnpm,
    python,
    python_locks,
    python_setup,
    ruby,
    settings,
    swift,
    terraform,
    yarn,
)
from codeflow_action.manifests.package import (
    Ecosystem,
    FileRole,
    Hint,
    InstallScript,
    Listing,
    NoObject,
    Origin,
    Package,
    Registry,
    Unreadable,
)

# Bytes of one file; a larger one is not read. Tools write locks, so these are longer.
MAX_BYTES = {FileRole.LOCK: 5_000_000, FileRole.MANIFEST: 1_000_000, FileRole.SETTINGS: 1_000_000}
# Entries of one file, since short ones take up to 150 times their size in memory. People write no
# more; of what tools write, the largest locks have entries of 35 bytes.
MAX_ENTRIES = {FileRole.LOCK: 150_000, FileRole.MANIFEST: 20_000, FileRole.SETTINGS: 20_000}

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_ENTRIES",
    "SURVEY_ONLY",
    "Ecosystem",
    "FileRole",
    "Format",
    "Hint",
    "InstallScript",
    "Listing",
    "ManifestKind",
    "NoObject",
    "Origin",
    "Package",
    "Registry",
    "Unreadable",
    "format_of",
    "read",
    "survey_kind",
]


@dataclass(frozen=True, kw_only=True)
class ManifestKind:
    """A kind of file: the pattern of its whole path, its reader, and what it is for.

    `name` is the part of the pattern after the last slash. `read` raises `ValueError` or
    `RecursionError` for a text that is not of that kind.
    """

    pattern: re.Pattern[str]
    name: str
    read: Callable[[str], Listing]
    role: FileRole = FileRole.MANIFEST


@dataclass(frozen=True, kw_only=True)
class Format(ManifestKind):
    """A kind of file with an ecosystem's packages. Its pattern ignores case."""

    ecosystem: Ecosystem


def _format(
    name: str,
    ecosystem: Ecosystem,
    role: FileRole,
    read: Callable[[str], Listing],
    folder: str = "",
) -> Format:
    # On macOS and Windows a file is found in whatever case its name is written.
    pattern = _path_pattern(folder, name, re.IGNORECASE)
    name = f"(?i:{name})"
    return Format(pattern=pattern, name=name, ecosystem=ecosystem, role=role, read=read)


def _survey(name: str, read: Callable[[str], Listing], folder: str = "") -> ManifestKind:
    return ManifestKind(pattern=_path_pattern(folder, name), name=name, read=read)


def _path_pattern(folder: str, name: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    # DOTALL: a line feed may stand in a file's name, and must not hide the file.
    return re.compile(rf"(?:.*/)?{folder}(?:{name})", flags | re.DOTALL)


_NPM, _PYPI = Ecosystem.NPM, Ecosystem.PYPI
_MANIFEST, _LOCK, _SETTINGS = FileRole.MANIFEST, FileRole.LOCK, FileRole.SETTINGS

# Lists for other package managers, which look the same: `apt-requirements.txt`.
_NOT_PIPS = (
    r"(?!(?:.*[._-])?(?:apt|apk|aptitude|deb|debian|ubuntu|dnf|yum|rpm|fedora|pacman|zypper|brew"
    r"|homebrew|choco|winget|scoop|snap|system|hardware|npm|gem|galaxy|conda|cran|texlive)[._-])"
)

FORMATS: tuple[Format, ...] = (
    _format(r"package\.json", _NPM, _MANIFEST, npm.read_manifest),
    _format(r"package-lock\.json|npm-shrinkwrap\.json", _NPM, _LOCK, npm.read_lock),
    _format(r"yarn\.lock", _NPM, _LOCK, yarn.read_lock),
    _format(r"pnpm-lock\.yaml", _NPM, _LOCK, pnpm.read_lock),
    _format(r"bun\.lock", _NPM, _LOCK, bun.read_lock),
    _format(
        r"\.npmrc|\.yarnrc|\.yarnrc\.yml|bunfig\.toml", _NPM, _SETTINGS, settings.read_settings
    ),
    _format(r"pyproject\.toml", _PYPI, _MANIFEST, python.read_pyproject),
    _format(
        rf"{_NOT_PIPS}[^/]*requirements[^/]*\.(?:txt|in)",
        _PYPI,
        _MANIFEST,
        python.read_requirements,
    ),
    _format(
        rf"{_NOT_PIPS}[^/]+\.(?:txt|in)",
        _PYPI,
        _MANIFEST,
        python.read_requirements,
        folder="requirements/",
    ),
    _format(r"(?:poetry|uv|pdm)\.lock", _PYPI, _LOCK, python_locks.read_toml_lock),
    _format(r"Pipfile\.lock", _PYPI, _LOCK, python_locks.read_pipfile_lock),
    _format(r"pylock(?:\.[^./]+)?\.toml", _PYPI, _LOCK, python_locks.read_pylock),
    _format(r"pip\.conf|pip\.ini|uv\.toml|\.pypirc", _PYPI, _SETTINGS, settings.read_settings),
    _format(r"Cargo\.toml", Ecosystem.CARGO, _MANIFEST, cargo.read_manifest),
    _format(r"Cargo\.lock", Ecosystem.CARGO, _LOCK, cargo.read_lock),
    _format(
        r"config(?:\.toml)?",
        Ecosystem.CARGO,
        _SETTINGS,
        settings.read_settings,
        folder=r"\.cargo/",
    ),
    _format(r"go\.mod", Ecosystem.GO, _MANIFEST, golang.read_manifest),
    _format(r"go\.sum", Ecosystem.GO, _LOCK, golang.read_sum),
    _format(r"Gemfile|gems\.rb", Ecosystem.RUBYGEMS, _MANIFEST, ruby.read_manifest),
    _format(r"Gemfile\.lock|gems\.locked", Ecosystem.RUBYGEMS, _LOCK, ruby.read_lock),
    _format(r"composer\.json", Ecosystem.COMPOSER, _MANIFEST, composer.read_manifest),
    _format(r"composer\.lock", Ecosystem.COMPOSER, _LOCK, composer.read_lock),
    _format(
        r"[^/]+\.(?:cs|fs|vb)proj|Directory\.(?:Packages|Build)\.props",
        Ecosystem.NUGET,
        _MANIFEST,
        nuget.read_project,
    ),
    _format(r"packages\.lock\.json", Ecosystem.NUGET, _LOCK, nuget.read_lock),
    _format(r"nuget\.config", Ecosystem.NUGET, _SETTINGS, nuget.read_settings),
    _format(r"pubspec\.ya?ml", Ecosystem.PUB, _MANIFEST, dart.read_manifest),
    _format(r"pubspec\.lock", Ecosystem.PUB, _LOCK, dart.read_lock),
    _format(r"mix\.exs", Ecosystem.HEX, _MANIFEST, elixir.read_manifest),
    _format(r"mix\.lock", Ecosystem.HEX, _LOCK, elixir.read_lock),
    _format(r"pom\.xml", Ecosystem.MAVEN, _MANIFEST, jvm.read_pom),
    _format(r"(?:buildscript-)?gradle\.lockfile", Ecosystem.MAVEN, _LOCK, jvm.read_gradle_lock),
    _format(r"[^/]+\.versions\.toml", Ecosystem.MAVEN, _MANIFEST, jvm.read_catalog),
    _format(r"Package\.resolved", Ecosystem.SWIFT, _LOCK, swift.read_resolved),
    _format(r"Podfile\.lock", Ecosystem.COCOAPODS, _LOCK, cocoapods.read_lock),
    _format(r"deno\.lock", Ecosystem.JSR, _LOCK, deno.read_lock),
    _format(r"pixi\.lock", Ecosystem.CONDA, _LOCK, conda.read_lock),
    _format(r"flake\.lock", Ecosystem.NIX, _LOCK, nix.read_lock),
    _format(r"\.terraform\.lock\.hcl", Ecosystem.TERRAFORM, _LOCK, terraform.read_lock),
    _format(r"action\.ya?ml", Ecosystem.ACTIONS, _MANIFEST, containers.read_uses),
    _format(
        r"[^/]+\.ya?ml",
        Ecosystem.ACTIONS,
        _MANIFEST,
        containers.read_uses,
        folder=r"\.github/workflows/",
    ),
    _format(
        r"(?-i:Dockerfile)(?:\.[^/]+)?|[^/]+\.Dockerfile|Containerfile",
        Ecosystem.DOCKER,
        _MANIFEST,
        containers.read_dockerfile,
    ),
)

SURVEY_ONLY: tuple[ManifestKind, ...] = (
    _survey(r"deno\.json", npm.read_deno),
    _survey(r"setup\.cfg", python_setup.read_setup_cfg),
    _survey(r"setup\.py", python_setup.read_setup_py),
    _survey(r"Pipfile", python_setup.read_pipfile),
    _survey(r"environment\.ya?ml", python_setup.read_conda),
    _survey(r"(?:build|settings)\.gradle(?:\.kts)?", jvm.read_build),
    _survey(r"packages\.config", nuget.read_packages_config),
    _survey(r"[^/]*\.gemspec", ruby.read_gemspec),
    _survey(r"Podfile", line_formats.read_podfile),
    _survey(r"Package\.swift", swift.read_manifest),
    _survey(r"Chart\.yaml", line_formats.read_chart),
    _survey(r"\.pre-commit-config\.yaml", line_formats.read_pre_commit),
    _survey(r"schema\.prisma", line_formats.read_prisma),
    _survey(r"(?:Dockerfile|Containerfile)[.-][^/]+", containers.read_dockerfile),
    _survey(r"(?:docker-)?(?:compose|stack)[^/]*\.ya?ml", deployment.read_compose),
    _survey(
        r"[^/]+\.ya?ml", containers.read_uses, folder=r"\.github/(?:workflows|actions)/(?:.*/)?"
    ),
    _survey(r"[^/]*\.tf", deployment.read_terraform),
    # The folders that usually hold Kubernetes resources. Other YAML files are too many to read.
    _survey(
        r"[^/]+\.ya?ml",
        deployment.read_kubernetes,
        folder=r"(?i:[^/]*(?:k8s|kubernetes|kube|manifests?|deploy(?:ment)?s?|charts?|helm|istio"
        r"|argocd|kustomize|overlays|base|templates)[^/]*/)(?:.*/)?",
    ),
)


def format_of(path: str) -> Format | None:
    """Return the format of a path, None for a file of no format. Examples: `FORMATS`."""
    name = PurePosixPath(path).as_posix()
    return next((form for form in FORMATS if form.pattern.fullmatch(name)), None)


def survey_kind(path: str) -> ManifestKind | None:
    """Return the kind of a file that tells what its repository is made with; None for others.

    Locks are left out: they tell nothing that the manifest beside them does not.
    """
    # This is asked for every file of a repository, and most have no such name.
    if not _survey_names().fullmatch(path.rpartition("/")[2]):
        return None
    if form := format_of(path):
        return form if form.role is FileRole.MANIFEST else None
    return next((kind for kind in SURVEY_ONLY if kind.pattern.fullmatch(path)), None)


@cache
def _survey_names() -> re.Pattern[str]:
    return re.compile("|".join(kind.name for kind in (*FORMATS, *SURVEY_ONLY)), re.DOTALL)


def read(kind: ManifestKind, content: bytes) -> Listing | Unreadable:
    """Return what a file says; never raises, whatever a stranger has written into it."""
    if len(content) > MAX_BYTES[kind.role]:
        return Unreadable(reason=f"it is larger than {MAX_BYTES[kind.role] // 1_000_000} MB")
    if _entry_count(content) > MAX_ENTRIES[kind.role]:
        return Unreadable(reason=f"it has more than {MAX_ENTRIES[kind.role]:,} entries")
    try:
        return kind.read(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    except RecursionError:
        return Unreadable(reason="it is nested too deeply")
    except ValueError as error:
        return Unreadable(reason=str(error) or "it is not what its name says")


def _entry_count(content: bytes) -> int:
    """Return how many entries a file can have at most: by its lines, or by signs within them."""
    signs = sum(content.count(sign) for sign in (b",", b"{", b"[", b"<", b";"))
    return max(content.count(b"\n"), content.count(b"\r"), signs)
