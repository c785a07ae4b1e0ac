"""Many path patterns at once, tried only where a path's segments begin.

Searching for some two hundred alternatives at every character takes milliseconds a path; trying
them at the few places after a slash takes microseconds.
"""

import re
from collections.abc import Iterable

_AFTER_SLASH = ("(?:^|/)", "(^|/)", r"(^|\/)")
_ANYTHING = ("(.*?)", r"([^\s]*)")  # before what is searched for, it says nothing and takes long


class Segments:
    """Patterns of paths: `(^|/)` begins at a segment's start, `^` at the path's, else anywhere."""

    def __init__(self, patterns: Iterable[str]) -> None:
        groups: dict[str, list[str]] = {"inside": [], "start": [], "other": []}
        for pattern in patterns:
            prefix = next((one for one in _AFTER_SLASH if pattern.startswith(one)), "")
            place = "inside" if prefix else "start" if pattern.startswith("^") else "other"
            idle = next((one for one in _ANYTHING if pattern.startswith(one)), "")
            groups[place].append(pattern.removeprefix(prefix or idle))
        self._inside, self._start, self._other = (
            re.compile("|".join(f"(?:{one})" for one in group)) if group else None
            for group in groups.values()
        )

    def match(self, path: str) -> bool:
        """True when one of the patterns holds for the path."""
        if self._start and self._start.match(path):
            return True
        if self._other and self._other.search(path):
            return True
        return self._inside is not None and self._matches_inside(self._inside, path)

    @staticmethod
    def _matches_inside(pattern: re.Pattern[str], path: str) -> bool:
        at = 0
        while not pattern.match(path, at):
            at = path.find("/", at) + 1
            if not at:
                return False
        return True
