"""Contents of files that were read already: gates, reviewer and detector read the same ones."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from threading import Lock

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Content

_MAX_BYTES = 16_000_000


@dataclass(eq=False)
class KeptContents:
    """Contents by object name, at most `max_bytes` of them: the oldest ones go. For any thread."""

    max_bytes: int = _MAX_BYTES
    _contents: dict[str, bytes] = field(default_factory=dict, init=False)
    _size: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def of(self, oids: Iterable[str]) -> dict[str, Content]:
        """Return those of these contents that are kept."""
        with self._lock:
            return {oid: self._contents[oid] for oid in oids if oid in self._contents}

    def keep(self, contents: Mapping[str, Content]) -> None:
        """Keep these contents, as far as there is room; what is absent may be there later."""
        with self._lock:
            for oid, content in contents.items():
                if isinstance(content, bytes) and oid not in self._contents:
                    self._contents[oid] = content
                    self._size += len(content)
            while self._size > self.max_bytes:
                self._size -= len(self._contents.pop(next(iter(self._contents))))
