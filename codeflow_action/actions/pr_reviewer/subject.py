"""Everything that a review is based on, read once: the change, its surroundings, the rules."""

from collections.abc import Mapping
from typing import assert_never

from codeflow_action.actions.pr_reviewer.checks import ProjectChecks, read_checks
from codeflow_action.actions.pr_reviewer.guideline_rules import Guidelines, read_guidelines
from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.engine.action import Task
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.context import ContextRequest, Mask, ReviewContext, gather
from codeflow_action.review.guidelines import ProjectRule, project_rules
from codeflow_action.review.sources import Sources, mask_for_context
from codeflow_action.review.units import SourceFile

_NO_CONTEXT = ReviewContext(
    note="no definitions or callers were looked up: the budget does not pay for all changed lines"
)


@dataclass(frozen=True, kw_only=True)
class ReviewSubject:
    """What is reviewed. `mask` blanks secrets in files that the change did not touch."""

    sources: Sources
    context: ReviewContext
    checks: ProjectChecks
    guidelines: Guidelines
    mask: Mask

    @property
    def by_path(self) -> Mapping[str, SourceFile]:
        """The changed files that are reviewed, by their path."""
        return {source.file.path: source for source in self.sources.sources}

    @property
    def rules(self) -> Mapping[str, Lens | ProjectRule]:
        """What a remark may cite, by id: the project's checks, and rules of its guidelines."""
        checks = {check.rule: check for check in self.checks.lenses}
        return {**self.guidelines.by_id, **checks}

    def rule_text(self, rule: str) -> str:
        """Return what the rule of that id says, empty for one that nobody was shown."""
        match self.rules.get(rule):
            case Lens(text=text):
                return text
            case ProjectRule() as project_rule:
                return project_rules([project_rule])
            case None:
                return ""
            case other:
                assert_never(other)


async def read_subject(
    sources: Sources, kinds: tuple[ContextKind, ...], task: Task, *, is_paid: bool = True
) -> ReviewSubject:
    """Read all of it; nothing beyond a change that the budget does not pay for, unless `is_paid`.

    Raises `RepositoryError` or `GitHubError`.
    """
    mask = mask_for_context(task, sources.secrets)
    request = ContextRequest(
        kinds=frozenset(kinds),
        never_send=task.guidance.never_send,
        files=task.pull_request.files,
    )
    return ReviewSubject(
        sources=sources,
        context=await gather(task.head, sources.sources, request, mask) if is_paid else _NO_CONTEXT,
        checks=await read_checks(task.policy),
        guidelines=await read_guidelines(task, mask),
        mask=mask,
    )
