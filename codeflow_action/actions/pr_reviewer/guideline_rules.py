"""The project's guidelines, as rules that a remark can cite."""

from collections.abc import Mapping

from codeflow_action.engine.action import Task
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.context import Mask
from codeflow_action.review.guidelines import (
    ProjectRule,
    choose_rules,
    numbered,
    rule_files,
    rules_of,
)
from codeflow_action.review.packing import Chunk

# Tokens of rules in a prompt: a small change must not pay for a long handbook.
PER_CHANGED_LINE = 2
_LEAST_TOKENS, _MOST_TOKENS = 300, 1_200


@dataclass(frozen=True, kw_only=True)
class Guidelines:
    """The project's rules that code can break, in the order of the files that hold them."""

    rules: tuple[ProjectRule, ...] = ()

    @property
    def by_id(self) -> Mapping[str, ProjectRule]:
        """The rules by what a remark cites."""
        return {rule.id: rule for rule in self.rules}

    def for_chunk(self, chunk: Chunk, task: Task) -> tuple[ProjectRule, ...]:
        """Return those that can hold for the chunk's files, as many as its size is worth."""
        lines = sum(unit.changed_count for unit in chunk.units)
        room = min(_MOST_TOKENS, max(_LEAST_TOKENS, PER_CHANGED_LINE * lines))
        paths = {unit.path for unit in chunk.units}
        return choose_rules(self.rules, paths, chunk.text, room, task.models.count_tokens)


async def read_guidelines(task: Task, mask: Mask) -> Guidelines:
    """Return the rules as they stand where policy is read: the head configures nothing.

    A secret in a guideline is masked; a guideline that cannot be searched for secrets is not shown.
    """
    if not task.guidance.guidelines:
        return Guidelines()
    changed_paths = [file.path for file in task.pull_request.files]
    files = [
        file
        for file in rule_files(task.guidance.guidelines, await task.policy.list(), changed_paths)
        if not any_matches(task.guidance.never_send, file.path)
    ]
    contents = await task.policy.read_many([file.path for file in files]) if files else {}
    texts = await mask(
        {path: content for path, content in contents.items() if isinstance(content, bytes)}
    )
    return Guidelines(
        rules=numbered(
            rule
            for file in files
            if file.path in texts
            for rule in rules_of(file, texts[file.path], task.policy.sha)
        )
    )
