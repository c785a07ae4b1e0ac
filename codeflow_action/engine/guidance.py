"""What the configuration says to every action that asks a model."""

from enum import StrEnum

from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass


class Effort(StrEnum):
    """How much is spent on a review."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ContextKind(StrEnum):
    """What is shown to a model beyond the change; each kind can be switched off."""

    DEFINITION = "definition"
    CALLER = "caller"
    TEST = "test"
    SIBLING = "sibling"


@dataclass(frozen=True, kw_only=True)
class PathRule:
    """What holds for paths that match; the last match wins, key by key."""

    match: str
    instructions: str = ""
    effort: Effort | None = None


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """What the configuration says to every action that asks a model."""

    language: str = "en"
    instructions: str = ""
    guidelines: tuple[str, ...] = ()  # paths, read where the configuration is
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    never_send: tuple[str, ...] = ()
    rules: tuple[PathRule, ...] = ()

    def instructions_for(self, path: str) -> str:
        """Return the last matching rule's instructions, empty where none matches."""
        for rule in reversed(self.rules):
            if rule.instructions and any_matches((rule.match,), path):
                return rule.instructions
        return ""

    def effort_for(self, path: str, default: Effort) -> Effort:
        """Return the last matching rule's effort, `default` where none says one."""
        for rule in reversed(self.rules):
            if rule.effort is not None and any_matches((rule.match,), path):
                return rule.effort
        return default
