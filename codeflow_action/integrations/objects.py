"""Reads single git objects; a header says first what an object would cost."""

from typing import NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.bounded_process import BoundedProcess

_BROKEN_OFF = "git cat-file: it was ended before it had answered"


class Header(NamedTuple):
    """What an object is: `blob`, `tree`, `commit` or `tag`; its size in bytes, unpacked."""

    oid: str
    kind: str
    size: int


class TreeEntry(NamedTuple):
    """One line of a tree object. `mode` is octal digits, `40000` for a tree."""

    mode: bytes
    name: bytes
    oid: str

    @property
    def is_tree(self) -> bool:
        """True for a folder."""
        return self.mode == b"40000"


@dataclass(frozen=True)
class Objects:
    """Object by object (git-cat-file(1), batch output). Methods raise `RepositoryError`.

    `check` answers with headers, `batch` with contents too.
    """

    check: BoundedProcess
    batch: BoundedProcess

    def header(self, name: str) -> Header | None:
        """Return what the name stands for, None where there is nothing; nothing is unpacked."""
        words = self._answer(self.check, name).split()
        if len(words) != 3 or not words[2].isdigit():
            return None
        return Header(words[0].decode(), words[1].decode(), int(words[2]))

    def read(self, header: Header) -> bytes:
        """Return the object's content."""
        self._answer(self.batch, header.oid)
        content = self.batch.output.read(header.size + 1)
        if len(content) != header.size + 1:
            raise RepositoryError(_BROKEN_OFF)
        return content[:-1]

    def tree(self, header: Header) -> list[TreeEntry]:
        """Return the entries of a tree, in git's order."""
        length = len(header.oid) // 2
        raw = self.read(header)
        entries = []
        start = 0
        while start < len(raw):
            space, end = raw.find(b" ", start), raw.find(b"\0", start)
            if not start < space < end:
                raise RepositoryError("a tree object is damaged")
            oid = raw[end + 1 : end + 1 + length].hex()
            entries.append(TreeEntry(raw[start:space], raw[space + 1 : end], oid))
            start = end + 1 + length
        return entries

    @staticmethod
    def _answer(process: BoundedProcess, name: str) -> bytes:
        try:
            process.input.write(f"{name}\n".encode())
            process.input.flush()
        except BrokenPipeError as error:
            raise RepositoryError(_BROKEN_OFF) from error
        line = process.output.readline()
        if not line.endswith(b"\n"):
            raise RepositoryError(_BROKEN_OFF)
        return line
