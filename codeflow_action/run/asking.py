"""The models of one run, from what the configuration says and which keys there are."""

import random

from codeflow_action.ai.models import ModelSettings, NoModels, RunModels, load_factories
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Chosen, price_table
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.tracing import Tracer
from codeflow_action.security.redaction import Redactor


def make_models(  # noqa: PLR0913 - what a run's models are made from
    effective: Effective,
    chosen: Chosen,
    *,
    clock: Clock,
    rng: random.Random,
    redactor: Redactor,
    deadline: float,
    tracer: Tracer,
    spent_usd: float = 0.0,
) -> RunModels | NoModels:
    """Return the models. `deadline` is on the clock; `spent_usd` was spent here by earlier runs."""
    if chosen.default is None:
        return NoModels(chosen.why_not.value)
    budget = effective.policy.budget
    settings = ModelSettings(
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
    return RunModels(
        settings,
        factories=load_factories(),
        clock=clock,
        rng=rng,
        redactor=redactor,
        tracer=tracer,
    )
