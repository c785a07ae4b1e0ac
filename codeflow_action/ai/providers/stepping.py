"""A provider that asks the strictest and fullest way its API takes, found out by its refusals."""

import json
from abc import abstractmethod
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, ClassVar

from codeflow_action.ai.providers.dialect import Dialect, Form, Grammar
from codeflow_action.ai.providers.status import RefusalError, to_error
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.model import Completion, Endpoint, LLMProvider, Prompt


class SteppingProvider(LLMProvider):
    """Base of the built-in providers. `name` is what the configuration calls it."""

    name: ClassVar[str]
    sdk: ClassVar[str] = ""  # the module that takes up to three seconds to import
    grammar: ClassVar[Grammar]

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connections = AsyncExitStack()
        # What was refused once is not tried again in this run.
        self._dialect = Dialect(grammar=self.grammar)

    @property
    def model(self) -> str:
        """The model id that is asked for."""
        return self._endpoint.model

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask once, or once more for each thing that the API refuses. Raises `ProviderError`."""
        while True:
            dialect = self._dialect
            request = dialect.adapt(self._request(prompt, dialect.form))
            try:
                answer = await self._send(request)
            except RefusalError as error:
                next_dialect = dialect.after(error.refusal, request)
                if next_dialect is None:
                    raise to_error(error.refusal) from error
                if self._dialect is dialect:  # else a request beside this one has changed it
                    self._dialect = next_dialect
            else:
                return self._read(answer)

    async def model_names(self) -> Collection[str] | None:
        """Ask for the list of models. Raises `ProviderError`."""
        try:
            return await self._list_models()
        except RefusalError as error:
            raise to_error(error.refusal) from error

    def prepare(self) -> None:
        """Import the SDK."""
        if self.sdk:
            import_module(self.sdk)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connections.aclose()

    @abstractmethod
    def _request(self, prompt: Prompt, form: Form) -> Mapping[str, Any]:
        """Return the request's parameters by their usual names."""

    @abstractmethod
    async def _send(self, request: Mapping[str, Any]) -> object:
        """Send one request through the SDK. Raises `RefusalError` or `ProviderError`."""

    @abstractmethod
    async def _list_models(self) -> Collection[str]:
        """Return the ids of the API's list. Raises `RefusalError` or `ProviderError`."""

    @abstractmethod
    def _read(self, answer: object) -> Completion:
        """Translate what the SDK returned. Raises `ProviderError`."""


def instructions_in(prompt: Prompt, form: Form) -> str:
    """Return the instructions, with the reply's schema where the API does not take it."""
    if prompt.reply is None or form is Form.SCHEMA:
        return prompt.instructions
    schema = json.dumps(strict(prompt.reply), separators=(",", ":"))
    return (
        f"{prompt.instructions}\n\nAnswer with one JSON object that fits this JSON Schema, and "
        f"with nothing else:\n{schema}"
    )
