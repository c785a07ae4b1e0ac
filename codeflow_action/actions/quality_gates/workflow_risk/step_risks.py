"""The risks of one step or job, told in words."""

import re
from collections.abc import Iterator, Mapping

from codeflow_action.actions.quality_gates.workflow_risk.guards import Guard, Way
from codeflow_action.actions.quality_gates.workflow_risk.head_code import folder_of, may_run_head
from codeflow_action.actions.quality_gates.workflow_risk.known_actions import (
    AGENT_ACTIONS,
    CACHE_ACTIONS,
    CODE_INPUTS,
    CONTAINER_INPUTS,
    AgentAction,
)
from codeflow_action.actions.quality_gates.workflow_risk.risks import (
    FilePlace,
    StrangerRisk,
    Threat,
    threat_of,
)
from codeflow_action.actions.quality_gates.workflow_risk.scripts import (
    ASKED_HEAD,
    ASKED_TEXT,
    ScriptFlow,
    Taints,
    UseKind,
)
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import (
    ALL_EVENTS,
    FORK_EVENTS,
    STRANGERS_EVENTS,
    Taint,
    TaintKind,
)
from codeflow_action.actions.quality_gates.workflow_risk.value_flow import JobValues, only
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    EventFilter,
    Permissions,
    WorkflowJob,
    WorkflowStep,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.yaml_nodes import Scalar

_PULL = regex(r"\bpull/")
_MEMBERS_TYPES = frozenset({"labeled", "unlabeled", "assigned", "unassigned", "milestoned"})
_WIDE_TOOLS = regex(
    r"dangerously|bypassPermissions|Bash\((?:\*|:\*)\)|Bash(?![(\w])|run_shell_command(?!\()|danger-full-access"
    r"|--yolo|--full-auto|--allow-all-tools|approval-mode\W+yolo|unsafe",
)
_SAFE_INPUT = "Pass it in through `env:` and use the variable, in quotes."


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A job with what starts it and what it may do; `places` are the calls that lead here."""

    path: str
    job: WorkflowJob
    ways: tuple[Way, ...]
    events: Mapping[str, EventFilter]
    permissions: Permissions
    secrets: frozenset[str]
    places: tuple[FilePlace, ...] = ()

    @property
    def token_power(self) -> frozenset[str]:
        """What the token may do; where nothing is said it may write, by GitHub's older default."""
        if self.permissions.may_write_all:
            return frozenset({"write", "write-all"})
        is_silent = self.permissions.scopes is None
        return frozenset({"write"}) if self.permissions.may_write or is_silent else frozenset()

    @property
    def has_secret(self) -> bool:
        """True where a secret other than the run's own token is used."""
        return bool(self.secrets)


@dataclass(frozen=True, kw_only=True)
class StepView:
    """A step, the `number`th of `steps`, with the values that it sees.

    `moves` is true where it or a later step takes up what was fetched before.
    """

    job: JobView
    step: WorkflowStep
    ways: tuple[Way, ...]
    values: JobValues
    steps: tuple[WorkflowStep, ...] = ()
    number: int = 0
    moves: bool = False

    @property
    def is_in_action(self) -> bool:
        """True for a step of an action, whose caller's steps follow too."""
        return not self.job.job.name or self.steps is not self.job.job.steps

    @property
    def later(self) -> tuple[WorkflowStep, ...]:
        """The steps after it."""
        return self.steps[self.number + 1 :]

    def risk(  # noqa: PLR0913 - one argument for each field
        self,
        rule: str,
        line: int,
        threat: Threat,
        *,
        title: str,
        message: str,
        advice: str,
        code: str,
        power: frozenset[str] | None = None,
    ) -> StrangerRisk:
        """Return a risk at a line of this step's file."""
        job = self.job
        return StrangerRisk(
            rule=rule,
            title=title,
            message=message,
            advice=advice,
            places=(FilePlace(path=job.path, line=line), *job.places),
            threat=threat,
            code=code,
            job=job.job.name,
            power=job.token_power if power is None else power,
        )


def injection_risks(view: StepView) -> Iterator[StrangerRisk]:
    """Yield what is pasted into a script before it runs."""
    for text in _scripts(view.step):
        for place in view.values.insertions(text):
            threat = threat_of(place.taints, TaintKind.TEXT, view.ways)
            if threat is None:
                continue
            expression, sources = f"`{place.insertion.source[:120]}`", _words(threat.sources)
            # Contexts and properties have no case: https://docs.github.com/actions/reference/workflows-and-actions/expressions
            is_same = sources.lower() == expression.lower()
            origin = "" if is_same else f", and it comes from {sources}"
            yield view.risk(
                "template-injection",
                place.line,
                threat,
                title="A stranger's text becomes code",
                message=(
                    f"{expression} is put into this script before it runs{origin}. Whoever writes "
                    f"that can run commands here.{_fork_words(threat)}"
                ),
                advice=_SAFE_INPUT,
                code=place.insertion.source[:200],
            )


