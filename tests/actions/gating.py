"""Gates over changes that are made from two texts."""

import asyncio
import re
from collections.abc import Mapping

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine.action import Task
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.ports import Absent, Content, Hit, Scanners, Search
from codeflow_action.engine.pull_request import ChangedFile, Trigger
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from tests.pull_requests import pull_request
from tests.review.changes import changed


class Files:
    """A tree of texts."""

    sha = "2" * 40

    def __init__(self, files: Mapping[str, Content]) -> None:
        self.files = files

    async def read_many(self, paths):
        return {path: self.files.get(path, Absent.MISSING) for path in paths}

    async def list(self):
        return tuple(sorted(self.files))

    reads_singly = False

    async def sizes(self, paths):
        found = {path: self.files.get(path) for path in paths}
        return {path: len(content) for path, content in found.items() if isinstance(content, bytes)}

    async def search(self, names, within):
        wanted = frozenset(names)
        texts = [
            (path, content.decode("utf-8", "replace").split("\n"))
            for path in within
            if isinstance(content := self.files.get(path), bytes)
        ]
        hits = [
            Hit(path=path, line=at, text=line, name=name)
            for path, lines in texts
            for at, line in enumerate(lines, start=1)
            for name in dict.fromkeys(re.findall(r"\w+", line))
            if name in wanted
        ]
        return Search(hits=tuple(hits), searched=len(texts), of=len(within))


class NoSecrets:
    """Scanners for tests of other gates."""

    async def secrets(self, files) -> tuple[SecretMatch, ...]:
        assert all(isinstance(content, bytes) for content in files.values())
        return ()

    async def workflows(self, files) -> WorkflowAudit:
        assert all(isinstance(content, bytes) for content in files.values())
        return WorkflowAudit()


def task_of(
    files: tuple[ChangedFile, ...],
    heads: Mapping[str, Content],
    *,
    scanners: Scanners | None = None,
    models: object = None,
    base: Mapping[str, Content] | None = None,
    **fields: object,
) -> Task:
    described: dict[str, object] = {
        name: fields.pop(name)
        for name in ("title", "body", "issues", "files_left_out")
        if name in fields
    }
    policy = Files(base or {})
    return Task(
        pull_request=pull_request(*files, **described),
        trigger=Trigger.CHANGED,
        head=Files(heads),
        base=Files(base or {}),
        policy=policy,
        attributes=AttributeFiles(policy, [file.path for file in files]),
        scanners=scanners or NoSecrets(),
        models=models,
        clock=None,
        **fields,
    )


def only(gate: str, **options: object) -> dict[str, object]:
    """Return options that leave one gate on."""
    off = {one.name: "off" for one in QualityGates().gates}
    return {**off, gate: {"level": getattr(QualityGates(), gate).level, **options}}


def check_many(
    gate: str, files: Mapping[str, tuple[str, str]], **options: object
) -> tuple[Finding, ...]:
    """Run one gate on files by path, each changed from its first to its second text."""
    changes = tuple(changed(old, new, path) for path, (old, new) in files.items())
    task = task_of(
        changes,
        {path: new.encode() for path, (_, new) in files.items()},
        base={path: old.encode() for path, (old, _) in files.items() if old},
    )
    return asyncio.run(QualityGates.model_validate(only(gate, **options)).run(task)).findings


def check(
    path: str,
    new: str,
    old: str = "",
    *,
    scanners: Scanners | None = None,
    **options: object,
) -> tuple[Finding, ...]:
    """Run the gates on one file that changed from `old` to `new`."""
    base = {path: old.encode()} if old else {}
    heads = {path: new.encode()}
    task = task_of((changed(old, new, path),), heads, scanners=scanners, base=base)
    done = asyncio.run(QualityGates.model_validate(options).run(task))
    assert done.shortfalls == ()
    return done.findings
