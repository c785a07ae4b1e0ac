"""The languages, frameworks and services that a repository is made with."""

from enum import StrEnum

from codeflow_action.engine.facts import Fact
from codeflow_action.engine.lazy import dataclass


class PlatformKind(StrEnum):
    """What a platform is to a project."""

    FRAMEWORK = "framework"
    AI_BUILDER = "ai_builder"  # a service that wrote, or hosts the writing of, the project
    AI_SDK = "ai_sdk"
    DATABASE = "database"
    ORM = "orm"
    MESSAGING = "messaging"
    SERVICE = "service"
    UI = "ui"
    LIBRARY = "library"
    INFRASTRUCTURE = "infrastructure"
    TEST = "test"
    BUILD = "build"
    LINT = "lint"
    PACKAGE_MANAGER = "package_manager"
    AI_TOOL = "ai_tool"  # an assistant that is told how to work here


class PlatformScope(StrEnum):
    """What the evidence belongs to; only `product` is what the repository delivers."""

    PRODUCT = "product"
    TEST = "test"
    DOCS = "docs"
    EXAMPLE = "example"


class PlatformChange(StrEnum):
    """What the pull request does to a platform of a component."""

    UNCHANGED = "unchanged"
    TOUCHED = "touched"  # a file of its component is changed
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class PlatformEvidence:
    """Where a platform shows itself, and the rule that says so. `line` is 1-based."""

    path: str
    line: int
    rule: str


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One thing that a component of the repository uses.

    `component` is the folder of the nearest manifest, empty for the repository's root.
    `confidence` is that of the best evidence, 0 to 1; below 0.5 it is a hint that only a text
    gives. The evidence of a removed one lies at the base.
    """

    id: str
    name: str
    kind: PlatformKind
    component: str = ""
    scope: PlatformScope = PlatformScope.PRODUCT
    confidence: float
    evidence: tuple[PlatformEvidence, ...]
    change: PlatformChange = PlatformChange.UNCHANGED


@dataclass(frozen=True, kw_only=True)
class LanguageShare:
    """A language's part of the repository's own code, by bytes. `share` is 0 to 1.

    Where sizes are not at hand, `bytes` counts files, and a note of `Platforms` says so. `largest`
    is the path of its largest file.
    """

    name: str
    bytes: int
    share: float
    largest: str = ""


@dataclass(frozen=True, kw_only=True)
class Platforms(Fact):
    """What the repository is made with, at head, and what the pull request does to that.

    Both are sorted, the most telling first. `notes` say what was not looked at.
    """

    platforms: tuple[Platform, ...] = ()
    languages: tuple[LanguageShare, ...] = ()
    notes: tuple[str, ...] = ()
