"""The environment of every process that we start: an allow-list.

A variable can hold a secret under any name, load code (`LD_PRELOAD`, `PYTHONPATH`), or lead git to
another configuration, another program or another repository (git's own `GIT_*`: git(1),
"Environment Variables"). So a child gets what it needs to run, and what its starter adds.
"""

import os
from collections.abc import Mapping
from pathlib import Path

# What a program needs to find other programs, to read file names, and to write temporary files.
_PLAIN = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"})
# What reaches the network needs these too. Proxies may hold a password.
_NETWORK = frozenset(
    {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
)
NO_HOME = Path(os.devnull)  # below it there is nothing, and nobody can put anything there


def child_environment(
    outer: Mapping[str, str], *, home: Path = NO_HOME, network: bool = False
) -> dict[str, str]:
    """Return the variables of `outer` that a child gets; `network` adds proxies and certificates.

    `PATH` is always set, and holds absolute folders only: a relative one would be looked for in
    whatever folder the child runs in.
    """
    child = {
        name: value
        for name, value in outer.items()
        # Proxies are written in small letters too (curl(1), "ENVIRONMENT").
        if name in _PLAIN or (network and name.upper() in _NETWORK)
    }
    folders = outer.get("PATH", "").split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())
    return {**child, "PATH": path or os.defpath, "HOME": str(home)}
