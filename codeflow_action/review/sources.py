"""The changed files as a model may see them: read at the head, secrets masked, lines kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from codeflow_action.engine.action import Task
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content, Scanners
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.engine.shards import Shard
from codeflow_action.review.context import Mask
from codeflow_action.review.scope import OmittedFile, split_scope
from codeflow_action.review.units import SourceFile, old_side
from codeflow_action.security.known import is_telling
from codeflow_action.security.redaction import FileValues, Redactor, confirmed_matches, pieces


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What will be reviewed, and what will not, with the reason."""

    sources: tuple[SourceFile, ...]
    left_out: tuple[OmittedFile, ...]
    secrets: tuple[str, ...] = ()  # values that are secrets wherever they appear


async def read_sources(task: Task) -> Sources:
    """Read the change at the head, decide what to review, and mask what scanners call secret.

    Raises `RepositoryError` or `GitHubError` when nothing can be read.
    """
    files = task.pull_request.files
    # What is called generated is not reviewed: that is policy, too, and not the author's to say.
    attributes = await task.attributes.read()
    contents = await task.head.read_many([file.path for file in files if file.hunks])
    review, left_out = split_scope(files, contents, task.guidance, attributes)
    # Of a shard too all files are searched: a secret of one may be repeated in another.
    review, left_out = _of_shard(task.shard, review, left_out)
    heads = {
        file.path: content
        for file in files
        if isinstance(content := contents.get(file.path), bytes)
    }
    # Of a file that is deleted there is no line at the head, and all of it at the base.
    heads |= {file.path: b"" for file in review if file.status is FileStatus.REMOVED}
    # Removed lines are shown too, so secrets among them are masked as well. And a secret of a file
    # that no model reads, such as a lock file, may be repeated in the title.
    olds = {file.path: old_side(file).encode() for file in files if file.path in heads}
    to_show = frozenset(file.path for file in review)
    (texts, old_texts), secrets = await _mask_all(task, heads, olds, to_show=to_show)
    readable, whole = texts.keys() & old_texts.keys(), task.pull_request.files_by_path
    return Sources(
        sources=tuple(
            replace(
                SourceFile.of(whole[file.path], texts[file.path], old_texts[file.path]), file=file
            )
            for file in review
            if file.path in readable
        ),
        left_out=(
            *left_out,
            *(_unreadable(file, contents) for file in review if file.path not in readable),
        ),
        secrets=secrets,
    )


def _of_shard(
    shard: Shard | None, review: Sequence[ChangedFile], left_out: Sequence[OmittedFile]
) -> tuple[tuple[ChangedFile, ...], tuple[OmittedFile, ...]]:
    """Return what of both is in the shard, of a divided file its stretch."""
    if shard is None:
        return tuple(review), tuple(left_out)
    by_path = {shard_file.path: shard_file for shard_file in shard.files}
    return (
        tuple(by_path[file.path].narrow(file) for file in review if file.path in by_path),
        tuple(
            replace(omitted, file=by_path[omitted.file.path].narrow(omitted.file))
            for omitted in left_out
            if omitted.file.path in by_path
        ),
    )


def mask_for_context(task: Task, secrets: Sequence[str]) -> Mask:
    """Return what blanks secrets in files that the change did not touch.

    They are scanned whole, because a scanner needs to see what is around a secret; and a secret of
    a changed file is a secret there too. A file that cannot be scanned is not shown.
    """

    async def mask(files: Mapping[str, bytes]) -> Mapping[str, str]:
        (texts,), _ = await _mask_all(task, files, secrets=secrets)
        return texts

    return mask


def _unreadable(file: ChangedFile, contents: Mapping[str, Content]) -> OmittedFile:
    match contents.get(file.path, Absent.UNAVAILABLE):
        case Absent() as absent:
            reason = f"content {absent.value.replace('_', ' ')}"
            return OmittedFile(
                file=file, reason=reason, is_shortfall=absent is not Absent.TOO_LARGE
            )
        case bytes():
            return OmittedFile(
                file=file, reason="could not be searched for secrets", is_shortfall=True
            )


async def _mask_all(
    task: Task,
    *versions: Mapping[str, bytes],
    secrets: Sequence[str] = (),
    to_show: frozenset[str] | None = None,
) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    """Return each version's texts without secrets, and the values that are secrets everywhere.

    `secrets` are known already. All files are searched, and the texts of the paths `to_show` are
    returned, of all where it is None; a file that could not be scanned is left out.

    A secret is masked wherever it appears in its file, and in all other files unless it is a
    common word.
    """
    matches = [await _scan(task.scanners, files) for files in versions]
    redactor = Redactor(key_shapes=task.key_shapes)
    redactor.learn(secrets)
    return await asyncio.to_thread(_without_secrets, versions, matches, redactor, to_show)


def _without_secrets(
    versions: Sequence[Mapping[str, bytes]],
    matches: Sequence[Mapping[str, Sequence[SecretMatch]]],
    redactor: Redactor,
    to_show: frozenset[str] | None,
) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    values: dict[str, set[str]] = {}
    for files, by_path in zip(versions, matches, strict=True):
        for path, of_path in by_path.items():
            parts = pieces(
                files[path][match.start : match.end].decode("utf-8", "replace")
                for match in confirmed_matches(of_path)
            )
            values.setdefault(path, set()).update(parts)
    redactor.learn(chain(*values.values()))
    texts = [
        {
            path: files[path].decode("utf-8", "replace")
            for path in by_path
            if to_show is None or path in to_show
        }
        for files, by_path in zip(versions, matches, strict=True)
    ]
    # Known forms of secrets are masked here, although every prompt is searched for them again: a
    # quote from a line that only the prompt has masked would not be found in the file.
    for version in texts:
        for path, text in version.items():
            values[path] |= redactor.values(text)
    redactor.learn(chain(*values.values()))
    of_files = {path: FileValues(of_path) for path, of_path in values.items()}
    clean_texts = tuple(
        {path: of_files[path].blank(redactor.mask_known(text)) for path, text in version.items()}
        for version in texts
    )
    return clean_texts, tuple(sorted(filter(is_telling, set(chain(*values.values())))))


async def _scan(
    scanners: Scanners, files: Mapping[str, bytes]
) -> dict[str, tuple[SecretMatch, ...]]:
    """Return what was found in each file; after a failure, in those that can be scanned alone."""
    try:
        matches = await scanners.secrets(files)
    except ScannerFailed:
        if len(files) == 1:
            return {}
        singles = [await _scan(scanners, {path: content}) for path, content in files.items()]
        return {path: of_path for single in singles for path, of_path in single.items()}
    by_path: dict[str, list[SecretMatch]] = {path: [] for path in files}
    for match in matches:
        by_path[match.path].append(match)
    return {path: tuple(of_path) for path, of_path in by_path.items()}
