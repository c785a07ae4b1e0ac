"""File missing: whether a path, as code writes it, is in the tree."""

import re
from pathlib import PurePosixPath
from posixpath import join, normpath

from codeflow_action.engine.diff import Side
from codeflow_action.engine.lazy import regex
from codeflow_action.review.proof.claims import (
    Claim,
    NoProof,
    Proof,
    ProofResult,
    Refutation,
    name,
    place,
)
from codeflow_action.review.proof.proof_facts import ProofFacts, stem_of
from codeflow_action.review.syntax import language_of

_PLAIN = regex(r"[\w@.~+-][\w@.~+/ -]*\Z|\.{1,2}/[\w@.~+/ -]+\Z")
# What builds and installs make: a path below one may be there when the code runs.
_TOOL_FOLDERS = frozenset(
    {
        *(".cache", ".next", ".venv", "__generated__", "__pycache__", "bin", "build", "coverage"),
        *("data", "dist", "gen", "generated", "logs", "node_modules", "obj", "out", "public"),
        *("target", "tmp", "vendor", "venv"),
    }
)
_SCRIPT_SUFFIXES = (
    *(".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".json", ".vue", ".svelte"),
    *(".css", ".scss", ".less", "/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs"),
    *("/index.d.ts", "/package.json", "/index.vue", ".node", ".wasm", ".graphql", ".astro"),
)
_SUFFIXES = {
    "javascript": _SCRIPT_SUFFIXES,
    "typescript": _SCRIPT_SUFFIXES,
    "tsx": _SCRIPT_SUFFIXES,
    "python": (".py", "/__init__.py", ".pyi", ".pyx", ".so"),
    "ruby": (".rb",),
    "php": (".php",),
    "lua": (".lua", "/init.lua"),
    "bash": (".sh",),
    "rust": (".rs", "/mod.rs"),
}

_WORKFLOW_SUFFIXES = (".yml", ".yaml")
# How a line names a file that it cannot do without, by the suffix of the file that it stands in.
_REFERENCES = (
    ((".md", ".markdown"), r"\]\({}(?:#[\w-]*)?\)"),
    # What lies elsewhere may be checked out by an earlier step.
    (_WORKFLOW_SUFFIXES, r"^\s*(?:-\s+)?uses:\s*[\"']?(?=\./\.github/){}[\"']?\s*(?:#.*)?$"),
)


def path_of(subject: str) -> str:
    """Return the path in what a model wrote, empty where it is none that can be looked up."""
    bare = subject.strip().strip("`'\"<>").strip()
    return bare if _PLAIN.match(bare) and ".." not in bare.replace("../", "") else ""


def candidates(claim: Claim) -> tuple[str, ...]:
    """Return the paths in the tree that may be meant, surest first; none that lead out of it."""
    path = path_of(claim.subject)
    folder = claim.path.rpartition("/")[0]
    language = language_of(claim.path)
    suffixes = ("", *_SUFFIXES.get(language.name if language else "", ()))
    spellings = [path] if path else []
    # A step's `./` is the repository's root.
    is_workflow = claim.path.startswith(".github/") and claim.path.endswith(_WORKFLOW_SUFFIXES)
    # TypeScript's sources are imported by the name of what they are compiled to.
    stem, dot, script_suffix = path.rpartition(".")
    if dot and script_suffix in ("js", "jsx", "mjs", "cjs"):
        spellings.append(stem)
    paths = (
        normpath(join(base, f"{spelling}{suffix}"))
        for spelling in spellings
        for base in ((folder,) if _is_relative(path) and not is_workflow else (folder, ""))
        for suffix in suffixes
    )
    return tuple(
        dict.fromkeys(
            candidate for candidate in paths if candidate != "." and not candidate.startswith("..")
        )
    )


def _is_relative(path: str) -> bool:
    return path.startswith(("./", "../"))


def check_file_missing(claim: Claim, facts: ProofFacts) -> ProofResult:
    """Refuted by a path of the tree; proven where all are listed, and none has that name."""
    path = path_of(claim.subject)
    paths = candidates(claim)
    if not paths or claim.side is Side.LEFT:
        return NoProof("no path that could be looked up")
    known_paths = facts.listing if facts.listing is not None else frozenset(facts.head)
    folder = claim.path.rpartition("/")[0]
    for candidate in paths:
        if candidate not in known_paths and not any(
            listed_path.startswith(f"{candidate}/") for listed_path in facts.listing or ()
        ):
            continue
        # Refuted for what the path plainly says; what it may also mean is no proof.
        is_near = PurePosixPath(candidate).is_relative_to(folder) or normpath(path) == candidate
        if _is_relative(path) or (is_near and ("/" in path or "." in path)):
            return Refutation(f"{place(candidate)} is there.")
        return NoProof("there is one by that name, but another may be meant")
    if facts.listing is None:
        return NoProof("the tree cannot be listed")
    return _judge_missing(claim, facts, facts.listing, path)


def _judge_missing(
    claim: Claim, facts: ProofFacts, listing: frozenset[str], path: str
) -> ProofResult:
    parts = PurePosixPath(path)
    # What the root's `.gitignore` speaks of, by a part of the path or by its suffix.
    gitignore = facts.head.get(".gitignore")
    lines = gitignore.lines if gitignore else ()
    patterns = {line.strip().strip("/").removeprefix("**/") for line in lines}
    is_ignored = patterns & {*parts.parts, str(parts), f"*{parts.suffix}", f"{parts.stem}.*"}
    if is_ignored or _TOOL_FOLDERS & set(parts.parts):
        return NoProof("a tool may make it")
    if not _is_relative(path) and ("/" not in path or not parts.suffix):
        return NoProof("may be a module's name")
    stem = stem_of(path)
    if any(stem_of(listed_path) == stem for listed_path in listing):
        return NoProof("a file of that name is elsewhere")
    is_whole = _is_relative(path) and _is_needed(claim, facts, path)
    return Proof(f"None of the {len(listing)} paths is {name(path)}.", is_whole=is_whole)


def _is_needed(claim: Claim, facts: ProofFacts, path: str) -> bool:
    """True where an added line cannot do without the file: an import, a step's action, a link."""
    text, file = facts.head.get(claim.path), facts.changed_files.get(claim.path)
    if text is None or file is None:
        return False
    lines = range(claim.line, min(claim.end_line, len(text.lines)) + 1)
    naming_lines = [line for line in lines if path in text.lines[line - 1]]
    if not naming_lines or not all(line in file.added_lines for line in naming_lines):
        return False
    if text.language in _SUFFIXES and text.syntax is not None:
        imports = text.syntax.imports
        return any(
            statement.source == path
            and statement.line <= line <= statement.end_line
            # One that is indented may be tried, or never come about.
            and text.depth(statement.line) == 0
            for statement in imports
            for line in naming_lines
        )
    forms = (form for suffix, form in _REFERENCES if claim.path.endswith(suffix))
    pattern = next((form.format(re.escape(path)) for form in forms), "")
    return bool(pattern) and any(re.search(pattern, text.lines[line - 1]) for line in naming_lines)
