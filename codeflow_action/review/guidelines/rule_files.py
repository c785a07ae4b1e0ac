"""Which files hold a project's rules, and which changed files the rules of each hold for.

Teams write such files for people, for coding agents and for other reviewers. Each format says in
its own way what it holds for: by the folder that it lies in, or by patterns in its front matter.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codeflow_action.engine.globs import BadGlob, any_matches, compile_glob
from codeflow_action.engine.lazy import dataclass, regex

_MAX_FILES = 40  # each is read and searched for secrets
# Of these each folder may have its own, which holds for what is in that folder:
# https://agents.md, https://docs.claude.com/en/docs/claude-code/memory,
# https://cursor.com/docs/bugbot, https://cursor.com/docs/context/rules
_IN_ANY_FOLDER = frozenset(
    {
        *("REVIEW.md", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "BUGBOT.md"),
        *(".cursor/BUGBOT.md", ".cursor/rules", ".cursorrules"),
    }
)
# What counts as a rule file in a folder of them; other folders have plain texts.
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    ".github/instructions": (".instructions.md",),
    ".cursor/rules": (".mdc",),
}
_PLAIN_ENDINGS = (".md", ".mdc", ".txt")
# Procedures that somebody calls by name: https://docs.cline.bot/features/slash-commands/workflows
_PROCEDURES = regex(r"/(?:workflows|hooks|skills)/")
_FRONT_MATTER = regex(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*$\r?\n?", re.DOTALL | re.MULTILINE)
_FIELD = regex(r"^([A-Za-z_]\w*):[ \t]*(.*?)[ \t]*$")
_LIST_ITEM = regex(r"^[ \t]*-[ \t]+(.+?)[ \t]*$")
_COMMA = regex(r",(?![^{]*\})")  # not one between braces: `*.{ts,tsx}`


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which files a rule holds for: those below `folder` (empty for all) that match.

    `globs` count from that folder; empty for all files. `endings` are those of a language that the
    rule is about, such as `.py`; empty for all.
    """

    folder: str = ""
    globs: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def holds_for(self, path: str) -> bool:
        """True for a file that the rule is about."""
        if not path.startswith(self.folder):
            return False
        is_named = not self.globs or any_matches(self.globs, path.removeprefix(self.folder))
        return is_named and (not self.endings or path.lower().endswith(self.endings))

    @property
    def narrowness(self) -> int:
        """How much the scope leaves out: 0 for all files."""
        return bool(self.folder) + bool(self.globs) + bool(self.endings)

    def __str__(self) -> str:
        """Name it for a model: `web/`, `web/**/*.ts`, or nothing for all files."""
        return ", ".join(f"{self.folder}{glob}" for glob in self.globs) or self.folder


@dataclass(frozen=True, kw_only=True)
class RuleFile:
    """A file that may hold rules. `kind` is the entry that named it, such as `.cursor/rules`."""

    path: str
    kind: str
    folder: str = ""


def rule_files(
    entries: Sequence[str], paths: Iterable[str] | None, changed_paths: Iterable[str]
) -> tuple[RuleFile, ...]:
    """Return the files that are named, those in named folders, and nested ones beside the change.

    `paths` are all that there are, None where nobody knows. In the order of `entries`; of each
    entry the ones for all files come first.
    """
    if paths is None:
        return tuple(RuleFile(path=path, kind=path) for path in entries)
    parents = {""}
    for changed_path in changed_paths:
        parts = changed_path.split("/")[:-1]
        parents |= {f"{'/'.join(parts[: count + 1])}/" for count in range(len(parts))}
    all_paths = sorted(paths)
    files = [
        RuleFile(path=path, kind=kind, folder=folder)
        for kind in dict.fromkeys(entries)
        for folder in sorted(parents if kind in _IN_ANY_FOLDER else {""})
        for path in all_paths
        if _is_rule_file(path, f"{folder}{kind}", kind)
    ]
    return tuple(files[: max(_MAX_FILES, len(entries))])


def _is_rule_file(path: str, place: str, kind: str) -> bool:
    if path == place:
        return True
    endings = _ENDINGS.get(kind, _PLAIN_ENDINGS)
    return path.startswith(f"{place}/") and path.endswith(endings) and not _PROCEDURES.search(path)


def split_front_matter(text: str) -> tuple[Mapping[str, tuple[str, ...]], str, int]:
    """Return the fields above a text, by their name in lower case, the text, and its first line.

    A field's values are its list's, or what commas separate. Cursor's is no YAML: it has patterns
    without quotes, which would be aliases there.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text, 1
    fields: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in match[1].splitlines():
        if field := _FIELD.match(line):
            name = field[1].lower()
            fields[name] = _values(field[2])
        elif name and (item := _LIST_ITEM.match(line)):
            fields[name] = (*fields[name], *_values(item[1]))
    return fields, text[match.end() :], match[0].count("\n") + 1


def _values(text: str) -> tuple[str, ...]:
    text = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    values = (value.strip().strip("\"'").strip() for value in _COMMA.split(text.strip("\"'")))
    return tuple(value for value in values if value)


def scope_of(file: RuleFile, fields: Mapping[str, tuple[str, ...]]) -> Scope | None:
    """Return what a file's rules hold for; None for one that is in force for no review.

    By what each format says of a file without patterns:
    https://docs.github.com/en/copilot/how-tos/configure-custom-instructions/add-repository-instructions
    https://cursor.com/docs/context/rules, https://docs.cline.bot/features/cline-rules/conditional-rules
    """
    scope = Scope(folder=file.folder)
    globs = next((fields[name] for name in ("applyto", "globs", "paths") if fields.get(name)), ())
    valid_globs = tuple(glob for glob in globs if is_glob(glob))
    is_for_all = fields.get("alwaysapply") == ("true",)
    if "code-review" in fields.get("excludeagent", ()) or (globs and not valid_globs):
        return None
    if valid_globs and not is_for_all:
        return replace(scope, globs=valid_globs)
    match file.kind:
        case ".github/instructions":
            return None
        case ".cursor/rules":
            # With a description an agent decides by itself; without one somebody has to ask for it.
            return scope if is_for_all or fields.get("description") else None
        case ".clinerules":
            return None if "paths" in fields else scope
        case _:
            return scope


def is_glob(pattern: str) -> bool:
    """True for a pattern that means something."""
    try:
        compile_glob(pattern.removeprefix("!"))
    except BadGlob:
        return False
    return True
