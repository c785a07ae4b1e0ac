"""bun.lock, Bun's lock as text: JSON with trailing commas.

https://bun.sh/docs/install/lockfile
"""

from codeflow_action.manifests import json_text
from codeflow_action.manifests.json_text import Span
from codeflow_action.manifests.npm import SECTIONS, integrity, origin_of
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Package,
    git_or_url,
    items,
    mapping,
    words,
)


def read_lock(text: str) -> Listing:
    """Read a bun.lock: `"path": ["name@version", "registry", {…}, "sha512-…"]`."""
    plain = json_text.without_comments(text)
    document = json_text.parse(plain)
    places = json_text.spans(plain, 2)
    direct = frozenset(
        name
        for workspace in mapping(document.get("workspaces")).values()
        for section in SECTIONS
        for name in mapping(mapping(workspace).get(section))
    )
    packages = [
        _package(items(value), places.get(("packages", path), (1, 1)), direct)
        for path, value in mapping(document.get("packages")).items()
    ]
    return Listing(packages=tuple(package for package in packages if package))


def _package(parts: list[object], place: Span, direct: frozenset[str]) -> Package | None:
    resolution = words(parts[0]) if parts else ""
    name, _, version = resolution[1:].partition("@")  # the first sign may be a scope's
    if not name or version.startswith("workspace:"):
        return None
    texts = [words(part) for part in parts[1:]]
    # What comes from git or from an address has that in the version's place, and no registry.
    is_remote = "://" in version or version.startswith(("github:", "git+", "git@"))
    source = version if is_remote else texts[0] if texts else ""
    name = resolution[0] + name
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        line=place[0],
        end_line=place[1],
        origin=git_or_url(version) if is_remote else origin_of(source),
        source=source,
        digests=integrity(next((text for text in texts if text.startswith("sha")), "")),
        direct=name in direct,
    )
