"""What a change does to the dependencies of a repository, as its host sees it."""

from enum import StrEnum

from codeflow_action.engine.lazy import dataclass


class ChangeKind(StrEnum):
    """What a change does to a dependency; a new version is a removal and an addition."""

    ADDED = "added"
    REMOVED = "removed"


class Risk(StrEnum):
    """How grave an advisory is, in the words of GitHub's advisory database."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """A published weakness of one version of a package. `id` is GitHub's, `GHSA-…`."""

    id: str
    risk: Risk
    summary: str = ""


@dataclass(frozen=True, kw_only=True)
class DependencyChange:
    """A dependency that comes or goes, as the forge sees it. All of it is a stranger's text.

    `manifest` is the path of the file that says so. `license` is an SPDX expression, empty where
    none is known. `is_runtime` is False for development, and for a scope that is not known.
    """

    kind: ChangeKind
    manifest: str
    ecosystem: str
    name: str
    version: str = ""
    license: str = ""
    is_runtime: bool = False
    advisories: tuple[Advisory, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """Why a question has no answer here; `reason` is for the reader."""

    reason: str
