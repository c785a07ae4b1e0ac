"""Text by its lines, and the formats in which the beginning of a line is enough."""

import re
from collections.abc import Callable, Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Hint, Listing

_MAX_LINE = 2_000  # characters; nobody writes a longer one by hand
# https://guides.cocoapods.org/syntax/podfile.html#pod
_POD = regex(r"""\s*pod\s+["']([\w./+-]+)["']""")
# https://helm.sh/docs/topics/charts/#chart-dependencies
_CHART = regex(r"""\s*-\s*name:\s*["']?([\w.-]+)""")
# https://pre-commit.com/#pre-commit-configyaml---repos
_HOOKS = regex(
    r"""\s*-\s*repo:\s*["']?(?:https?://[^/\s]+/)?([\w.-]+/[\w.-]+?)(?:\.git)?["']?\s*$"""
)
# https://www.prisma.io/docs/orm/reference/prisma-schema-reference#datasource
_PRISMA = regex(r"""\s*provider\s*=\s*"([\w-]+)\"""")


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, but for those too long to be written by hand."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) <= _MAX_LINE:
            yield number, line.rstrip("\r")


def _hint_reader(kind: str, pattern: re.Pattern[str]) -> Callable[[str], Listing]:
    """Return a reader that takes the pattern's group as a hint wherever it begins a line."""

    def read(text: str) -> Listing:
        matches = ((number, pattern.match(line)) for number, line in numbered_lines(text))
        hints = (Hint(kind, match[1], number) for number, match in matches if match)
        return Listing(hints=tuple(hints))

    return read


read_podfile = _hint_reader("pod", _POD)
read_pre_commit = _hint_reader("pre-commit", _HOOKS)  # repositories of hooks as `owner/name`
read_chart = _hint_reader("chart", _CHART)
read_prisma = _hint_reader("prisma", _PRISMA)
