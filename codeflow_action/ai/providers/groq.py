"""Groq: OpenAI's chat format; only gpt-oss models can be held to a schema."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from codeflow_action.ai.providers.chat import ChatProvider
from codeflow_action.ai.providers.sdk_errors import listed_names, translate_errors
from codeflow_action.engine.model import ModelProfile, ProviderProfile

if TYPE_CHECKING:
    from groq import AsyncGroq


_profile = partial(ModelProfile.priced, window=131_000)


class GroqProvider(ChatProvider):
    """Asks `api.groq.com`, or another `base_url`."""

    name: ClassVar[str] = "groq"
    sdk: ClassVar[str] = "groq"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=("GROQ_API_KEY",),
        base_url_variable="GROQ_BASE_URL",
        address="https://api.groq.com",
        default_model="openai/gpt-oss-120b",
        # Prices from the public tables of genai-prices 0.2.3 and litellm 1.110.2.
        priced_on="2026-11-30",
        models={
            "openai/gpt-oss-120b": _profile(fresh=0.15, cache_read=0.075, output=0.6),
            "openai/gpt-oss-20b": _profile(fresh=0.075, cache_read=0.0375, output=0.3),
        },
        bytes_per_token=3.1,  # gpt-oss has o200k; see ai/tokens.py
        key_shapes=(r"\bgsk_[A-Za-z0-9]{20,}\b",),
        auto_rank=4,
    )
    max_tokens_parameter: ClassVar[str] = "max_completion_tokens"
    _client: "AsyncGroq | None" = None

    def _is_strict(self) -> bool:
        """True for gpt-oss models: only they are bound to a schema."""
        # https://console.groq.com/docs/structured-outputs
        return self.model.startswith("openai/gpt-oss")

    async def _send(self, request: Mapping[str, Any]) -> object:
        import groq  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(groq, self.name, self.model):
            return await self._connect().chat.completions.create(**request)

    async def _list_models(self) -> Collection[str]:
        import groq  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(groq, self.name, self.model):
            answer = await self._connect().models.list()
        return listed_names(answer, self.name, self.model)

    def _connect(self) -> "AsyncGroq":
        import groq  # noqa: PLC0415 - only the chosen SDK is imported

        if self._client is None:
            # The SDK adds `/openai/v1` itself; an address for OpenAI clients has it.
            self._client = groq.AsyncGroq(
                api_key=self._endpoint.key,
                base_url=self._endpoint.base_url.removesuffix("/openai/v1")
                or self.profile.address
                or None,
                timeout=self._endpoint.timeout,
                max_retries=0,
            )
            self._connections.push_async_callback(self._client.close)
        return self._client
