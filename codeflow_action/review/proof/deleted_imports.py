"""Imports deleted: whether a file still imports what this change deletes or renames."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import normpath

from codeflow_action.engine.diff import Side
from codeflow_action.engine.files import family
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.review.context.import_paths import PathIndex, files_of_import
from codeflow_action.review.proof.claims import (
    Claim,
    NoProof,
    Proof,
    ProofResult,
    Refutation,
    place,
)
from codeflow_action.review.proof.paths import path_of
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, stem_of
from codeflow_action.review.syntax import Import

# Where what an import means is told by its text and the paths alone. In the others a folder, a
# build file or a list of search paths decides.
_LANGUAGES = frozenset({"java", "javascript", "kotlin", "python", "tsx", "typescript"})
_SCRIPTS = frozenset({"javascript", "tsx", "typescript"})
_SCRIPT_SUFFIX = regex(r"\.(?:[cm]?[jt]sx?)\Z")
_INDEX = ("__init__", "index")  # the file that stands for its folder
_LEAST_PARTS = 2  # a name of one part may be an installed package's


def check_imports_deleted(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Proven where an import on the quoted lines can mean nothing that is left in the tree."""
    text = facts.head.get(claim.path)
    if text is None or text.syntax is None or claim.side is Side.LEFT:
        return NoProof("no syntax to ask")
    if facts.listing is None or text.language not in _LANGUAGES:
        return NoProof("no rules for the language, or the tree cannot be listed")
    subject = path_of(claim.subject)
    if subject in facts.listing:
        return Refutation(f"{place(subject)} is there.")
    gone_paths = _gone_paths(facts)
    if not gone_paths:
        return NoProof("nothing is known to be deleted")
    lines = range(claim.line, claim.end_line + 1)
    statements = [
        statement
        for statement in text.syntax.imports
        if any(statement.line <= line <= statement.end_line for line in lines)
    ]
    for statement in statements:
        if target := _target(statement, text, facts.listing, gone_paths):
            return Proof(
                f"{place(text.path, statement.line)} imports {place(target)}, "
                "which this change deletes, and nothing in the tree takes its place.",
                # One that is indented may be tried, or never come about.
                is_whole=text.depth(statement.line) == 0,
            )
    return NoProof("no import on the quoted lines means a deleted file alone")


def _gone_paths(facts: ProofFacts) -> tuple[str, ...]:
    files = facts.changed_files.values()
    paths = [file.path for file in files if file.status is FileStatus.REMOVED]
    paths += [
        file.previous_path
        for file in files
        if file.status is FileStatus.RENAMED and file.previous_path
    ]
    return tuple(sorted(path for path in paths if path not in (facts.listing or ())))


def _target(
    statement: Import, text: SourceText, listing: Iterable[str], gone_paths: Iterable[str]
) -> str:
    """Return the deleted file that the import means, empty where it may mean another."""
    tree_index = PathIndex(listing)
    names = [imported_name.original for imported_name in statement.names] or [""]
    for source, name, module in _modules(statement, names, text):
        is_left = files_of_import(source, name, text.path, tree_index)
        targets = (path for path in gone_paths if _is_module(path, module, text.path))
        if not is_left and (target := next(targets, "")):
            return target
    return ""


def _modules(
    statement: Import, names: Sequence[str], text: SourceText
) -> Iterator[tuple[str, str, str]]:
    """Yield source, name, and the path that they mean, without a suffix.

    It begins with a slash where it begins at the root, and may lie below any folder elsewhere. Only
    what cannot be an installed package's is there.
    """
    source, folder = statement.source, PurePosixPath(text.path).parent
    if text.language in _SCRIPTS:
        path = f"/{normpath(str(folder / source))}"
        # A style sheet or a picture is made into a module by tools, from wherever they like.
        if source.startswith(("./", "../")) and "/.." not in path:
            yield source, "", _SCRIPT_SUFFIX.sub("", path)
        return
    parts = [part for part in source.split(".") if part]
    dots = len(source) - len(source.lstrip("."))
    for name in names:
        for tail in ([name], []):
            if dots:
                base = folder.parts[: len(folder.parts) - dots + 1]
                yield source, name, "/".join(("", *base, *parts, *tail))
            elif len(parts) >= _LEAST_PARTS and parts[0] not in sys.stdlib_module_names:
                yield source, name, "/".join((*parts, *tail))


def _is_module(path: str, module: str, importer: str) -> bool:
    """True when the file is that module: by its name, or as the one that stands for its folder."""
    if family(path) != family(importer):
        return False
    bare = f"/{path.rpartition('/')[0]}/{stem_of(path)}".replace("//", "/")
    forms = [bare, *(bare.removesuffix(f"/{index}") for index in _INDEX if bare.endswith(index))]
    return (
        module in forms
        if module.startswith("/")
        else any(form.endswith(f"/{module}") for form in forms)
    )
