"""OpenAI, and every server that speaks its chat API: Ollama, vLLM, LM Studio, OpenRouter, Azure.

Chat completions are the one path: other servers accept a schema on `/v1/responses` and ignore it.
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from codeflow_action.ai.providers.chat import ChatProvider
from codeflow_action.ai.providers.dialect import Form
from codeflow_action.ai.providers.sdk_errors import listed_names, translate_errors
from codeflow_action.ai.providers.status import exchange_error, no_exchange
from codeflow_action.engine.model import (
    Federation,
    Identity,
    ModelProfile,
    Prompt,
    ProviderProfile,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openai import AsyncOpenAI


# Since gpt-5.6 what the cache keeps costs a quarter more to write. The price doubles above 272,000
# tokens of input: the window stays below.
_profile = partial(ModelProfile.priced, window=272_000, write_factor=1.25)


class OpenAIProvider(ChatProvider):
    """Asks `api.openai.com`, or the `base_url` of another server, the key then optional."""

    name: ClassVar[str] = "openai"
    sdk: ClassVar[str] = "openai"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=("OPENAI_API_KEY",),
        # https://developers.openai.com/api/docs/guides/workload-identity-federation/github-actions
        federation=Federation(
            fields=("identity_provider_id", "service_account_id"),
            audience="https://api.openai.com/v1",
            token_url="https://auth.openai.com/oauth/token",  # noqa: S106 - an address
        ),
        needs_key_elsewhere=False,
        base_url_variable="OPENAI_BASE_URL",
        address="https://api.openai.com/v1",
        variables=("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        default_model="gpt-6.1-sol",
        # Prices from the public tables of genai-prices 0.2.3 and litellm 1.110.2.
        priced_on="2026-11-30",
        models={
            "gpt-6.1-sol": _profile(fresh=2, cache_read=0.10, output=10),
            "gpt-6.1-terra": _profile(fresh=1, cache_read=0.05, output=5),
            "gpt-6-sol": _profile(fresh=2, cache_read=0.2, output=10),
            "gpt-6-luna": _profile(fresh=0.10, cache_read=0.01, output=0.50),
            "gpt-6-astra": _profile(fresh=10, cache_read=1, output=50),
            "gpt-5.6-sol": _profile(fresh=4, cache_read=0.4, output=20),
            "gpt-5.6-terra": _profile(fresh=2, cache_read=0.2, output=12),
            "gpt-5.6-luna": _profile(fresh=0.2, cache_read=0.02, output=1.2),
        },
        bytes_per_token=3.1,  # o200k; see ai/tokens.py
        # Also OpenRouter's, whose keys are given to this provider.
        key_shapes=(r"\bsk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,}",),
        auto_rank=1,
    )
    _client: "AsyncOpenAI | None" = None

    def _max_tokens_parameter(self) -> str:
        """Start from what the address suggests: most other servers know only the older name."""
        return "max_tokens" if self._endpoint.base_url else "max_completion_tokens"

    def _request(self, prompt: Prompt, form: Form) -> Mapping[str, Any]:
        request = super()._request(prompt, form)
        host = urlsplit(self._endpoint.base_url or self.profile.address).hostname or ""
        if host.endswith("api.openai.com"):
            # New accounts' completions are stored unless a request says no, and other servers may
            # not know the word: https://platform.openai.com/docs/guides/migrate-to-responses
            request = {**request, "store": False}
        return request

    async def _send(self, request: Mapping[str, Any]) -> object:
        import openai  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(openai, self.name, self.model):
            return await self._connect().chat.completions.create(**request)

    async def _list_models(self) -> Collection[str]:
        import openai  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(openai, self.name, self.model):
            answer = await self._connect().models.list()
        return listed_names(answer, self.name, self.model)

    def _connect(self) -> "AsyncOpenAI":
        if self._client is None:
            self._client = self._make_client()
            self._connections.push_async_callback(self._client.close)
        return self._client

    def _make_client(self) -> "AsyncOpenAI":
        import openai  # noqa: PLC0415 - only the chosen SDK is imported

        identity = self._endpoint.identity
        return openai.AsyncOpenAI(
            api_key=self._token_source(identity) if identity else self._endpoint.key or "none",
            base_url=self._endpoint.base_url or self.profile.address or None,
            organization=self._endpoint.variables.get("OPENAI_ORG_ID"),
            project=self._endpoint.variables.get("OPENAI_PROJECT_ID"),
            timeout=self._endpoint.timeout,
            max_retries=0,
        )

    def _token_source(self, identity: Identity) -> "Callable[[], Awaitable[str]]":
        """Return what the SDK asks for a token before each request; one is kept while it lasts."""
        from httpx2 import HTTPError  # noqa: PLC0415 - the SDK's own HTTP client
        from openai import OAuthError, OpenAIError  # noqa: PLC0415 - only the chosen SDK
        from openai.auth import WorkloadIdentityAuth  # noqa: PLC0415 - only the chosen SDK

        federation = self.profile.federation
        exchange = WorkloadIdentityAuth(
            workload_identity={
                "identity_provider_id": identity.account["identity_provider_id"],
                "service_account_id": identity.account["service_account_id"],
                "provider": {"token_type": "jwt", "get_token": identity.fetch_token},
            },
            token_exchange_url=federation.token_url if federation else "",
        )

        async def token() -> str:
            try:
                token = await exchange.get_token_async()
            except OAuthError as error:
                raise exchange_error(
                    self.name, error.status_code, error.body, identity.describe()
                ) from None
            # RuntimeError is the SDK's for a token that has expired when it comes.
            except (HTTPError, OpenAIError, RuntimeError) as error:
                raise no_exchange(self.name, error) from error
            identity.hide(token)
            return token

        return token
