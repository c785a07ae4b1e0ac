"""Workflows and actions as values: triggers, jobs and steps, each with the lines where it stands.

Whatever has another shape than GitHub takes is left out. Keys are found in any case, and names of
jobs, steps and inputs are in lower case, as expressions compare them.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import field
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.yaml_nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
)

WORKFLOW_PATH = regex(r"\.github/workflows/[^/]+\.ya?ml", re.DOTALL)
AGENT_PATH = regex(r"\.github/workflows/[^/]+\.md", re.DOTALL)
ACTION_PATH = regex(r"(?:.*/)?action\.ya?ml", re.DOTALL)

_MAX_JOBS = 1_000

type Texts = MappingABC[str, Scalar]


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What a token may do; `scopes` are those that may be written, None where nothing is said."""

    scopes: frozenset[str] | None = None
    line: int = 0

    @property
    def may_write(self) -> bool:
        """True where it is said that the token may write something."""
        return bool(self.scopes)

    @property
    def may_write_all(self) -> bool:
        """True for `write-all`."""
        return self.scopes is not None and "all" in self.scopes


@dataclass(frozen=True, kw_only=True)
class WorkflowStep:
    """A step of a job or of a composite action."""

    line: int
    id: str = ""
    condition: Scalar | None = None
    run: Scalar | None = None
    shell: str = ""
    folder: str = ""  # of the workspace, in which a `run` starts
    uses: Scalar | None = None
    inputs: Texts = field(default_factory=dict)
    env: Texts = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    @property
    def action(self) -> str:
        """What it uses, without its version and in lower case; empty for a `run`."""
        return self.uses.text.partition("@")[0].strip().lower() if self.uses else ""


@dataclass(frozen=True, kw_only=True)
class WorkflowJob:
    """A job: steps, or a call of a reusable workflow with `inputs`."""

    name: str
    line: int
    condition: Scalar | None = None
    env: Texts = field(default_factory=dict)
    permissions: Permissions = Permissions()
    needs: tuple[str, ...] = ()
    outputs: Texts = field(default_factory=dict)
    steps: tuple[WorkflowStep, ...] = ()
    matrix: Node | None = None
    uses: Scalar | None = None
    inputs: Texts = field(default_factory=dict)
    inherits_secrets: int = 0  # the line that says so
    runners: tuple[Scalar, ...] = ()
    environment: bool = False
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """One event of `on:` with what narrows it down."""

    line: int
    types: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorkflowFile:
    """A workflow, or an action with its steps in one job without a name."""

    path: str
    name: str = ""
    events: MappingABC[str, EventFilter] = field(default_factory=dict)
    env: Texts = field(default_factory=dict)
    permissions: Permissions = Permissions()
    jobs: tuple[WorkflowJob, ...] = ()
    inputs: frozenset[str] = frozenset()
    outputs: Texts = field(default_factory=dict)

    @property
    def is_action(self) -> bool:
        """True for an `action.yml`, which runs in whatever job calls it."""
        return ACTION_PATH.fullmatch(self.path) is not None

    def local_calls(self) -> Iterator[str]:
        """Yield what it calls within its repository, as folders or files."""
        for job in self.jobs:
            for uses in (job.uses, *(step.uses for step in job.steps)):
                if uses is not None and uses.text.startswith("./"):
                    yield uses.text.removeprefix("./").partition("@")[0].strip("/")


