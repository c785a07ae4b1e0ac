"""bun.lock, Bun's lock as text: JSON with trailing commas.

https://bun.sh/docs/install/lockfile
"""

from codeflow_action.manifests import json_text
from codeflow_action.manifests.npm import SECTIONS, integrity, name_and_rest, origin_of
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
    packages: list[Package] = []
    for path, value in mapping(document.get("packages")).items():
        parts = [words(part) for part in items(value)]
        resolution, texts = (parts[0], parts[1:]) if parts else ("", [])
        name, version = name_and_rest(resolution)
        if not name or version.startswith("workspace:"):
            continue
        # What comes from git or from an address has that in the version's place, and no registry.
        is_remote = "://" in version or version.startswith(("github:", "git+", "git@"))
        source = version if is_remote else texts[0] if texts else ""
        line, end_line = places.get(("packages", path), (1, 1))
        packages.append(
            Package(
                ecosystem=Ecosystem.NPM,
                name=name,
                version=version,
                line=line,
                end_line=end_line,
                origin=git_or_url(version) if is_remote else origin_of(source),
                source=source,
                digests=integrity(next((text for text in texts if text.startswith("sha")), "")),
                direct=name in direct,
            )
        )
    return Listing(packages=tuple(packages))
