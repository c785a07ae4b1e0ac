"""What SDKs return and raise; those of openai, anthropic and groq, from one generator, alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from pydantic import BaseModel, ValidationError

from codeflow_action.ai.providers.status import Refusal, RefusalError, no_completion, unreachable
from codeflow_action.engine.errors import ProviderError, ProviderRefused


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
        # What an exchange of tokens has raised comes out of the SDK as a failed connection.
        if isinstance(error.__cause__, ProviderError):
            raise error.__cause__ from None
        raise unreachable(provider, model, error) from error
    except (sdk.APIError, ValueError) as error:
        raise no_completion(provider, model) from error


def import_extra(provider: str, module: str) -> None:
    """Import what the extra of the provider's name installs. Raises `ProviderRefused`."""
    try:
        import_module(module)
    except ImportError as error:
        raise ProviderRefused(
            f"{provider} cannot be asked: {module} is not installed",
            hint=f"pip install 'codeflow-action[{provider}]'; the Action has it",
        ) from error


class _Listed(BaseModel):
    id: str


class _List(BaseModel):
    data: list[_Listed]


def listed_names(answer: object, provider: str, model: str) -> tuple[str, ...]:
    """Return the ids in an SDK's list of models. Raises `ProviderUnavailable`."""
    return tuple(entry.id for entry in read_answer(answer, _List, provider, model).data)


def read_answer[Shape: BaseModel](
    answer: object, shape: type[Shape], provider: str, model: str
) -> Shape:
    """Return what we read of an SDK's answer. Raises `ProviderUnavailable` for any other answer."""
    if not isinstance(answer, BaseModel):  # an SDK passes on a page of HTML as text
        raise no_completion(provider, model)
    try:
        return shape.model_validate(answer.model_dump(warnings=False))
    except ValidationError:
        raise no_completion(provider, model) from None
