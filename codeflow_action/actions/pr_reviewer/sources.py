"""The changed files as a model may see them: read at head, secrets masked, line counts kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeflow_action.engine.action import Task
from codeflow_action.engine.ports import Absent, Content, ScannerFailed, Scanners, SecretMatch
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.scope import LeftOut, generated_patterns, split_scope
from codeflow_action.review.units import Source, old_side
from codeflow_action.security.redaction import Redactor

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
    contents = await task.head.read_many([file.path for file in files if file.hunks])
    review, left_out = split_scope(files, contents, task.guidance, generated)
    heads = {
        file.path: content
        for file in review
        if isinstance(content := contents.get(file.path), bytes)
    }
    # What a change takes out is shown too: a secret among it is as much of one.
    olds = {file.path: old_side(file).encode() for file in review if file.path in heads}
    masked = await _masked(task.scanners, heads)
    masked_olds = await _masked(task.scanners, olds)
    readable = masked.keys() & masked_olds.keys()
    return Sources(
        sources=tuple(
            Source.of(file, masked[file.path], masked_olds[file.path])
            for file in review
            if file.path in readable
        ),
        left_out=(
            *left_out,
            *(_unread(file, contents) for file in review if file.path not in readable),
        ),
    )


def _unread(file: ChangedFile, contents: Mapping[str, Content]) -> LeftOut:
    match contents.get(file.path, Absent.UNAVAILABLE):
        case Absent() as absent:
            reason = f"content {absent.value.replace('_', ' ')}"
            return LeftOut(file=file, reason=reason, wanted=absent is not Absent.TOO_LARGE)
        case bytes():
            return LeftOut(file=file, reason="could not be searched for secrets", wanted=True)


async def _masked(scanners: Scanners, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the texts without secrets; a file that could not be scanned is not among them.

    Known forms of secrets go here too, though every prompt is searched for them again: a quote
    from a line that only the prompt has masked would not be found in the file.
    """
    redactor = Redactor()
    found = await _scanned(scanners, files)
    return {
        path: redactor.text(blank(files[path], matches).decode("utf-8", "replace"))
        for path, matches in found.items()
    }


async def _scanned(
    scanners: Scanners, files: Mapping[str, bytes]
) -> dict[str, tuple[SecretMatch, ...]]:
    """Return what was found in each file; after a failure, of those that can be scanned alone."""
    try:
        matches = await scanners.secrets(files)
    except ScannerFailed:
        if len(files) == 1:
            return {}
        alone = [await _scanned(scanners, {path: content}) for path, content in files.items()]
        return {path: found for one in alone for path, found in one.items()}
    by_path: dict[str, list[SecretMatch]] = {path: [] for path in files}
    for match in matches:
        by_path[match.path].append(match)
    return {path: tuple(found) for path, found in by_path.items()}


def blank(content: bytes, matches: Sequence[SecretMatch]) -> bytes:
    """Return the content with every match's bytes replaced, its line breaks kept."""
    out: list[bytes] = []
    at = 0
    for match in sorted(matches, key=lambda one: (one.start, -one.end)):
        if match.end <= at:
            continue
        start = max(match.start, at)
        line_breaks = content[start : match.end].count(b"\n")
        mask = _MASK if match.start >= at else b""  # else it goes on where another secret ended
        out += [content[at:start], mask, b"\n" * line_breaks]
        at = match.end
    return b"".join((*out, content[at:]))
