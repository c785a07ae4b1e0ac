"""Guards that a change takes from a workflow that strangers can start."""

from collections.abc import Iterator

from codeflow_action.actions.quality_gates.workflow_risk.guards import Guard, Way, both, ways_of
from codeflow_action.actions.quality_gates.workflow_risk.risks import (
    FilePlace,
    StrangerRisk,
    Threat,
)
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import (
    ALL_EVENTS,
    STRANGERS_EVENTS,
)
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    WorkflowFile,
    WorkflowJob,
)
from codeflow_action.engine.findings import Severity


def removed_guards(before: WorkflowFile, after: WorkflowFile) -> Iterator[StrangerRisk]:
    """Yield what held strangers off at the merge base and is gone at the head.

    Only jobs with something to lose count: secrets, or a token that may write.
    """
    events = STRANGERS_EVENTS & frozenset(after.events)
    if not events:
        return
    old_jobs = {job.name: job for job in before.jobs}
    for job in after.jobs:
        old = old_jobs.get(job.name)
        if old is None:
            continue
        if job.permissions.scopes is None and old.permissions.scopes is not None:
            yield _risk(
                after,
                job,
                title="This job's token is no longer limited",
                message=(
                    "Without `permissions:` the token may do what the repository's settings say, "
                    "and strangers can start this job."
                ),
                advice="Keep `permissions:` with what the job needs.",
                code="permissions",
            )
        lost_guards = _guards(before, old) - _guards(after, job)
        has_power = bool(job.secrets or job.permissions.may_write or job.permissions.scopes is None)
        if lost_guards and not _guards(after, job) and has_power:
            yield _risk(
                after,
                job,
                title="What held strangers off this job is gone",
                message=f"Before this change, {min(lost_guards)}. Now strangers start it alone.",
                advice="Keep the condition, or take secrets and rights from the job.",
                code="guard",
            )


def _guards(file: WorkflowFile, job: WorkflowJob) -> frozenset[Guard]:
    """Return the guards on every way in which strangers start a job."""
    ways: tuple[Way, ...] = (Way(STRANGERS_EVENTS & frozenset(file.events)),)
    if job.condition is not None:
        ways = both(ways, ways_of(job.condition.text))
    if job.environment:
        ways = both(ways, (Way(ALL_EVENTS, frozenset({Guard.APPROVAL})),))
    by_way = [way.guards for way in ways]
    # The jobs that it needs, or each of its steps, may ask in its place.
    needed_jobs = [candidate for candidate in file.jobs if candidate.name in job.needs]
    if not all(by_way) and needed_jobs:
        return frozenset().union(*(_guards_of_condition(candidate) for candidate in needed_jobs))
    if not all(by_way):
        return _guards_of_steps(job)
    return frozenset().union(*by_way)


def _guards_of_condition(job: WorkflowJob) -> frozenset[Guard]:
    ways = ways_of(job.condition.text) if job.condition else ()
    guard_sets = [way.guards for way in ways]
    return (
        frozenset().union(*guard_sets) if guard_sets and all(guard_sets) else _guards_of_steps(job)
    )


def _guards_of_steps(job: WorkflowJob) -> frozenset[Guard]:
    """Return the guards that stand on every step, empty where one step has none."""
    guard_sets: list[frozenset[Guard]] = []
    for step in job.steps:
        ways = ways_of(step.condition.text) if step.condition else ()
        guards = [way.guards for way in ways]
        if not guards or not all(guards):
            return frozenset()
        guard_sets.extend(guards)
    return frozenset().union(*guard_sets)


def _risk(
    file: WorkflowFile, job: WorkflowJob, *, title: str, message: str, advice: str, code: str
) -> StrangerRisk:
    line = job.condition.line if job.condition else job.line
    return StrangerRisk(
        rule="removed-guard",
        title=title,
        message=message,
        advice=advice,
        places=(FilePlace(path=file.path, line=line),),
        threat=Threat(severity=Severity.WARNING),
        code=f"{job.name} {code}",
        job=job.name,
    )
