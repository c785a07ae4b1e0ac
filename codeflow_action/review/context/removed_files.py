"""Who still uses a file that a change deletes or moves: by an import, an include, or its path.

A path is one in a text too: of a template, a script, an entry of a configuration. What leads to
another file that is there counts for that one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from codeflow_action.engine.files import is_foreign, is_prose
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Hit
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.review.context.import_paths import FOLDER_FILES, PathIndex, surest_files
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.syntax import language_of
from codeflow_action.security.untrusted import path as shown_path

_MAX_REMOVED = 40  # files; a change that deletes more takes out a whole part of the project
_MAX_FILES_OF_NAME = 8  # read to tell which file an import means
_MAX_USERS = 3  # shown of one file
_WEIGHT = 42.0  # above the callers of a name that is gone: nothing of the file is left
_AROUND = 1  # lines
_WORD = regex(r"\w+")
_COMMENT = regex(r"^\s*(?://|#(?!include)|\*|/\*|--|<!--)")


def removed_paths(files: Iterable[ChangedFile]) -> Mapping[str, str]:
    """Return the paths at which nothing lies any more, with what became of each in a word."""
    deletions = {file.path: "deleted" for file in files if file.status is FileStatus.REMOVED}
    return deletions | {
        file.previous_path: "renamed"
        for file in files
        if file.status is FileStatus.RENAMED and file.previous_path
    }


async def users_of_removed(
    paths: Iterable[str], material: Material
) -> Mapping[str, tuple[Hit, ...]]:
    """Return the lines of head that still lead to each of the paths, nearest first.

    Only paths that have users are in it; none has where the tree cannot be listed or searched.
    """
    listing = await material.tree.list()
    present_paths = frozenset(listing or ())
    absent_paths = [
        path for path in paths if path not in present_paths and material.may_send(path)
    ][:_MAX_REMOVED]
    words = {path: word for path in absent_paths if (word := _word(path))}
    if not words or listing is None:
        return {}
    readable = [path for path in listing if material.may_send(path)]
    neighbourhood = Neighbourhood(words)
    order = sorted(
        (path for path in readable if not (is_foreign(path) or is_prose(path))),
        key=lambda path: (neighbourhood.distance(path), path),
    )
    search = await material.tree.search(tuple(dict.fromkeys(words.values())), order)
    hits = {
        path: [hit for hit in (search.hits if search else ()) if hit.name == word]
        for path, word in words.items()
    }
    files = [list(dict.fromkeys(hit.path for hit in of_path)) for of_path in hits.values()]
    await material.read(path for of_path in files for path in of_path[:_MAX_FILES_OF_NAME])
    presence = _Presence.of(listing, absent_paths)
    users = {
        path: tuple(hit for hit in of_path if presence.is_use(hit, path, material))
        for path, of_path in hits.items()
    }
    return {path: of_path for path, of_path in users.items() if of_path}


def drafts_of_removed(
    users: Mapping[str, Sequence[Hit]], fates: Mapping[str, str], changed_paths: Sequence[str]
) -> Iterator[SnippetDraft]:
    """Yield what is shown of the users, beside the nearest of the changed files."""
    for path, hits in users.items():
        neighbourhood = Neighbourhood([path])
        nearest = min(changed_paths, key=lambda changed: (neighbourhood.distance(changed), changed))
        for hit in hits[:_MAX_USERS]:
            yield SnippetDraft(
                kind=ContextKind.CALLER,
                path=hit.path,
                name=f"{fates[path]} {shown_path(path)}",
                lines=tuple(range(max(1, hit.line - _AROUND), hit.line + _AROUND + 1)),
                weight=_WEIGHT,
                wanted_by=nearest,
            )


def _word(path: str) -> str:
    """Return the word that whoever uses the file must write, empty where there is none."""
    pure = PurePosixPath(path)
    stem = pure.name.partition(".")[0] or pure.stem
    # Of a package in Go the folder is imported.
    name = pure.parent.name if stem in FOLDER_FILES or pure.suffix == ".go" else stem
    return max(_WORD.findall(name), key=len, default="")


@dataclass(frozen=True, kw_only=True)
class _Presence:
    """What is there, and what is not any more: `names` and `stems` are of files that are there."""

    index: PathIndex
    names: frozenset[str]
    stems: frozenset[str]  # whole paths without suffixes
    absent_paths: frozenset[str]

    @classmethod
    def of(cls, listing: Sequence[str], absent_paths: Sequence[str]) -> "_Presence":
        return cls(
            index=PathIndex([*listing, *absent_paths]),
            names=frozenset(path.rpartition("/")[2] for path in listing),
            stems=frozenset(_without_suffix(path) for path in listing),
            absent_paths=frozenset(absent_paths),
        )

    def is_use(self, hit: Hit, path: str, material: Material) -> bool:
        """True where the line leads to that path, and to no file that is there."""
        if hit.path == path or _COMMENT.match(hit.text):
            return False
        syntax = material.syntax(hit.path)
        for statement in syntax.imports if syntax else ():
            if statement.line <= hit.line <= statement.end_line:
                names = [original for _, original in statement.names] or [""]
                meanings = (
                    surest_files(statement.source, name, hit.path, self.index) for name in names
                )
                return any(path in files and self.absent_paths >= set(files) for files in meanings)
        return any(re.search(form, hit.text) for form in self._forms(hit, path))

    def _forms(self, hit: Hit, path: str) -> Iterator[str]:
        """Yield patterns of how a line may name the path."""
        pure = PurePosixPath(path)
        stem, folder = pure.name.partition(".")[0], pure.parent.name
        if hit.path.endswith(".rs") and path.endswith(".rs"):
            yield rf"\bmod\s+{re.escape(stem)}\s*;"
            return
        # In a program a path stands in quotes; a shell script and other files are text as a whole.
        language = language_of(hit.path)
        is_program = language is not None and language.name != "bash"
        before, after = (
            (r"[\"'`<]", r"[\"'`>?#:]") if is_program else (r"(?<![\w.-])", r"(?![\w-])")
        )
        above = r"(?:[\w.@~${}-]*/)*"
        if folder:
            yield f"{before}{above}{re.escape(f'{folder}/{pure.name}')}{after}"
        if pure.suffix and pure.name not in self.names:
            yield f"{before}{above}{re.escape(pure.name)}{after}"
        if folder and _without_suffix(path) not in self.stems:
            yield f"{before}{above}{re.escape(f'{folder}/{stem}')}{after}"
            yield rf"{before}(?:\w+\.)*{re.escape(f'{folder}.{stem}')}(?:\.\w+)?{after}"


def _without_suffix(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.partition('.')[0]}"
