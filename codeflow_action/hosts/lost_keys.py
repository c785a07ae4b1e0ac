"""Reads whether the workflow passes a key that did not arrive; only where there is none."""

from collections.abc import Mapping
from itertools import chain

from codeflow_action.ai.registry import Providers
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.workflow_keys import (
    CallingStep,
    PassedKey,
    missing_key_advice,
    passed_keys,
)
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Tree

_MAX_WORKFLOW = 200_000  # bytes; GitHub takes workflows up to 500 kB, and people write a few


@dataclass(frozen=True, kw_only=True)
class LostKeys:
    """The keys that the workflow passes and that arrived empty, and what to try, in a sentence."""

    keys: tuple[PassedKey, ...] = ()
    advice: str = ""


async def find_lost_keys(
    inputs: Inputs,
    environment: Mapping[str, str],
    policy: Tree,
    providers: Providers,
    outsider: Reason | None,
) -> LostKeys:
    """Return which keys the run was to be given and was not, by the workflow's file in `policy`.

    At most one read. What cannot be read tells of none.
    """
    step = CallingStep.of(environment)
    if step is None:
        return LostKeys()
    try:
        content = (await policy.read_many([step.path])).get(step.path)
    except (GitHubError, RepositoryError):
        return LostKeys()
    if not isinstance(content, bytes) or len(content) > _MAX_WORKFLOW:
        return LostKeys()
    by_input = [provider.key_input for provider in providers.values()]
    # A cloud's variables may be meant for other tools of the job.
    by_variable = chain.from_iterable(
        provider.profile.key_variables
        for provider in providers.values()
        if provider.profile.is_in_auto
    )
    account_inputs = (
        provider.account_inputs[word]
        for provider in providers.values()
        if (federation := provider.profile.federation)
        for word in federation.fields
    )
    keys = passed_keys(
        content,
        step,
        [name for name in by_input if name not in inputs.keys],
        [name for name in by_variable if not environment.get(name, "").strip()],
        [name for name in account_inputs if name not in inputs.accounts],
    )
    return LostKeys(keys=keys, advice=missing_key_advice(keys, step.path, outsider) if keys else "")
