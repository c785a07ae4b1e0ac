"""Guidelines as rules that a finding can cite: read at the base, split, capped."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

USUAL = (
    "AGENTS.md",
    "CLAUDE.md",
    ".cursorrules",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
)
_FOLDER_FILES = frozenset({"AGENTS.md", "CLAUDE.md", ".cursorrules"})
_MAX_RULE = 400  # characters; longer ones are essays
_MAX_RULES = 200  # of one file
_MAX_FILES = 12  # each costs tokens in every prompt
# Where they do not all fit: what tells a reader to do something comes first.
_TELLS = re.compile(
    r"\b(?:must|never|always|do not|don't|should|avoid|prefer|only|required?|use|forbidden)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(\s*)(?:[-*+]|\d+[.)])\s+(.*)")
_HEADING = re.compile(r"^#{1,6}\s+(.*)")
_FENCE = re.compile(r"^\s*(?:```|~~~)")


@dataclass(frozen=True, kw_only=True)
class GuidelineRule:
    """One rule. `id` is what a finding cites; `folder` is what it holds for, empty for all."""

    id: str
    text: str
    folder: str = ""


def guideline_paths(
    configured: Sequence[str], paths: Iterable[str], changed_paths: Iterable[str]
) -> tuple[str, ...]:
    """Return the named files at the root, and nested ones in folders that hold a changed file."""
    folders = {str(parent) for path in changed_paths for parent in PurePosixPath(path).parents}
    paths_to_read = [path for path in configured if path]
    folder_files = [
        path
        for path in sorted(paths)
        if "/" in path
        and PurePosixPath(path).name in _FOLDER_FILES
        and str(PurePosixPath(path).parent) in folders
    ]
    return tuple(dict.fromkeys([*paths_to_read, *folder_files]))[
        : max(_MAX_FILES, len(paths_to_read))
    ]


def rules_of(path: str, text: str) -> tuple[GuidelineRule, ...]:
    """Split a guideline into its items and paragraphs, each with an id: `AGENTS.md#3`.

    The ids count all rules of the file, so that they stay when some are not shown.
    """
    pure = PurePosixPath(path)
    is_in_folder = pure.name in _FOLDER_FILES and pure.parent != PurePosixPath()
    folder = f"{pure.parent}/" if is_in_folder else ""
    texts = list(_texts(text))[:_MAX_RULES]
    return tuple(
        GuidelineRule(id=f"{path}#{number}", text=rule_text, folder=folder)
        for number, rule_text in enumerate(texts, start=1)
    )


def _texts(text: str) -> Iterator[str]:
    """Yield items and paragraphs in one line each; code is left out, a heading goes before."""
    item_lines: list[str] = []
    heading, in_fence = "", False
    for line in [*text.splitlines(), ""]:
        fence = _FENCE.match(line)
        item, title = _ITEM.match(line), _HEADING.match(line)
        if (fence or in_fence or item or title or not line.strip()) and item_lines:
            text = " ".join(item_lines)
            rule = f"{heading}: {text}" if heading else text
            yield rule if len(rule) <= _MAX_RULE else f"{rule[: _MAX_RULE - 1]}…"
            item_lines = []
        if fence:
            in_fence = not in_fence
        elif in_fence:
            continue
        elif title:
            heading = title[1].strip()
        elif item:
            item_lines = [item[2].strip()]
        elif line.strip():
            item_lines.append(line.strip())


def render_rules(rules: Sequence[GuidelineRule], budget: int, count: Callable[[str], int]) -> str:
    """Return the rules in their order, those that tell to do something first to have room."""
    by_weight = sorted(
        enumerate(rules), key=lambda indexed: (not _TELLS.search(indexed[1].text), indexed[0])
    )
    shown_rules: list[tuple[int, str]] = []
    for index, rule in by_weight:
        line = f"[{rule.id}]{f' (for {rule.folder})' if rule.folder else ''} {rule.text}"
        cost = count(line) + 1
        if cost <= budget:
            budget -= cost
            shown_rules.append((index, line))
    return "\n".join(line for _, line in sorted(shown_rules))
