"""What a guideline says, statement by statement: Markdown cut into items and paragraphs."""

import re
from collections.abc import Iterator

from codeflow_action.engine.lazy import dataclass, regex

_ITEM = regex(r"^(\s*)(?:[-*+•]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)")
_HEADING = regex(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
# A line in bold and nothing else stands where others write a heading.
_BOLD_LINE = regex(r"^\s{0,3}(?:\*\*|__)([^*_]{1,80}?):?(?:\*\*|__):?\s*$")
_FENCE = regex(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?(```+|~~~+)")
# Rows of tables, rules, references, HTML's own lines, and lines that only name another file.
_NO_PROSE = regex(r"^\s*(?:\||[-*_=]{3,}\s*$|\[[^\]]+\]:\s|</?[A-Za-z!][^>]*>\s*$|@\S+\s*$)")
_COMMENT = regex(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = regex(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*[^()]*\)")
_QUOTE = regex(r"^\s{0,3}(?:>\s?)+(?:\[!\w+\]\s*$)?")
_MAX_LEAD = 120  # characters of a sentence that introduces a list


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One item or paragraph, in one line. `line` is where it begins, 1-based.

    `headings` are those that it stands below, the outermost first. `lead` is the sentence that
    introduces the list that it is an item of, such as "Never use:"; empty where there is none.
    """

    text: str
    line: int
    headings: tuple[str, ...] = ()
    lead: str = ""
    is_item: bool = False


def statements_of(text: str, first_line: int = 1) -> tuple[Statement, ...]:
    """Return the statements of a Markdown text whose first line is `first_line` of its file.

    Code, tables, comments and lines of HTML are left out, and links lose their addresses.
    """
    reader = _Reader()
    lines = _COMMENT.sub(_blank, text).splitlines()
    for number, line in enumerate([*lines, ""], first_line):
        reader.read(_QUOTE.sub("", line), number)
    return tuple(reader.statements)


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


class _Reader:
    """Reads line by line; a statement is done when the next one begins."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._headings: list[tuple[int, str]] = []  # with their levels
        self._leads: list[tuple[int, str]] = []  # with the indents of what they introduce
        self._lines: list[str] = []
        self._start = self._indent = 0
        self._is_item = False
        self._fence = ""

    def read(self, line: str, number: int) -> None:
        """Take one more line of the text."""
        if self._fence:
            if line.strip().startswith(self._fence):
                self._fence = ""
        elif fence := _FENCE.match(line):
            self._finish()
            self._fence = fence[1][:3]
        elif heading := _HEADING.match(line):
            self._begin_section(len(line.strip()) - len(line.strip().lstrip("#")), heading[1])
        elif bold := _BOLD_LINE.match(line):
            self._begin_section(7, bold[1])
        elif item := _ITEM.match(line):
            self._begin(item[2], number, len(item[1].expandtabs(4)), is_item=True)
        elif not line.strip() or _NO_PROSE.match(line):
            self._finish()
        elif self._lines:
            self._lines.append(line.strip())
        else:
            indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
            self._begin(line.strip(), number, indent, is_item=False)

    def _begin_section(self, level: int, title: str) -> None:
        self._finish()
        self._leads = []
        self._headings = [heading for heading in self._headings if heading[0] < level]
        self._headings.append((level, _plain(title)))

    def _begin(self, text: str, number: int, indent: int, *, is_item: bool) -> None:
        self._finish()
        # A list at the same depth ends with the paragraph that follows it.
        self._leads = [
            lead for lead in self._leads if lead[0] < indent or (is_item and lead[0] == -indent - 1)
        ]
        self._lines, self._start = [text.strip()], number
        self._indent, self._is_item = indent, is_item

    def _finish(self) -> None:
        if not self._lines:
            return
        text = _plain(" ".join(self._lines))
        self._lines = []
        lead = self._leads[-1][1] if self._leads and self._is_item else ""
        if text.endswith(":") and len(text) <= _MAX_LEAD:
            # An item introduces what is below it, a paragraph the list at its own depth too.
            depth = self._indent if self._is_item else -self._indent - 1
            self._leads.append((depth, text.rstrip(":*").strip()))
        elif text:
            self.statements.append(
                Statement(
                    text=text,
                    line=self._start,
                    headings=tuple(title for _, title in self._headings),
                    lead=lead,
                    is_item=self._is_item,
                )
            )


def _plain(text: str) -> str:
    """Return the text without the marks of bold words and the addresses of links."""
    text = _LINK.sub(r"\1", text)
    return re.sub(r"\*\*|__(?=\w[^_]*__)|(?<=\w)__(?!\w)", "", text).strip()


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a paragraph."""
    yield from filter(None, re.split(r"(?<=[.!?])\s+(?=[A-Z`*\"(])", text))
