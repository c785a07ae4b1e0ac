"""Ruby: Gemfile and Gemfile.lock, by their lines."""

import re
from collections.abc import Iterator
from dataclasses import replace

from codeflow_action.manifests.lines import numbered
from codeflow_action.manifests.package import Ecosystem, Listing, Mention, Origin, Package, Registry

_GEM = re.compile(r"""\s*gem[\s(]\s*["']([\w.-]+)["'](.*)""")
_GEMSPEC = re.compile(r"""\.add_(?:runtime_|development_)?dependency[ (]+["']([\w.-]+)["'](.*)""")
_GEMSPEC_NAME = re.compile(r"""\.name\s*=\s*["']([\w.-]+)["']""")
_VERSION = re.compile(r"""\s*,\s*["']([^"']{0,80})["']""")
_SOURCE = re.compile(r"""\s*source[\s(]\s*["']([^"']+)["']""")
_GIT = re.compile(r"""\b(git|github|gist):?\s*(?:=>)?\s*["']([^"']+)["']""")
_PATH = re.compile(r"""\bpath:?\s*(?:=>)?\s*["']([^"']+)["']""")
_SPEC = re.compile(r"    ([\w.-]+)(?: \(([^)]+)\))?$")
_DIRECT = re.compile(r"  ([\w.-]+)(?: \([^)]*\))?!?$")
_CHECKSUM = re.compile(r"  ([\w.-]+) \(([^)]+)\) sha256=([0-9a-f]{64})")


def read_manifest(text: str) -> Listing:
    """Read a Gemfile; Ruby is not run, so only what stands in one line is seen."""
    packages: list[Package] = []
    registries: list[Registry] = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.partition(" #")[0][:2_000]
        if source := _SOURCE.match(bare):
            registries.append(Registry(url=source[1], line=number))
        elif gem := _GEM.match(bare):
            packages.append(_gem(gem[1], gem[2], number))
    return Listing(packages=tuple(packages), registries=tuple(registries))


def read_gemspec(text: str) -> Listing:
    """Read a .gemspec: the gem, and what it depends on in one line each."""
    packages: list[Package] = []
    mentions: list[Mention] = []
    for number, line in numbered(text):
        if found := _GEMSPEC.search(line):
            packages.append(_gem(found[1], found[2], number))
        elif own := _GEMSPEC_NAME.search(line):
            mentions.append(Mention(Ecosystem.RUBYGEMS, own[1], number))
    return Listing(packages=tuple(packages), mentions=tuple(mentions))


def _gem(name: str, rest: str, line: int) -> Package:
    git, path, version = _GIT.search(rest), _PATH.search(rest), _VERSION.match(rest)
    origin = Origin.GIT if git else Origin.LOCAL if path else Origin.REGISTRY
    return Package(
        ecosystem=Ecosystem.RUBYGEMS,
        name=name,
        version=version[1] if version else "",
        line=line,
        end_line=line,
        origin=origin,
        source=_address(git[1], git[2]) if git else path[1] if path else "",
        direct=True,
    )


def _address(host: str, place: str) -> str:
    """Return where a gem lies: `github: "rails"` is `rails/rails`."""
    if host == "git":
        return place
    return f"{host}:{place if '/' in place or host == 'gist' else f'{place}/{place}'}"


def read_lock(text: str) -> Listing:
    """Read a Gemfile.lock."""
    packages = list(_locked(text.split("\n")))
    direct, sums = _tail(text.split("\n"))
    return Listing(
        packages=tuple(
            replace(
                one,
                direct=one.name in direct,
                digests=frozenset(
                    {f"sha256:{sums[at]}"} if (at := (one.name, one.version)) in sums else ()
                ),
            )
            for one in packages
        )
    )


def _locked(lines: list[str]) -> Iterator[Package]:
    section, remote = "", ""
    origins = {"GEM": Origin.REGISTRY, "GIT": Origin.GIT, "PATH": Origin.LOCAL}
    for number, line in enumerate(lines, start=1):
        if line and not line[0].isspace():
            section, remote = line.strip(), ""
        elif line.startswith("  remote: "):
            remote = remote or line[10:].strip()
        elif section in origins and (spec := _SPEC.match(line)):
            yield Package(
                ecosystem=Ecosystem.RUBYGEMS,
                name=spec[1],
                version=spec[2] or "",
                line=number,
                end_line=number,
                origin=origins[section],
                source=remote,
            )


def _tail(lines: list[str]) -> tuple[set[str], dict[tuple[str, str], str]]:
    """Return the names asked for, and the checksums by name and version."""
    direct: set[str] = set()
    sums: dict[tuple[str, str], str] = {}
    section = ""
    for line in lines:
        if line and not line[0].isspace():
            section = line.strip()
        elif section == "DEPENDENCIES" and (name := _DIRECT.match(line)):
            direct.add(name[1])
        elif section == "CHECKSUMS" and (found := _CHECKSUM.match(line)):
            sums[found[1], found[2]] = found[3]
    return direct, sums
