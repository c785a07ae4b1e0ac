"""Which changed files are worth a model's reading, and the reason for each that is not."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.engine.globs import BadGlob, any_matches, compile_glob
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.review.units import MAX_LINE, split_lines

_LOCK_FILES = frozenset(
    [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile.lock",
        "conda-lock.yml",
        "pixi.lock",
        "Cargo.lock",
        "go.sum",
        "go.work.sum",
        "Gemfile.lock",
        "composer.lock",
        "mix.lock",
        "pubspec.lock",
        "Podfile.lock",
        "Package.resolved",
        "packages.lock.json",
        "project.assets.json",
        "gradle.lockfile",
        "flake.lock",
        "Chart.lock",
        ".terraform.lock.hcl",
    ]
)
_VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|third-party|bower_components|Godeps|Pods|\.yarn)/"
)
_SNAPSHOT = re.compile(r"(?:^|/)__snapshots__/|\.snap$|\.ambr$|(?:^|/)testdata/.*\.golden$")
_GENERATED_NAME = re.compile(
    r"\.min\.(?:js|css|mjs)$|\.(?:[cm]?js|css|ts)\.map$|\.pb(?:\.gw)?\.(?:go|cc|h)$"
    r"|_pb2(?:_grpc)?\.pyi?$|_pb\.(?:js|d\.ts)$|\.g\.(?:dart|cs)$|\.freezed\.dart$"
    r"|\.designer\.(?:cs|vb)$|\.generated\.\w+$|(?:^|/)zz_generated[^/]*\.go$",
    re.IGNORECASE,
)
# A comment at the head of a file that says so of this file, not of another that it speaks about.
_GENERATED_HEAD = re.compile(
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
_GENERATED_HEAD_BYTES = 1_000
_LONG = 500  # characters; in a file that people wrote, most lines are far shorter
_UNAVAILABLE = "diff not available"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A changed file that no model is asked about.

    `wanted` is True when one should have been, but the file could not be had: the review is not
    all that was asked for, and another run may do better.
    """

    file: ChangedFile
    reason: str
    wanted: bool = False


def split_scope(
    files: Sequence[ChangedFile],
    contents: Mapping[str, Content],
    guidance: Guidance,
    generated: Sequence[str] = (),
) -> tuple[tuple[ChangedFile, ...], tuple[LeftOut, ...]]:
    """Return the files to review, and the others with the reason.

    `contents` holds head versions by path; `generated` are patterns of the base's `.gitattributes`
    (see `generated_patterns`), which know better than any rule here what is the project's own.
    """
    review: list[ChangedFile] = []
    left_out: list[LeftOut] = []
    for file in files:
        reason = _reason(file, contents.get(file.path, Absent.MISSING), guidance, generated)
        if reason:
            left_out.append(LeftOut(file=file, reason=reason, wanted=reason == _UNAVAILABLE))
        else:
            review.append(file)
    return tuple(review), tuple(left_out)


def _reason(
    file: ChangedFile, content: Content, guidance: Guidance, generated: Sequence[str]
) -> str:
    path = file.path
    own = _mark(generated, path)
    questions: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("never_send", lambda: _is_kept_back(guidance.never_send, file)),
        ("outside paths.only", lambda: _is_outside(guidance.only, path)),
        ("paths.ignore", lambda: any_matches(guidance.ignore, path)),
        ("binary", lambda: file.gap is Gap.BINARY),
        ("submodule", lambda: file.kind is FileKind.SUBMODULE),
        ("symbolic link", lambda: file.kind is FileKind.SYMLINK),
        ("removed", lambda: file.status is FileStatus.REMOVED),
        ("lock file", lambda: PurePosixPath(path).name in _LOCK_FILES),
        ("vendored", lambda: own is not False and _VENDORED.search(path) is not None),
        ("snapshot", lambda: own is not False and _SNAPSHOT.search(path) is not None),
        ("generated", lambda: own is True or (own is None and _is_generated(file, content))),
        ("diff too large", lambda: file.gap is Gap.TOO_LARGE),
        (_UNAVAILABLE, lambda: file.gap is Gap.UNAVAILABLE),
        ("no changed lines", lambda: not file.hunks),
        ("minified", lambda: _is_minified(file, content)),
    )
    return next((reason for reason, holds in questions if holds()), "")


def is_foreign(path: str) -> bool:
    """True for what a path alone shows to be vendored, generated, a snapshot or a lock file."""
    return (
        PurePosixPath(path).name in _LOCK_FILES
        or _VENDORED.search(path) is not None
        or _SNAPSHOT.search(path) is not None
        or _GENERATED_NAME.search(path) is not None
    )


def is_vendored(path: str) -> bool:
    """True for what a path alone shows to be somebody else's code that was copied in."""
    return _VENDORED.search(path) is not None


def _is_kept_back(never_send: Sequence[str], file: ChangedFile) -> bool:
    """True for a renamed file under either name: its removed lines were there."""
    names = (file.path, file.previous_path or file.path)
    return any(any_matches(never_send, name) for name in names)


def _is_outside(only: Sequence[str], path: str) -> bool:
    return bool(only) and not any_matches(only, path)


def _mark(patterns: Sequence[str], path: str) -> bool | None:
    """Return what the last pattern that speaks of the path says, None where none does."""
    marks = [
        not pattern.startswith("!")
        for pattern in patterns
        if compile_glob(pattern.removeprefix("!")).fullmatch(path)
    ]
    return marks[-1] if marks else None


def _is_generated(file: ChangedFile, content: Content) -> bool:
    if _GENERATED_NAME.search(file.path):
        return True
    if not isinstance(content, bytes):
        return False
    head = split_lines(content[:_GENERATED_HEAD_BYTES].decode("utf-8", "replace"))
    if not _GENERATED_HEAD.search("\n".join(head)):
        return False
    if file.status is FileStatus.ADDED:
        return True
    # A pull request must not take a file out of review by a line that it adds to it.
    kept = [line for at, line in enumerate(head, start=1) if at not in file.added_lines]
    gone = [line.text for hunk in file.hunks[:1] for line in hunk.removed]
    return any(_GENERATED_HEAD.search("\n".join(lines)) for lines in (kept, gone))


def _is_minified(file: ChangedFile, content: Content) -> bool:
    """True when the file is made of lines that nobody reads; one such line does not make it so."""
    if not any(len(line.text) > MAX_LINE for hunk in file.hunks for line in hunk.added):
        return False
    lines = content.split(b"\n") if isinstance(content, bytes) else []
    lengths = [len(line) for line in lines if line.strip()]
    return sum(length > _LONG for length in lengths) * 2 >= len(lengths)


def generated_patterns(gitattributes: bytes) -> tuple[str, ...]:
    """Return the patterns that a `.gitattributes` marks as generated or vendored, `!` as neither.

    Read it at the base: a pull request must not take its own files out of review.
    """
    patterns: list[str] = []
    for line in split_lines(gitattributes.decode("utf-8", "replace")):
        pattern, *attributes = line.split() or [""]
        if not pattern or pattern.startswith(("#", "[", '"')):
            continue
        for attribute in attributes:
            name, _, value = attribute.removeprefix("-").partition("=")
            if name in ("linguist-generated", "linguist-vendored"):
                off = attribute.startswith("-") or value == "false"
                patterns.append(f"!{pattern}" if off else pattern)
    return tuple(pattern for pattern in patterns if _compiles(pattern))


def _compiles(pattern: str) -> bool:
    try:
        compile_glob(pattern.removeprefix("!"))
    except BadGlob:
        return False
    return True
