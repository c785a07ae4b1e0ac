"""A key that is there twice in YAML, where the program that reads the file refuses that.

YAML says that keys are unique, and most readers take the last one without a word:
https://yaml.org/spec/1.2.2/#3211-nodes. Only the others make a file broken.
"""

import re
from dataclasses import field

import yaml

from codeflow_action.engine.lazy import dataclass, regex

_GO = "go-yaml, which reads it,"
# Who refuses, by path. Kubernetes' manifests bear any name and are known by their keys.
_REFUSING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (regex(rf"(?:^|/)(?:{pattern})$", re.IGNORECASE), reader)
    for pattern, reader in (
        # "'run' is already defined": https://github.com/actions/languageservices
        (r"\.github/workflows/[^/]+\.ya?ml|action\.ya?ml", "GitHub Actions"),
        # "mapping key already defined": go-yaml's decoder, unless a program tells it otherwise
        (r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml", "Docker Compose"),
        (r"kustomization\.ya?ml", "kustomize"),
        (r"\.?golangci\.ya?ml|\.?goreleaser\.ya?ml|Taskfile(?:\.\w+)?\.ya?ml", _GO),
        # "duplicated mapping key": js-yaml
        (r"pnpm-lock\.yaml|pnpm-workspace\.yaml", "pnpm"),
        # "Duplicate mapping key": Dart's package yaml
        (r"pubspec\.yaml|analysis_options\.yaml", "Dart"),
    )
)
_KUBERNETES = "Kubernetes"
_KUBERNETES_KEYS = frozenset({"apiVersion", "kind"})
_MAX_QUOTE = 60  # characters of a key that a message quotes


@dataclass(kw_only=True)
class _Collection:
    """A mapping or a list that has not ended; `keys` says where each key of a mapping stands."""

    is_mapping: bool
    keys: dict[str, int] = field(default_factory=dict)
    expects_key: bool = True


@dataclass(frozen=True, kw_only=True)
class DuplicateKey:
    """A key, and where it stands for the first and the second time: offsets in the text."""

    key: str
    first: int
    second: int

    @property
    def quoted_key(self) -> str:
        """The key as a message may show it."""
        return repr(self.key if len(self.key) <= _MAX_QUOTE else f"{self.key[:_MAX_QUOTE]}…")


class DuplicateKeySearch:
    """Looks for a file's first duplicate key that its reader refuses, event by event.

    `reader` is who refuses it.
    """

    def __init__(self, path: str) -> None:
        self.found: DuplicateKey | None = None
        self.reader = next((reader for pattern, reader in _REFUSING if pattern.search(path)), "")
        self._open: list[_Collection] = []
        self._root_keys: frozenset[str] = frozenset()
        self._candidate: DuplicateKey | None = None

    def add(self, event: yaml.Event) -> None:
        """Take the next event of the file."""
        match event:
            case yaml.NodeEvent():
                self._add_node(event)
            case yaml.CollectionEndEvent():
                collection = self._open.pop()
                if not self._open:
                    self._root_keys = frozenset(collection.keys)
            case yaml.DocumentEndEvent():
                if not self.reader and self._root_keys >= _KUBERNETES_KEYS:
                    self.reader = _KUBERNETES
                if self.reader:
                    self.found = self.found or self._candidate
                self._candidate, self._root_keys = None, frozenset()

    def _add_node(self, event: yaml.NodeEvent) -> None:
        around = self._open[-1] if self._open else None
        if around is not None and around.is_mapping:
            if around.expects_key and isinstance(event, yaml.ScalarEvent):
                self._add_key(around, event)
            around.expects_key = not around.expects_key
        if isinstance(event, yaml.CollectionStartEvent):
            self._open.append(_Collection(is_mapping=isinstance(event, yaml.MappingStartEvent)))

    def _add_key(self, mapping: _Collection, event: yaml.ScalarEvent) -> None:
        place = event.start_mark.index if event.start_mark else 0
        first = mapping.keys.setdefault(event.value, place)
        # Several merges into one mapping are common, and some readers take them.
        if first != place and event.value != "<<" and self._candidate is None:
            self._candidate = DuplicateKey(key=event.value, first=first, second=place)
