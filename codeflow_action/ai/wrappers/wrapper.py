"""What every wrapper shares: it is a provider around a provider."""

from codeflow_action.engine.model import LLMProvider


class ProviderWrapper(LLMProvider):
    """Passes everything on; a wrapper overrides `generate`."""

    def __init__(self, inner: LLMProvider) -> None:
        self._inner = inner

    @property
    def model(self) -> str:
        """The wrapped provider's model."""
        return self._inner.model

    def prepare(self) -> None:
        """Prepare what is wrapped."""
        self._inner.prepare()

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._inner.aclose()
