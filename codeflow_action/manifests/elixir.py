"""Elixir and Erlang: mix.exs and mix.lock, by their lines.

https://hexdocs.pm/mix/Mix.Tasks.Deps.html
"""

import re

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Ecosystem, Hint, Listing, Origin, Package

_DEPENDENCY = regex(r"\s*\{:(\w+),\s*(.*)")
_TUPLE = regex(r"\{\s*:(\w+)\s*,")
_VERSION = regex(r'"([^"]{0,80})"')
_GIT = regex(r'\b(git|github):\s*"([^"]+)"')
_LOCK_LINE = regex(r'\s*"([\w.]+)":\s*\{:(hex|git),\s*(?::\w+|"([^"]+)"),\s*"([^"]+)"(.*)')
_DIGEST = regex(r'"([0-9a-f]{64})"')


def read_manifest(text: str) -> Listing:
    """Read a mix.exs: the tuples that begin a line inside of `deps`. Elixir is not run.

    Other tuples are hints: a project may keep its dependencies in another function.
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if re.match(r"\s*defp?\s", line):
            inside = re.match(r"\s*defp?\s+deps\b", line) is not None
        if inside and (match := _DEPENDENCY.match(line[:2_000])):
            options = match[2]
            git, version = _GIT.search(options), _VERSION.match(options)
            is_local = "path:" in options or "in_umbrella:" in options
            source = ""
            if git:  # `github: "owner/name"` is short for its address
                source = git[2] if git[1] == "git" else f"{git[1]}:{git[2]}"
            packages.append(
                Package(
                    ecosystem=Ecosystem.HEX,
                    name=match[1],
                    version=version[1] if version else "",
                    line=number,
                    end_line=number,
                    origin=Origin.GIT if git else Origin.LOCAL if is_local else Origin.REGISTRY,
                    source=source,
                    direct=True,
                )
            )
        else:
            names = _TUPLE.findall(line[:2_000].partition("#")[0])
            hints += [Hint(Ecosystem.HEX, name, number) for name in names]
    return Listing(packages=tuple(packages), hints=tuple(hints))


def read_lock(text: str) -> Listing:
    """Read a mix.lock, in which each package has a line.

    An entry of Hex has two digests, of the inner and of the outer archive; only the second is of
    what is fetched: https://github.com/hexpm/specifications/blob/main/package_tarball.md
    """
    packages: list[Package] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _LOCK_LINE.match(line):
            digests = _DIGEST.findall(match[5])
            packages.append(
                Package(
                    ecosystem=Ecosystem.HEX,
                    name=match[1],
                    version=match[4],
                    line=number,
                    end_line=number,
                    origin=Origin.GIT if match[2] == "git" else Origin.REGISTRY,
                    source=match[3] or "",
                    digests=frozenset({f"outer:{digests[-1]}"} if len(digests) > 1 else digests),
                )
            )
    return Listing(packages=tuple(packages))
