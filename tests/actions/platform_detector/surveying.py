"""A repository made of texts, before and after a pull request, as the detector sees it."""

import asyncio
from collections.abc import Mapping

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.platforms import Platform, Platforms
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from tests.actions.gating import Files, task_of

Texts = Mapping[str, str | bytes | Absent]


def contents(texts: Texts):
    def content(one):
        return one.encode() if isinstance(one, str) and not isinstance(one, Absent) else one

    return {path: content(one) for path, one in texts.items()}


def changes(base: Texts, head: Texts) -> tuple[ChangedFile, ...]:
    """Return what git would say has changed, without renames."""
    found = []
    for path in sorted({*base, *head}):
        if base.get(path) == head.get(path):
            continue
        status = FileStatus.MODIFIED if path in base and path in head else FileStatus.ADDED
        status = status if path in head else FileStatus.REMOVED
        found.append(ChangedFile(path=path, status=status))
    return tuple(found)


def detect(
    head: Texts, base: Texts | None = None, files=None, trees=(None, None), **options
) -> Platforms:
    """Run the detector on a pull request from `base` (none: nothing changes) to `head`."""
    base = head if base is None else base
    files = changes(base, head) if files is None else files
    task = task_of(files, contents(head), base=contents(base))
    for name, tree in zip(("head", "base"), trees, strict=True):
        if tree is not None:
            object.__setattr__(task, name, tree)
    done = asyncio.run(PlatformDetector.model_validate(options).run(task))
    assert isinstance(done, Done)
    assert (done.findings, done.shortfalls, done.proposals) == ((), (), ())
    (fact,) = done.facts
    assert isinstance(fact, Platforms)
    return fact


def of(platforms: Platforms, name: str) -> Platform:
    """Return the only fact of that id."""
    (found,) = (one for one in platforms.platforms if one.id == name)
    return found


def ids(platforms: Platforms, **fields: object) -> set[str]:
    """Return the ids of facts that have these fields."""
    return {
        one.id
        for one in platforms.platforms
        if all(getattr(one, name) == value for name, value in fields.items())
    }


__all__ = ["Absent", "Files", "changes", "detect", "ids", "of"]
