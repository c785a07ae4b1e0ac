"""Markdown workflows of agents (GitHub Agentic Workflows): front matter, and a prompt below it.

https://github.github.com/gh-aw/reference/frontmatter/
"""

from collections.abc import Iterator

from codeflow_action.actions.quality_gates.workflow_risk.guards import Way, both, ways_of
from codeflow_action.actions.quality_gates.workflow_risk.risks import (
    FilePlace,
    StrangerRisk,
    Threat,
    threat_of,
)
from codeflow_action.actions.quality_gates.workflow_risk.scripts import ASKED_TEXT
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import TaintKind
from codeflow_action.actions.quality_gates.workflow_risk.value_flow import JobValues
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    read_file,
    scalars,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.review.yaml_nodes import (
    PROMPT_KEY,
    Mapping,
    Node,
    Scalar,
    Sequence,
)


def agent_workflow_risks(path: str, node: Node) -> Iterator[StrangerRisk]:
    """Yield what strangers may tell the agent of a Markdown workflow."""
    if not isinstance(node, Mapping) or node.get("on") is None:
        return
    # A job as GitHub takes it, so that triggers and permissions are read in one way.
    job = Mapping(entries=(), line=1)
    jobs_key = Scalar(text="jobs", line=1, end_line=1)
    agent_key = Scalar(text="agent", line=1, end_line=1)
    jobs = Mapping(entries=((agent_key, job),), line=1)
    other_entries = tuple(entry for entry in node.entries if entry[0].text.lower() != "jobs")
    file = read_file(path, Mapping(entries=(*other_entries, (jobs_key, jobs)), line=1))
    prompt = node.get(PROMPT_KEY)
    if file is None or not isinstance(prompt, Scalar):
        return
    ways: tuple[Way, ...] = (Way(frozenset(file.events) - {"roles", "reaction", "stop-after"}),)
    condition = node.get("if")
    if isinstance(condition, Scalar):
        ways = both(ways, ways_of(condition.text))
    door = _open_door(node)
    power = {"write"} if file.permissions.may_write else set[str]()
    power |= {"tools"} if _has_shell(node.get("tools")) else set()
    power |= {"open"} if door else set()
    for place in JobValues().insertions(prompt):
        threat = threat_of(place.taints, TaintKind.TEXT, ways)
        if threat is not None:
            source = place.insertion.source[:120]
            yield _risk(FilePlace(path=path, line=place.line), threat, f"`{source}`", power)
            return
    threat = threat_of(frozenset({ASKED_TEXT}), TaintKind.TEXT, ways)
    if door is not None and threat is not None and power - {"open"}:
        yield _risk(FilePlace(path=path, line=door.line), threat, "whatever it reads", power)


def _open_door(node: Mapping) -> Scalar | None:
    """Return where it says that everybody may start the agent."""
    triggers = node.get("on")
    roles = node.get("roles") or (triggers.get("roles") if isinstance(triggers, Mapping) else None)
    return next((role for role in scalars(roles) if role.text.lower() in {"all", "*"}), None)


def _has_shell(tools: Node | None) -> bool:
    """True where the agent may run any command, or edit files."""
    if not isinstance(tools, Mapping):
        return False
    bash = tools.get("bash")
    match bash:
        case Sequence(items=items):
            return any(isinstance(item, Scalar) and item.text in {"*", ":*"} for item in items)
        case Scalar(text=text):
            return text.lower() not in {"false", "no"}
    return False


def _risk(place: FilePlace, threat: Threat, source: str, power: set[str]) -> StrangerRisk:
    severity = threat.severity if power else Severity.NOTICE
    return StrangerRisk(
        rule="agent-prompt",
        title="A stranger's text steers an agent",
        message=(
            f"{source} is part of this agent's prompt, and strangers write it. They can tell the "
            "agent what to do, with its tools and its token."
        ),
        advice=(
            "Use the sanitized text of gh-aw (`needs.activation.outputs.text`), permissions that "
            "only read, `safe-outputs` for what is written, and no open `roles`."
        ),
        places=(place,),
        threat=Threat(severity=severity, guards=threat.guards, sources=("agent",)),
        code=source,
        power=frozenset(power),
    )
