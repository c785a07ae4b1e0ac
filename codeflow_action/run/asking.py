"""The models of one run, from what the configuration says and which keys there are."""

from collections.abc import Mapping

from codeflow_action.ai.models import (
    Factory,
    ModelPorts,
    ModelSettings,
    NoModels,
    RunModels,
    load_factories,
)
from codeflow_action.config.layers import Effective
from codeflow_action.config.models import Chosen, price_table


def make_models(
    effective: Effective,
    chosen: Chosen,
    ports: ModelPorts,
    *,
    deadline: float,
    spent_usd: float = 0.0,
    factories: Mapping[str, Factory] | None = None,
) -> RunModels | NoModels:
    """Return the models. `deadline` is on the clock; `spent_usd` was spent here by earlier runs.

    `factories` make the providers by name; without them the installed ones do.
    """
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
    makers = load_factories() if factories is None else factories
    return RunModels(settings, factories=makers, ports=ports)
