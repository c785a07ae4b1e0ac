"""One table of models: what is asked by default, how much fits, what it costs.

Prices are US dollars for a million tokens, as the public tables of genai-prices 0.2.3 and litellm
1.106.2 give them, read on 2026-11-23. A model that is not here is asked all the same; its cost is
"unknown", and its window is taken to be `DEFAULT_WINDOW`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from codeflow_action.engine.model import Usage

DEFAULT_WINDOW = 32_000  # tokens: what even small self-hosted models are served with
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for a million tokens.

    `written` is for input that a provider also puts into its prompt cache, None where that costs
    no more than other input.
    """

    input: float
    cached: float
    output: float
    written: float | None = None

    def of(self, usage: Usage) -> float:
        """Return what these tokens cost."""
        fresh = usage.input_tokens - usage.cached_tokens - usage.written_tokens
        total = (
            fresh * self.input
            + usage.cached_tokens * self.cached
            + usage.written_tokens * (self.input if self.written is None else self.written)
            + usage.output_tokens * self.output
        )
        return total / _MILLION

    def most(self, usage: Usage) -> float:
        """Return what these tokens cost when nothing is cached, and all of it is written."""
        return self.of(Usage(output_tokens=usage.output_tokens)) + self.of(
            Usage(input_tokens=usage.input_tokens, written_tokens=usage.input_tokens)
        )


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """How many tokens fit, prompt and reply together, and the price, None when unknown."""

    window: int
    price: Price | None


def _facts(window: int, input_: float, cached: float, output: float) -> ModelFacts:
    return ModelFacts(window=window, price=Price(input=input_, cached=cached, output=output))


def _written(window: int, input_: float, cached: float, output: float) -> ModelFacts:
    """Anthropic, and OpenAI since gpt-5.6, take a quarter more for what their caches keep."""
    price = Price(input=input_, cached=cached, output=output, written=1.25 * input_)
    return ModelFacts(window=window, price=price)


DEFAULT_MODELS: Mapping[str, str] = {
    "openai": "gpt-6.1-sol",
    "anthropic": "claude-sonnet-5-5",
    "mistral": "mistral-medium-latest",
    "groq": "openai/gpt-oss-120b",
}

# OpenAI's price doubles above 272,000 tokens of input: the window stays below.
MODELS: Mapping[tuple[str, str], ModelFacts] = {
    ("openai", "gpt-6.1-sol"): _written(272_000, 2, 0.10, 10),
    ("openai", "gpt-6.1-terra"): _written(272_000, 1, 0.05, 5),
    ("openai", "gpt-6-sol"): _written(272_000, 2, 0.2, 10),
    ("openai", "gpt-6-luna"): _written(272_000, 0.10, 0.01, 0.50),
    ("openai", "gpt-6-astra"): _written(272_000, 10, 1, 50),
    ("openai", "gpt-5.6-sol"): _written(272_000, 4, 0.4, 20),
    ("openai", "gpt-5.6-terra"): _written(272_000, 2, 0.2, 12),
    ("openai", "gpt-5.6-luna"): _written(272_000, 0.2, 0.02, 1.2),
    ("anthropic", "claude-opus-5-5"): _written(200_000, 4, 0.2, 20),
    ("anthropic", "claude-sonnet-5-5"): _written(200_000, 2, 0.1, 10),
    ("anthropic", "claude-haiku-5-5"): _written(200_000, 0.1, 0.01, 0.5),
    ("anthropic", "claude-haiku-4-5"): _written(200_000, 1, 0.1, 5),
    ("mistral", "mistral-small-latest"): _facts(128_000, 0.15, 0.015, 0.6),
    ("mistral", "mistral-medium-latest"): _facts(128_000, 1.5, 0.15, 7.5),
    ("mistral", "mistral-medium-3-5"): _facts(128_000, 1.5, 0.15, 7.5),
    ("mistral", "mistral-large-latest"): _facts(128_000, 0.5, 0.05, 1.5),
    ("groq", "openai/gpt-oss-120b"): _facts(131_000, 0.15, 0.075, 0.6),
    ("groq", "openai/gpt-oss-20b"): _facts(131_000, 0.075, 0.0375, 0.3),
}


def facts(provider: str, model: str, prices: Mapping[str, Price]) -> ModelFacts:
    """Return what is known of a model; `prices` are overrides by `provider:model` or model."""
    known = MODELS.get((provider, model), ModelFacts(window=DEFAULT_WINDOW, price=None))
    override = prices.get(f"{provider}:{model}") or prices.get(model)
    return ModelFacts(window=known.window, price=override or known.price)
