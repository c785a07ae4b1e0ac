"""The changed files as a model may see them: read at head, secrets masked, line counts kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeflow_action.engine.action import Task
from codeflow_action.engine.ports import Absent, Content, ScannerFailed, SecretMatch
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.scope import LeftOut, generated_patterns, split_scope
from codeflow_action.review.units import Source, split_lines

_MASK = b"[redacted]"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What will be reviewed, what will not and why."""

    sources: tuple[Source, ...]
    left_out: tuple[LeftOut, ...]


async def read_sources(task: Task) -> Sources:
    """Read the change at head, decide what is worth reading, and mask what scanners call secret.

    Raises `RepositoryError` or `GitHubError` when nothing can be read.
    """
    files = task.pull_request.files
    attributes = await task.base.read_many([".gitattributes"])
    raw = attributes.get(".gitattributes", Absent.MISSING)
    generated = generated_patterns(raw) if isinstance(raw, bytes) else ()
    heads = await task.head.read_many([file.path for file in files if file.hunks])
    review, left_out = split_scope(files, heads, task.guidance, generated)
    unread = [file for file in review if not isinstance(heads.get(file.path), bytes)]
    contents = {file.path: heads[file.path] for file in review if file not in unread}
    masked = await _mask(task, contents)
    return Sources(
        sources=tuple(
            Source(file=file, lines=_lines(masked[file.path]))
            for file in review
            if file.path in masked
        ),
        left_out=(*left_out, *(_unread(file, heads) for file in unread)),
    )


def _unread(file: ChangedFile, heads: Mapping[str, Content]) -> LeftOut:
    content = heads.get(file.path, Absent.UNAVAILABLE)
    why = content.value if isinstance(content, Absent) else Absent.UNAVAILABLE.value
    return LeftOut(file=file, reason=f"content {why.replace('_', ' ')}")


def _lines(content: bytes) -> tuple[str, ...]:
    return split_lines(content.decode("utf-8", "replace"))


async def _mask(task: Task, contents: Mapping[str, Content]) -> dict[str, bytes]:
    """Blank every secret's bytes; the provider's redaction still looks over the whole prompt."""
    files = {path: content for path, content in contents.items() if isinstance(content, bytes)}
    try:
        matches = await task.scanners.secrets(files)
    except ScannerFailed:
        return files
    by_path: dict[str, list[SecretMatch]] = {}
    for match in matches:
        by_path.setdefault(match.path, []).append(match)
    return {path: blank(content, by_path.get(path, ())) for path, content in files.items()}


def blank(content: bytes, matches: Sequence[SecretMatch]) -> bytes:
    """Return the content with every match's bytes replaced, its line breaks kept."""
    for match in sorted(matches, key=lambda one: one.start, reverse=True):
        if match.end > match.start:
            secret = content[match.start : match.end]
            content = (
                content[: match.start] + _MASK + b"\n" * secret.count(b"\n") + content[match.end :]
            )
    return content
