"""What CI and images are made of: `uses:` of workflows and actions, images of Dockerfiles."""

import re

from codeflow_action.manifests import indented
from codeflow_action.manifests.package import Ecosystem, Listing, Mention, Origin, Package

_FROM = re.compile(r"\s*FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPY = re.compile(r"\s*COPY\s+(?:--\S+\s+)*?--from=(\S+)", re.IGNORECASE)


def read_uses(text: str) -> Listing:
    """Read a workflow or an action's metadata; a reference is the version.

    Images that jobs and services run in are mentioned.
    """
    packages: list[Package] = []
    mentions: list[Mention] = []
    for entry in indented.entries(text):
        name, _, ref = entry.value.partition("@")
        if entry.path[-1] == "image":
            mentions.append(mentioned(entry.value, entry.line))
        elif entry.path[-1] == "uses" and name and not name.startswith((".", "$", "docker:")):
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
    return Listing(packages=tuple(packages), mentions=tuple(mentions))


def read_dockerfile(text: str) -> Listing:
    """Read a Dockerfile; stages of its own are left out.

    Images with arguments in their names are mentioned, and those that files are copied from.
    """
    packages: list[Package] = []
    mentions: list[Mention] = []
    stages: set[str] = {"scratch"}
    for number, line in enumerate(text.split("\n"), start=1):
        if copied := _COPY.match(line[:2_000]):
            mentions.append(mentioned(copied[1], number))
        match = _FROM.match(line[:2_000])
        if match is None:
            continue
        name = match[1]
        if "$" in name:
            mentions.append(mentioned(name, number))
        elif name.lower() not in stages:
            packages.append(image(name, number))
        if match[2]:
            stages.add(match[2].lower())
    return Listing(packages=tuple(packages), mentions=tuple(mentions))


def mentioned(text: str, line: int) -> Mention:
    """Return an image's name as a mention."""
    return Mention(Ecosystem.DOCKER, image(text, line).name, line)


def image(text: str, line: int) -> Package:
    """Return the package that an image is: `registry/name:tag@digest`."""
    tagged, _, digest = text.partition("@")
    folder, slash, last = tagged.rpartition("/")  # a colon before it is that of a registry's port
    name, _, tag = last.partition(":")
    name = f"{folder}{slash}{name}"
    version = f"{tag}@{digest}" if digest else tag
    return Package(
        ecosystem=Ecosystem.DOCKER,
        name=name.lower(),
        version=version,
        line=line,
        end_line=line,
        direct=True,
    )
