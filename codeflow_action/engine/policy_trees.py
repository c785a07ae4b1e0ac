"""Where the configuration of a run is read: not where the change under review can write."""

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Tree


@dataclass(frozen=True, kw_only=True)
class NamedTree:
    """The files of a branch's commit."""

    branch: str
    tree: Tree

    def __str__(self) -> str:
        """Name it for people: `main (1a2b3c4)`."""
        sha = self.tree.sha[:7]
        return self.branch if self.branch.startswith(sha) else f"{self.branch} ({sha})"


@dataclass(frozen=True, kw_only=True)
class PolicyTrees:
    """Where policy is read, and where what can move a key or an address.

    `policy` holds the configuration, the guidelines and the checks. `default` is the default
    branch, which alone names models' addresses, providers and prices; None where it cannot be
    read. `note` says why the policy is not the base's, empty where it is.
    """

    policy: NamedTree
    default: NamedTree | None
    note: str = ""

    @property
    def are_one(self) -> bool:
        """True where the policy itself is the default branch's."""
        return self.default is not None and self.default.tree.sha == self.policy.tree.sha
