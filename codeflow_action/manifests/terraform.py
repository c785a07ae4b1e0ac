""".terraform.lock.hcl of Terraform and OpenTofu.

https://developer.hashicorp.com/terraform/language/files/dependency-lock
"""

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Ecosystem, Listing, Package

_PROVIDER = regex(r'\s*provider\s+"([^"]{1,300})"\s*\{')
_VERSION = regex(r'\s*version\s*=\s*"([^"]{1,100})"')
_HASH = regex(r'"((?:h1|zh):[^"\s]{1,200})"')


def read_lock(text: str) -> Listing:
    """Read a .terraform.lock.hcl.

    A provider has a hash for each platform and scheme, and whoever writes the lock anew on another
    machine gets others of the one scheme and keeps those of the other. So they are compared as one
    set. https://developer.hashicorp.com/terraform/language/files/dependency-lock#new-provider-package-checksums
    """
    packages: list[Package] = []
    name, version, start = "", "", 1
    hashes: set[str] = set()
    for number, line in numbered_lines(text):
        if line.lstrip().startswith(("#", "//")):
            continue
        if provider := _PROVIDER.match(line):
            name, version, start, hashes = provider[1].lower(), "", number, set()
        elif version_match := _VERSION.match(line):
            version = version_match[1]
        hashes.update(_HASH.findall(line))
        if name and line.strip() == "}":
            packages.append(
                Package(
                    ecosystem=Ecosystem.TERRAFORM,
                    name=name,
                    version=version,
                    line=start,
                    end_line=number,
                    digests=frozenset(f"hash:{value.replace(':', '-')}" for value in hashes),
                )
            )
            name = ""
    return Listing(packages=tuple(packages))
