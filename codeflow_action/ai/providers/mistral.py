"""Mistral: the chat API, through an SDK whose network errors are those of its HTTP client."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from codeflow_action.ai.providers.chat import ChatProvider
from codeflow_action.ai.providers.dialect import Grammar
from codeflow_action.ai.providers.sdk_errors import listed_names
from codeflow_action.ai.providers.status import Refusal, RefusalError, no_completion, unreachable
from codeflow_action.engine.model import ModelProfile, ProviderProfile

if TYPE_CHECKING:
    from mistralai.client import Mistral


_profile = partial(ModelProfile.priced, window=128_000)


class MistralProvider(ChatProvider):
    """Asks `api.mistral.ai`, or another `base_url` (without `/v1`)."""

    name: ClassVar[str] = "mistral"
    sdk: ClassVar[str] = "mistralai.client"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=("MISTRAL_API_KEY",),
        base_url_variable="MISTRAL_BASE_URL",
        address="https://api.mistral.ai",
        default_model="mistral-medium-latest",
        # Prices from the public tables of genai-prices 0.2.3 and litellm 1.110.2.
        priced_on="2026-11-30",
        models={
            "mistral-small-latest": _profile(fresh=0.15, cache_read=0.015, output=0.6),
            "mistral-medium-latest": _profile(fresh=1.5, cache_read=0.15, output=7.5),
            "mistral-medium-3-5": _profile(fresh=1.5, cache_read=0.15, output=7.5),
            # Large 3 since 2025-12-02; genai-prices still has the price of Large 2 under this name
            # (https://github.com/simonw/llm-prices/pull/63). Large 4 has a name of its own.
            "mistral-large-latest": _profile(fresh=0.5, cache_read=0.05, output=1.5),
        },
        bytes_per_token=2.5,  # tekken; see ai/tokens.py
        # No shape: its keys are 32 letters and digits, which much else is too.
        telemetry_name="mistral_ai",
        auto_rank=3,
    )
    # The SDK knows one name of the limit only.
    grammar: ClassVar[Grammar] = replace(ChatProvider.grammar, twins={})
    _client: "Mistral | None" = None

    async def _send(self, request: Mapping[str, Any]) -> object:
        with self._translate_errors():
            return await self._connect().chat.complete_async(**request)

    async def _list_models(self) -> Collection[str]:
        with self._translate_errors():
            answer = await self._connect().models.list_async()
        return listed_names(answer, self.name, self.model)

    def _connect(self) -> "Mistral":
        from httpx2 import AsyncClient  # noqa: PLC0415 - the SDK's own HTTP client
        from mistralai.client import Mistral  # noqa: PLC0415 - only the chosen SDK is imported

        if self._client is None:
            # The SDK closes a client that it has made only when it is collected, on whatever
            # loop runs then.
            http = AsyncClient(follow_redirects=True)
            self._connections.push_async_callback(http.aclose)
            self._client = Mistral(
                api_key=self._endpoint.key,
                server_url=self._endpoint.base_url.rstrip("/").removesuffix("/v1")
                or self.profile.address
                or None,
                timeout_ms=int(self._endpoint.timeout * 1000),
                async_client=http,
            )
        return self._client

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        from httpx2 import HTTPError  # noqa: PLC0415 - the SDK's own HTTP client
        from mistralai.client.errors import (  # noqa: PLC0415 - only the chosen SDK is imported
            MistralError,
            NoResponseError,
        )

        try:
            yield
        except MistralError as error:
            if error.status_code < 400:
                raise no_completion(self.name, self.model) from error
            raise RefusalError(
                Refusal(
                    provider=self.name,
                    model=self.model,
                    status=error.status_code,
                    body=error.body,
                    headers=error.headers,
                )
            ) from None
        except (HTTPError, NoResponseError) as error:
            raise unreachable(self.name, self.model, error) from error
        except ValueError as error:
            raise no_completion(self.name, self.model) from error
