"""Files that only say where packages are fetched from: .npmrc, .yarnrc.yml, pip.conf and others."""

import re

from codeflow_action.manifests.package import Listing, Registry

_URL = re.compile(r"""(?:https?|sparse\+https?|git|ssh)://[^\s"'<>,;\]]{1,500}""")
_SAYS_WHERE = re.compile(
    r"\b(?:registry|npmRegistryServer|index-url|extra-index-url|index|find-links|url|mirror)\b[^=:]{0,40}[=:]",
    re.IGNORECASE,
)


def read_settings(text: str) -> Listing:
    """Read `key = address` lines; comments begin with `#` or `;`."""
    registries: list[Registry] = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()[:2_000]
        if bare.startswith(("#", ";")) or not _SAYS_WHERE.search(bare):
            continue
        if url := _URL.search(bare):
            registries.append(Registry(url=url[0], line=number))
    return Listing(registries=tuple(registries))
