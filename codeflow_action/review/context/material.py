"""The files that context is taken from: read once, parsed once, never one that must not be sent."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.ports import Tree
from codeflow_action.review.syntax import Syntax, UnreadableText, read_syntax
from codeflow_action.review.units import SourceFile, clean_lines

# Takes whole files, gives their texts with secrets blanked and lines kept; what could not be
# searched for secrets is not among them.
type Mask = Callable[[Mapping[str, bytes]], Awaitable[Mapping[str, str]]]


class Material:
    """Files of head by path; those of the change are there from the start, masked already."""

    def __init__(
        self, tree: Tree, sources: Iterable[SourceFile], never_send: Sequence[str], mask: Mask
    ) -> None:
        self.tree = tree
        self._never_send = tuple(never_send)
        self._mask = mask
        self._sources = {source.file.path: source for source in sources}
        self.changed_paths = frozenset(self._sources)
        self._raw: dict[str, bytes] = {}
        self._syntax: dict[str, Syntax | UnreadableText | None] = {}
        self._raw_lines: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, tuple[str, ...]] = {}

    def may_send(self, path: str) -> bool:
        """False for what the configuration keeps from every model."""
        return not any_matches(self._never_send, path)

    async def read(self, paths: Iterable[str]) -> None:
        """Read what is not read yet, all at once."""
        unread = [
            path
            for path in dict.fromkeys(paths)
            if path not in self._sources and path not in self._raw and self.may_send(path)
        ]
        contents = await self.tree.read_many(unread) if unread else {}
        for path, content in contents.items():
            if isinstance(content, bytes):
                self._raw[path] = content

    def syntax(self, path: str) -> Syntax | None:
        """Return the syntax of a file that was read."""
        if path in self._sources:
            return self._sources[path].syntax
        if path not in self._syntax:
            raw = self._raw.get(path)
            self._syntax[path] = read_syntax(path, raw) if raw is not None else None
        syntax = self._syntax[path]
        return syntax if isinstance(syntax, Syntax) else None

    def raw_lines(self, path: str) -> tuple[str, ...]:
        """Return a file's lines as they are, to decide by, never to show."""
        source = self._sources.get(path)
        if source is not None:
            return source.lines
        if path not in self._raw_lines:
            text = self._raw.get(path, b"").decode("utf-8", "replace")
            self._raw_lines[path] = tuple(text.split("\n"))
        return self._raw_lines[path]

    async def mask(self, paths: Iterable[str]) -> None:
        """Search the files for secrets, so that `lines` may speak of them."""
        files = {path: self._raw[path] for path in dict.fromkeys(paths) if path in self._raw}
        masked_texts = await self._mask(files) if files else {}
        self._lines |= {path: clean_lines(text) for path, text in masked_texts.items()}

    def added_lines(self, path: str) -> frozenset[int]:
        """Return which lines of a changed file the change added."""
        source = self._sources.get(path)
        return frozenset(source.file.added_lines) if source else frozenset()

    def lines(self, path: str) -> tuple[str, ...]:
        """Return a masked file's lines, none where it could not be searched for secrets."""
        source = self._sources.get(path)
        return source.lines if source else self._lines.get(path, ())
