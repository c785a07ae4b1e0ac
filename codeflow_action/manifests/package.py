"""What a manifest or a lock says: packages, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Ecosystem(StrEnum):
    """Who names the packages; the same name in two of them is two packages."""

    NPM = "npm"
    PYPI = "PyPI"
    CARGO = "Cargo"
    GO = "Go"
    RUBYGEMS = "RubyGems"
    COMPOSER = "Packagist"
    NUGET = "NuGet"
    PUB = "pub"
    HEX = "Hex"
    MAVEN = "Maven"
    SWIFT = "Swift"
    ACTIONS = "GitHub Actions"
    DOCKER = "Docker"


class Role(StrEnum):
    """What a file is for."""

    MANIFEST = "manifest"  # written by people: what they ask for
    LOCK = "lock"  # written by a tool: what they get
    SETTINGS = "settings"  # where packages are fetched from


class Origin(StrEnum):
    """How a package is fetched."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    LOCAL = "local"  # a folder or a workspace of the same repository


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One entry. `name` is written as its ecosystem compares names.

    `version` is exact in a lock and the requirement in a manifest; it may be empty. `source` is the
    address as it stands there, empty for the ecosystem's own registry. `line` and `end_line` are
    1-based and hold the entry. `digests` are `what:value`; two entries of the same version agree
    where each `what` that both have shares a value. `licenses` are alternatives. `direct` is
    None where the file does not say. `is_locked` is False for what no lock holds, such as what a
    build needs. `named_at` is the line of the name, where that is not the first.
    """

    ecosystem: Ecosystem
    name: str
    version: str = ""
    line: int = 1
    end_line: int = 1
    named_at: int | None = None
    origin: Origin = Origin.REGISTRY
    source: str = ""
    digests: frozenset[str] = frozenset()
    direct: bool | None = None
    is_locked: bool = True
    install_script: bool = False
    licenses: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Ecosystem, str]:
        """What tells it from other packages."""
        return self.ecosystem, self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A setting that says where packages are fetched from."""

    url: str
    line: int


class Mention(NamedTuple):
    """Another name that tells what is used: the project's own, a tool's table, a kind of resource.

    `kind` says whose name it is: an `Ecosystem`, or a word of the format's own. `line` is 1-based.
    """

    kind: str
    name: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one file says. `mentions` are no packages to compare: nothing is fetched for them."""

    packages: tuple[Package, ...] = ()
    registries: tuple[Registry, ...] = ()
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """Why a file says nothing."""

    reason: str


class NotUnderstood(ValueError):
    """A file that is not what its name says."""


class NoObject(NotUnderstood):
    """JSON that is a list or a single value."""


def mapping(value: object) -> Mapping[str, object]:
    """Return a mapping; empty for everything else, which strangers may have written there."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Return a list; empty for everything else."""
    return value if isinstance(value, list) else []


def words(value: object) -> str:
    """Return a text; empty for everything else."""
    return value if isinstance(value, str) else ""


def git_or_url(source: str) -> Origin:
    """Return how an address is fetched."""
    lowered = source.lower()
    is_git = lowered.startswith(
        ("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:")
    )
    if is_git or lowered.partition("#")[0].endswith(".git"):
        return Origin.GIT
    if lowered.startswith(("http:", "https:")):
        return Origin.URL
    return Origin.LOCAL
