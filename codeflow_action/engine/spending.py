"""What a run's models were asked, and what that cost."""

from dataclasses import dataclass, field

from codeflow_action.engine.model import Role, Usage


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to a model. `error` is our error's name, empty for one that was answered.

    `model` is `provider:model` as it was asked for, `served_by` the model that answered, as the
    provider names it. `cost_usd` is None when the price is unknown.
    """

    role: Role
    model: str
    served_by: str = ""
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a run's models have used: every request, and how many answers were reused."""

    calls: tuple[Call, ...] = ()
    reused: int = 0

    @property
    def answered(self) -> tuple[Call, ...]:
        """The requests that were answered, and so paid for."""
        return tuple(call for call in self.calls if not call.error)

    @property
    def usage(self) -> Usage:
        """Tokens of all of them."""
        return sum((call.usage for call in self.calls), Usage())

    @property
    def cost_usd(self) -> float | None:
        """US dollars, None when a used model's price is unknown."""
        costs = [call.cost_usd for call in self.answered]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def models(self) -> tuple[str, ...]:
        """Who answered, as the providers name them, in the order of their first answers."""
        return tuple(dict.fromkeys(call.served_by for call in self.answered))
