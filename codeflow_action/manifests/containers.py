"""What CI and images are built on: `uses:` in workflows and actions, images in Dockerfiles."""

import re

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import indented
from codeflow_action.manifests.package import Ecosystem, Hint, Listing, Origin, Package

# https://docs.docker.com/reference/dockerfile/#from
_FROM = regex(r"\s*FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPY = regex(r"\s*COPY\s+(?:--\S+\s+)*?--from=(\S+)", re.IGNORECASE)


def read_uses(text: str) -> Listing:
    """Read a workflow or an action's metadata. The version is the reference behind the `@`.

    Images that jobs and services run in are hints.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    for entry in indented.entries(text):
        name, _, ref = entry.value.partition("@")
        if entry.path[-1] == "image":
            hints.append(_image_hint(entry.value, entry.line))
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
    return Listing(packages=tuple(packages), hints=tuple(hints))


def read_dockerfile(text: str) -> Listing:
    """Read a Dockerfile. What it builds itself, a stage, is no package.

    Images with arguments in their names, and those that files are copied from, are hints.
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    stages: set[str] = {"scratch"}  # Docker's own name for an empty image
    for number, line in enumerate(text.split("\n"), start=1):
        if copy := _COPY.match(line[:2_000]):
            hints.append(_image_hint(copy[1], number))
        match = _FROM.match(line[:2_000])
        if match is None:
            continue
        name = match[1]
        if "$" in name:
            hints.append(_image_hint(name, number))
        elif name.lower() not in stages:
            packages.append(image(name, number))
        if match[2]:
            stages.add(match[2].lower())
    return Listing(packages=tuple(packages), hints=tuple(hints))


def _image_hint(text: str, line: int) -> Hint:
    return Hint(Ecosystem.DOCKER, image(text, line).name, line)


def image(text: str, line: int) -> Package:
    """Return an image as a package: `registry/name:tag@digest`.

    https://github.com/distribution/reference/blob/main/reference.go
    """
    tagged_name, _, digest = text.partition("@")
    # A colon before the last slash is that of a registry's port.
    folder, slash, last = tagged_name.rpartition("/")
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
