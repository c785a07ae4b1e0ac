"""PHP: composer.json and composer.lock.

https://getcomposer.org/doc/04-schema.md
"""

from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
    Listing,
    Origin,
    Package,
    Registry,
    items,
    mapping,
    words,
)


def read_manifest(text: str) -> Listing:
    """Read a composer.json. What asks for the platform (`php`, `ext-…`) is a hint.

    https://getcomposer.org/doc/01-basic-usage.md#platform-packages
    """
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages: list[Package] = []
    hints: list[Hint] = []
    for section in ("require", "require-dev"):
        for name, constraint in mapping(document.get(section)).items():
            line, end_line = places.get((section, name), (1, 1))
            if "/" not in name:
                hints.append(Hint(Ecosystem.COMPOSER, name.lower(), line))
                continue
            packages.append(
                Package(
                    ecosystem=Ecosystem.COMPOSER,
                    name=name.lower(),
                    version=words(constraint),
                    line=line,
                    end_line=end_line,
                    direct=True,
                )
            )
    # A list, or a mapping with names: https://getcomposer.org/doc/05-repositories.md
    repositories = document.get("repositories")
    entries = [*items(repositories), *mapping(repositories).values()]
    line = places.get(("repositories",), (1, 1))[0]
    urls = [words(mapping(entry).get("url")) for entry in entries]
    return Listing(
        packages=tuple(packages),
        registries=tuple(
            Registry(url=url, line=line) for url in urls if "://" in url or url.startswith("git@")
        ),
        hints=tuple(hints),
    )


def read_lock(text: str) -> Listing:
    """Read a composer.lock."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages: list[Package] = []
    for section in ("packages", "packages-dev"):
        for index, entry in enumerate(map(mapping, items(document.get(section)))):
            line, end_line = places.get((section, index), (1, 1))
            dist, source = mapping(entry.get("dist")), mapping(entry.get("source"))
            # GitHub's archives have no checksum in a lock; then the commit is all that holds them.
            shasum = words(dist.get("shasum"))
            commit = words(dist.get("reference")) or words(source.get("reference"))
            digest = f"sha1:{shasum}" if shasum else f"commit:{commit}" if commit else ""
            packages.append(
                Package(
                    ecosystem=Ecosystem.COMPOSER,
                    name=words(entry.get("name")).lower(),
                    version=words(entry.get("version")),
                    line=line,
                    end_line=end_line,
                    origin=Origin.LOCAL if dist.get("type") == "path" else Origin.REGISTRY,
                    source=words(dist.get("url")) or words(source.get("url")),
                    digests=frozenset({digest} if digest else ()),
                    # A plug-in runs within Composer: https://getcomposer.org/doc/articles/plugins.md
                    install_script=entry.get("type") == "composer-plugin",
                    licenses=tuple(filter(None, map(words, items(entry.get("license"))))),
                )
            )
    return Listing(packages=tuple(packages))
