"""package.json and deno.json, with what the package manager is told in them."""

from collections.abc import Iterator

from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    Lines,
    as_object,
    named,
    read_json,
)

_SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def package_json(text: str) -> Iterator[Dependency]:
    """Yield dependencies, and the manifest's own keys as ecosystem `package.json`."""
    manifest = read_json(text)
    lines = Lines(text)
    for section in _SECTIONS:
        for name in as_object(manifest.get(section)):
            yield from named("npm", name, lines.of(name))
    for key in manifest:
        yield from named("package.json", key, lines.of(key))
    own = manifest.get("name")
    if isinstance(own, str):  # a framework's own repository uses itself
        yield from named("npm", own, lines.of(own))
    manager = manifest.get("packageManager")
    if isinstance(manager, str):
        yield from named(
            "package.json",
            f"packageManager:{manager.partition('@')[0]}",
            lines.of("packageManager"),
        )


def deno_json(text: str) -> Iterator[Dependency]:
    """Yield the npm packages that `imports` maps to; a file with comments is not read."""
    lines = Lines(text)
    for target in as_object(read_json(text).get("imports")).values():
        if isinstance(target, str) and target.startswith("npm:"):
            scoped = target.startswith("npm:@")
            name = target[4:].split("@")[1 if scoped else 0]
            yield from named("npm", f"@{name}" if scoped else name, lines.of(name))


def composer_json(text: str) -> Iterator[Dependency]:
    """Yield PHP packages."""
    manifest = read_json(text)
    lines = Lines(text)
    for section in ("require", "require-dev"):
        for name in as_object(manifest.get(section)):
            yield from named("composer", name.lower(), lines.of(name))
