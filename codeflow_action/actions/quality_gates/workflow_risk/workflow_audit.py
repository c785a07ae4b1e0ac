"""Walks through the jobs and steps of workflows and collects their risks."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache

from codeflow_action.actions.quality_gates.workflow_risk.expressions import insertions
from codeflow_action.actions.quality_gates.workflow_risk.guards import (
    PERMISSION_CHECK,
    Guard,
    Way,
    both,
    ways_of,
)
from codeflow_action.actions.quality_gates.workflow_risk.known_actions import (
    ARTIFACT_ACTIONS,
    HEAD_OUTPUTS,
    TEXT_OUTPUTS,
)
from codeflow_action.actions.quality_gates.workflow_risk.risks import FilePlace, StrangerRisk
from codeflow_action.actions.quality_gates.workflow_risk.scripts import (
    ARTIFACT,
    ASKED_HEAD,
    ASKED_TEXT,
    MOVES,
    NONE,
    ScriptFlow,
    Taints,
    is_quiet,
    read_other,
    read_shell,
)
from codeflow_action.actions.quality_gates.workflow_risk.shared_caches import (
    cache_restores,
    may_fill_caches,
    shared_cache_risk,
)
from codeflow_action.actions.quality_gates.workflow_risk.step_risks import (
    JobView,
    StepView,
    agent_outputs,
    agent_risks,
    checkout_risks,
    injection_risks,
    job_risks,
    script_risks,
)
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import ALL_EVENTS
from codeflow_action.actions.quality_gates.workflow_risk.value_flow import (
    JobValues,
    Outputs,
    matrix_values,
)
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    Permissions,
    WorkflowFile,
    WorkflowJob,
    WorkflowStep,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.yaml_nodes import Scalar

_MAX_CALLS = 4  # workflows and actions within each other; GitHub takes ten
_MAX_CHARACTERS = 1_500_000  # of scripts that are read in an audit, counted for each caller
_STEP_COST = 200  # characters that any step counts for, and
_LINE_COST = 20  # any line
_MAX_RISKS = 1_000
_CHECKED_WAY = (Way(ALL_EVENTS, frozenset({Guard.CHECK})),)
# These start only where a pull request or an outside event does.
_PULL_REQUEST_EVENTS = frozenset(
    {"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"}
)


@dataclass(frozen=True, kw_only=True)
class WorkflowCall:
    """How a workflow or an action is started: by events, or by a job of another file."""

    ways: tuple[Way, ...]
    inputs: Outputs = field(default_factory=dict)
    env: Mapping[str, Taints] = field(default_factory=dict)
    permissions: Permissions | None = None
    secrets: frozenset[str] = frozenset()
    places: tuple[FilePlace, ...] = ()
    view: JobView | None = None
    depth: int = 0


class WorkflowAuditor:
    """Audits files of one commit; what they call in their repository is followed."""

    def __init__(self, files: Mapping[str, WorkflowFile], owner: str = "") -> None:
        self._files = files
        self._owner = owner
        self._characters_left = _MAX_CHARACTERS
        self._callers: dict[str, list[WorkflowFile]] = defaultdict(list)
        for file in files.values():
            for name in dict.fromkeys(file.local_calls()):
                self._callers[name].append(file)

    @property
    def is_complete(self) -> bool:
        """False when there was more than an audit looks at."""
        return self._characters_left > 0

    def risks(self, paths: Sequence[str]) -> list[StrangerRisk]:
        """Return the risks of these files, each place once with its gravest risk."""
        risks_by_place: dict[tuple[object, ...], StrangerRisk] = {}
        for path in paths:
            file = self._files.get(path)
            if file is None:
                continue
            for risk in self._file_risks(file, WorkflowCall(ways=self._ways(file))):
                key = (*risk.key, risk.places[0], risk.code)
                earlier_risk = risks_by_place.get(key)
                if len(risks_by_place) >= _MAX_RISKS:
                    self._characters_left = 0
                elif earlier_risk is None or _is_graver(risk, earlier_risk):
                    risks_by_place[key] = risk
        return [*risks_by_place.values(), *self._shared_caches(paths)]

    def _shared_caches(self, paths: Sequence[str]) -> Iterator[StrangerRisk]:
        restores = [
            (path, job, step)
            for path in paths
            if path in self._files
            for job, step in cache_restores(self._files[path])
        ]
        if not restores:
            return
        sources = (
            risk
            for file in self._files.values()
            if may_fill_caches(file)
            for risk in self._file_risks(file, WorkflowCall(ways=self._ways(file)))
            if risk.rule == "untrusted-checkout" and risk.threat.severity is Severity.ERROR
        )
        if source := next(sources, None):
            for path, job, step in restores:
                yield shared_cache_risk(path, job, step, source)

    def with_callers(self, paths: Sequence[str]) -> list[str]:
        """Return these paths, and those of the workflows that call one of them."""
        callers = (caller.path for path in paths for caller in self._callers_of(path))
        return list(dict.fromkeys((*paths, *callers)))

    def _ways(self, file: WorkflowFile, depth: int = 0) -> tuple[Way, ...]:
        """Return what starts a file. An action, or a workflow that others call, may be anyone's."""
        if file.is_action:
            # Actions can call each other in a circle.
            callers = self._callers_of(file.path) if "/" in file.path and depth < _MAX_CALLS else []
            ways = {way: None for caller in callers for way in self._ways(caller, depth + 1)}
            return tuple(ways) or (Way(ALL_EVENTS),)
        events = frozenset(file.events) - {"workflow_call"}
        if "workflow_run" in events and self._follows_members_only(file):
            events -= {"workflow_run"}
        if "workflow_call" in file.events:
            callers = self._callers_of(file.path)
            earlier_risk = (set(caller.events) for caller in callers)
            events |= frozenset[str]().union(*earlier_risk) - {"workflow_call"} or ALL_EVENTS
        return (Way(events),)

    def _callers_of(self, path: str) -> list[WorkflowFile]:
        is_workflow = path.startswith(".github/workflows/")
        callers = self._callers.get(path if is_workflow else path.rpartition("/")[0], [])
        return [file for file in callers if file.path != path]

    def _follows_members_only(self, file: WorkflowFile) -> bool:
        """True where all workflows that it follows are known, and no stranger starts one."""
        by_name = {
            candidate.name: candidate
            for candidate in self._files.values()
            if not candidate.is_action
        }
        first_workflows = [by_name.get(name) for name in file.events["workflow_run"].workflows]
        return bool(first_workflows) and all(
            candidate is not None and _PULL_REQUEST_EVENTS.isdisjoint(candidate.events)
            for candidate in first_workflows
        )

    def _file_risks(
        self, file: WorkflowFile, call: WorkflowCall
    ) -> Generator[StrangerRisk, None, dict[str, Outputs]]:
        """Yield the risks of all jobs, and return their outputs."""
        outputs: dict[str, Outputs] = {}
        ways: dict[str, tuple[Way, ...]] = {}
        for job in _in_order(file.jobs):
            job_ways = _job_ways(job, call, ways)
            # Jobs that need this one start when its check has passed.
            is_check = any(_checks_permission(step) for step in job.steps)
            ways[job.name] = both(job_ways, _CHECKED_WAY) if is_check else job_ways
            values = JobValues(inputs=call.inputs, needs=outputs, env=dict(call.env))
            values.add_env(file.env)
            values.add_env(job.env)
            values.matrix = matrix_values(job.matrix, values)
            view = call.view or JobView(
                path=file.path,
                job=job,
                ways=job_ways,
                events=file.events,
                permissions=call.permissions or job.permissions,
                secrets=job.secrets | call.secrets,
                places=call.places,
            )
            if call.view is not None:
                view = replace(view, path=file.path, places=call.places)
            else:
                yield from job_risks(view, self._owner)
            called_outputs: Outputs = {}
            if job.uses is not None:
                called_outputs = yield from self._reusable(job, view, values, call.depth)
            yield from self._job_steps(job, view, values, call.depth)
            own_outputs = {name: values.taints(text) for name, text in job.outputs.items()}
            outputs[job.name] = {**own_outputs, **called_outputs}
        return outputs

    def _job_steps(
        self, job: WorkflowJob, view: JobView, values: JobValues, depth: int
    ) -> Iterator[StrangerRisk]:
        is_checked = False
        last_move = max(
            (
                number
                for number, step in enumerate(job.steps)
                if step.run is not None and _moves(step.run.text)
            ),
            default=-1,
        )
        for number, step in enumerate(job.steps):
            self._characters_left -= _STEP_COST + len(values.env)
            if self._characters_left <= 0:
                return
            ways = both(view.ways, ways_of(step.condition.text)) if step.condition else view.ways
            if is_checked:
                ways = both(ways, _CHECKED_WAY)
            step_values = values.within(step.env)
            step_view = StepView(
                job=view,
                step=step,
                ways=ways,
                values=step_values,
                steps=job.steps,
                number=number,
                moves=number <= last_move,
            )
            yield from self._step_risks(step_view, values, depth)
            is_checked = is_checked or _checks_permission(step)

    def _step_risks(self, view: StepView, values: JobValues, depth: int) -> Iterator[StrangerRisk]:
        """Yield a step's risks, and note in `values` what it leaves for later ones."""
        step = view.step
        yield from injection_risks(view)
        yield from checkout_risks(view)
        yield from agent_risks(view)
        outputs: dict[str, Taints] = agent_outputs(view)
        for flow, script in self._script_flows(view):
            yield from script_risks(view, flow, script)
            outputs |= flow.outputs
            for name, taints in flow.variables.items():
                values.env[name] = values.env.get(name, NONE) | taints
        outputs |= {name: frozenset({ASKED_TEXT}) for name in TEXT_OUTPUTS.get(step.action, ())}
        for name in HEAD_OUTPUTS.get(step.action, ()):
            outputs[name] = outputs.get(name, NONE) | {ASKED_HEAD}
        _note_artifact(view, values)
        if step.action == "juliangruber/read-file-action":
            outputs["content"] = frozenset({ARTIFACT}) if values.has_artifact else NONE
        if step.uses is not None and step.uses.text.startswith("./"):
            called_outputs, risks = self._composite(view, depth)
            yield from risks
            outputs |= called_outputs
        if step.id:
            values.steps[step.id] = outputs

    def _script_flows(self, view: StepView) -> Iterator[tuple[ScriptFlow, Scalar]]:
        step = view.step
        text = step.inputs.get("script") if step.action == "actions/github-script" else step.run
        if text is None:
            return
        script = view.values.script(text, moves=view.moves)
        if is_quiet(script):
            return
        self._characters_left -= len(script.text) + _LINE_COST * script.text.count("\n")
        if self._characters_left <= 0:
            return
        is_other = step.run is None or step.shell.startswith(("python", "node", "perl", "ruby"))
        yield (read_other if is_other else read_shell)(script), text

    def _composite(self, view: StepView, depth: int) -> tuple[Outputs, list[StrangerRisk]]:
        """Follow the call of an action of this repository."""
        step = view.step
        assert step.uses is not None  # noqa: S101 - the caller has looked
        folder = step.uses.text.removeprefix("./").strip("/")
        names = (f"{folder}/action.yml".lstrip("/"), f"{folder}/action.yaml".lstrip("/"))
        file = next((self._files[name] for name in names if name in self._files), None)
        if file is None or depth >= _MAX_CALLS:
            return {}, []
        call = WorkflowCall(
            ways=view.ways,
            inputs={name: view.values.taints(text) for name, text in step.inputs.items()},
            env=view.values.env,
            places=(FilePlace(path=view.job.path, line=step.uses.line), *view.job.places),
            view=replace(view.job, ways=view.ways),
            depth=depth + 1,
        )
        risks = list(self._file_risks(file, call))
        inner = JobValues(inputs=call.inputs)
        for inner_step in file.jobs[0].steps:
            if inner_step.id and inner_step.run is not None:
                flow = read_shell(inner.within(inner_step.env).script(inner_step.run))
                inner.steps[inner_step.id] = flow.outputs
        return {name: inner.taints(text) for name, text in file.outputs.items()}, risks

    def _reusable(
        self, job: WorkflowJob, view: JobView, values: JobValues, depth: int
    ) -> Generator[StrangerRisk, None, Outputs]:
        """Follow the call of a workflow of this repository, and return what it hands back."""
        assert job.uses is not None  # noqa: S101 - the caller has looked
        file = self._files.get(job.uses.text.removeprefix("./"))
        if file is None or depth >= _MAX_CALLS or not job.uses.text.startswith("./"):
            return {}
        call = WorkflowCall(
            ways=view.ways,
            inputs={name: values.taints(text) for name, text in job.inputs.items()},
            permissions=view.permissions if view.permissions.scopes is not None else None,
            secrets=view.secrets | ({"inherit"} if job.inherits_secrets else set()),
            places=(FilePlace(path=view.path, line=job.uses.line), *view.places),
            depth=depth + 1,
        )
        job_outputs = yield from self._file_risks(file, call)
        inner = JobValues(inputs=call.inputs, needs=job_outputs)
        return {name: inner.taints(text) for name, text in file.outputs.items()}


