"""What a run's models were asked, and what that cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.lazy import dataclass
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


class ModelSpending(BaseModel):
    """What one model was asked for in one role. `seconds` add up requests that ran side by side.

    `failed` counts the requests that were not answered, by our error's name.
    """

    model_config = ConfigDict(frozen=True)

    role: str
    model: str
    calls: int = 0
    failed: dict[str, int] = {}
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0

    @classmethod
    def of(cls, role: str, model: str, calls: Sequence[Call]) -> "ModelSpending":
        """Return the sums over calls of one model in one role."""
        usage = sum((call.usage for call in calls), Usage())
        failures = Counter(call.error for call in calls if call.error)
        return cls(
            role=role,
            model=model,
            calls=len(calls) - failures.total(),
            failed=dict(failures),
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cost_usd=_cost(calls),
            seconds=round(sum(call.seconds for call in calls), 3),
        )

    def __add__(self, second: "ModelSpending") -> "ModelSpending":
        """Return the sums of two runs' spending on the same model in the same role."""
        return ModelSpending(
            role=self.role,
            model=self.model,
            calls=self.calls + second.calls,
            failed=dict(Counter(self.failed) + Counter(second.failed)),
            input_tokens=self.input_tokens + second.input_tokens,
            output_tokens=self.output_tokens + second.output_tokens,
            cached_tokens=self.cached_tokens + second.cached_tokens,
            cost_usd=_sum_of_costs((self.cost_usd, second.cost_usd)),
            seconds=round(self.seconds + second.seconds, 3),
        )


class Spending(BaseModel):
    """What a run's models have used. `calls` were answered, `failed_calls` were not.

    `reused` counts answers that were kept from earlier runs. `models` are those that answered, as
    their providers name them, in the order of their first answers; `by_model` has a row for each
    role and model that was asked. `cost_usd` is in US dollars, None once a price was unknown.
    """

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    failed_calls: int = 0
    reused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    models: tuple[str, ...] = ()
    by_model: tuple[ModelSpending, ...] = ()

    @classmethod
    def of(cls, calls: Sequence[Call], reused: int = 0) -> "Spending":
        """Return the sums over all calls of a run."""
        usage = sum((call.usage for call in calls), Usage())
        answers = [call for call in calls if not call.error]
        rows = dict.fromkeys((call.role, call.model) for call in calls)
        return cls(
            calls=len(answers),
            failed_calls=len(calls) - len(answers),
            reused=reused,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cost_usd=_cost(calls),
            models=tuple(dict.fromkeys(call.served_by for call in answers)),
            by_model=tuple(
                ModelSpending.of(
                    role.value, model, [call for call in calls if (call.role, call.model) == row]
                )
                for row in rows
                for role, model in [row]
            ),
        )

    @property
    def tokens(self) -> int:
        """Tokens in both directions."""
        return self.input_tokens + self.output_tokens

    def __add__(self, second: "Spending") -> "Spending":
        """Return the sums of two runs; `Spending()` adds nothing."""
        rows: dict[tuple[str, str], ModelSpending] = {}
        for row in (*self.by_model, *second.by_model):
            key = (row.role, row.model)
            rows[key] = rows[key] + row if key in rows else row
        return Spending(
            calls=self.calls + second.calls,
            failed_calls=self.failed_calls + second.failed_calls,
            reused=self.reused + second.reused,
            input_tokens=self.input_tokens + second.input_tokens,
            output_tokens=self.output_tokens + second.output_tokens,
            cached_tokens=self.cached_tokens + second.cached_tokens,
            cost_usd=_sum_of_costs((self.cost_usd, second.cost_usd)),
            models=tuple(dict.fromkeys((*self.models, *second.models))),
            by_model=tuple(rows.values()),
        )


def _cost(calls: Iterable[Call]) -> float | None:
    """Return what the answered calls cost: who was not answered has paid nothing."""
    return _sum_of_costs(call.cost_usd for call in calls if not call.error)


def _sum_of_costs(costs: Iterable[float | None]) -> float | None:
    """Return the sum to a millionth of a dollar, None where one of them is unknown.

    So rounded, the order in which reports are merged makes no difference.
    """
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return round(total, 6)
