"""pixi.lock: packages of conda and of PyPI for many platforms, by their lines.

https://pixi.sh/latest/workspace/lockfile/
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package, git_or_url
from codeflow_action.manifests.python import normal_name

_FIELD = regex(r"""([\w-]{1,40}):\s*["']?([^\s"'][^"']*)""")
_ARCHIVE = regex(r"(.{1,200}?)-(\d[^-]{0,100})(?:-.*)?\.(?:whl|tar\.gz|zip)")
_CONDA = regex(r"(.{1,200})-([^-]{1,100})-[^-]{1,100}\.(?:conda|tar\.bz2)")


def read_lock(text: str) -> Listing:
    """Read a pixi.lock, version 1 to 6. All files of one version are one package."""
    packages: defaultdict[tuple[Ecosystem, str, str], list[Package]] = defaultdict(list)
    for fields, line, end_line in _entries(text):
        if package := _package(fields, line, end_line):
            packages[*package.key, package.version].append(package)
    return Listing(packages=tuple(map(_joined, packages.values())))


def _entries(text: str) -> Iterator[tuple[Mapping[str, str], int, int]]:
    """Yield the fields of each element of the list `packages`, with its lines."""
    fields: dict[str, str] = {}
    start, last, column = 1, 1, -1
    is_inside = False
    for number, line in numbered_lines(f"{text}\nend:"):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        if indent == 0 and bare and not bare.startswith(("- ", "#")):
            if fields:
                yield fields, start, last
            fields, column, is_inside = {}, -1, bare.startswith("packages:")
        elif is_inside and bare.startswith("- ") and column in (-1, indent):
            if fields:
                yield fields, start, last
            fields, start, column = {}, number, indent
            indent, bare = indent + 2, bare[2:]
        if is_inside and indent == column + 2 and (field := _FIELD.match(bare)):
            fields.setdefault(field[1], field[2].strip())
        last = number if bare else last


def _package(fields: Mapping[str, str], line: int, end_line: int) -> Package | None:
    kind = fields.get("kind") or fields.get("manager") or ("pypi" if "pypi" in fields else "conda")
    url = fields.get(kind) or fields.get("url") or fields.get("path") or ""
    file = url.rpartition("/")[2].partition("#")[0]
    match = (_CONDA if kind == "conda" else _ARCHIVE).fullmatch(file)
    name = fields.get("name") or (match[1] if match else "")
    if not name or fields.get("editable") == "true":
        return None
    digests = {f"{file}:{key}:{fields[key]}" for key in ("sha256", "md5") if key in fields}
    origin = git_or_url(url) if kind == "pypi" else Origin.REGISTRY
    return Package(
        ecosystem=Ecosystem.PYPI if kind == "pypi" else Ecosystem.CONDA,
        name=normal_name(name) if kind == "pypi" else name.lower(),
        version=fields.get("version") or (match[2] if match else ""),
        line=line,
        end_line=end_line,
        origin=Origin.REGISTRY if match and origin is Origin.URL else origin,
        source=url,
        digests=frozenset(digests),
        licenses=(fields["license"],) if "license" in fields else (),
    )


def _joined(packages: list[Package]) -> Package:
    first = packages[0]
    return Package(
        ecosystem=first.ecosystem,
        name=first.name,
        version=first.version,
        line=first.line,
        end_line=packages[-1].end_line,
        origin=first.origin,
        source=first.source,
        digests=frozenset().union(*(package.digests for package in packages)),
        licenses=first.licenses,
    )
