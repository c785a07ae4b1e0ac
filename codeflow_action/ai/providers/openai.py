"""OpenAI, and every server that speaks its chat API: Ollama, vLLM, LM Studio, OpenRouter, Azure.

Chat completions are the one path: other servers accept a schema on `/v1/responses` and ignore it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from codeflow_action.ai.providers.chat import ChatProvider
from codeflow_action.ai.providers.stainless import translated

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIProvider(ChatProvider):
    """Asks `api.openai.com`, or the `base_url` of another server, the key then optional."""

    name: ClassVar[str] = "openai"
    _client: "AsyncOpenAI | None" = None

    def prepare(self) -> None:
        """Import the SDK: a second of work."""
        import openai  # noqa: F401, PLC0415 - only the chosen SDK is imported

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def _length_key(self) -> str:
        """Start from what the address suggests: most other servers know only the older name."""
        return "max_tokens" if self._endpoint.base_url else "max_completion_tokens"

    def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            from openai import AsyncOpenAI  # noqa: PLC0415 - as above

            self._client = AsyncOpenAI(
                api_key=self._endpoint.key or "none",
                base_url=self._endpoint.base_url or None,
                timeout=self._endpoint.timeout,
                max_retries=0,
            )
        return self._client

    async def _send(self, request: Mapping[str, Any]) -> object:
        import openai  # noqa: PLC0415 - as above

        with translated(openai, self.name, self.model):
            return await self._connected().chat.completions.create(**request)
