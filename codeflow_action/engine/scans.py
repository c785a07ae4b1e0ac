"""What secret and workflow scanners report."""

from codeflow_action.engine.lazy import dataclass

_MAX_VISIBLE = 4  # characters of a secret that may be seen


@dataclass(frozen=True, kw_only=True)
class SecretMatch:
    """A secret in one file: its kind and place; the secret itself only masked.

    `start` and `end` are byte offsets of the secret in the scanned content. A `component` is half
    of a pair that says nothing alone; it is masked, not reported. So is one without a `confidence`:
    it was found beneath escapes or an encoding. `mark` is the same for the same
    secret within one run, and says nothing of it.
    """

    path: str
    line: int
    end_line: int
    rule: str
    name: str
    confidence: str  # high, medium, low, or empty
    masked: str
    start: int
    end: int
    placeholder: bool = False  # a value that every example uses
    component: bool = False
    mark: str = ""
    scanner: str = "kingfisher"  # empty for rules of our own


def mask(secret: str) -> str:
    """Return the secret's first characters and its length; of a short one fewer characters."""
    start = secret[: min(_MAX_VISIBLE, len(secret) // 4)].replace("\n", " ")
    return f"{start}…, {len(secret)} characters"


@dataclass(frozen=True, kw_only=True)
class WorkflowRisk:
    """Something dangerous in a workflow, an action or Dependabot's configuration.

    `severity` and `confidence` are zizmor's: high, medium, low, informational. `line` to `end_line`
    is the place itself, with its `text`, which may be a secret; `spans` are all places that take
    part, as first and last lines.
    """

    path: str
    rule: str
    severity: str
    confidence: str
    description: str
    url: str = ""
    line: int
    end_line: int
    spans: tuple[tuple[int, int], ...]
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkflowAudit:
    """What an audit came to; `unread` are paths of files that are no valid workflows."""

    risks: tuple[WorkflowRisk, ...] = ()
    unread: tuple[str, ...] = ()


class ScannerFailed(Exception):
    """A scanner could not run; a gate that needs it has not been run."""
