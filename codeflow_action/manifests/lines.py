"""Files that are read line by line, and those of which a line's beginning tells all."""

import re
from collections.abc import Callable, Iterator

from codeflow_action.manifests.package import Listing, Mention

_MAX_LINE = 2_000  # characters; nobody writes a longer one by hand
_POD = re.compile(r"""\s*pod\s+["']([\w./+-]+)["']""")
_CHART = re.compile(r"""\s*-\s*name:\s*["']?([\w.-]+)""")
_REPO = re.compile(
    r"""\s*-\s*repo:\s*["']?(?:https?://[^/\s]+/)?([\w.-]+/[\w.-]+?)(?:\.git)?["']?\s*$"""
)
_PRISMA = re.compile(r"""\s*provider\s*=\s*"([\w-]+)\"""")


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, without those that nobody wrote by hand."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) <= _MAX_LINE:
            yield number, line.rstrip("\r")


def _each(kind: str, pattern: re.Pattern[str]) -> Callable[[str], Listing]:
    """Return a reader that mentions the pattern's group wherever a line begins with it."""

    def read(text: str) -> Listing:
        found = ((number, pattern.match(line)) for number, line in numbered(text))
        mentions = (Mention(kind, match[1], number) for number, match in found if match)
        return Listing(mentions=tuple(mentions))

    return read


read_podfile = _each("pod", _POD)
read_pre_commit = _each("pre-commit", _REPO)  # repositories of hooks as `owner/name`
read_chart = _each("chart", _CHART)
read_prisma = _each("prisma", _PRISMA)
