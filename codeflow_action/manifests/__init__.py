"""Manifests and locks of many ecosystems as values: pure, tolerant, with the line of each entry.

One file an ecosystem. `FORMATS` are those that packages are fetched by, `SURVEYED` those that only
tell what a repository is made with. Nothing of what is read is executed, and nothing is fetched.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from codeflow_action.manifests import (
    bun,
    cargo,
    composer,
    containers,
    dart,
    deployment,
    elixir,
    golang,
    jvm,
    lines,
    npm,
    nuget,
    pnpm,
    python,
    python_locks,
    python_setup,
    ruby,
    settings,
    swift,
    yarn,
)
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    NoObject,
    Origin,
    Package,
    Registry,
    Role,
    Unreadable,
)

# Bytes of one file; larger ones are not read. Tools write locks, people write manifests.
MAX_BYTES = {Role.LOCK: 5_000_000, Role.MANIFEST: 1_000_000, Role.SETTINGS: 1_000_000}

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "SURVEYED",
    "Ecosystem",
    "Format",
    "Kind",
    "Listing",
    "Mention",
    "NoObject",
    "Origin",
    "Package",
    "Registry",
    "Role",
    "Unreadable",
    "format_of",
    "read",
    "surveyed",
]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file: which paths have it, as a whole, who reads it, and what it is for.

    `name` is the part of the pattern after the last slash. `read` raises `ValueError` or
    `RecursionError` for what is not of that kind.
    """

    pattern: re.Pattern[str]
    name: str
    read: Callable[[str], Listing]
    role: Role = Role.MANIFEST


@dataclass(frozen=True, kw_only=True)
class Format(Kind):
    """A kind of file with an ecosystem's packages. Its pattern has no regard to case."""

    ecosystem: Ecosystem


def _format(
    name: str, ecosystem: Ecosystem, role: Role, read: Callable[[str], Listing], folder: str = ""
) -> Format:
    pattern = _anywhere(folder, name, re.IGNORECASE)
    name = f"(?i:{name})"
    return Format(pattern=pattern, name=name, ecosystem=ecosystem, role=role, read=read)


def _surveyed(name: str, read: Callable[[str], Listing], folder: str = "") -> Kind:
    return Kind(pattern=_anywhere(folder, name), name=name, read=read)


def _anywhere(folder: str, name: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?{folder}(?:{name})", flags | re.DOTALL)


_NPM, _PYPI = Ecosystem.NPM, Ecosystem.PYPI
_MANIFEST, _LOCK, _SETTINGS = Role.MANIFEST, Role.LOCK, Role.SETTINGS

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
    _format(r"[^/]*requirements[^/]*\.(?:txt|in)", _PYPI, _MANIFEST, python.read_requirements),
    _format(
        r"[^/]+\.(?:txt|in)", _PYPI, _MANIFEST, python.read_requirements, folder="requirements/"
    ),
    _format(r"(?:poetry|uv|pdm)\.lock", _PYPI, _LOCK, python_locks.read_toml_lock),
    _format(r"Pipfile\.lock", _PYPI, _LOCK, python_locks.read_pipfile_lock),
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
    _format(r"gradle\.lockfile", Ecosystem.MAVEN, _LOCK, jvm.read_gradle_lock),
    _format(r"[^/]+\.versions\.toml", Ecosystem.MAVEN, _MANIFEST, jvm.read_catalog),
    _format(r"Package\.resolved", Ecosystem.SWIFT, _LOCK, swift.read_resolved),
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

SURVEYED: tuple[Kind, ...] = (
    _surveyed(r"deno\.json", npm.read_deno),
    _surveyed(r"setup\.cfg", python_setup.read_setup_cfg),
    _surveyed(r"setup\.py", python_setup.read_setup_py),
    _surveyed(r"Pipfile", python_setup.read_pipfile),
    _surveyed(r"environment\.ya?ml", python_setup.read_conda),
    _surveyed(r"(?:build|settings)\.gradle(?:\.kts)?", jvm.read_build),
    _surveyed(r"packages\.config", nuget.read_packages_config),
    _surveyed(r"[^/]*\.gemspec", ruby.read_gemspec),
    _surveyed(r"Podfile", lines.read_podfile),
    _surveyed(r"Package\.swift", swift.read_manifest),
    _surveyed(r"Chart\.yaml", lines.read_chart),
    _surveyed(r"\.pre-commit-config\.yaml", lines.read_pre_commit),
    _surveyed(r"schema\.prisma", lines.read_prisma),
    _surveyed(r"(?:Dockerfile|Containerfile)[.-][^/]+", containers.read_dockerfile),
    _surveyed(r"(?:docker-)?(?:compose|stack)[^/]*\.ya?ml", deployment.read_compose),
    _surveyed(
        r"[^/]+\.ya?ml", containers.read_uses, folder=r"\.github/(?:workflows|actions)/(?:.*/)?"
    ),
    _surveyed(r"[^/]*\.tf", deployment.read_terraform),
    # Where resources lie by custom: other YAML files are too many to look into.
    _surveyed(
        r"[^/]+\.ya?ml",
        deployment.read_kubernetes,
        folder=r"(?i:[^/]*(?:k8s|kubernetes|kube|manifests?|deploy(?:ment)?s?|charts?|helm|istio"
        r"|argocd|kustomize|overlays|base|templates)[^/]*/)(?:.*/)?",
    ),
)


def format_of(path: str) -> Format | None:
    """Return the format of a path, None for all other files. Examples: `FORMATS`."""
    name = PurePosixPath(path).as_posix()
    return next((one for one in FORMATS if one.pattern.fullmatch(name)), None)


def surveyed(path: str) -> Kind | None:
    """Return who reads what a path's file says about its repository; locks say nothing new."""
    if not _all_names().fullmatch(path.rpartition("/")[2]):
        return None  # most of a repository's files: it is asked for each of them
    if of := format_of(path):
        return of if of.role is Role.MANIFEST else None
    return next((one for one in SURVEYED if one.pattern.fullmatch(path)), None)


@cache
def _all_names() -> re.Pattern[str]:
    return re.compile("|".join(one.name for one in (*FORMATS, *SURVEYED)), re.DOTALL)


def read(of: Kind, content: bytes) -> Listing | Unreadable:
    """Return what a file says; never raises, whatever a stranger has written into it."""
    if len(content) > MAX_BYTES[of.role]:
        return Unreadable(reason=f"it is larger than {MAX_BYTES[of.role] // 1_000_000} MB")
    try:
        return of.read(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    except RecursionError:
        return Unreadable(reason="it is nested too deeply")
    except ValueError as error:
        return Unreadable(reason=str(error) or "it is not what its name says")
