"""New direct dependencies whose names are one typo away from a popular package's.

The lists of popular names are written by `scripts/write_popular_names.py`.
"""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, PackageKey
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

_LISTS = {
    Ecosystem.NPM: "npm",
    Ecosystem.PYPI: "pypi",
    Ecosystem.GO: "go",
    Ecosystem.RUBYGEMS: "rubygems",
}
_SHORTEST = 5  # characters; shorter names are one typo away from each other all the time
# How popular a name must be, as a rank, to be worth imitating; short names have many honest
# neighbours, so they must be more popular. Measured: this halves what is reported of rarely used
# real names, and misses none of 71 known and invented fakes.
_TARGETS, _SHORT_TARGETS, _LONG = 5_000, 1_500, 7
_LONGEST = 100  # characters; a name has thousands of neighbours
_MAX_NAMES = 200  # new names of one change that are looked up
_DIGITS = regex(r"\d+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-_./"


def look_alikes(deltas: Deltas) -> Iterator[Finding]:
    """Yield new direct dependencies that look like a popular package and are not popular."""
    new: dict[PackageKey, tuple[Delta, Package]] = {}
    for delta in deltas.of(FileRole.MANIFEST):
        for package in delta.after.packages:
            is_direct = package.direct is not False and package.origin is Origin.REGISTRY
            # What any changed file knew before is not new, not even what only a lock knew.
            if is_direct and package.key not in deltas.before:
                new.setdefault(package.key, (delta, package))
    for delta, package in list(new.values())[:_MAX_NAMES]:
        target = imitated_name(package)
        if not target:
            continue
        name = one_line(package.name, 80)
        yield delta.finding(
            "look_alike",
            Severity.WARNING,
            delta.line_of(package, package.name),
            code=package.name,
            title=f"{name} looks like {target}",
            message=(
                f"{name} is new here. It is not a popular {package.ecosystem.value} package, "
                f"but {target} is, and malicious packages often have a name that is one typo away."
            ),
            advice="Check the name. If it is right, list it under `allow`.",
        )


def imitated_name(package: Package) -> str:
    """Return the popular name that this one looks like; empty for most."""
    name = package.name.lower()
    has_usual_length = _SHORTEST <= len(name) <= _LONGEST
    if package.ecosystem not in _LISTS or not has_usual_length or name.startswith("@"):
        return ""
    ranks = popular_ranks(package.ecosystem)
    if name in ranks:
        return ""
    near = [
        neighbour
        for neighbour in neighbours(name)
        if neighbour in ranks and _is_target(neighbour, ranks[neighbour])
    ]
    same_letters = _by_letters(package.ecosystem).get(_letters(name), ())
    # Names that differ only in digits are versions of one package: `echo/v5` and `echo/v4`.
    without_digits = _DIGITS.sub("", name)
    targets = [
        target for target in (*near, *same_letters) if _DIGITS.sub("", target) != without_digits
    ]
    return min(targets, key=lambda target: ranks[target], default="")


def _is_target(name: str, rank: int) -> bool:
    """True for names that are worth imitating."""
    if len(name) < _SHORTEST:
        return False
    return rank < (_TARGETS if len(name) >= _LONG else _SHORT_TARGETS)


@cache
def popular_ranks(ecosystem: Ecosystem) -> Mapping[str, int]:
    """Return the popular names with their rank, read when a name is first looked up."""
    file = resources.files(__package__).joinpath("popular", f"{_LISTS[ecosystem]}.txt.gz")
    names = gzip.decompress(file.read_bytes()).decode().split()
    return {name: rank for rank, name in enumerate(names)}


@cache
def _by_letters(ecosystem: Ecosystem) -> Mapping[str, Sequence[str]]:
    names: dict[str, list[str]] = {}
    for name, rank in popular_ranks(ecosystem).items():
        if _is_target(name, rank):
            names.setdefault(_letters(name), []).append(name)
    return names


def _letters(name: str) -> str:
    """Return a name without separators, which people add, drop and exchange."""
    return name.replace("-", "").replace("_", "").replace(".", "")


def neighbours(name: str) -> frozenset[str]:
    """Return all names at a Damerau-Levenshtein distance of one."""
    halves = [(name[:index], name[index:]) for index in range(len(name) + 1)]
    deletions = {head + tail[1:] for head, tail in halves if tail}
    swaps = {head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1}
    changes = {head + letter + tail[1:] for head, tail in halves if tail for letter in _ALPHABET}
    insertions = {head + letter + tail for head, tail in halves for letter in _ALPHABET}
    return frozenset((deletions | swaps | changes | insertions) - {name})
