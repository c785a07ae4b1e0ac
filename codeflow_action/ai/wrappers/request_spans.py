"""One span for every request to a model, in the words of OpenTelemetry's GenAI conventions.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.model import Completion, Endpoint, LLMProvider, Prompt, StopReason
from codeflow_action.engine.tracing import Tracer, Value

_FINISH = {
    StopReason.END: "stop",
    StopReason.LENGTH: "length",
    StopReason.FILTERED: "content_filter",
}


class TracingProvider(ProviderWrapper):
    """The innermost wrapper: what was asked and answered in numbers, and how long it took.

    `provider` is the API's name in the conventions. Prompts and answers are told only where the
    tracer lets their `content` through.
    """

    def __init__(
        self, inner: LLMProvider, *, tracer: Tracer, provider: str, endpoint: Endpoint
    ) -> None:
        super().__init__(inner)
        self._tracer = tracer
        self._attributes: dict[str, Value] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": endpoint.model,
            **_server(endpoint.base_url),
        }

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, inside a span."""
        attributes: dict[str, Value] = {
            **self._attributes,
            "gen_ai.request.max_tokens": prompt.max_output_tokens,
            "gen_ai.output.type": "json" if prompt.reply else "text",
            "codeflow.model.role": prompt.role.value,
        }
        with self._tracer.span(f"chat {self.model}", attributes, client=True) as span:
            instructions = self._parts([prompt.instructions])
            parts = self._parts([part.text for part in prompt.parts])
            if instructions and parts:
                span.set(
                    {
                        "gen_ai.system_instructions": json.dumps(instructions),
                        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": parts}]),
                    }
                )
            completion = await self.inner.generate(prompt)
            finish_reason = _FINISH.get(completion.stop, completion.stop.value)
            span.set(_answer_attributes(completion, finish_reason))
            if parts := self._parts([completion.text]):
                message = {"role": "assistant", "parts": parts, "finish_reason": finish_reason}
                span.set({"gen_ai.output.messages": json.dumps([message])})
            return completion

    def _parts(self, texts: Sequence[str]) -> list[dict[str, str]]:
        """Return the texts as the conventions' parts of a message, none where none may be told."""
        visible = [self._tracer.content(text) for text in texts]
        return [{"type": "text", "content": text} for text in visible if text is not None]


def _answer_attributes(completion: Completion, finish_reason: str) -> dict[str, Value]:
    usage = completion.usage
    attributes: dict[str, Value] = {
        "gen_ai.response.model": completion.model,
        "gen_ai.response.finish_reasons": [finish_reason],
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
    }
    if completion.response_id:
        attributes["gen_ai.response.id"] = completion.response_id
    if completion.request_id:
        attributes["codeflow.model.request_id"] = completion.request_id
    return attributes


def _server(base_url: str) -> dict[str, Value]:
    """Return where another endpoint than the provider's own is; no path, no password."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:  # the SDK will say what is wrong with it
        return {}
    attributes: dict[str, Value] = {"server.address": host} if host else {}
    return {**attributes, "server.port": port} if host and port else attributes
