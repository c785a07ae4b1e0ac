"""OpenAI's models at Azure: its chat API, a resource's own address, deployments for models."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.engine.model import ProviderProfile

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_TOKEN = "AZURE_OPENAI_AD_TOKEN"  # noqa: S105 - a variable's name
_VERSION = "OPENAI_API_VERSION"


class AzureProvider(OpenAIProvider):
    """Asks an Azure OpenAI resource; `model` is the name of a deployment in it.

    A token of Entra ID goes before a key, as in the SDK. With `OPENAI_API_VERSION` the API of that
    date is asked, without it the one that needs none.
    """

    name: ClassVar[str] = "azure"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=(_TOKEN, "AZURE_OPENAI_API_KEY"),
        base_url_variable="AZURE_OPENAI_ENDPOINT",
        variables=(_TOKEN, _VERSION),
        short_lived=(_TOKEN,),
        needed=(("AZURE_OPENAI_ENDPOINT",),),
        # Of a deployment that has its model's name; global deployments cost what OpenAI takes.
        models=OpenAIProvider.profile.models,
        priced_on=OpenAIProvider.profile.priced_on,
        bytes_per_token=OpenAIProvider.profile.bytes_per_token,
        telemetry_name="azure.ai.openai",
        auto_rank=5,
        is_in_auto=False,
    )

    async def model_names(self) -> Collection[str] | None:
        """Return None: Azure lists the models that could be deployed, and no deployments."""
        return None

    def _max_tokens_parameter(self) -> str:
        return "max_completion_tokens"

    def _make_client(self) -> "AsyncOpenAI":
        import openai  # noqa: PLC0415 - only the chosen SDK is imported

        endpoint = self._endpoint
        # The portal shows the resource's address, examples that of its API.
        resource = endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/openai")
        version = endpoint.variables.get(_VERSION)
        if not version:
            # https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
            return openai.AsyncOpenAI(
                api_key=endpoint.key,
                base_url=f"{resource}/openai/v1",
                timeout=endpoint.timeout,
                max_retries=0,
            )
        is_token = endpoint.key == endpoint.variables.get(_TOKEN)
        return openai.AsyncAzureOpenAI(
            azure_endpoint=resource,
            api_version=version,
            api_key=None if is_token else endpoint.key,
            azure_ad_token=endpoint.key if is_token else None,
            timeout=endpoint.timeout,
            max_retries=0,
        )
