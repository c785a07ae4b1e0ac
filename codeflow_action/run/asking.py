"""The models of one run, from what the configuration says and which keys there are."""

import random

from codeflow_action.ai.models import ModelSettings, NoModels, RunModels, load_factories
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Chosen, price_table
from codeflow_action.engine.ports import Clock
from codeflow_action.security.redaction import Redactor


def make_models(
    effective: Effective,
    chosen: Chosen,
    *,
    clock: Clock,
    rng: random.Random,
    redactor: Redactor,
    deadline: float,
    spent_usd: float = 0.0,
) -> RunModels | NoModels:
    """Return the models. `deadline` is on the clock; `spent_usd` was spent here by earlier runs."""
    settings = model_settings(effective, chosen, deadline=deadline, spent_usd=spent_usd)
    if settings is None:
        return NoModels(chosen.why_not.value)
    return RunModels(settings, factories=load_factories(), clock=clock, rng=rng, redactor=redactor)


def model_settings(
    effective: Effective, chosen: Chosen, *, deadline: float, spent_usd: float = 0.0
) -> ModelSettings | None:
    """Return what the models are made from, None where there are none to ask."""
    if chosen.default is None:
        return None
    budget = effective.policy.budget
    return ModelSettings(
        default=chosen.default,
        fallback=chosen.fallback,
        roles=chosen.roles,
        keys=chosen.keys,
        base_urls=chosen.base_urls,
        max_tokens=budget.max_tokens,
        max_cost_usd=min(budget.max_cost_usd, budget.max_cost_usd_per_pr - spent_usd),
        prices=price_table(effective.policy.models.prices),
        deadline=deadline,
    )
