"""Stands in for a model: keeps every prompt as it would have been sent, and finds nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.engine.model import (
    Completion,
    Endpoint,
    LLMProvider,
    Prompt,
    StopReason,
    Usage,
)
from codeflow_action.evaluation.shown import Reading
from codeflow_action.testing.models.smallest import smallest


@dataclass(kw_only=True)
class StandIn:
    """Stands in for `ref`: the same window, price and estimate of tokens; no network."""

    ref: ModelRef
    readings: list[Reading] = field(default_factory=list)

    def factory(self) -> Callable[[Endpoint], LLMProvider]:
        """Return what makes the provider, as a run's models ask for it."""
        return lambda endpoint: _Recorder(endpoint, self)


class _Recorder(LLMProvider):
    """Innermost, where a provider would be: what it gets is redacted and within the budget."""

    def __init__(self, endpoint: Endpoint, stand_in: StandIn) -> None:
        self._model = endpoint.model
        self._provider = stand_in.ref.provider
        self._readings = stand_in.readings

    @property
    def model(self) -> str:
        """The id of the model that it stands in for."""
        return self._model

    async def generate(self, prompt: Prompt) -> Completion:
        """Answer with the least that the schema allows: an empty review."""
        schema = prompt.reply.model_json_schema() if prompt.reply else {}
        parts = [part.text for part in prompt.parts]
        sent = [prompt.instructions, *parts, *([json.dumps(schema)] if schema else [])]
        tokens = sum(map(TokenCounter(self._provider).count, sent))
        size = sum(len(text.encode("utf-8", "replace")) for text in sent)
        self._readings.append(Reading.of(parts, tokens=tokens, size=size))
        return Completion(
            text=json.dumps(smallest(schema)) if schema else "",
            usage=Usage(input_tokens=tokens),
            provider=self._provider,
            model=self._model,
            stop=StopReason.END,
        )
