"""deno.lock, versions 1 to 5: packages of npm and JSR, and modules by their addresses.

https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text
from codeflow_action.manifests.json_text import Span
from codeflow_action.manifests.npm import integrity, name_and_rest
from codeflow_action.manifests.package import Ecosystem, Listing, Package, mapping, words

# The part of an address that says which version it is: `https://deno.land/std@0.224.0/fs/mod.ts`,
# or a commit. What has none may change with every day.
_VERSION = regex(r"@v?(\d[\w.+-]*)|/v?(\d+\.\d+[\w.+-]*)(?=/)|[/@]([0-9a-f]{40})\b")
_MAX_URL = 2_000  # characters


def read_lock(text: str) -> Listing:
    """Read a deno.lock."""
    document = json_text.parse(text)
    places = json_text.spans(text, 3)
    # Version 3 keeps all below `packages`, version 2 npm's packages below `npm.packages`.
    packages: list[Package] = []
    for prefix, tables in (((), document), (("packages",), mapping(document.get("packages")))):
        for registry in ("npm", "jsr"):
            path, table = (*prefix, registry), mapping(tables.get(registry))
            if registry == "npm" and "packages" in table:
                path, table = (*path, "packages"), mapping(table["packages"])
            for key, entry in table.items():
                place = places.get((*path, key), (1, 1))
                packages.append(_package(registry, key, mapping(entry), place))
    remote = mapping(document.get("remote"))
    if not remote and all(str(key).startswith("http") for key in document):
        remote = document  # version 1
    lines = {url: places.get(("remote", url)) or places.get((url,), (1, 1)) for url in remote}
    return Listing(packages=(*packages, *_modules(remote, lines)))


def _package(registry: str, key: str, entry: Mapping[str, object], place: Span) -> Package:
    name, version = name_and_rest(key)
    digest = words(entry.get("integrity"))
    is_npm = registry == "npm"
    return Package(
        ecosystem=Ecosystem.NPM if is_npm else Ecosystem.JSR,
        name=name,
        version=version.partition("_")[0],  # behind it are the peers that it was resolved with
        line=place[0],
        end_line=place[1],
        digests=integrity(digest) if is_npm else frozenset({f"sha256:{digest}"} if digest else ()),
        install_script=entry.get("scripts") is True,
    )


def _modules(remote: Mapping[str, object], lines: Mapping[str, Span]) -> Iterator[Package]:
    """Yield a package for all modules of one address and version; their paths tell them apart."""
    urls: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for url in remote:
        match = _VERSION.search(url[:_MAX_URL])
        name = url[: match.start()] if match else url
        version = next(filter(None, match.groups()), "") if match else ""
        urls[name, version].append((url, words(remote[url])))
    for (name, version), modules in urls.items():
        spans = [lines[url] for url, _ in modules]
        yield Package(
            ecosystem=Ecosystem.JSR,
            name=name,
            version=version,
            line=min(spans)[0],
            end_line=max(span[1] for span in spans),
            source=modules[0][0],
            digests=frozenset(f"{url}:{digest}" for url, digest in modules if digest),
        )
