"""docker-bake: the images and repositories that its targets are built from.

https://docs.docker.com/build/bake/reference/
"""

from collections.abc import Iterator
from dataclasses import replace

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.sources.images import image
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_MAX_LINE = 4_000  # characters
# The same in HCL and in JSON: `name = "…"`, `"name": "…"`.
_VALUE = regex(
    r"\"?([\w.-]{1,100})\"?\s{0,20}[=:]\s{0,20}\""
    r"(?:(docker-image|oci-layout)://([^\"\s]{1,500})|((?:https?|git|ssh)://[^\"\s]{1,500}|git@[^\"\s]{1,500}))\""
)


def read_bake(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield named contexts that are images, and contexts that are fetched."""
    for number, raw_line in enumerate(text.split("\n"), start=1):
        line = raw_line[:_MAX_LINE]
        if line.lstrip().startswith(("#", "//")):
            continue
        for match in _VALUE.finditer(line):
            if match[2] == "docker-image" and (source := image(match[3], number)):
                yield replace(source, name=match[1])
            elif match[4]:
                target, _, version = match[4].partition("#")
                yield SourceStatement(
                    ecosystem="docker-bake",
                    role=SourceRole.PLACE,
                    name=match[1],
                    target=target,
                    line=number,
                    version=version,
                )
