"""Claude at Amazon Bedrock: Anthropic's messages, with requests that Amazon's keys sign."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from codeflow_action.ai.providers.anthropic import AnthropicProvider, known_model
from codeflow_action.ai.providers.sdk_errors import import_extra, translate_errors
from codeflow_action.engine.errors import ProviderRefused
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.model import ModelProfile, ProviderProfile

_SECRET, _KEY_ID = "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
# What Amazon takes more where an id does not begin with `global.`: its price list says a tenth.
_REGIONAL = 1.1
_ID = regex(r"(?:(?P<place>[a-z-]+)\.)?anthropic\.(?P<name>claude-[a-z0-9-]+?)(?:-v\d[\d:]*)?")


def _find_model(model: str, _variables: Mapping[str, str]) -> ModelProfile | None:
    """Return Claude's profile by an id such as `us.anthropic.claude-haiku-4-5-20251001-v1:0`."""
    match = _ID.fullmatch(model)
    if match is None:
        return None
    return known_model(match["name"], 1 if match["place"] == "global" else _REGIONAL)


class BedrockProvider(AnthropicProvider):
    """Asks Amazon Bedrock for a model of Anthropic's, by its id or an inference profile's.

    Requests are signed with the key that `aws-actions/configure-aws-credentials` leaves in the
    job's environment, or carry an API key of Bedrock's.
    """

    name: ClassVar[str] = "bedrock"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=("AWS_BEARER_TOKEN_BEDROCK", _SECRET),
        short_lived=(_SECRET,),
        base_url_variable="ANTHROPIC_BEDROCK_BASE_URL",
        variables=(_SECRET, _KEY_ID, "AWS_SESSION_TOKEN", *_REGIONS),
        needed=(_REGIONS,),
        find_model=_find_model,
        priced_on=AnthropicProvider.profile.priced_on,
        bytes_per_token=AnthropicProvider.profile.bytes_per_token,
        # https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html, of either kind
        key_shapes=(r"\b(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/=_-]{40,}",),
        telemetry_name="aws.bedrock",
        auto_rank=6,
        is_in_auto=False,
    )

    async def model_names(self) -> Collection[str] | None:
        """Return None: the list is another API's, which keys for models may not ask."""
        return None

    def prepare(self) -> None:
        """Import the SDK, and what signs where a key asks for that."""
        super().prepare()
        if self._is_signed():
            with suppress(ProviderRefused):  # it is said where it is asked
                import_extra(self.name, "boto3")

    async def _send(self, request: Mapping[str, Any]) -> object:
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        with translate_errors(anthropic, self.name, self.model):
            answer = await self._connect().messages.with_raw_response.create(**request)
            message = await answer.parse()
        if isinstance(message, anthropic.BaseModel):
            # The SDK looks for the id in the header that Anthropic's own API has.
            message._request_id = answer.headers.get("x-amzn-requestid")  # noqa: SLF001
        return message

    def _is_signed(self) -> bool:
        return self._endpoint.key == self._endpoint.variables.get(_SECRET)

    def _make_client(self) -> Any:  # noqa: ANN401 - it has the same `messages`, but another base
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        endpoint, variables = self._endpoint, self._endpoint.variables
        is_signed, key_id = self._is_signed(), variables.get(_KEY_ID)
        if is_signed:
            import_extra(self.name, "boto3")  # the SDK does it with its first request
        if is_signed and not key_id:
            raise ProviderRefused(
                f"{self.name} cannot sign: {_KEY_ID} is not set, and {_SECRET} is",
                hint="set both with `env:` of the step, or for the job in a step before it",
            )
        return anthropic.AsyncAnthropicBedrock(
            aws_access_key=key_id if is_signed else None,
            aws_secret_key=endpoint.key if is_signed else None,
            aws_session_token=variables.get("AWS_SESSION_TOKEN") if is_signed else None,
            aws_region=next(filter(None, map(variables.get, _REGIONS)), ""),
            api_key=None if is_signed else endpoint.key,
            base_url=endpoint.base_url or None,
            timeout=endpoint.timeout,
            max_retries=0,
        )