def read_file(path: str, node: Node) -> WorkflowFile | None:
    """Return a workflow or a composite action; None for what is neither."""
    if not isinstance(node, Mapping):
        return None
    if ACTION_PATH.fullmatch(path):
        return _action(path, node)
    jobs = node.get("jobs")
    if not isinstance(jobs, Mapping):
        return None
    permissions = _permissions(node, Permissions())
    events = _events(node.get("on"))
    call = _mapping(_mapping(node.get("on")).get("workflow_call"))
    return WorkflowFile(
        path=path,
        name=_text(node.get("name")) or path,
        events=events,
        env=_texts(node.get("env")),
        permissions=permissions,
        jobs=tuple(
            _job(name, value, permissions, _working_folder(node))
            for name, value in jobs.entries[:_MAX_JOBS]
            if isinstance(value, Mapping)
        ),
        inputs=frozenset(name.text.lower() for name, _ in _mapping(call.get("inputs")).entries),
        outputs=_values(call.get("outputs")),
    )


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Yield every text below a node."""
    match node:
        case Scalar():
            yield node
        case Sequence(items=items):
            for item in items:
                yield from scalars(item)
        case Mapping(entries=entries):
            for _, value in entries:
                yield from scalars(value)


def _action(path: str, node: Mapping) -> WorkflowFile | None:
    runs = node.get("runs")
    if not isinstance(runs, Mapping):
        return None
    return WorkflowFile(
        path=path,
        name=_text(node.get("name")),
        jobs=(WorkflowJob(name="", line=runs.line, steps=_steps(runs.get("steps"))),),
        inputs=frozenset(name.text.lower() for name, _ in _mapping(node.get("inputs")).entries),
        outputs=_values(node.get("outputs")),
    )


def _values(outputs: Node | None) -> dict[str, Scalar]:
    """Return the `value:` of each output of an action or a reusable workflow."""
    return {
        name.text.lower(): value
        for name, output in _mapping(outputs).entries
        if isinstance(value := _mapping(output).get("value"), Scalar)
    }


def _working_folder(node: Mapping) -> str:
    return _text(_mapping(_mapping(node.get("defaults")).get("run")).get("working-directory"))


def _events(node: Node | None) -> dict[str, EventFilter]:
    match node:
        case Scalar(text=text, line=line):
            return {text.strip().lower(): EventFilter(line=line)}
        case Sequence(items=items):
            return {
                item.text.lower(): EventFilter(line=item.line)
                for item in items
                if isinstance(item, Scalar)
            }
        case Mapping(entries=entries):
            return {
                name.text.lower(): EventFilter(
                    line=name.line,
                    types=tuple(
                        text.text.lower() for text in scalars(_mapping(value).get("types"))
                    ),
                    workflows=tuple(
                        text.text for text in scalars(_mapping(value).get("workflows"))
                    ),
                )
                for name, value in entries
            }
    return {}


def _job(name: Scalar, node: Mapping, outer: Permissions, folder: str) -> WorkflowJob:
    secrets = node.get("secrets")
    is_inherited = isinstance(secrets, Scalar) and secrets.text.lower() == "inherit"
    runners = node.get("runs-on")
    if isinstance(runners, Mapping):
        runners = runners.get("labels")
    return WorkflowJob(
        name=name.text.lower(),
        line=name.line,
        condition=_scalar(node.get("if")),
        env=_texts(node.get("env")),
        permissions=_permissions(node, outer),
        needs=tuple(text.text.lower() for text in scalars(node.get("needs"))),
        outputs={key.lower(): value for key, value in _texts(node.get("outputs")).items()},
        steps=_steps(node.get("steps"), _working_folder(node) or folder),
        matrix=_mapping(node.get("strategy")).get("matrix"),
        uses=_scalar(node.get("uses")),
        inputs=_inputs(node.get("with")),
        inherits_secrets=secrets.line if is_inherited and secrets is not None else 0,
        runners=tuple(scalars(runners)),
        environment=node.get("environment") is not None,
        secrets=_secrets(node),
    )


def _steps(node: Node | None, folder: str = "") -> tuple[WorkflowStep, ...]:
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(
        WorkflowStep(
            line=item.line,
            id=_text(item.get("id")).lower(),
            condition=_scalar(item.get("if")),
            run=_scalar(item.get("run")),
            shell=_text(item.get("shell")).lower(),
            folder=_text(item.get("working-directory")) or folder,
            uses=_scalar(item.get("uses")),
            inputs=_inputs(item.get("with")),
            env=_texts(item.get("env")),
            secrets=_secrets(item),
        )
        for item in items
        if isinstance(item, Mapping)
    )


# A token of the run itself is told by its permissions.
_SECRET = regex(r"\bsecrets\s*(?:\.\s*|\[\s*')(?!github_token\b)(\w+)", re.IGNORECASE)


def _secrets(node: Node) -> frozenset[str]:
    return frozenset[str]().union(*(_secrets_in(text.text) for text in scalars(node)))


# A text that an anchor puts into a thousand jobs is searched once.
@lru_cache(maxsize=1_024)
def _secrets_in(text: str) -> frozenset[str]:
    return frozenset(match[1].lower() for match in _SECRET.finditer(text[:100_000]))


def _permissions(node: Mapping, outer: Permissions) -> Permissions:
    key, value = node.key("permissions"), node.get("permissions")
    if key is None:
        return outer
    match value:
        case Scalar(text=text):
            scopes = frozenset({"all"}) if text.lower() == "write-all" else frozenset[str]()
        case Mapping(entries=entries):
            scopes = frozenset(
                name.text.lower()
                for name, access in entries
                if isinstance(access, Scalar) and access.text.lower() == "write"
            )
        case _:
            scopes = frozenset()
    return Permissions(scopes=scopes, line=key.line)


def _mapping(node: Node | None) -> Mapping:
    return node if isinstance(node, Mapping) else Mapping(entries=(), line=0)


def _scalar(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) else None


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _texts(node: Node | None) -> dict[str, Scalar]:
    entries = node.entries if isinstance(node, Mapping) else ()
    return {name.text: value for name, value in entries if isinstance(value, Scalar)}


def _inputs(node: Node | None) -> dict[str, Scalar]:
    return {name.lower(): value for name, value in _texts(node).items()}