def script_risks(view: StepView, flow: ScriptFlow, script: Scalar) -> Iterator[StrangerRisk]:
    """Yield what a script does with strangers' text in its variables."""
    for use in flow.uses:
        line = script.line_of(use.index)
        kind = TaintKind.HEAD if use.kind is UseKind.CHECKOUT else TaintKind.TEXT
        threat = threat_of(use.taints, kind, view.ways)
        if threat is None:
            continue
        if use.kind is UseKind.CHECKOUT:
            rest = script.text[use.index :]
            is_run = view.is_in_action or may_run_head(view.later, "", rest)
            yield _checkout(view, line, threat, use.code, is_run=is_run)
        elif use.kind is UseKind.AGENT:
            yield from _agent_risk(view, line, threat, use.code, _wide_power(use.code))
        else:
            title, message, advice = _SCRIPT_WORDS[use.kind]
            yield view.risk(
                _SCRIPT_RULES[use.kind],
                line,
                threat,
                title=title,
                message=f"{message.format(_words(threat.sources))}{_fork_words(threat)}",
                advice=advice,
                code=use.code,
            )


_SCRIPT_RULES = {
    UseKind.EVALUATES: "shell-injection",
    UseKind.ENVIRONMENT: "environment-injection",
    UseKind.PATH: "environment-injection",
    UseKind.RUNS_ARTIFACT: "untrusted-artifact",
}
_ENVIRONMENT_WORDS = (
    "This writes what comes from {} to `GITHUB_ENV`. A line break in it sets further variables, "
    "such as `LD_PRELOAD`, which run code in later steps."
)
_PATH_WORDS = (
    "This writes what comes from {} to `GITHUB_PATH`. Programs of that folder run in place of the "
    "usual ones in later steps."
)
_ARTIFACT_WORDS = (
    "This runs a file out of {}, and a pull request of a fork can have made it. It runs with this "
    "workflow's secrets and token."
)
_SCRIPT_WORDS = {
    UseKind.EVALUATES: (
        "A stranger's text is run as a command",
        "This command runs what comes from {}. Whoever writes that can run commands here.",
        "Do not evaluate it. Compare it with fixed words, and hand it on in quotes.",
    ),
    UseKind.ENVIRONMENT: (
        "A stranger's text sets variables of later steps",
        _ENVIRONMENT_WORDS,
        "Write it to `GITHUB_OUTPUT` with a delimiter that nobody can guess, or check it first.",
    ),
    UseKind.PATH: (
        "A stranger's text decides which programs run",
        _PATH_WORDS,
        "Write fixed paths only.",
    ),
    UseKind.RUNS_ARTIFACT: (
        "A file of another run is executed",
        _ARTIFACT_WORDS,
        "Take data out of artifacts, never programs, and check what you take.",
    ),
}


def checkout_risks(view: StepView) -> Iterator[StrangerRisk]:
    """Yield the checkout of a pull request's code in a workflow with secrets."""
    step = view.step
    if not step.action.endswith("/checkout"):
        return
    for name in ("ref", "repository"):
        text = step.inputs.get(name)
        if text is None:
            continue
        taints = only(view.values.taints(text), TaintKind.HEAD)
        if name == "ref" and _PULL.search(text.text):
            taints |= {ASKED_HEAD}
        threat = threat_of(taints, TaintKind.HEAD, view.ways)
        if threat is not None:
            line = text.line_of(max(0, text.text.find("${{")))
            is_run = view.is_in_action or may_run_head(view.later, folder_of(step))
            yield _checkout(view, line, threat, text.text, is_run=is_run)
            return


def _checkout(
    view: StepView, line: int, threat: Threat, code: str, *, is_run: bool
) -> StrangerRisk:
    step, job = view.step, view.job
    power = set(job.token_power) | {f"secret {name}" for name in job.secrets}
    keeps = step.inputs.get("persist-credentials")
    if step.uses is None or keeps is None or keeps.text.lower() != "false":
        power |= {"credentials"} & ({"credentials"} if job.token_power else set())
    if any(
        later_step.action in CACHE_ACTIONS or "cache" in later_step.inputs
        for later_step in view.later
    ):
        power.add("cache")
    if _self_hosted(job.job) is not None:
        power.add("self-hosted")
    severity = threat.severity
    if is_run:
        power.add("run")
    elif severity is Severity.ERROR:
        # A trusted checker: nothing is wrong yet, and one more step would make it so.
        severity = Severity.WARNING
    if _is_open_to_all(job):
        power.add("open-events")
    # Which of the many names of the head it is makes no difference.
    threat = Threat(severity=severity, guards=threat.guards, sources=("head",))
    reach = _join([*(f"`{name}`" for name in sorted(job.secrets))], "and")
    return view.risk(
        "untrusted-checkout",
        line,
        threat,
        title="A stranger's code is checked out beside your secrets",
        message=(
            "This workflow starts with the rights of the default branch, and here it checks out "
            "what the author of a pull request wrote. "
            + (
                "What follows can run it"
                if is_run
                else "What follows only reads it. What runs it, runs"
            )
            + f" with the repository's token{f' and {reach}' if reach else ' and caches'}."
        ),
        advice=(
            "Use `pull_request`, do not check out the head, or ask for a label or an approval "
            "first."
            if is_run
            else "Keep it so: build and install nothing here, and run no script of these files."
        ),
        code=" ".join(code.split())[:200],
        power=frozenset(power),
    )


