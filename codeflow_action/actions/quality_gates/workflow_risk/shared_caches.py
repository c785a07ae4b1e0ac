"""Caches of the default branch that a stranger's code can fill, restored where there is power."""

# A run for `pull_request` writes caches that only its own pull request restores. One for
# `pull_request_target`, `issue_comment` or `workflow_run` writes those of the default branch, under
# any key, and every later run restores them:
# https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
# zizmor's `cache-poisoning` asks something else, whether a release is built with caches at all.

from collections.abc import Iterator

from codeflow_action.actions.quality_gates.workflow_risk.known_actions import CACHE_ACTIONS
from codeflow_action.actions.quality_gates.workflow_risk.risks import (
    FilePlace,
    StrangerRisk,
    Threat,
)
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import (
    FORK_EVENTS,
    STRANGERS_EVENTS,
)
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import (
    WorkflowFile,
    WorkflowJob,
    WorkflowStep,
)
from codeflow_action.engine.findings import Severity

_FALSEHOODS = frozenset({"", "false", "none"})


def cache_restores(file: WorkflowFile) -> Iterator[tuple[WorkflowJob, WorkflowStep]]:
    """Yield the steps that restore a cache in jobs of trusted events with a secret or a token."""
    if file.is_action or not frozenset(file.events) - STRANGERS_EVENTS - FORK_EVENTS:
        return
    for job in file.jobs:
        if job.secrets or job.permissions.may_write:
            yield from ((job, step) for step in job.steps if _restores(step))


def _restores(step: WorkflowStep) -> bool:
    if step.action in CACHE_ACTIONS:
        return step.action != "actions/cache/save"
    setting = step.inputs.get("cache")
    return setting is not None and setting.text.strip().lower() not in _FALSEHOODS


def may_fill_caches(file: WorkflowFile) -> bool:
    """True for a workflow that strangers start and whose caches are the default branch's."""
    return not STRANGERS_EVENTS.isdisjoint(file.events)


def shared_cache_risk(
    path: str, job: WorkflowJob, step: WorkflowStep, source: StrangerRisk
) -> StrangerRisk:
    """Return the risk of a restored cache; `source` is the checkout that can fill it."""
    origin = source.places[0]
    reach = "secrets" if job.secrets else "a token that may write"
    return StrangerRisk(
        rule="shared-cache",
        title=f"A cache that strangers can fill is restored beside {reach}",
        message=(
            f"{origin.path}, line {origin.line}, runs the code of pull requests where it can write "
            f"caches of the default branch, under any key. What it leaves there runs here, beside "
            f"{reach}."
        ),
        advice="Restore no cache in this job, or let that workflow run no code of pull requests.",
        places=(FilePlace(path=path, line=step.line),),
        threat=Threat(severity=Severity.WARNING),
        code=step.action,
        job=job.name,
    )
