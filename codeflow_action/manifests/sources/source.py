"""One statement of a file about where something comes from."""

from enum import StrEnum

from codeflow_action.engine.lazy import dataclass


class SourceRole(StrEnum):
    """What kind of statement it is."""

    REGISTRY = "registry"  # where all packages, or those of a scope, are looked for
    OVERRIDE = "override"  # takes a package from another place than its name says
    PLACE = "place"  # where something is fetched from that the file asks for
    CHECK = "check"  # turns off a check of what is fetched


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceStatement:
    """One statement. `name` is what it is about: a package, a scope, the last part of an image.

    An empty name stands for all packages, an empty target for the ecosystem's own registry.
    """

    ecosystem: str
    role: SourceRole
    name: str
    target: str  # an address, a version or a path, as it is written
    line: int = 1
    version: str = ""  # a tag, a branch, a commit or a digest
    label: str = ""  # the version that a comment states beside a commit
