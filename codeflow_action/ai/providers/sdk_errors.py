"""The errors of SDKs that one generator makes: openai, anthropic and groq raise alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from codeflow_action.ai.providers.status import Refusal, RefusalError, no_completion, unreachable


@contextmanager
def translate_errors(sdk: ModuleType, provider: str, model: str) -> Iterator[None]:
    """Turn what the SDK raises into `RefusalError` or a `ProviderError`."""
    try:
        yield
    except sdk.APIStatusError as error:
        raise RefusalError(
            Refusal(
                provider=provider,
                model=model,
                status=error.status_code,
                body=str(error.body or error.message),
                headers=error.response.headers,
            )
        ) from None
    except sdk.APIConnectionError as error:
        raise unreachable(provider, model, error) from error
    except (sdk.APIError, ValueError) as error:
        raise no_completion(provider, model) from error
