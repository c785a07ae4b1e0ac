"""flake.lock of Nix.

https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake#lock-files
"""

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Origin,
    Package,
    mapping,
    words,
)

_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"}
# An archive by an address without any of these may change with every day.
_REVISION = regex(r"[0-9a-f]{40}|\d+\.\d+")


def read_lock(text: str) -> Listing:
    """Read a flake.lock. The digest of an input is that of its files, and its version a commit."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    nodes = mapping(document.get("nodes"))
    root = words(document.get("root")) or "root"
    direct = {words(node) for node in mapping(mapping(nodes.get(root)).get("inputs")).values()}
    packages: list[Package] = []
    for name, node in nodes.items():
        lock_entry = mapping(mapping(node).get("locked"))
        if not lock_entry:
            continue  # the root
        line, end_line = places.get(("nodes", name), (1, 1))
        kind, url, digest = (words(lock_entry.get(key)) for key in ("type", "url", "narHash"))
        if kind in _HOSTS:
            host = words(lock_entry.get("host")) or _HOSTS[kind]
            url = f"https://{host}/{words(lock_entry.get('owner'))}/{words(lock_entry.get('repo'))}"
        version = words(lock_entry.get("rev")) or (url if _REVISION.search(url) else "")
        packages.append(
            Package(
                ecosystem=Ecosystem.NIX,
                name=name,
                version=version,
                line=line,
                end_line=end_line,
                # Nix has no registry of packages: git is the usual way.
                origin=Origin.LOCAL if kind == "path" else Origin.REGISTRY,
                source=url,
                digests=frozenset({f"narHash:{digest}"} if digest else ()),
                direct=name in direct,
            )
        )
    return Listing(packages=tuple(packages))
