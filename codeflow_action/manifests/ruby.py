"""Ruby: Gemfile, Gemfile.lock and gemspecs, by their lines.

https://bundler.io/man/gemfile.5.html
"""

from collections.abc import Iterator
from dataclasses import replace

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Ecosystem, Hint, Listing, Origin, Package, Registry

_GEM = regex(r"""\s*gem[\s(]\s*["']([\w.-]+)["'](.*)""")
_GEMSPEC = regex(r"""\.add_(?:runtime_|development_)?dependency[ (]+["']([\w.-]+)["'](.*)""")
_GEMSPEC_NAME = regex(r"""\.name\s*=\s*["']([\w.-]+)["']""")
_VERSION = regex(r"""\s*,\s*["']([^"']{0,80})["']""")
_SOURCE = regex(r"""\s*source[\s(]\s*["']([^"']+)["']""")
_GIT = regex(r"""\b(git|github|gist):?\s*(?:=>)?\s*["']([^"']+)["']""")
_PIN = regex(r"""\b(?:ref|tag|branch):?\s*(?:=>)?\s*["']([^"']+)["']""")
# `git "…" do`, `github "…" do |…|`, and any other block.
_BLOCK = regex(r"""(?:^\s*(git|github|gist|path)\b.*)?\bdo(?:\s*\|[^|]*\|)?\s*$""")
_MAX_LINE = 2_000  # characters
_MAX_LINES = 12  # of one statement
_PATH = regex(r"""\bpath:?\s*(?:=>)?\s*["']([^"']+)["']""")
# A lock gives a gem four spaces, and its own dependencies, which are no entries, six.
_SPEC = regex(r"    ([\w.-]+)(?: \(([^)]+)\))?$")
_DIRECT = regex(r"  ([\w.-]+)(?: \([^)]*\))?!?$")
_CHECKSUM = regex(r"  ([\w.-]+) \(([^)]+)\) sha256=([0-9a-f]{64})")


def read_manifest(text: str) -> Listing:
    """Read a Gemfile, which is not run. A gem in a block of `git` comes from there."""
    packages: list[Package] = []
    registries: list[Registry] = []
    blocks: list[str] = []  # the options of each open block
    for number, line in _statements(text):
        if source := _SOURCE.match(line):
            registries.append(Registry(url=source[1], line=number))
        elif gem := _GEM.match(line):
            options = gem[2]
            if not (_GIT.search(options) or _PATH.search(options)):
                options += "".join(f", {block}" for block in blocks if block)
            packages.append(_gem(gem[1], options, number))
        if opening := _BLOCK.search(line):
            is_place = opening[1] is not None
            blocks.append(opening[0].strip() if is_place else "")
        elif line.strip() == "end" and blocks:
            blocks.pop()
    return Listing(packages=tuple(packages), registries=tuple(registries))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines without comments; one that ends with a comma goes on in the next."""
    first, parts = 0, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line[:_MAX_LINE].partition(" #")[0].rstrip()
        first = first if parts else number
        parts.append(bare)
        if not bare.endswith(",") or len(parts) == _MAX_LINES:
            yield first, " ".join(parts)
            parts = []
    if parts:
        yield first, " ".join(parts)


def read_gemspec(text: str) -> Listing:
    """Read a .gemspec: the gem's name, and what it depends on, each on one line."""
    packages: list[Package] = []
    hints: list[Hint] = []
    for number, line in numbered_lines(text):
        if gem := _GEMSPEC.search(line):
            packages.append(_gem(gem[1], gem[2], number))
        elif name := _GEMSPEC_NAME.search(line):
            hints.append(Hint(Ecosystem.RUBYGEMS, name[1], number))
    return Listing(packages=tuple(packages), hints=tuple(hints))


def _gem(name: str, rest: str, line: int) -> Package:
    git, path, version = _GIT.search(rest), _PATH.search(rest), _VERSION.match(rest)
    origin = Origin.GIT if git else Origin.LOCAL if path else Origin.REGISTRY
    source = path[1] if path else ""
    if git:
        host, address = git.groups()
        # `github: "rails"` is short for `rails/rails`: https://bundler.io/man/gemfile.5.html#GITHUB
        is_short = host not in {"git", "gist"} and "/" not in address
        address = f"{address}/{address}" if is_short else address
        source = address if host == "git" else f"{host}:{address}"
        if pin := _PIN.search(rest):
            source += f"#{pin[1]}"
    return Package(
        ecosystem=Ecosystem.RUBYGEMS,
        name=name,
        version=version[1] if version else "",
        line=line,
        end_line=line,
        origin=origin,
        source=source,
        direct=True,
    )


def read_lock(text: str) -> Listing:
    """Read a Gemfile.lock: sections with gems, then the names asked for and the checksums."""
    lines = text.split("\n")
    direct, digests = _direct_and_digests(lines)
    return Listing(
        packages=tuple(
            replace(
                package,
                direct=package.name in direct,
                digests=digests.get((package.name, package.version), frozenset()),
            )
            for package in _lock_packages(lines)
        )
    )


def _lock_packages(lines: list[str]) -> Iterator[Package]:
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


def _direct_and_digests(
    lines: list[str],
) -> tuple[set[str], dict[tuple[str, str], frozenset[str]]]:
    """Return the names asked for, and the digests by name and version."""
    direct: set[str] = set()
    digests: dict[tuple[str, str], frozenset[str]] = {}
    section = ""
    for line in lines:
        if line and not line[0].isspace():
            section = line.strip()
        elif section == "DEPENDENCIES" and (name := _DIRECT.match(line)):
            direct.add(name[1])
        elif section == "CHECKSUMS" and (checksum := _CHECKSUM.match(line)):
            digests[checksum[1], checksum[2]] = frozenset({f"sha256:{checksum[3]}"})
    return direct, digests
