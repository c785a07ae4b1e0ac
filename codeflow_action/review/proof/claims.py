"""Claims that code can check, what may come of it, and what the checking is given."""

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum

from codeflow_action.engine.diff import Side
from codeflow_action.engine.facts import LineCoverage
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.security.untrusted import code_span, path


class ClaimKind(StrEnum):
    """What a finding says of the code, in words of the reply's schema."""

    UNDEFINED = "undefined"  # or not imported
    UNUSED = "unused"
    NEVER_CALLED = "never_called"
    MISSING_TEST = "missing_test"
    WAS_REMOVED = "was_removed"
    DUPLICATE_OF = "duplicate_of"
    FILE_MISSING = "file_missing"
    IMPORTS_DELETED = "imports_deleted"  # a file that this change deletes
    NOT_HANDLED_IN_CALLER = "not_handled_in_caller"
    OTHER = "other"  # nothing that code can check


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim about an anchored place: 1-based lines, both included, of one side.

    `subject` is the name, symbol or path that it is about, `other` the second one of
    `duplicate_of`; both as a model wrote them.
    """

    kind: ClaimKind
    subject: str
    path: str
    line: int
    end_line: int
    side: Side = Side.RIGHT
    other: str = ""


@dataclass(frozen=True)
class Proof:
    """The claim holds; `evidence` is a sentence of Markdown, names and paths in code spans.

    `is_whole` where the claim is the whole defect: if it holds, the change is wrong, whatever else
    is true. Of all other claims something stays to be judged.
    """

    evidence: str
    is_whole: bool = False


@dataclass(frozen=True)
class Refutation:
    """The claim is false; `evidence` is a sentence of Markdown, names and paths in code spans."""

    evidence: str


@dataclass(frozen=True)
class NoProof:
    """Code cannot tell; `why` is for tests and logs."""

    why: str


type ProofResult = Proof | Refutation | NoProof


@dataclass(frozen=True, kw_only=True)
class ProofContext:
    """Where claims are checked: both versions of the repository, and what changed between them.

    `coverage` is what the project's tests did not run, as far as it is reported.
    """

    head: Tree
    base: Tree
    files: Sequence[ChangedFile]
    coverage: LineCoverage = field(default_factory=LineCoverage)


def name(text: str) -> str:
    """Return a stranger's name as inline code."""
    return code_span(text, 120)


def place(file: str, line: int | None = None) -> str:
    """Return a path, with a line where there is one, as inline code."""
    return code_span(path(file) if line is None else f"{path(file)}:{line}")
