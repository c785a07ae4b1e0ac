"""Finds what a repository is made with, by manifests and files, and what a change does to it.

Nothing is run, and no file is read that git does not list.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from codeflow_action.actions.platform_detector.comparing import compared, touched_by
from codeflow_action.actions.platform_detector.counting import Counting, read_attributes
from codeflow_action.actions.platform_detector.rules import load_rules
from codeflow_action.actions.platform_detector.survey import (
    MAX_FILES,
    MAX_FILES_SINGLY,
    choose,
    own_paths,
)
from codeflow_action.actions.platform_detector.versions import (
    Version,
    base_version,
    side_by_side,
)
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.globs import Globs
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Trigger

_MAX_NAMED = 3  # files in a note
_NOT_LISTED = "only the changed files were looked at: the repository could not be listed"


class PlatformDetector(Action):
    """Options: `ignore`, patterns of paths that say nothing of the project."""

    name = "platform_detector"
    checks = False
    gives: ClassVar[tuple[type[Fact], ...]] = (Platforms,)
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    ignore: Globs = ()

    async def run(self, task: Task) -> Outcome:
        """Give `Platforms`. They are context and no check: what cannot be read becomes a note."""
        try:
            platforms = await self._detected(task)
        except CodeFlowError as error:
            platforms = Platforms(notes=(f"platforms were not looked at: {error}",))
        return Done(facts=(platforms,))

    async def _detected(self, task: Task) -> Platforms:
        rules, tree, changed = load_rules(), task.head, task.pull_request.files
        whole = await tree.list()
        listed = _there(changed) if whole is None else whole
        paths = own_paths(listed, self.ignore)
        sizes = {} if whole is None else await tree.sizes(listed)
        limit = MAX_FILES_SINGLY if tree.reads_singly else MAX_FILES
        chosen, capped = choose(paths, {file.path for file in changed}, sizes, rules, limit)
        counting = Counting(
            sizes=sizes,
            attributes=await read_attributes(tree, listed),
            reads_singly=tree.reads_singly,
        )
        contents = await tree.read_many(list(dict.fromkeys((*chosen, *counting.wanted))))
        head = Version(paths=paths, contents={path: contents[path] for path in chosen})
        base = await base_version(
            task.base, head, listed=listed, changed=changed, ignore=self.ignore, rules=rules
        )
        # Parsing is a matter of the processor: models and GitHub are talked to meanwhile.
        seen = await asyncio.to_thread(side_by_side, head, base, rules)
        notes = (
            _NOT_LISTED if whole is None else counting.note(listed),
            capped,
            *_problems(seen.problems),
        )
        return Platforms(
            platforms=compared(seen.head, seen.base, touched_by(changed, paths)),
            languages=await asyncio.to_thread(counting.shares, contents),
            notes=tuple(filter(None, notes)),
        )


def _there(changed: Sequence[ChangedFile]) -> tuple[str, ...]:
    """Return the changed files that the head has."""
    return tuple(
        file.path
        for file in changed
        if file.status is not FileStatus.REMOVED and file.kind is FileKind.REGULAR
    )


def _problems(problems: Mapping[str, str]) -> Iterator[str]:
    """Yield a note on the first files that could not be read, and one on how many more."""
    for path in sorted(problems)[:_MAX_NAMED]:
        yield f"{path} was not read: {problems[path]}"
    if (more := len(problems) - _MAX_NAMED) > 0:
        yield f"{more:,} more files could not be read"
