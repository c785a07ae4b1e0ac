"""What every wrapper shares: it is a provider around a provider."""

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import LLMProvider


# Without a `repr` of its own: what is inside holds keys and secrets.
@dataclass(eq=False, repr=False)
class ProviderWrapper(LLMProvider):
    """Passes everything on; a wrapper overrides `generate`."""

    inner: LLMProvider

    @property
    def model(self) -> str:
        """The wrapped provider's model."""
        return self.inner.model

    def prepare(self) -> None:
        """Prepare what is wrapped."""
        self.inner.prepare()

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self.inner.aclose()
