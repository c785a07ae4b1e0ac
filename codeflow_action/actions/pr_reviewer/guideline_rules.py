"""The project's guidelines, as rules that a remark can cite."""

from dataclasses import dataclass

from codeflow_action.engine.action import Task
from codeflow_action.engine.globs import any_matches
from codeflow_action.review.context import Mask, guideline_paths, render_rules, rules_of

# Tokens of guidelines in every prompt of a run: a small change must not pay for a long handbook.
_PER_CHANGED_LINE = 3
_LEAST_TOKENS, _MOST_TOKENS = 400, 2_000


@dataclass(frozen=True, kw_only=True)
class Guidelines:
    """What is shown of the guidelines, and the ids of all of their rules."""

    text: str = ""
    ids: frozenset[str] = frozenset()


async def read_guidelines(task: Task, mask: Mask) -> Guidelines:
    """Return the guidelines as they stand where policy is read: the head configures nothing.

    A secret in a guideline is masked; a guideline that cannot be searched for secrets is not shown.
    """
    patterns = task.guidance.guidelines
    if not patterns:
        return Guidelines()
    files = task.pull_request.files
    tree = await task.policy.list() or ()
    paths = [
        path
        for path in guideline_paths(patterns, tree, [file.path for file in files])
        if not any_matches(task.guidance.never_send, path)
    ]
    contents = await task.policy.read_many(paths) if paths else {}
    texts = await mask(
        {path: content for path, content in contents.items() if isinstance(content, bytes)}
    )
    rules = [rule for path in paths if path in texts for rule in rules_of(path, texts[path])]
    lines = sum(file.changed_line_count for file in files)
    room = min(_MOST_TOKENS, max(_LEAST_TOKENS, _PER_CHANGED_LINE * lines))
    text = render_rules(rules, room, task.models.count_tokens)
    return Guidelines(text=text, ids=frozenset(rule.id for rule in rules))
