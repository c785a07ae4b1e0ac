"""Which changed files are worth a model's reading, and the reason for each that is not."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from codeflow_action.engine.files import is_generated, is_lock_file, is_snapshot, is_vendored
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.review.packing import risk
from codeflow_action.review.units import MAX_LINE, old_side, split_lines

# A comment at the head of a file that says so of this file, not of another that it speaks about.
_GENERATED_HEAD = regex(
    r"^[^\w\n]*(?:"
    r"(?:this (?:file|code) (?:is|was) (?:auto(?:matically)? ?)?)?@generated\b"
    r"|<auto-?generated\b"
    r"|this (?:file|code) (?:is|was|has been) (?:auto(?:matically)?[- ]?)?generated\b"
    r"|(?:code |file )?(?:auto(?:matically)?[- ]?)?generated\b(?s:.{0,200}?)"
    r"\bdo not (?:edit|modify|change)\b"
    r"|do not (?:edit|modify)\W{1,5}(?:auto(?:matically)?[- ]?)?generated\b"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
_GENERATED_HEAD_BYTES = 1_000  # below a licence, generators still say what they are
_LONG = 500  # characters; in a file that people wrote, most lines are far shorter
_UNAVAILABLE = "diff not available"
_REMOVAL = "removed"
_MAX_DATA = 200  # lines of configuration that is deleted; what is longer is a table


@dataclass(frozen=True, kw_only=True)
class OmittedFile:
    """A changed file that no model is asked about.

    `is_shortfall` is True when one should have been, but the file could not be had: the review is
    not all that was asked for, and another run may do better.
    """

    file: ChangedFile
    reason: str
    is_shortfall: bool = False


def split_scope(
    files: Sequence[ChangedFile],
    contents: Mapping[str, Content],
    guidance: Guidance,
    attributes: GitAttributes,
) -> tuple[tuple[ChangedFile, ...], tuple[OmittedFile, ...]]:
    """Return the files to review, and the others with the reason.

    `contents` holds head versions by path. `attributes` are the base's: they know better than any
    rule what is the project's own, and the head's are the author's, who could hide files with them.
    Where there is nothing else to review, deleted files are: a check that is gone, or code that
    somebody still calls, is a defect like others.
    """
    review, left_out = _split(files, contents, guidance, attributes)
    if review or all(file.status is not FileStatus.REMOVED for file in files):
        return review, left_out
    deletions = {
        file.path: old_side(file).encode("utf-8", "replace")
        for file in files
        if file.status is FileStatus.REMOVED
    }
    return _split(files, {**contents, **deletions}, guidance, attributes, reads_deleted=True)


def _split(
    files: Sequence[ChangedFile],
    contents: Mapping[str, Content],
    guidance: Guidance,
    attributes: GitAttributes,
    *,
    reads_deleted: bool = False,
) -> tuple[tuple[ChangedFile, ...], tuple[OmittedFile, ...]]:
    review: list[ChangedFile] = []
    left_out: list[OmittedFile] = []
    for file in files:
        reason = _reason(file, contents.get(file.path, Absent.MISSING), guidance, attributes)
        if reason == _REMOVAL and reads_deleted and _is_worth_missing(file):
            as_kept = replace(file, status=FileStatus.MODIFIED)
            content = contents.get(file.path, Absent.MISSING)
            reason = _reason(as_kept, content, guidance, attributes)
        if reason:
            left_out.append(
                OmittedFile(file=file, reason=reason, is_shortfall=reason == _UNAVAILABLE)
            )
        else:
            review.append(file)
    return tuple(review), tuple(left_out)


def _reason(
    file: ChangedFile, content: Content, guidance: Guidance, attributes: GitAttributes
) -> str:
    path = file.path
    names = {path, file.previous_path or path}  # the removed lines stood under the old name
    marks = attributes.marks(path)
    # The first reason that holds is told, so what people decided goes before what we find out.
    questions: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("never_send", lambda: any(any_matches(guidance.never_send, name) for name in names)),
        (
            "outside paths.only",
            lambda: bool(guidance.only) and not any_matches(guidance.only, path),
        ),
        ("paths.ignore", lambda: any_matches(guidance.ignore, path)),
        ("binary", lambda: file.gap is Gap.BINARY),
        ("submodule", lambda: file.kind is FileKind.SUBMODULE),
        ("symbolic link", lambda: file.kind is FileKind.SYMLINK),
        (_REMOVAL, lambda: file.status is FileStatus.REMOVED),
        ("lock file", lambda: is_lock_file(path)),
        ("vendored", lambda: is_vendored(path, marks)),
        ("snapshot", lambda: marks.generated is not False and is_snapshot(path)),
        ("generated", lambda: is_generated(path, marks)),
        ("generated", lambda: marks.generated is None and _says_generated(file, content)),
        ("diff too large", lambda: file.gap is Gap.TOO_LARGE),
        (_UNAVAILABLE, lambda: file.gap is Gap.UNAVAILABLE),
        ("no changed lines", lambda: not file.hunks),
        ("minified", lambda: _is_minified(file, content)),
    )
    return next((reason for reason, holds in questions if holds()), "")


def _is_worth_missing(file: ChangedFile) -> bool:
    """True for a deleted file in which a check may have stood: no test, no prose, no table."""
    is_short = len(file.removed_lines) <= _MAX_DATA
    return bool(file.hunks) and (risk(file.path) == 0 or (risk(file.path) == 1 and is_short))


def _says_generated(file: ChangedFile, content: Content) -> bool:
    """True for a file whose head says that a program wrote it."""
    if not isinstance(content, bytes):
        return False
    head = split_lines(content[:_GENERATED_HEAD_BYTES].decode("utf-8", "replace"))
    if not _GENERATED_HEAD.search("\n".join(head)):
        return False
    if file.status is FileStatus.ADDED:
        return True
    # A pull request must not take a file out of review by a line that it adds to it.
    old_lines = [
        line for number, line in enumerate(head, start=1) if number not in file.added_lines
    ]
    removed_lines = [line.text for hunk in file.hunks[:1] for line in hunk.removed]
    return any(_GENERATED_HEAD.search("\n".join(lines)) for lines in (old_lines, removed_lines))


def _is_minified(file: ChangedFile, content: Content) -> bool:
    """True when the file is made of lines that nobody reads; one such line does not make it so."""
    if not any(len(line.text) > MAX_LINE for hunk in file.hunks for line in hunk.added):
        return False
    lines = content.split(b"\n") if isinstance(content, bytes) else []
    lengths = [len(line) for line in lines if line.strip()]
    return sum(length > _LONG for length in lengths) * 2 >= len(lengths)