def _is_graver(risk: StrangerRisk, other_risk: StrangerRisk) -> bool:
    return risk.threat.severity.rank < other_risk.threat.severity.rank


def _in_order(jobs: Sequence[WorkflowJob]) -> list[WorkflowJob]:
    """Return jobs so that those come first that others need."""
    by_name = {job.name: job for job in jobs}
    jobs_by_name: dict[str, WorkflowJob] = {}
    # A stack of its own: a chain of needs can be longer than Python's.
    stack = [(job, False) for job in reversed(jobs)]
    started_names: set[str] = set()
    while stack:
        job, is_ready = stack.pop()
        if is_ready:
            jobs_by_name.setdefault(job.name, job)
        elif job.name not in started_names:
            started_names.add(job.name)
            stack.append((job, True))
            stack.extend((by_name[name], False) for name in job.needs if name in by_name)
    return list(jobs_by_name.values())


def _job_ways(
    job: WorkflowJob, call: WorkflowCall, earlier: Mapping[str, tuple[Way, ...]]
) -> tuple[Way, ...]:
    """Return the ways in which a job starts: its own condition, and those of the jobs it needs."""
    condition = job.condition.text if job.condition else ""
    ways = both(call.ways, ways_of(condition)) if condition else call.ways
    # It starts even where a job that it needs was skipped.
    is_always = any(word in condition.lower() for word in ("always()", "failure()", "cancelled()"))
    if not is_always:
        for name in job.needs:
            ways = both(ways, earlier.get(name, (Way(ALL_EVENTS),)))
    if job.environment:
        ways = both(ways, (Way(ALL_EVENTS, frozenset({Guard.APPROVAL})),))
    return ways


