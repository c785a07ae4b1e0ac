"""New direct dependencies whose names are one slip away from a popular package's.

The lists of popular names are written by `scripts/write_popular_names.py`.
"""

import gzip
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, Key
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

_LISTS = {
    Ecosystem.NPM: "npm",
    Ecosystem.PYPI: "pypi",
    Ecosystem.GO: "go",
    Ecosystem.RUBYGEMS: "rubygems",
}
_SHORTEST = 5  # characters; shorter names are one slip away from each other all the time
# Halves what is reported of rarely used real names, and costs none of 71 known and invented fakes.
_TARGETS, _SHORT_TARGETS, _LONG = 5_000, 1_500, 7
_LONGEST = 100  # characters; a name has thousands of neighbours
_MOST = 200  # new names of one change that are looked up
_DIGITS = re.compile(r"\d+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-_./"


def look_alikes(deltas: Deltas) -> Iterator[Finding]:
    """Yield new direct dependencies that look like a popular package and are none."""
    new: dict[Key, tuple[Delta, Package]] = {}
    for delta in deltas.of(FileRole.MANIFEST):
        for package in delta.after.packages:
            if _is_new(package, deltas):
                new.setdefault(package.key, (delta, package))
    for delta, package in list(new.values())[:_MOST]:
        if meant := meant_by(package):
            yield _finding(delta, package, meant)


def _is_new(package: Package, deltas: Deltas) -> bool:
    """True for a name that no changed file knew, not even a lock."""
    is_asked = package.direct is not False and package.origin is Origin.REGISTRY
    return is_asked and package.key not in deltas.before


def meant_by(package: Package) -> str:
    """Return the popular name that this one may have been meant for; empty for most."""
    name = package.name.lower()
    is_of_length = _SHORTEST <= len(name) <= _LONGEST
    if package.ecosystem not in _LISTS or not is_of_length or name.startswith("@"):
        return ""
    ranks = popular(package.ecosystem)
    if name in ranks:
        return ""
    near = [one for one in _one_slip(name) if one in ranks and _is_target(one, ranks[one])]
    same = _without_separators(package.ecosystem).get(_bare(name), ())
    meant = [one for one in (*near, *same) if not _is_next_version(name, one)]
    return min(meant, key=lambda one: ranks[one], default="")


def _is_target(name: str, rank: int) -> bool:
    """True for names that are worth faking; a short one has many honest neighbours."""
    if len(name) < _SHORTEST:
        return False
    return rank < (_TARGETS if len(name) >= _LONG else _SHORT_TARGETS)


def _is_next_version(name: str, other: str) -> bool:
    """True for names apart by digits alone, such as `echo/v5` and `echo/v4`."""
    return _DIGITS.sub("", name) == _DIGITS.sub("", other)


@cache
def popular(ecosystem: Ecosystem) -> Mapping[str, int]:
    """Return the popular names with their rank, read when a name is first looked up."""
    file = resources.files(__package__).joinpath("popular", f"{_LISTS[ecosystem]}.txt.gz")
    names = gzip.decompress(file.read_bytes()).decode().split()
    return {name: rank for rank, name in enumerate(names)}


@cache
def _without_separators(ecosystem: Ecosystem) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for name, rank in popular(ecosystem).items():
        if _is_target(name, rank):
            found.setdefault(_bare(name), []).append(name)
    return found


def _bare(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(".", "")


def _one_slip(name: str) -> Collection[str]:
    """Return all names at a Damerau-Levenshtein distance of one."""
    halves = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    dropped = {left + right[1:] for left, right in halves if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    replaced = {left + one + right[1:] for left, right in halves if right for one in _ALPHABET}
    inserted = {left + one + right for left, right in halves for one in _ALPHABET}
    return (dropped | swapped | replaced | inserted) - {name}


def _finding(delta: Delta, package: Package, meant: str) -> Finding:
    name = one_line(package.name, 80)
    return delta.finding(
        "look_alike",
        Severity.WARNING,
        delta.line_of(package, package.name),
        code=package.name,
        title=f"{name} looks like {meant}",
        message=(
            f"{name} is new here and not among the popular packages of {package.ecosystem.value}; "
            f"{meant} is. Names one slip away are how malicious packages get installed. If it is "
            f"meant, list it under `allow`."
        ),
    )
