"""Which changed files are worth a model's reading, and the reason for each that is not."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.engine.action import Guidance
from codeflow_action.engine.globs import BadGlob, any_matches, compile_glob
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
    r"|(?:code |file )?(?:auto(?:matically)?[- ]?)?generated\b[^.]{0,200}"
    r"(?:\.[^.]{0,200}){0,4}?\bdo not (?:edit|modify|change)\b"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
_GENERATED_HEAD_CHARACTERS = 1_000


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A changed file that no model is asked about.

    `wanted` is True when it would have been: then the change is not reviewed as far as was asked.
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

    `contents` holds head versions by path; `generated` are patterns that the base's
    `.gitattributes` marks as `linguist-generated` or `linguist-vendored`.
    """
    review: list[ChangedFile] = []
    left_out: list[LeftOut] = []
    for file in files:
        reason = _reason(file, contents.get(file.path, Absent.MISSING), guidance, generated)
        if reason:
            left_out.append(LeftOut(file=file, reason=reason))
        else:
            review.append(file)
    return tuple(review), tuple(left_out)


def _reason(
    file: ChangedFile, content: Content, guidance: Guidance, generated: Sequence[str]
) -> str:
    path = file.path
    questions: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("never_send", lambda: any_matches(guidance.never_send, path)),
        (
            "outside paths.only",
            lambda: _is_outside(guidance.only, path),
        ),
        ("paths.ignore", lambda: any_matches(guidance.ignore, path)),
        ("binary", lambda: file.gap is Gap.BINARY),
        ("diff too large", lambda: file.gap is Gap.TOO_LARGE),
        ("diff not available", lambda: file.gap is Gap.UNAVAILABLE),
        ("submodule", lambda: file.kind is FileKind.SUBMODULE),
        ("symbolic link", lambda: file.kind is FileKind.SYMLINK),
        ("removed", lambda: file.status is FileStatus.REMOVED),
        ("no changed lines", lambda: not file.hunks),
        ("lock file", lambda: PurePosixPath(path).name in _LOCK_FILES),
        ("vendored", lambda: _VENDORED.search(path) is not None),
        ("snapshot", lambda: _SNAPSHOT.search(path) is not None),
        ("generated", lambda: _is_generated(path, content, generated)),
        ("minified", lambda: _is_minified(file)),
    )
    return next((reason for reason, holds in questions if holds()), "")


def _is_outside(only: Sequence[str], path: str) -> bool:
    return bool(only) and not any_matches(only, path)


def _is_generated(path: str, content: Content, patterns: Sequence[str]) -> bool:
    if _GENERATED_NAME.search(path) or any_matches(patterns, path):
        return True
    return isinstance(content, bytes) and bool(
        _GENERATED_HEAD.search(content[:_GENERATED_HEAD_BYTES])
    )


def _is_minified(file: ChangedFile) -> bool:
    return any(len(line.text) > MAX_LINE for hunk in file.hunks for line in hunk.added)


def generated_patterns(gitattributes: bytes) -> tuple[str, ...]:
    """Return the patterns that a `.gitattributes` marks as generated or vendored.

    Read it at the base: a pull request must not take its own files out of review.
    """
    patterns: list[str] = []
    for line in gitattributes.decode("utf-8", "replace").splitlines():
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