def _checks_permission(step: WorkflowStep) -> bool:
    texts = [step.run, step.uses, step.inputs.get("script"), *step.env.values()]
    return any(text is not None and _asks_permission(text.text) for text in texts)


# A text that an anchor puts into a thousand jobs is searched once.
@lru_cache(maxsize=256)
def _asks_permission(text: str) -> bool:
    return PERMISSION_CHECK.search(text[:20_000]) is not None


@lru_cache(maxsize=256)
def _moves(text: str) -> bool:
    return MOVES.search(text[:100_000]) is not None


def _note_artifact(view: StepView, values: JobValues) -> None:
    """Remember that files of another run lie in the workspace from here on."""
    step = view.step
    if not any("workflow_run" in way.events for way in view.ways):
        return
    script = step.run or step.inputs.get("script")
    text = script.text if script is not None else ""
    is_other_run = step.action != "actions/download-artifact" or "run-id" in step.inputs
    if step.action in ARTIFACT_ACTIONS and is_other_run:
        values.has_artifact = True
        folder = step.inputs.get("path")
        if folder is not None and not list(insertions(folder.text)):
            values.artifact_folder = folder.text.strip().removeprefix("./").strip("/")
    elif "downloadArtifact" in text or "gh run download" in text:
        values.has_artifact = True
