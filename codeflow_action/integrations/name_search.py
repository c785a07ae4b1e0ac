"""Searching a tree for names with `git grep`: what is asked, what is looked at, what comes back.

Names are strangers' text: they travel by standard input, as fixed strings, one a line, and only
those that are words. What is looked at is named by object or by literal path, never by a pattern.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Hit

MAX_NAMES = 200  # git looks for one after the other: 40 names in 17 MB take 0.3 s
SECONDS = 10.0  # far more than the bytes allowed take
_MAX_HITS_OF_NAME = 100  # a name on so many lines says little on any of them
_MAX_HITS = 4_000
_MAX_TEXT = 500  # characters of a line
_MAX_NAME = 120

# Reads the names from standard input, one a line.
GREP = ("grep", "-n", "-w", "-F", "-z", "-I", "--no-color", "-f", "-")
NOTHING_FOUND = (0, 1)  # git-grep's exit codes

_WORD = regex(r"\w+")


@dataclass(frozen=True, kw_only=True)
class SearchLimits:
    """How much of a tree one search looks at: numbers of files, sizes in bytes."""

    paths: int = 5_000  # of the language; larger repositories are searched near the change
    file: int = 300_000  # larger sources are tools' work, or tables
    together: int = 24_000_000  # bounds git's time, and its output, by themselves
    # Blobs of one fetch. A source file is about 6 kB, 2 kB when packed: 1 MB on the wire.
    fetched: int = 500


SEARCH_LIMITS = SearchLimits()


def asked_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that can stand as a word, each once, at most `MAX_NAMES`."""
    words = (name for name in names if len(name) <= _MAX_NAME and _WORD.fullmatch(name))
    return tuple(dict.fromkeys(words))[:MAX_NAMES]


def small_enough(sizes: Iterable[tuple[str, int]], limits: SearchLimits) -> list[str]:
    """Return what may be searched, in order: no giants, and together within the limit."""
    selection: list[str] = []
    room = limits.together
    for key, size in sizes:
        if size <= limits.file and size <= room:
            selection.append(key)
            room -= size
    return selection


def read_hits(output: bytes, names: Sequence[str], paths: Mapping[str, str]) -> tuple[Hit, ...]:
    """Read `key NUL line NUL text LF`, again and again; `paths` tells each key's path."""
    name_set = frozenset(names)
    counts: Counter[str] = Counter()
    hits: list[Hit] = []
    start = 0
    while (key_end := output.find(b"\0", start)) >= 0:  # a key may be a path with line feeds in it
        number_end = output.find(b"\0", key_end + 1)
        end = output.find(b"\n", number_end)
        end = len(output) if end < 0 else end
        path = paths.get(output[start:key_end].decode("utf-8", "backslashreplace"))
        number, raw = output[key_end + 1 : number_end], output[number_end + 1 : end]
        start = end + 1
        if path is None or not number.isdigit():
            continue
        text = raw.decode("utf-8", "replace").removesuffix("\r")
        for name in dict.fromkeys(word for word in _WORD.findall(text) if word in name_set):
            counts[name] += 1
            if counts[name] <= _MAX_HITS_OF_NAME:
                hits.append(Hit(path=path, line=int(number), text=text[:_MAX_TEXT], name=name))
        if len(hits) >= _MAX_HITS:
            break
    return tuple(hits[:_MAX_HITS])
