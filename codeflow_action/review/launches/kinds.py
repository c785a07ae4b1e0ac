"""The table of files from which something runs by itself, joined from its parts: one row a kind."""

import re
from functools import lru_cache

from codeflow_action.review.launches.agent_kinds import AGENT_KINDS
from codeflow_action.review.launches.build_kinds import BUILD_KINDS
from codeflow_action.review.launches.editor_kinds import EDITOR_KINDS
from codeflow_action.review.launches.git_hook_kinds import GIT_HOOK_KINDS
from codeflow_action.review.launches.launch import LaunchKind
from codeflow_action.review.launches.package_kinds import PACKAGE_KINDS
from codeflow_action.review.launches.shell_kinds import SHELL_KINDS
from codeflow_action.security.linear import compile_linear

KINDS = (
    *AGENT_KINDS,
    *EDITOR_KINDS,
    *SHELL_KINDS,
    *PACKAGE_KINDS,
    *GIT_HOOK_KINDS,
    *BUILD_KINDS,
)

# Programs in the repository that a tool starts: their content cannot be read here, or is a bundle.
PROGRAMS = {
    r"gradle/wrapper/gradle-wrapper\.jar|\.mvn/wrapper/maven-wrapper\.jar": (
        "Gradle's or Maven's wrapper",
        "on every machine that builds with the wrapper",
    ),
    r"\.yarn/releases/[^/]+": ("Yarn's own program", "on every machine that runs yarn here"),
    r"\.yarn/plugins/.+": ("a plug-in of Yarn", "on every machine that runs yarn here"),
}


# A path is tried against all rows at once first: a change may have thousands.
_ANY_PATH = "(?is)^(?:.*/)?(?:" + "|".join(f"(?:{kind.paths})" for kind in KINDS) + ")$"
_ANY_PROGRAM = "(?s)^(?:.*/)?(?:" + "|".join(PROGRAMS) + ")$"
_PATH_MEMORY = 64 << 20  # bytes


@lru_cache(maxsize=4_096)
def kinds_of(path: str) -> tuple[LaunchKind, ...]:
    """Return the rows for a path, none for nearly all paths."""
    if not compile_linear(_ANY_PATH, _PATH_MEMORY, has_groups=False).search(path):
        return ()
    return tuple(kind for kind in KINDS if kind.pattern.fullmatch(path))


def program_at(path: str) -> tuple[str, str] | None:
    """Return what a program in the repository is and who runs it, None for other files."""
    if not compile_linear(_ANY_PROGRAM, has_groups=False).search(path):
        return None
    rows = (
        row for pattern, row in PROGRAMS.items() if re.fullmatch(rf"(?:.*/)?(?:{pattern})", path)
    )
    return next(rows, None)
