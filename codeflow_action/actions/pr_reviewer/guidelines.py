"""The project's guidelines, as rules that a remark can cite."""

from dataclasses import dataclass

from codeflow_action.engine.action import Task
from codeflow_action.engine.globs import any_matches
from codeflow_action.review.context import Mask, guideline_paths, render_rules, rules_of

# Tokens of guidelines in every prompt of a run: so many for a changed line, within these limits.
_PER_LINE = 3
_LEAST, _MOST = 400, 2_000


@dataclass(frozen=True, kw_only=True)
class Guidelines:
    """What is shown of the guidelines, and the ids of all of their rules."""

    text: str = ""
    ids: frozenset[str] = frozenset()


async def read_guidelines(task: Task, mask: Mask) -> Guidelines:
    """Return the guidelines as they stand where policy is read: the head configures nothing.

    A secret in one is masked; one that cannot be searched for them is not shown.
    """
    named = task.guidance.guidelines
    if not named:
        return Guidelines()
    files = task.pull_request.files
    paths = guideline_paths(named, await task.policy.list() or (), [file.path for file in files])
    wanted = [path for path in paths if not any_matches(task.guidance.never_send, path)]
    contents = await task.policy.read_many(wanted) if wanted else {}
    texts = await mask({path: one for path, one in contents.items() if isinstance(one, bytes)})
    rules = [rule for path in wanted if path in texts for rule in rules_of(path, texts[path])]
    size = sum(file.changed_line_count for file in files)
    room = min(_MOST, max(_LEAST, _PER_LINE * size))
    text = render_rules(rules, room, task.models.count_tokens)
    return Guidelines(text=text, ids=frozenset(rule.id for rule in rules))
