"""The values that manifests and locks are read into: packages, and where they come from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.text_kinds import ContentKind, has_marks, kind_at_start


class Ecosystem(StrEnum):
    """A world of package names: the same name in two of them means two packages."""

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
    COCOAPODS = "CocoaPods"
    JSR = "JSR"  # and modules of Deno that are imported by their addresses
    CONDA = "conda"
    NIX = "Nix"
    TERRAFORM = "Terraform"
    ACTIONS = "GitHub Actions"
    DOCKER = "Docker"


class FileRole(StrEnum):
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
    """One entry of a manifest or a lock. Lines are 1-based."""

    ecosystem: Ecosystem
    name: str  # as the ecosystem compares names: in lower case, for example
    version: str = ""  # exact in a lock; in a manifest the requirement, which may be empty
    line: int = 1
    end_line: int = 1
    named_at: int | None = None  # the line of the name, where that is not the first
    origin: Origin = Origin.REGISTRY
    alias: str = ""  # the name that the project gives it, where that is another
    source: str = ""  # the address as it is written; empty for the ecosystem's own registry
    # As `what:value`. Two entries of the same version agree if, for each `what` that both have,
    # they share a value.
    digests: frozenset[str] = frozenset()
    direct: bool | None = None  # whether the project asks for it; None if the file does not say
    is_locked: bool = True  # False for what no lock holds, such as what a build needs
    install_script: bool = False
    licenses: tuple[str, ...] = ()  # alternatives

    @property
    def key(self) -> tuple[Ecosystem, str]:
        """Ecosystem and name: what tells this package from others."""
        return self.ecosystem, self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A setting that says where packages are fetched from."""

    url: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InstallScript:
    """A command that the package itself runs wherever it is installed; `name` is its key."""

    name: str
    command: str
    line: int


class Hint(NamedTuple):
    """Another name that tells what a project uses: its own, a tool's table, a kind of resource.

    `kind` says whose name it is: an `Ecosystem`, or a word of the format's own. `line` is 1-based.
    Nothing is fetched for a hint, so the gates do not compare it.
    """

    kind: str
    name: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one file says."""

    packages: tuple[Package, ...] = ()
    registries: tuple[Registry, ...] = ()
    hints: tuple[Hint, ...] = ()
    scripts: tuple[InstallScript, ...] = ()
    runs_scripts: bool = True  # False where a setting keeps those of dependencies from running


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A file that could not be read, with the reason in words that continue a sentence."""

    reason: str


class NotUnderstood(ValueError):
    """A file that is not what its name says."""


def not_as_named(text: str, language: str, name: str) -> str:
    """Return what a text is that is not in its language, `name` in words: "it is a template"."""
    kind = kind_at_start(text) or (ContentKind.TEMPLATE if has_marks(text, language) else None)
    return f"it is {kind}" if kind else f"it is not {name}"


class NoObject(NotUnderstood):
    """JSON that is a list or a single value."""


def mapping(value: object) -> Mapping[str, object]:
    """Return the value if it is a mapping, else an empty one: a stranger may have written it."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def words(value: object) -> str:
    """Return the value if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def git_or_url(source: str) -> Origin:
    """Return how an address is fetched, by the schemes that package tools write.

    https://git-scm.com/docs/git-clone#_git_urls
    """
    address = source.lower()
    schemes = ("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")
    if address.startswith(schemes) or address.partition("#")[0].endswith(".git"):
        return Origin.GIT
    return Origin.URL if address.startswith(("http:", "https:")) else Origin.LOCAL
