"""A project's guidelines as rules that code can break: found, read, judged, chosen and shown."""

from codeflow_action.review.guidelines.project_rules import (
    ProjectRule,
    choose_rules,
    numbered,
    project_rules,
    rules_of,
)
from codeflow_action.review.guidelines.rule_files import RuleFile, Scope, rule_files

__all__ = [
    "ProjectRule",
    "RuleFile",
    "Scope",
    "choose_rules",
    "numbered",
    "project_rules",
    "rule_files",
    "rules_of",
]
