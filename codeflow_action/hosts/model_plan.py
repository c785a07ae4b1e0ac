"""Which models a run may ask, with what budget, and whether there is anything to ask."""

from collections.abc import Mapping
from dataclasses import replace

from codeflow_action.ai.models import ModelPorts, NoModels, RunModels
from codeflow_action.ai.registry import InstalledProvider
from codeflow_action.config.model_choice import make_models
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.shards import Shard
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.venue import FOR_PUBLISHING, Venue
from codeflow_action.integrations.folder_store import FolderStore
from codeflow_action.run.conclude import digest
from codeflow_action.run.configuration import RunConfiguration


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """The models that a run may ask, and the digest of the configuration and the models.

    `is_already_reviewed` is True where an earlier run has read all of this change under the same
    digest.
    """

    models: RunModels | NoModels
    digest: str
    is_already_reviewed: bool = False


def plan_models(
    venue: Venue,
    configuration: RunConfiguration,
    providers: Mapping[str, InstalledProvider],
    previous_ledger: Ledger | None,
    shard: Shard | None = None,
) -> ModelPlan:
    """Return the models of the `providers` that this run may ask, a `shard` with its share.

    A change that was wholly reviewed under the same configuration is not paid for again, unless
    a command asks for just that.
    """
    effective, choice = configuration.resolution.effective, configuration.resolution.choice
    pull_request, command = venue.target.pull_request, venue.command
    run_digest = digest(effective, choice.label)
    tokens_left = venue.admission.tokens_left
    if venue.depth.reason is not None:
        return ModelPlan(models=NoModels(venue.depth.reason.value), digest=run_digest)
    is_already_reviewed = bool(
        choice.default
        and previous_ledger
        and not (command and command.is_full_review)
        and previous_ledger.covers(
            head_sha=pull_request.head_sha,
            merge_base_sha=pull_request.merge_base_sha,
            digest=run_digest,
        )
    )
    reason = _reason_without_models(command, is_already_reviewed=is_already_reviewed)
    if venue.target.no_news:
        reason = reason or Reason.UNSUPPORTED_EVENT
    models = (
        NoModels(reason.value)
        if reason
        else make_models(
            replace(effective, policy=effective.policy.with_tokens(tokens_left)),
            choice,
            providers,
            _model_ports(venue.job),
            deadline=venue.job.deadline - FOR_PUBLISHING,
            spent_usd=(previous_ledger.cost_usd if previous_ledger else None) or 0.0,
            shard=shard,
        )
    )
    return ModelPlan(models=models, digest=run_digest, is_already_reviewed=is_already_reviewed)


def open_store(job: Job) -> FolderStore | None:
    """Return what keeps answers between runs, None where no input names a folder for it."""
    # In a folder of the workspace: the only one that a container shares with the steps around
    # it, which restore and save it.
    cache_dir = job.inputs.cache_dir
    return FolderStore(job.surroundings.workspace, cache_dir) if cache_dir else None


def _model_ports(job: Job) -> ModelPorts:
    store = open_store(job)
    if store:
        store.prune()
    return ModelPorts(
        clock=job.clock,
        rng=job.rng,
        redactor=job.redactor,
        store=store,
        sink=job.exchanges.append if job.inputs.record else None,
        stop=job.stop,
        tracer=job.tracer,
    )


def _reason_without_models(command: Command | None, *, is_already_reviewed: bool) -> Reason | None:
    """Return why a run that may ask models does not; a command may ask something else."""
    if command is None or command.name is CommandName.REVIEW:
        return Reason.UNCHANGED if is_already_reviewed else None
    if command.name.may_cost:
        return None
    return Reason.PAUSED if command.name is CommandName.PAUSE else Reason.UNCHANGED