def agent_risks(view: StepView) -> Iterator[StrangerRisk]:
    """Yield agents whose prompt strangers write, or that obey strangers."""
    step = view.step
    agent = _agent(step)
    if agent is None or step.uses is None:
        return
    settings = "\n".join(text.text for text in step.inputs.values())
    wide = _wide_power(settings)
    door = next((step.inputs[name] for name in agent.doors if _is_open(step, name)), None)
    if door is not None:
        wide |= {"open"}
    has_prompt = False
    for name in agent.prompts:
        if (text := step.inputs.get(name)) is None:
            continue
        taints = view.values.taints(text) | _named_variables(view, text)
        threat = threat_of(taints, TaintKind.TEXT, view.ways)
        if threat is not None and not has_prompt:
            has_prompt = True
            line = text.line_of(max(0, text.text.find("${{")))
            yield from _agent_risk(view, line, threat, f"{step.action} {name}", wide)
    if door is not None and not has_prompt:
        threat = threat_of(frozenset({ASKED_TEXT}), TaintKind.TEXT, view.ways)
        if threat is not None:
            yield from _agent_risk(view, door.line, threat, f"{step.action} {door.text}", wide)


def _named_variables(view: StepView, text: Scalar) -> Taints:
    """Return the taints of variables that a prompt tells the agent to read, such as `${TITLE}`."""
    names = set(re.findall(r"[A-Za-z_]\w{3,}", text.text[:100_000]))
    taint_sets = (view.values.env[name] for name in view.step.env if name in names)
    return frozenset[Taint]().union(*taint_sets)


def agent_outputs(view: StepView) -> dict[str, Taints]:
    """Return what an agent says: as much a stranger's text as its prompt."""
    agent = _agent(view.step)
    if agent is None:
        return {}
    prompt = (view.values.taints(view.step.inputs.get(name)) for name in agent.prompts)
    taints = only(frozenset[Taint]().union(*prompt), TaintKind.TEXT)
    return dict.fromkeys(agent.outputs, taints) if taints else {}


def _agent(step: WorkflowStep) -> AgentAction | None:
    if step.action in AGENT_ACTIONS:
        return AGENT_ACTIONS[step.action]
    # An action within another folder of the same repository.
    return next(
        (agent for name, agent in AGENT_ACTIONS.items() if step.action.startswith(f"{name}/")), None
    )


def _is_open(step: WorkflowStep, name: str) -> bool:
    text = step.inputs.get(name)
    return text is not None and "*" in [part.strip(" '\"") for part in text.text.split(",")]


def _wide_power(settings: str) -> frozenset[str]:
    return frozenset({"tools"}) if _WIDE_TOOLS.search(settings[:100_000]) else frozenset()


def _agent_risk(
    view: StepView, line: int, threat: Threat, code: str, wide: frozenset[str]
) -> Iterator[StrangerRisk]:
    job = view.job
    token = job.token_power if job.permissions.scopes is not None else frozenset[str]()
    power = token | wide | ({"secret"} if job.has_secret else set())
    if threat.is_fork_only or threat.guards & {Guard.MEMBER, Guard.SAME_REPOSITORY}:
        severity = Severity.NOTICE
    else:
        severity = threat.severity if power else Severity.NOTICE
    is_open = "open" in wide
    reach = _join(
        [
            *(["a token that may write"] if token else []),
            *(["a secret"] if job.has_secret else []),
            *(["a shell"] if "tools" in wide else []),
        ],
        "and",
    )
    yield view.risk(
        "agent-prompt",
        line,
        Threat(severity=severity, guards=threat.guards, sources=("agent",)),
        title="Anybody may steer this agent" if is_open else "A stranger's text steers an agent",
        message=(
            f"What comes from {_words(threat.sources)} is part of what this agent reads"
            + (", and its list of callers is open to everybody" if is_open else "")
            + ". Whoever writes it can tell the agent what to do"
            + (f", with {reach}." if reach else ".")
        ),
        advice=(
            "Let only people with write access call it, give it a token that only reads, and no "
            "tools that run commands."
        ),
        code=code[:200],
        power=power,
    )


