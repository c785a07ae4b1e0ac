"""Finds what a repository is made with, by manifests and files, and what a change does to it.

Nothing is run, and no file is read that git does not list.
"""

import asyncio
from typing import ClassVar

from pydantic import Field

from codeflow_action.actions.platform_detector.language_shares import LanguageCount
from codeflow_action.actions.platform_detector.platform_changes import change_places, compare
from codeflow_action.actions.platform_detector.rules import load_rules
from codeflow_action.actions.platform_detector.survey import (
    MAX_FILES,
    MAX_FILES_SINGLY,
    files_to_read,
    own_paths,
)
from codeflow_action.actions.platform_detector.versions import (
    RepositoryVersion,
    base_version,
    both_pictures,
)
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.globs import Globs
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.pull_request import FileKind, FileStatus, Trigger

_NOT_LISTED = "only the changed files were looked at: the repository could not be listed"


class PlatformDetector(Action):
    """Finds what a repository is made with, and what of it a pull request touches, adds or removes.

    It asks nobody and runs nothing: it reads files that git lists.
    """

    name = "platform_detector"
    checks = False
    gives: ClassVar[tuple[type[Fact], ...]] = (Platforms,)
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    ignore: Globs = Field(
        default=(), description="Patterns of paths that say nothing about the project."
    )

    async def run(self, task: Task) -> Outcome:
        """Give `Platforms`. They are context, not a check: what cannot be read becomes a note."""
        try:
            platforms = await self._detect(task)
        except CodeFlowError as error:
            platforms = Platforms(notes=(f"platforms could not be detected: {error}",))
        return Done(facts=(platforms,))

    async def _detect(self, task: Task) -> Platforms:
        rules, tree, changes = load_rules(), task.head, task.pull_request.files
        all_paths = await tree.list()
        # Without a listing, the changed files that still exist are all that we know.
        known_paths = (
            tuple(
                file.path
                for file in changes
                if file.status is not FileStatus.REMOVED and file.kind is FileKind.REGULAR
            )
            if all_paths is None
            else all_paths
        )
        paths = own_paths(known_paths, self.ignore)
        sizes = {} if all_paths is None else await tree.sizes(known_paths)
        limit = MAX_FILES_SINGLY if tree.reads_singly else MAX_FILES
        to_read, limit_note = files_to_read(
            paths, {file.path for file in changes}, sizes, rules, limit
        )
        count = LanguageCount(
            paths=all_paths or (),
            sizes=sizes,
            attributes=await task.attributes.read(),
            reads_singly=tree.reads_singly,
        )
        contents = await tree.read_many(list(dict.fromkeys((*to_read, *count.paths_to_read))))
        head = RepositoryVersion(paths=paths, contents={path: contents[path] for path in to_read})
        base = await base_version(
            task.base,
            head,
            known_paths=known_paths,
            changes=changes,
            ignore=self.ignore,
            rules=rules,
        )
        # Parsing takes processor time, so it runs in a thread: models and GitHub are asked
        # meanwhile.
        pictures = await asyncio.to_thread(both_pictures, head, base, rules)
        notes = (
            _NOT_LISTED if all_paths is None else count.note,
            limit_note,
            *pictures.problem_notes,
        )
        return Platforms(
            platforms=compare(pictures.head, pictures.base, change_places(changes, paths)),
            languages=await asyncio.to_thread(count.shares, contents),
            notes=tuple(filter(None, notes)),
        )
