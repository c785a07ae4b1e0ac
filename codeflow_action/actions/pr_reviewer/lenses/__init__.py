"""What a reviewer looks for: one lens a kind of trouble, and the project's own checks."""

from functools import cache
from importlib import resources

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass

# In the order of what matters most.
NAMES = ("correctness", "security", "concurrency", "data_loss", "compatibility", "tests")


@dataclass(frozen=True, kw_only=True)
class Lens:
    """One thing to look for. A project's own check has a `rule`, by which remarks cite it.

    `paths` limits it to files that match, empty to none. `severity` is the check's own: a remark
    that cites it gets that one.
    """

    name: str
    text: str
    rule: str = ""
    paths: tuple[str, ...] = ()
    severity: Severity | None = None

    def looks_at(self, path: str) -> bool:
        """True when the file is one of those that the lens is for."""
        return not self.paths or any_matches(self.paths, path)


@cache
def built_in() -> tuple[Lens, ...]:
    """Return our own lenses."""
    folder = resources.files(__package__)
    return tuple(
        Lens(name=name, text=folder.joinpath(f"{name}.md").read_text("utf-8").strip())
        for name in NAMES
    )
