"""What CI and images are built from: `uses:` of workflows and actions, `FROM` of Dockerfiles."""

import re

from codeflow_action.manifests import indented
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

_FROM = re.compile(r"\s*FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)


def read_uses(text: str) -> Listing:
    """Read a workflow or an action's metadata; a reference is the version."""
    packages: list[Package] = []
    for entry in indented.entries(text):
        name, _, ref = entry.value.partition("@")
        if entry.path[-1] == "uses" and name and not name.startswith((".", "$", "docker:")):
            packages.append(
                Package(
                    ecosystem=Ecosystem.ACTIONS,
                    name=name.lower(),
                    version=ref,
                    line=entry.line,
                    end_line=entry.line,
                    origin=Origin.REGISTRY,
                    direct=True,
                )
            )
    return Listing(packages=tuple(packages))


def read_dockerfile(text: str) -> Listing:
    """Read a Dockerfile; stages of its own and names from arguments are left out."""
    packages: list[Package] = []
    stages: set[str] = {"scratch"}
    for number, line in enumerate(text.split("\n"), start=1):
        match = _FROM.match(line[:2_000])
        if match is None:
            continue
        image = match[1]
        if image.lower() not in stages and "$" not in image:
            packages.append(_image(image, number))
        if match[2]:
            stages.add(match[2].lower())
    return Listing(packages=tuple(packages))


def _image(image: str, line: int) -> Package:
    tagged, _, digest = image.partition("@")
    name, colon, tag = tagged.rpartition(":")
    if not colon or "/" in tag:  # a registry's port is no tag
        name, tag = tagged, ""
    version = f"{tag}@{digest}" if digest else tag
    return Package(
        ecosystem=Ecosystem.DOCKER,
        name=name.lower(),
        version=version,
        line=line,
        end_line=line,
        direct=True,
    )
