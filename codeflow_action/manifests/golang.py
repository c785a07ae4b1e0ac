"""Go: go.mod and go.sum.

https://go.dev/ref/mod#go-mod-file and https://go.dev/ref/mod#go-sum-files
"""

import re
from collections import defaultdict

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Ecosystem, Hint, Listing, Package

_REQUIRE = regex(r"\s*(?:require\s+)?([\w.~-]+\.[\w./~+-]*)\s+(v[\w.+-]+)\s*(//\s*indirect)?")
_SUM = regex(r"(\S+) (v[^\s/]+)(/go\.mod)? (h1:\S+)")


def read_manifest(text: str) -> Listing:
    """Read a go.mod. What replaces a module is read with the `sources`."""
    packages: list[Package] = []
    hints: list[Hint] = []
    block = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if project := re.match(r"module\s+(\S+)", bare):
            hints.append(Hint(Ecosystem.GO, project[1], number))
        elif opening := re.match(r"(\w+)\s*\($", bare):
            block = opening[1]
        elif bare == ")":
            block = ""
        elif (block == "require" or bare.startswith("require ")) and (
            match := _REQUIRE.match(line)
        ):
            packages.append(
                Package(
                    ecosystem=Ecosystem.GO,
                    name=match[1],
                    version=match[2],
                    line=number,
                    end_line=number,
                    direct=not match[3],  # Go itself writes the comment `// indirect`
                )
            )
    return Listing(packages=tuple(packages), hints=tuple(hints))


def read_sum(text: str) -> Listing:
    """Read a go.sum. A version of a module has two lines: its files' digest and its go.mod's."""
    places: dict[tuple[str, str], tuple[int, int]] = {}
    digests: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _SUM.match(line):
            key = match[1], match[2]
            places[key] = (places.get(key, (number, 0))[0], number)
            digests[key].add(f"{'go.mod' if match[3] else 'module'}:{match[4]}")
    packages = (
        Package(
            ecosystem=Ecosystem.GO,
            name=name,
            version=version,
            line=place[0],
            end_line=place[1],
            digests=frozenset(digests[name, version]),
        )
        for (name, version), place in places.items()
    )
    return Listing(packages=tuple(packages))
