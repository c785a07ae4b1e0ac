"""Anthropic: the messages API. It takes no temperature, and counts cached tokens apart."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from codeflow_action.ai.providers.dialect import Form, Grammar
from codeflow_action.ai.providers.sdk_errors import listed_names, read_answer, translate_errors
from codeflow_action.ai.providers.status import exchange_error, no_exchange
from codeflow_action.ai.providers.stepping import SteppingProvider, instructions_in
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.model import (
    Completion,
    Federation,
    Identity,
    ModelProfile,
    Prompt,
    ProviderProfile,
    StopReason,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from anthropic import AsyncAnthropic
    from anthropic.lib.credentials import AccessToken

_STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
}


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    type: str
    text: str | None = None


class _Usage(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    id: str = ""
    content: list[_Block]
    model: str
    stop_reason: str | None
    usage: _Usage


# What the cache keeps costs a quarter more to write.
_profile = partial(ModelProfile.priced, window=200_000, write_factor=1.25)


class AnthropicProvider(SteppingProvider):
    """Asks `api.anthropic.com`, or another `base_url` (without `/v1`)."""

    name: ClassVar[str] = "anthropic"
    sdk: ClassVar[str] = "anthropic"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=("ANTHROPIC_API_KEY",),
        # https://platform.claude.com/docs/en/manage-claude/workload-identity-federation; inputs and
        # audience are those of Anthropic's own Action.
        federation=Federation(
            fields=("federation_rule_id", "organization_id"),
            optional_fields=("service_account_id", "workspace_id"),
            audience="https://api.anthropic.com",
        ),
        base_url_variable="ANTHROPIC_BASE_URL",
        address="https://api.anthropic.com",
        default_model="claude-sonnet-5-5",
        # Prices from the public tables of genai-prices 0.2.3 and litellm 1.110.2.
        priced_on="2026-11-30",
        models={
            "claude-opus-5-5": _profile(fresh=4, cache_read=0.2, output=20),
            "claude-sonnet-5-5": _profile(fresh=2, cache_read=0.1, output=10),
            "claude-haiku-5-5": _profile(fresh=0.1, cache_read=0.01, output=0.5),
            "claude-haiku-4-5": _profile(fresh=1, cache_read=0.1, output=5),
        },
        bytes_per_token=2.0,  # the vocabulary of Claude 4.8 and later; see ai/tokens.py
        key_shapes=(r"\bsk-ant-[A-Za-z0-9_-]{16,}",),
        auto_rank=2,
    )
    grammar: ClassVar[Grammar] = Grammar(
        forms=(Form.SCHEMA, Form.PROMPT),
        essentials=Grammar.essentials | {"max_tokens"},
        twins={},
        lengths=frozenset({"max_tokens"}),
        formats=frozenset({"output_config"}),
    )
    _client: "AsyncAnthropic | None" = None

    def _request(self, prompt: Prompt, form: Form) -> Mapping[str, Any]:
        parts = prompt.parts
        blocks: list[dict[str, Any]] = [{"type": "text", "text": part.text} for part in parts]
        # The last stable part ends what the API's prompt cache keeps.
        if stable := [index for index, part in enumerate(parts) if part.stable]:
            blocks[stable[-1]]["cache_control"] = {"type": "ephemeral"}
        request: dict[str, Any] = {
            "model": self.model,
            "max_tokens": prompt.max_output_tokens,
            "system": instructions_in(prompt, form),
            "messages": [{"role": "user", "content": blocks}],
        }
        if prompt.reply and form is Form.SCHEMA:
            schema = {"type": "json_schema", "schema": strict(prompt.reply)}
            request["output_config"] = {"format": schema}
        return request

    async def _send(self, request: Mapping[str, Any]) -> object:
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(anthropic, self.name, self.model):
            return await self._connect().messages.create(**request)

    async def _list_models(self) -> Collection[str]:
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(anthropic, self.name, self.model):
            # The most of one page: https://platform.claude.com/docs/en/api/models/list
            answer = await self._connect().models.list(limit=1_000)
        return listed_names(answer, self.name, self.model)

    def _connect(self) -> "AsyncAnthropic":
        if self._client is None:
            self._client = self._make_client()
            self._connections.push_async_callback(self._client.close)
        return self._client

    def _make_client(self) -> "AsyncAnthropic":
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        base_url = self._endpoint.base_url.rstrip("/").removesuffix("/v1") or self.profile.address
        identity = self._endpoint.identity
        return anthropic.AsyncAnthropic(
            api_key=None if identity else self._endpoint.key,
            credentials=self._credentials(identity, base_url) if identity else None,
            base_url=base_url or None,
            timeout=self._endpoint.timeout,
            max_retries=0,
        )

    def _credentials(self, identity: Identity, base_url: str) -> "Callable[..., AccessToken]":
        """Return what the SDK calls in a thread for a token, and again before that one expires."""
        from anthropic.lib.credentials import (  # noqa: PLC0415 - only the chosen SDK is imported
            WorkloadIdentityCredentials,
            WorkloadIdentityError,
        )

        account = identity.account
        exchange = WorkloadIdentityCredentials(
            identity_token_provider=identity.fetch_token,
            federation_rule_id=account["federation_rule_id"],
            organization_id=account["organization_id"],
            service_account_id=account.get("service_account_id"),
            workspace_id=account.get("workspace_id"),
        )
        exchange.bind_base_url(base_url)
        self._connections.callback(exchange.close)

        def credentials(*, force_refresh: bool = False) -> "AccessToken":
            try:
                token = exchange(force_refresh=force_refresh)
            except WorkloadIdentityError as error:
                if error.status_code is None:
                    raise no_exchange(self.name, error) from error
                raise exchange_error(
                    self.name, error.status_code, error.body, identity.describe()
                ) from None
            identity.hide(token.token)
            return token

        return credentials

    def _read(self, answer: object) -> Completion:
        message = read_answer(answer, _Message, self.name, self.model)
        usage = message.usage
        reads, writes = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        return Completion(
            text="".join(block.text or "" for block in message.content if block.type == "text"),
            usage=Usage(
                input_tokens=usage.input_tokens + reads + writes,  # it counts these apart
                output_tokens=usage.output_tokens,
                cached_tokens=reads,
                written_tokens=writes,
            ),
            provider=self.name,
            model=message.model,
            stop=_STOPS.get(message.stop_reason or "", StopReason.OTHER),
            request_id=getattr(answer, "_request_id", None) or "",
            response_id=message.id,
        )


def known_model(name: str, factor: float) -> ModelProfile | None:
    """Return what is known of Claude by a name that may end in a date; its price times `factor`."""
    known = AnthropicProvider.profile.models.get(re.sub(r"-\d{8}$", "", name))
    if known is None or known.price is None:
        return known
    return replace(known, price=known.price.times(factor))
