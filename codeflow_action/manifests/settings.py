"""Files that only say where packages are fetched from: .npmrc, .yarnrc.yml, pip.conf and others."""

import re

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Listing, Registry

# The keys are those of npm, Yarn, Bun, pip, uv and Cargo:
# https://github.com/npm/cli/blob/latest/docs/lib/content/configuring-npm/npmrc.md
# https://yarnpkg.com/configuration/yarnrc
# https://pip.pypa.io/en/stable/topics/configuration/
# https://docs.astral.sh/uv/reference/settings/
# https://doc.rust-lang.org/cargo/reference/config.html
_URL = regex(r"""(?:https?|sparse\+https?|git|ssh)://[^\s"'<>,;\]]{1,500}""")
_SOURCE_KEY = regex(
    r"\b(?:registry|npmRegistryServer|index-url|extra-index-url|index|find-links|url|mirror)\b[^=:]{0,40}[=:]",
    re.IGNORECASE,
)
# Whether scripts of dependencies run; npm's, Yarn's, Bun's and pnpm's word for it, and its value.
# https://docs.npmjs.com/cli/using-npm/config#ignore-scripts
# https://yarnpkg.com/configuration/yarnrc#enableScripts
_SCRIPTS = regex(
    r"""[\s"']*(?:--install\.)?(ignore-scripts|ignoreScripts|enableScripts)[\s"']*[=:]?[\s"']*(\w*)"""
)


def read_settings(text: str) -> Listing:
    """Read `key = address` lines; comments begin with `#` or `;`."""
    registries: list[Registry] = []
    runs_scripts = True
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()[:2_000]
        if scripts := _SCRIPTS.match(bare):  # a key without a value is true
            runs_scripts = (scripts[1] == "enableScripts") is (scripts[2].lower() != "false")
        if bare.startswith(("#", ";")) or not _SOURCE_KEY.search(bare):
            continue
        if url := _URL.search(bare):
            registries.append(Registry(url=url[0], line=number))
    return Listing(registries=tuple(registries), runs_scripts=runs_scripts)
