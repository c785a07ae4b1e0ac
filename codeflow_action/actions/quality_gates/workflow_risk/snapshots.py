"""The workflows and actions of a repository, before and after a change."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from codeflow_action.actions.quality_gates.gate import FileChange, GateSubject
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    ACTION_PATH,
    AGENT_PATH,
    WORKFLOW_PATH,
    WorkflowFile,
    read_file,
)
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.review.worker import UnreadableText, worker
from codeflow_action.review.yaml_nodes import Node, read_front_matter, read_nodes

_MAX_FILES = 200  # of a repository that are read beside those of the change
_MAX_REQUESTS = 20  # where each file costs one
_MAX_ROUNDS = 3  # actions that call actions


@dataclass(frozen=True, kw_only=True)
class WorkflowSnapshot:
    """The files of one commit: as values, Markdown workflows as nodes, and what cannot be read."""

    files: Mapping[str, WorkflowFile] = field(default_factory=dict)
    agents: Mapping[str, Node] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RepositoryTexts:
    """The contents that an audit needs: the changed files on both sides, and their surroundings."""

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    is_whole: bool = True


def is_audited(path: str) -> bool:
    """True for a workflow, an action, and a Markdown workflow of an agent."""
    return any(pattern.fullmatch(path) for pattern in (WORKFLOW_PATH, ACTION_PATH, AGENT_PATH))


async def read_texts(subject: GateSubject, changes: Sequence[FileChange]) -> RepositoryTexts:
    """Read the changed files at the merge base, and at the head what they call or are called by."""
    changed_bases = [
        change.merge_base_path for change in changes if change.file.status is not FileStatus.ADDED
    ]
    bases = await subject.merge_base.read_many(changed_bases) if changed_bases else {}
    after = {
        change.path: change.head
        for change in changes
        if isinstance(change.head, bytes) and change.file.status is not FileStatus.REMOVED
    }
    surroundings, is_whole = await _surroundings(subject.head, after)
    old = {path: content for path, content in bases.items() if isinstance(content, bytes)}
    # What the change did not touch was the same before it.
    return RepositoryTexts(
        before={**surroundings, **old}, after={**surroundings, **after}, is_whole=is_whole
    )


async def _surroundings(tree: Tree, changed: Mapping[str, bytes]) -> tuple[dict[str, bytes], bool]:
    """Return the workflows and actions that the changed files may call, or that may call them."""
    paths = await tree.list()
    limit = _MAX_REQUESTS if tree.reads_singly else _MAX_FILES
    if paths is None:
        return {}, False
    all_paths = set(paths)
    # Another workflow may fill the caches that one restores.
    has_calls = any(
        word in content for content in changed.values() for word in (b"./", b"workflow_", b"cache")
    )
    is_action = any(ACTION_PATH.fullmatch(path) for path in changed)
    callers = [path for path in paths if WORKFLOW_PATH.fullmatch(path)]
    paths_to_read = [*(callers if has_calls or is_action else ()), *_called_actions(changed)]
    texts: dict[str, bytes] = {}
    for _ in range(_MAX_ROUNDS):
        paths_to_read = [
            path
            for path in paths_to_read
            if path in all_paths and path not in texts and path not in changed
        ][: max(0, limit - len(texts))]
        if not paths_to_read:
            break
        contents = await tree.read_many(paths_to_read)
        new = {path: content for path, content in contents.items() if isinstance(content, bytes)}
        texts |= new
        paths_to_read = _called_actions(new)
    return texts, len(texts) < limit


def _called_actions(texts: Mapping[str, bytes]) -> list[str]:
    """Return where the actions lie that these files call with `./`, as paths that may exist."""
    action_paths: dict[str, None] = {}
    for content in texts.values():
        for line in content.decode("utf-8", "replace").split("\n"):
            _, mark, name = line.partition("uses")
            if not mark or "./" not in name:
                continue
            folder = posixpath.normpath(name.partition("./")[2].strip(" '\"},#\r"))
            for file in ("action.yml", "action.yaml"):
                action_paths[posixpath.normpath(f"{folder}/{file}")] = None
    return list(action_paths)


def parse_snapshot(
    texts: Mapping[str, bytes], paths: Iterable[str] | None = None
) -> WorkflowSnapshot:
    """Parse files in the worker; it blocks, so call it in a thread."""
    parser = worker("workflows")
    files: dict[str, WorkflowFile] = {}
    agents: dict[str, Node] = {}
    unread: dict[str, str] = {}
    for path in texts if paths is None else paths:
        is_agent = AGENT_PATH.fullmatch(path) is not None
        node = parser.run(read_front_matter if is_agent else read_nodes, texts[path], path)
        if isinstance(node, UnreadableText):
            unread[path] = node.reason
        elif is_agent:
            agents[path] = node
        elif (file := read_file(path, node)) is not None:
            files[path] = file
    return WorkflowSnapshot(files=files, agents=agents, unread=unread)
