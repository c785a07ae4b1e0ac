"""Which issues get which labels and assignees, by rules of the configuration."""

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.findings import Category, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.lazy import dataclass


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What an issue is about. A comment of a person has neither severity nor category."""

    severity: Severity | None = None
    category: Category | None = None
    path: str = ""


class IssueRule(BaseModel):
    """Labels and assignees for issues that match; what is not named does not limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severities: tuple[Severity, ...] = Field(default=(), description="Of these severities.")
    categories: tuple[Category, ...] = Field(default=(), description="Of these categories.")
    paths: Globs = Field(default=(), description="About files that match one of these patterns.")
    labels: tuple[str, ...] = Field(default=(), description="Labels that such an issue gets.")
    assignees: tuple[str, ...] = Field(default=(), description="Who it is assigned to, by login.")

    def matches(self, subject: Subject) -> bool:
        """True when nothing that the rule names keeps it from the subject."""
        return (
            (not self.severities or subject.severity in self.severities)
            and (not self.categories or subject.category in self.categories)
            and (not self.paths or any_matches(self.paths, subject.path))
        )
