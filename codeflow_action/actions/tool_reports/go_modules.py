"""Which folder a Go module lies in: Go's cover profiles name files as imports do."""

import re
from collections.abc import Mapping, Sequence
from posixpath import basename, dirname

from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.tool_results import CoverageLog

_MAX_MODULES = 50  # go.mod files that are read, those nearest to the root first
_MODULE = regex(r"^module[ \t]+[\"`]?([^\s\"`]+)", re.MULTILINE)  # go.dev/ref/mod
_MAX_HEAD = 20_000  # bytes of a go.mod; the directive comes first


async def go_modules(
    head: Tree, paths: Sequence[str], logs: Sequence[CoverageLog]
) -> Mapping[str, str]:
    """Return folders by the names of their modules; none where no report speaks of Go.

    Raises as `Tree.read_many` does.
    """
    if not any(spellings[-1].endswith(".go") for log in logs for spellings in log.files):
        return {}
    manifests = sorted(
        (path for path in paths if basename(path) == "go.mod"),
        key=lambda path: (path.count("/"), path),
    )[:_MAX_MODULES]
    folders: dict[str, str] = {}
    for path, content in (await head.read_many(manifests)).items():
        if not isinstance(content, bytes):
            continue
        match = _MODULE.search(content[:_MAX_HEAD].decode("utf-8", "replace"))
        if match:
            folders.setdefault(match[1], dirname(path))
    return folders
