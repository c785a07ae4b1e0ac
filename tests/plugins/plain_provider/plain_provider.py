"""Asks Plain, an invented maker of models, whose API speaks OpenAI's chat format."""

from typing import ClassVar

from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.engine.model import ModelProfile, ProviderProfile


class PlainProvider(OpenAIProvider):
    """Asks `api.plain.example`, or another `base_url`."""

    name: ClassVar[str] = "plain"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        # No name of a secret: nothing but this line says that it holds one.
        key_variables=("PLAIN_ACCESS",),
        base_url_variable="PLAIN_BASE_URL",
        address="https://api.plain.example/v1",
        default_model="plain-1",
        priced_on="2026-11-30",
        models={"plain-1": ModelProfile.priced(1.0, 0.1, 4.0, window=64_000)},
        bytes_per_token=3.0,
        key_shapes=(r"\bplain_[a-z0-9]{24}\b",),
    )
