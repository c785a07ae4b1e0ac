"""Rewrites strangers' Markdown block by block: paragraphs, lists and fences.

Headings become bold lines. Quotes, tables, HTML and definitions become paragraphs that show their
signs. No line is left out. The grammar is CommonMark's: https://spec.commonmark.org/0.31.2/
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.invisible import prose_lines
from codeflow_action.security.prose import break_commands, write_line

_FENCE = regex(r"(\s*)(`{3,}(?=[^`]*$)|~{3,})(.*)")
_ITEM = regex(r"(\s*)(?:[-*+]|(\d{1,4})[.)])\s+(?=\S)")
_HEADING = regex(r"#{1,6}\s+(.*?)\s*#*\s*")
_MAX_DEPTH = 4  # lists in lists
# Whatever else a fence's first line says is shown as code: GitHub draws `mermaid`, `math`,
# `geojson` and others, and makes a button of `suggestion`.
_LANGUAGES = regex(
    r"bash|c|cpp|cs|csharp|css|diff|dockerfile|elixir|go|graphql|hcl|html|ini|java|javascript|js"
    r"|json|jsx|kotlin|lua|makefile|php|powershell|py|python|rb|ruby|rs|rust|scala|scss|sh|shell"
    r"|sql|swift|terraform|text|toml|tsx?|typescript|vue|xml|ya?ml",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A list item that is open: its indentation in the source, and the width of its mark here."""

    indent: int
    width: int
    number: int | None


def write_fence(text: str, info: str = "") -> str:
    """Return the text as a fenced block whose fence is longer than any inside.

    Where a bot would take a line for its command, the line's first sign is set apart.
    """
    clean = break_commands(prose_lines(text))
    longest = max((len(run) for run in re.findall(r"`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{clean}\n{fence}"


@dataclass
class BlockReader:
    """Reads line by line, and holds the block that is open."""

    _open: list[str] = field(default_factory=list)
    _items: list[_Item] = field(default_factory=list)  # the open list's last and its ancestors
    _is_blank: bool = False

    def read(self, text: str) -> Iterator[Sequence[str]]:
        """Yield each block as lines that do nothing but show it; `prose` does the same for one."""
        lines = iter(prose_lines(text).split("\n"))
        for line in lines:
            if fence := _FENCE.fullmatch(line):
                yield from self._flush()
                yield from _code_block(fence, lines)
            elif not line.strip():
                self._is_blank = True
            elif item := self._item(line):
                if self._open and self._begins_list(item):
                    yield from self._flush()
                ancestors = self._ancestors(len(item[1]))
                number = None if item[2] is None else int(item[2])
                mark = "- " if number is None else f"{number}. "
                content = write_line(line[item.end() :].strip())
                indentation = " " * sum(item.width for item in ancestors)
                self._open.append(f"{indentation}{mark}{content}")
                last = _Item(indent=len(item[1]), width=len(mark), number=number)
                self._items = [*ancestors, last]
            elif heading := _HEADING.fullmatch(line.strip()):
                yield from self._flush()
                # Bold inside of bold would end it, so such a heading stays as it was written.
                title = write_line(heading[1])
                is_plain = title and "*" not in title
                yield [f"**{title}**" if is_plain else write_line(line.strip())]
            else:
                if self._is_blank:
                    yield from self._flush()
                indentation = " " * sum(item.width for item in self._items)
                self._open.append(indentation + write_line(line.strip()))
            self._is_blank = not line.strip()
        yield from self._flush()

    def _flush(self) -> Iterator[Sequence[str]]:
        if self._open:
            yield self._open
        self._open, self._items, self._is_blank = [], [], False

    def _item(self, line: str) -> re.Match[str] | None:
        """Return the mark of a list item, if the line begins with one that renders as it reads."""
        item = _ITEM.match(line)
        if item is None or item[2] is None:
            return item
        number, before = int(item[2]), self._item_before(len(item[1]))
        if str(number) != item[2]:
            return None  # with zeros in front it would lose them
        if before and before.number is not None:
            return item if number == before.number + 1 else None
        # A list that does not begin with 1 cannot follow text at once:
        # https://spec.commonmark.org/0.31.2/#list-items
        is_free = self._begins_list(item) and (not self._open or self._items or self._is_blank)
        return item if number == 1 or is_free else None

    def _begins_list(self, mark: re.Match[str]) -> bool:
        """Return whether an item with that mark begins a list which is in no other."""
        before = self._item_before(len(mark[1]))
        is_other = before is None or (before.number is None) != (mark[2] is None)
        return is_other and not self._ancestors(len(mark[1]))

    def _item_before(self, indent: int) -> _Item | None:
        """Return the open item that an item at `indent` comes after in the same list."""
        inner = self._items[len(self._ancestors(indent)) :]
        return inner[0] if inner else None

    def _ancestors(self, indent: int) -> list[_Item]:
        return [item for item in self._items if item.indent + 2 <= indent][: _MAX_DEPTH - 1]


def _code_block(opening: re.Match[str], lines: Iterator[str]) -> Iterator[Sequence[str]]:
    """Yield the block that a fence holds. Where nothing closes it, it reaches to the text's end."""
    indent, fence, info = opening[1], opening[2], opening[3].strip()
    end_fence = re.compile(rf"\s*{fence[0]}{{{len(fence)},}}\s*")
    inside: list[str] = []
    for line in lines:
        if end_fence.fullmatch(line):
            break
        inside.append(line.removeprefix(indent))
    if not _LANGUAGES.fullmatch(info):
        inside, info = ([info] if info else []) + inside, ""
    if any(line.strip() for line in inside):
        yield [write_fence("\n".join(inside), info.lower())]
