"""New direct dependencies whose names are one slip away from a popular package's."""

import gzip
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, Origin, Package, Role
from codeflow_action.security.untrusted import one_line

_LISTS = {
    Ecosystem.NPM: "npm",
    Ecosystem.PYPI: "pypi",
    Ecosystem.GO: "go",
    Ecosystem.RUBYGEMS: "rubygems",
}
_SHORTEST = 5  # characters; shorter names are one slip away from each other all the time
_MOST = 100  # new names of one file: past that it is a move, not an addition
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-_./"


def look_alikes(deltas: Deltas) -> Iterator[Finding]:
    """Yield new direct dependencies that look like a popular package and are none."""
    seen = set()
    for delta in deltas.of(Role.MANIFEST):
        new = [one for one in delta.after.packages if _is_new(one, deltas)]
        for package in new[:_MOST]:
            if package.key not in seen and (meant := meant_by(package)):
                seen.add(package.key)
                yield _finding(delta, package, meant)


def _is_new(package: Package, deltas: Deltas) -> bool:
    """True for a name that no changed file knew, not even a lock."""
    is_asked = package.direct is not False and package.origin is Origin.REGISTRY
    return is_asked and package.key not in deltas.before


def meant_by(package: Package) -> str:
    """Return the popular name that this one may have been meant for; empty for most."""
    name = package.name.lower()
    if package.ecosystem not in _LISTS or len(name) < _SHORTEST or name.startswith("@"):
        return ""
    ranks = popular(package.ecosystem)
    if name in ranks:
        return ""
    near = [one for one in _one_slip(name) if one in ranks and _is_target(one)]
    same = _without_separators(package.ecosystem).get(_bare(name), ())
    return min((*near, *same), key=lambda one: ranks[one], default="")


def _is_target(name: str) -> bool:
    return len(name) >= _SHORTEST


@cache
def popular(ecosystem: Ecosystem) -> Mapping[str, int]:
    """Return the popular names with their rank, read when a name is first looked up."""
    file = resources.files(__package__).joinpath("popular", f"{_LISTS[ecosystem]}.txt.gz")
    names = gzip.decompress(file.read_bytes()).decode().split()
    return {name: rank for rank, name in enumerate(names)}


@cache
def _without_separators(ecosystem: Ecosystem) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for name in popular(ecosystem):
        if _is_target(name):
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
