"""Characters that make code look different from what runs ("Trojan Source", CVE-2021-42574)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.actions.quality_gates.hidden_characters import (
    HiddenText,
    SourceKind,
    SourceLine,
    find_hidden,
    find_hidden_in_path,
)
from codeflow_action.actions.quality_gates.source_lines import read_lines
from codeflow_action.engine.files import (
    is_code,
    is_data,
    is_example,
    is_fixture,
    is_prose,
    is_snapshot,
    is_test,
    is_text,
    is_translation,
    language,
)
from codeflow_action.engine.findings import Category, Finding
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.review.syntax.source_parts import SourcePart
from codeflow_action.security.invisible import escape_invisible, name_of

_ODD = regex(r"[^\t\f -~]")  # all but printable ASCII
_MAX_NAMES = 6
_MAX_CODE = 200  # characters
# What agents take for their instructions, as their documents name it: https://agents.md,
# https://code.claude.com/docs/en/memory, https://docs.cursor.com/context/rules,
# https://docs.github.com/en/copilot/customizing-copilot/adding-repository-custom-instructions-for-github-copilot
_INSTRUCTIONS = regex(
    r"(?:^|/)(?:AGENTS?|CLAUDE|GEMINI|QWEN|WARP|CRUSH|CONVENTIONS|SKILL|llms)(?:[.-][\w.-]{1,40})?"
    r"\.(?:md|mdc|txt)$"
    r"|(?:^|/)\.(?:cursor|windsurf|cline|clined|roo|kilocode|continue|aider|goose)(?:rules|hints)[^/]*$"
    r"|(?:^|/)\.(?:cursor|claude|gemini|codex|windsurf|clinerules|roo|kiro|junie|continue|opencode"
    r"|agents?|amazonq|augment|trae|kilocode|qwen|crush|factory|openhands)/.*\.(?:md|mdc|txt|toml)$"
    r"|(?:^|/)\.github/(?:copilot-instructions\.md|(?:instructions|prompts|agents|chatmodes)/)"
    r"|(?:^|/)(?:system[-_])?prompts?/[^/]+\.(?:md|txt|j2|jinja2?|tmpl)$"
    r"|(?:^|/)[^/]*(?:system[-_]prompt|\.prompt|\.instructions|\.chatmode|\.agent)[^/]*\.(?:md|txt)$"
    r"|\.prompt$",
    re.IGNORECASE,
)
# Of languages that `engine.files` has no name for, those that run or build something.
_OTHER_CODE = frozenset(
    {
        *(".zsh", ".fish", ".ksh", ".bat", ".cmd", ".vbs", ".awk", ".tcl", ".vim", ".el", ".lisp"),
        *(".nim", ".cr", ".d", ".ml", ".mli", ".pas", ".ada", ".adb", ".f90", ".asm", ".s", ".sv"),
        *(".sol", ".vy", ".move", ".cairo", ".nix", ".bzl", ".bazel", ".cmake", ".mk", ".gleam"),
        *(
            ".proto",
            ".thrift",
            ".graphql",
            ".gql",
            ".prisma",
            ".rego",
            ".cue",
            ".jsonnet",
            ".dhall",
        ),
    }
)
_SETTINGS = frozenset(
    {".txt", ".json5", ".plist", ".env", ".mod", ".work", ".sum", ".list", ".rules"}
)
_MANIFESTS = frozenset({"CODEOWNERS", "Procfile", "Jenkinsfile", "Justfile", "justfile", "Pipfile"})
_MARKUP = frozenset({"html", "xml", "vue", "svelte"})
_MADE_UP = (is_test, is_fixture, is_example, is_snapshot)
# Of languages whose strings and comments nobody told apart.
_TEXT_START = regex(r"['\"`#]|//|/\*|--")
_COMMENT_LINE = regex(r"\s*(?:#|//|;|--|/?\*|%|'|<!--)")
_NEW_NAMES = frozenset({FileStatus.ADDED, FileStatus.RENAMED, FileStatus.COPIED})


class HiddenUnicode(ThreadedGate):
    """Invisible characters make code look different from what runs, or carry hidden text."""

    name = "hidden_unicode"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR

    def look(self, subject: GateSubject) -> GateResult:
        """Report each added line with hidden characters, and each new name of a file."""
        names = (
            self._describe(change, None, change.path, hidden_text)
            for change in subject.changes
            if change.file.status in _NEW_NAMES and _ODD.search(change.path)
            for hidden_text in find_hidden_in_path(change.path)
        )
        lines = (
            self._describe(change, number, line.text, hidden_text)
            for change in subject.texts
            for number, line in _odd_lines(change)
            for hidden_text in find_hidden(line)
        )
        return GateResult(findings=chain(names, lines))

    def _describe(
        self, change: FileChange, number: int | None, text: str, hidden_text: HiddenText
    ) -> Finding:
        names = list(dict.fromkeys(map(name_of, hidden_text.characters)))
        rest = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
        place = "The line" if number else "The file's name"
        reading = f" It reads as `{hidden_text.reading}`." if hidden_text.reading else ""
        return self.finding(
            change.path,
            number,
            severity=hidden_text.severity,
            title=hidden_text.title,
            message=(
                f"{place} contains {', '.join(names[:_MAX_NAMES])}{rest}.{reading} "
                + hidden_text.reason
            ),
            advice=(
                "Write the letters and signs of ASCII that are meant."
                if hidden_text.reading
                else "Remove the characters, or write them as escapes."
            ),
            # Escaped, because a reader must see what the finding is about.
            code=escape_invisible(text.strip(), hidden_text.characters)[:_MAX_CODE],
        )


def _odd_lines(change: FileChange) -> Iterator[tuple[int, SourceLine]]:
    """Yield the added lines in which something may be hidden, and what of them is code."""
    lines_end_with_cr = 2 * change.text.count("\r\n") + change.text.count("\n") < change.text.count(
        "\r"
    )
    whole = SourceLine(
        text="",
        kind=_kind(change.path),
        language=language(change.path),
        is_made_up=any(is_made_up(change.path) for is_made_up in _MADE_UP),
    )
    suspects: dict[int, SourceLine] = {}
    for number, text in change.all_added_lines:
        if not _ODD.search(text, 0, len(text) - text.endswith("\r")):
            continue
        if whole.kind is SourceKind.PROSE and "\ufffd" in text:
            continue  # bytes that are no text, in a format that git takes for one
        visible_text = text.replace("\r", " ") if lines_end_with_cr else text
        line = replace(whole, text=visible_text)
        # What is harmless as code, text and comment needs no grammar: most files are not parsed.
        guesses = (
            replace(line, code=visible_text, uncommented=visible_text),
            replace(line, uncommented=visible_text),
        )
        if any(True for guess in (*guesses, line) for _ in find_hidden(guess)):
            suspects[number] = line
    source = read_lines(change, suspects) if suspects else {}
    for number, line in suspects.items():
        marked_line = source.get(number) if isinstance(source, Mapping) else None
        rest = "" if _COMMENT_LINE.match(line.text) else line.text
        code, uncommented = _TEXT_START.split(rest, 1)[0], rest
        if marked_line and len(marked_line.text) == len(line.text) and (change.parts or rest):
            code = marked_line.only(SourcePart.CODE)
            uncommented = marked_line.only(SourcePart.CODE, SourcePart.TEXT)
        yield number, replace(line, code=code, uncommented=uncommented)


def _kind(path: str) -> SourceKind:
    """Return what a file is read as, by its name."""
    suffix = PurePosixPath(path).suffix.lower()
    if _INSTRUCTIONS.search(path):
        return SourceKind.INSTRUCTIONS
    if is_translation(path) and not is_code(path):
        # Translators need to set directions.
        return SourceKind.TRANSLATION
    if is_prose(path):
        return SourceKind.PROSE
    if language(path) in _MARKUP:
        return SourceKind.MARKUP
    if is_code(path) or suffix in _OTHER_CODE:
        return SourceKind.CODE
    name = PurePosixPath(path).name
    is_setting = name.startswith(".") or name in _MANIFESTS or suffix in _SETTINGS
    # What no name tells: subtitles, typesetting, recordings of terminals.
    return SourceKind.DATA if is_setting or is_data(path) or is_text(path) else SourceKind.PROSE
