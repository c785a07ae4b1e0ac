"""The nearest right name, for people who mistyped one."""

import difflib
from collections.abc import Iterable


def did_you_mean(wrong: str, right: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)`, or the known names, or nothing when there are none."""
    names = sorted(right)
    # 0.6 is the library's own default: about two wrong letters in five.
    close = difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.6)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" (known: {', '.join(names)})" if names else ""
