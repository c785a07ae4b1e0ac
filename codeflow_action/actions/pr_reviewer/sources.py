"""The changed files as a model may see them: read at head, secrets masked, line counts kept."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from codeflow_action.engine.action import Task
from codeflow_action.engine.git_attributes import read_attributes
from codeflow_action.engine.ports import Absent, Content, Scanners
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.review.context import Mask
from codeflow_action.review.scope import LeftOut, split_scope
from codeflow_action.review.units import Source, old_side
from codeflow_action.security.known import is_telling
from codeflow_action.security.redaction import FileValues, Redactor, confirmed_matches, pieces


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What will be reviewed, what will not and why."""

    sources: tuple[Source, ...]
    left_out: tuple[LeftOut, ...]
    secrets: tuple[str, ...] = ()  # values that are secrets wherever they stand


async def read_sources(task: Task) -> Sources:
    """Read the change at head, decide what is worth reading, and mask what scanners call secret.

    Raises `RepositoryError` or `GitHubError` when nothing can be read.
    """
    files = task.pull_request.files
    # What is called generated is not reviewed: that is policy, too, and not the author's to say.
    attributes = await read_attributes(task.policy, [file.path for file in files])
    contents = await task.head.read_many([file.path for file in files if file.hunks])
    review, left_out = split_scope(files, contents, task.guidance, attributes)
    heads = {
        file.path: content
        for file in files
        if isinstance(content := contents.get(file.path), bytes)
    }
    # What a change takes out is shown too: a secret among it is as much of one. And what is one in
    # a file that no model reads, such as a lock file, is one in the title as well.
    olds = {file.path: old_side(file).encode() for file in files if file.path in heads}
    shown = frozenset(file.path for file in review)
    (masked, masked_olds), secrets = await _masked(task.scanners, heads, olds, shown=shown)
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
        secrets=secrets,
    )


def mask_for_context(scanners: Scanners, known: Sequence[str]) -> Mask:
    """Return what blanks secrets in files that the change did not touch.

    They are scanned whole, as a scanner needs to see what stands around a secret; and what is a
    secret in a changed file is one there too. A file that cannot be scanned is not shown.
    """

    async def mask(files: Mapping[str, bytes]) -> Mapping[str, str]:
        (masked,), _ = await _masked(scanners, files, known=known)
        return masked

    return mask


def _unread(file: ChangedFile, contents: Mapping[str, Content]) -> LeftOut:
    match contents.get(file.path, Absent.UNAVAILABLE):
        case Absent() as absent:
            reason = f"content {absent.value.replace('_', ' ')}"
            return LeftOut(file=file, reason=reason, wanted=absent is not Absent.TOO_LARGE)
        case bytes():
            return LeftOut(file=file, reason="could not be searched for secrets", wanted=True)


async def _masked(
    scanners: Scanners,
    *versions: Mapping[str, bytes],
    known: Sequence[str] = (),
    shown: frozenset[str] | None = None,
) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    """Return each version's texts without secrets, and the values that are secrets everywhere.

    All are searched; texts come back of the paths in `shown`, None for all. A text that could not
    be scanned is not there.

    Whatever is a secret in a file is masked wherever it stands there, and in all files unless it is
    a word. Known forms of secrets go here too, though every prompt is searched for them again: a
    quote from a line that only the prompt has masked would not be found in the file.
    """
    found = [await _scanned(scanners, files) for files in versions]
    return await asyncio.to_thread(_without_secrets, versions, found, known, shown)


def _without_secrets(
    versions: Sequence[Mapping[str, bytes]],
    found: Sequence[Mapping[str, Sequence[SecretMatch]]],
    known: Sequence[str],
    shown: frozenset[str] | None,
) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    values: dict[str, set[str]] = {}
    for files, matches in zip(versions, found, strict=True):
        for path, of_path in matches.items():
            values.setdefault(path, set()).update(_values(files[path], of_path))
    redactor = Redactor([*known, *filter(is_telling, chain(*values.values()))])
    texts = [
        {
            path: files[path].decode("utf-8", "replace")
            for path in matches
            if shown is None or path in shown
        }
        for files, matches in zip(versions, found, strict=True)
    ]
    for version in texts:
        for path, text in version.items():
            values[path] |= redactor.values(text)
    redactor.learn(chain(*values.values()))
    blanks = {path: FileValues(of_path) for path, of_path in values.items()}
    masked = tuple(
        {path: blanks[path].blank(redactor.mask_known(text)) for path, text in version.items()}
        for version in texts
    )
    return masked, tuple(sorted(filter(is_telling, set(chain(*values.values())))))


def _values(content: bytes, matches: Sequence[SecretMatch]) -> Iterator[str]:
    return pieces(
        content[match.start : match.end].decode("utf-8", "replace")
        for match in confirmed_matches(matches)
    )


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
