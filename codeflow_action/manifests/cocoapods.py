"""Podfile.lock of CocoaPods.

https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock
"""

import re
from collections import defaultdict

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

_POD = regex(r"""  - ["']?([^\s/"'()]{1,200})(?:/[^\s"'()]*)? \(([^)"']{1,100})\)""")
_DEPENDENCY = regex(r"""  - ["']?([^\s/"'()]{1,200})""")
_KEY = regex(r"""  ["']?([^\s"':]{1,200})["']?:\s*["']?([^\s"']*)""")
_SOURCE = regex(r"""    :(\w{1,40}):\s*["']?([^\s"']{1,500})""")
_TOOL = regex(r"COCOAPODS: (\S{1,40})", re.MULTILINE)


def read_lock(text: str) -> Listing:
    """Read a Podfile.lock. The parts of a pod are one package.

    A checksum is of the pod's specification as the tool writes it, so it holds for one version of
    the tool: https://artsy.github.io/blog/2016/05/03/podspec-checksums/
    """
    tool = match[1] if (match := _TOOL.search(text)) else ""
    pods: dict[str, tuple[str, int]] = {}
    direct: set[str] = set()
    sums: dict[str, tuple[str, int]] = {}
    sources: defaultdict[str, dict[str, str]] = defaultdict(dict)
    section, owner = "", ""
    for number, line in numbered_lines(text):
        if line and not line[0].isspace():
            section = line.partition(":")[0]
        elif section == "PODS" and (pod := _POD.match(line)):
            pods.setdefault(pod[1], (pod[2], number))
        elif section == "DEPENDENCIES" and (dependency := _DEPENDENCY.match(line)):
            direct.add(dependency[1])
        elif section == "SPEC CHECKSUMS" and (key := _KEY.match(line)):
            sums[key[1]] = (key[2], number)
        elif section == "EXTERNAL SOURCES" and (key := _KEY.match(line)):
            owner = key[1].partition("/")[0]
        elif section == "EXTERNAL SOURCES" and (source := _SOURCE.match(line)):
            sources[owner][source[1]] = source[2]
    packages: list[Package] = []
    for name, (version, line_number) in pods.items():
        digest, digest_line = sums.get(name, ("", line_number))
        source_of = sources.get(name, {})
        remote = source_of.get("git") or source_of.get("podspec") or source_of.get("http") or ""
        origin = Origin.GIT if "git" in source_of else Origin.URL if remote else Origin.REGISTRY
        packages.append(
            Package(
                ecosystem=Ecosystem.COCOAPODS,
                name=name,
                version=version,
                # A pod has a line for its version and one for its checksum.
                line=line_number,
                end_line=max(line_number, digest_line),
                origin=Origin.LOCAL if "path" in source_of else origin,
                source=remote,
                digests=frozenset({f"CocoaPods {tool}:{digest}"} if digest else ()),
                direct=name in direct,
            )
        )
    return Listing(packages=tuple(packages))