def job_risks(view: JobView, owner: str) -> Iterator[StrangerRisk]:
    """Yield what lies in a job's own settings; `owner` is the repository's, if known."""
    job = view.job
    strangers = _open_events(view, STRANGERS_EVENTS)
    pull_requests = _open_events(view, FORK_EVENTS | {"pull_request_target"})
    if pull_requests and (runner := _self_hosted(job)) is not None:
        yield _job_risk(
            view,
            "self-hosted-runner",
            runner.line,
            title="Pull requests run on a machine of yours",
            message=(
                "In a public repository anybody can open a pull request, and its code then runs on "
                "this machine. What it leaves there meets the next job."
            ),
            advice=(
                "Use GitHub's runners for pull requests, or machines that are thrown away after "
                "each job."
            ),
        )
    if strangers and view.permissions.may_write_all:
        yield _job_risk(
            view,
            "excessive-permissions",
            view.permissions.line,
            title="Anybody can start a run with a token that may write everything",
            message=f"`{_join(sorted(strangers), 'and')}` can be started by strangers.",
            advice="Name the permissions that this workflow needs.",
        )
    if strangers and job.inherits_secrets and _is_foreign(job, owner):
        yield _job_risk(
            view,
            "secrets-inherit",
            job.inherits_secrets,
            title="All secrets go to a workflow of another repository",
            message="Strangers can start this, and `inherit` hands over more than is needed.",
            advice="Name the secrets that it needs.",
        )
    for text in _old_commands(job):
        yield _job_risk(
            view,
            "insecure-commands",
            text.line,
            title="Any printed line can set variables",
            message="Whoever can print a line here can run code in later steps.",
            advice="Write to `GITHUB_ENV` and `GITHUB_PATH` instead.",
        )


def _is_foreign(job: WorkflowJob, owner: str) -> bool:
    """True for a call of another owner's workflow; where the owner is not known, for none."""
    called_path = job.uses.text if job.uses is not None else "./"
    return (
        bool(owner)
        and not called_path.startswith("./")
        and called_path.split("/")[0].lower() != owner
    )


def _job_risk(
    view: JobView, rule: str, line: int, *, title: str, message: str, advice: str
) -> StrangerRisk:
    return StrangerRisk(
        rule=rule,
        title=title,
        message=message,
        advice=advice,
        places=(FilePlace(path=view.path, line=line), *view.places),
        threat=Threat(severity=Severity.WARNING),
        code=rule,
        job=view.job.name,
    )


def _old_commands(job: WorkflowJob) -> Iterator[Scalar]:
    for texts in (job.env, *(step.env for step in job.steps)):
        text = texts.get("ACTIONS_ALLOW_UNSECURE_COMMANDS")
        if text is not None and text.text.lower() not in {"false", ""}:
            yield text


def _open_events(view: JobView, events: frozenset[str]) -> frozenset[str]:
    """Return those of the events that start the job without any guard."""
    event_sets = (way.events & events for way in view.ways if not way.guards)
    return frozenset[str]().union(
        *(way_events for way_events in event_sets if way_events != events & ALL_EVENTS)
    )


def _is_open_to_all(view: JobView) -> bool:
    """True where a stranger can start it alone: some events need a person with access."""
    return any(
        not (event.types and _MEMBERS_TYPES.issuperset(event.types))
        for name, event in view.events.items()
        if name in STRANGERS_EVENTS
    )


def _self_hosted(job: WorkflowJob) -> Scalar | None:
    return next((text for text in job.runners if text.text.lower() == "self-hosted"), None)


def _scripts(step: WorkflowStep) -> Iterator[Scalar]:
    """Yield the texts of a step that a shell or a program runs."""
    if step.run is not None:
        yield step.run
    for name in CODE_INPUTS.get(step.action, ()):
        if name in step.inputs:
            yield step.inputs[name]
    container = [step.inputs[name] for name in CONTAINER_INPUTS if name in step.inputs]
    is_shell = any(re.search(r"(?:^|[\s/])(?:ba|da|z)?sh\b|-c\b", text.text) for text in container)
    if step.action.startswith("docker://") and is_shell:
        yield from container


def _words(sources: tuple[str, ...]) -> str:
    shown = [f"`{source}`" if "." in source and " " not in source else source for source in sources]
    return _join(shown[:3], "and") or "strangers"


def _join(words: list[str], last: str) -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _fork_words(threat: Threat) -> str:
    if not threat.is_fork_only:
        return ""
    return " From a fork it has no secrets, and a token that only reads."
