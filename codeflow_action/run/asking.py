"""The models of one run, from what the configuration says and which keys there are."""

from codeflow_action.ai.models import ModelPorts, ModelSettings, NoModels, RunModels
from codeflow_action.ai.registry import Providers
from codeflow_action.config.layers import Effective
from codeflow_action.config.model_choice import ModelChoice, price_table


def make_models(
    effective: Effective,
    chosen: ModelChoice,
    providers: Providers,
    ports: ModelPorts,
    *,
    deadline: float,
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
        variables=chosen.variables,
        max_tokens=budget.max_tokens,
        max_cost_usd=min(budget.max_cost_usd, budget.max_cost_usd_per_pr - spent_usd),
        prices=price_table(effective.policy.models.prices),
        deadline=deadline,
    )
    return RunModels(settings, providers=providers, ports=ports)
