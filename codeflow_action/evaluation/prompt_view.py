"""What a prompt shows of which file, read from the prompt's own text and from nothing else.

A file stands under `=== path`, perhaps with a remark in parentheses behind it. Each of its lines
reads `number +code` where it was added, `number  code` where it is unchanged, and `-code` where it
was removed.
"""

from collections.abc import Iterable, Iterator, Sequence

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.invisible import visible_text
from codeflow_action.security.untrusted import path as shown_path

_HEADING = regex(r"=== (\S.*)")
_ROW = regex(r"(?:(\d+) ([+ ])|(-))(.*)")
_ENVELOPE = regex(r"<<<[0-9a-f]+ .*|[0-9a-f]+>>>")
_MASK = "[redacted"  # how `redaction.MASK` begins: a cut line may lack its end
_REMOVED_MARK = "-"
_UNCHANGED_MARK = " "


@dataclass(frozen=True, kw_only=True)
class Row:
    """One shown line. `number` counts at head; a removed line may have none.

    Rows of one `block` stand in a row without a gap, under one heading.
    """

    heading: str
    mark: str
    number: int | None
    code: str
    size: int  # bytes of the whole line
    block: int = 0

    @property
    def is_unchanged(self) -> bool:
        """True for a line that the change left as it was."""
        return self.mark == _UNCHANGED_MARK

    def is_of(self, path: str) -> bool:
        """True when it stands under that path."""
        heading = shown_path(path)
        return self.heading == heading or self.heading.startswith(f"{heading} (")

    def repeats(self, row: "Row") -> bool:
        """True when both show the same line of one file."""
        is_same_line = self.number == row.number and self.mark == row.mark
        return is_same_line and self.shows(row.code) and self.file == row.file

    @property
    def file(self) -> str:
        """The path as it is shown, without the remark in parentheses behind it."""
        return self.heading.partition(" (")[0]

    def shows(self, text: str) -> bool:
        """True when the code is that line, but for spaces, what cannot be seen, and secrets."""
        return _MASK in self.code or _flat(self.code) == _flat(text)


@dataclass(frozen=True, kw_only=True)
class PromptView:
    """A prompt as it was sent: its tokens and bytes, and the lines that it shows."""

    tokens: int
    size: int
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, parts: Sequence[str], *, tokens: int, size: int) -> "PromptView":
        """Return what a prompt of these parts shows."""
        return cls(tokens=tokens, size=size, rows=tuple(_rows(parts)))

    @property
    def changed_size(self) -> int:
        """Bytes of added and removed lines, with their marks and numbers."""
        return sum(row.size for row in self.rows if not row.is_unchanged)

    @property
    def unchanged_size(self) -> int:
        """Bytes of the lines that are shown around the change, or from elsewhere."""
        return sum(row.size for row in self.rows if row.is_unchanged)

    def head_line(self, path: str, number: int, text: str) -> bool:
        """True when that line of head can be read, with its number."""
        return any(
            row.number == number
            and row.mark != _REMOVED_MARK
            and row.is_of(path)
            and row.shows(text)
            for row in self.rows
        )

    def old_line(self, path: str, text: str) -> bool:
        """True when that line of the version before can be read, removed or unchanged."""
        return any(
            row.mark in (_REMOVED_MARK, _UNCHANGED_MARK) and row.is_of(path) and row.shows(text)
            for row in self.rows
        )


def _rows(texts: Iterable[str]) -> Iterator[Row]:
    block = 0
    for text in texts:
        heading = ""
        for line in text.split("\n"):
            row = _ROW.fullmatch(line) if heading else None
            block += row is None
            if match := _HEADING.fullmatch(line):
                heading = match[1]
            # What stands behind an envelope's marker is of no file: instructions, or a description.
            elif _ENVELOPE.fullmatch(line):
                heading = ""
            elif row:
                number, mark_of_head, mark_of_base, code = row.groups()
                yield Row(
                    heading=heading,
                    mark=mark_of_head or mark_of_base,
                    number=int(number) if number else None,
                    code=code,
                    size=len(line.encode("utf-8", "replace")) + 1,  # with the line's end
                    block=block,
                )


def _flat(text: str) -> str:
    return " ".join(visible_text(text).split())
