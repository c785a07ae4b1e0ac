"""Manifests that are programs, or templates of YAML: read line by line, never run or expanded."""

import re
from collections.abc import Callable, Iterator

from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    named,
    numbered,
)

_GO = re.compile(r"(?:require\s+|tool\s+)?([a-z0-9][\w.~-]*\.[a-z]{2,}/?[\w./~+-]*)\s+v\d")
_GO_MODULE = re.compile(r"module\s+(\S+)")
_MAJOR = re.compile(r"/v\d+$|\.v\d+$")
_GEM = re.compile(r"""\s*gem[ (]\s*["']([\w.-]+)["']""")
_GEMSPEC = re.compile(r"""\.add_(?:runtime_|development_)?dependency[ (]+["']([\w.-]+)["']""")
_GEMSPEC_NAME = re.compile(r"""\.name\s*=\s*["']([\w.-]+)["']""")
_POD = re.compile(r"""\s*pod\s+["']([\w./+-]+)["']""")
_MIX = re.compile(r"\{\s*:(\w+)\s*,")
_SWIFT = re.compile(
    r"""\.package\([^"\n]{0,200}?(?:name:\s*"[^"\n]{0,100}"\s*,\s*)?url:\s*"([^"\n]{1,300})\""""
)
_SWIFT_NAME = re.compile(r"""name:\s*"([\w.-]+)\"""")
_PUB_SECTIONS = ("dependencies", "dev_dependencies")
_PUB = re.compile(r"  ([a-z_][a-z0-9_]*):")
_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
_COPY = re.compile(r"\s*COPY\s+(?:--\S+\s+)*--from=(\S+)", re.IGNORECASE)
_IMAGE = re.compile(r"""\s*(?:-\s*)?image:\s*["']?([^\s"'#]+)""")
_USES = re.compile(r"""\s*(?:-\s*)?uses:\s*["']?\s*([\w.-]+/[\w./-]+)""")
_KIND = re.compile(r"kind:\s*([A-Z]\w+)\s*$")
_API = re.compile(r"""apiVersion:\s*["']?([\w./-]+)""")
_CHART = re.compile(r"""\s*-\s*name:\s*["']?([\w.-]+)""")
_HCL = re.compile(r"""\s*(resource|data|provider)\s+"([a-z][\w-]*)\"""")
_HCL_SOURCE = re.compile(r"""\s*source\s*=\s*"([\w./-]+)\"""")
_REPO = re.compile(
    r"""\s*-\s*repo:\s*["']?(?:https?://[^/\s]+/)?([\w.-]+/[\w.-]+?)(?:\.git)?["']?\s*$"""
)
_PRISMA = re.compile(r"""\s*provider\s*=\s*"([\w-]+)\"""")


def _each(ecosystem: str, pattern: re.Pattern[str]) -> Callable[[str], Iterator[Dependency]]:
    """Return a reader that yields the pattern's group wherever a line begins with it."""

    def read(text: str) -> Iterator[Dependency]:
        for number, line in numbered(text):
            if match := pattern.match(line):
                yield from named(ecosystem, match[1], number)

    return read


gemfile = _each("ruby", _GEM)
podfile = _each("pod", _POD)
pre_commit = _each("pre-commit", _REPO)  # repositories of hooks as `owner/name`
chart = _each("chart", _CHART)
prisma = _each("prisma", _PRISMA)


def go_mod(text: str) -> Iterator[Dependency]:
    """Yield the modules that are required directly, without their major version."""
    for number, line in numbered(text):
        if "// indirect" in line:
            continue
        match = _GO.match(line.strip()) or _GO_MODULE.match(line)
        if match:
            yield from named("go", _MAJOR.sub("", match[1]), number)


def gemspec(text: str) -> Iterator[Dependency]:
    """Yield a gem's dependencies, and the gem."""
    for number, line in numbered(text):
        for match in (*_GEMSPEC.finditer(line), *_GEMSPEC_NAME.finditer(line)):
            yield from named("ruby", match[1], number)


def mix_exs(text: str) -> Iterator[Dependency]:
    """Yield packages of Elixir."""
    for number, line in numbered(text):
        for match in _MIX.finditer(line.partition("#")[0]):
            yield from named("mix", match[1], number)


def package_swift(text: str) -> Iterator[Dependency]:
    """Yield packages as `owner/name`, in small letters, and the package's own name."""
    own = True
    for number, line in numbered(text):
        if line.strip().startswith("//"):
            continue
        for match in _SWIFT.finditer(line):
            owned = match[1].lower().rstrip("/").removesuffix(".git").split("/")[-2:]
            yield from named("swift", "/".join(owned), number)
        if own and (name := _SWIFT_NAME.search(line)):
            own = False
            yield from named("swift", name[1].lower(), number)


def pubspec(text: str) -> Iterator[Dependency]:
    """Yield packages of Dart."""
    section = ""
    for number, line in numbered(text):
        if line[:1].strip():
            section = line.partition(":")[0]
        elif section in _PUB_SECTIONS and (match := _PUB.match(line)):
            yield from named("pub", match[1], number)


def image_name(image: str) -> str:
    """Return an image's name without tag, digest and the registry that everyone means."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    name = f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/")


def dockerfile(text: str) -> Iterator[Dependency]:
    """Yield base images, and images that files are copied from."""
    for number, line in numbered(text):
        if match := _FROM.match(line) or _COPY.match(line):
            yield from named("docker", image_name(match[1]), number)


def compose(text: str) -> Iterator[Dependency]:
    """Yield images; a service without one is built here."""
    for number, line in numbered(text):
        if match := _IMAGE.match(line):
            yield from named("docker", image_name(match[1]), number)


def kubernetes(text: str) -> Iterator[Dependency]:
    """Yield `group/version/Kind` of resources, and their images; other YAML yields nothing."""
    api, found = "", False
    images: list[tuple[str, int]] = []
    for number, line in numbered(text):
        if match := _API.match(line):
            api = match[1]
        elif api and (match := _KIND.match(line)):
            found = True
            yield from named("kubernetes", f"{api}/{match[1]}", number)
        elif match := _IMAGE.match(line):
            images.append((image_name(match[1]), number))
    if found:
        for name, number in images:
            yield from named("docker", name, number)


def workflow(text: str) -> Iterator[Dependency]:
    """Yield actions as `owner/name`, and images of services."""
    for number, line in numbered(text):
        if match := _USES.match(line):
            yield from named("action", match[1], number)
        elif match := _IMAGE.match(line):
            yield from named("docker", image_name(match[1]), number)


def terraform(text: str) -> Iterator[Dependency]:
    """Yield resource types, and providers as `provider:name` and as their source."""
    for number, line in numbered(text):
        if match := _HCL.match(line):
            provider = match[2].partition("_")[0]
            yield from named("terraform", f"provider:{provider}", number)
            yield from named("terraform", match[2], number)
        elif match := _HCL_SOURCE.match(line):
            yield from named("terraform", match[1], number)
