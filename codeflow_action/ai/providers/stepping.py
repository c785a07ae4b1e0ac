"""A provider that asks for JSON the strictest way its API takes, found out by its refusals."""

import enum
import json
import re
from abc import abstractmethod
from typing import ClassVar

from codeflow_action.ai.providers.status import Refusal, Refused, to_error
from codeflow_action.ai.schema import strict
from codeflow_action.engine.model import Completion, Endpoint, LLMProvider, Prompt

# llama-cpp-python refuses a schema with 500, so the words count and not the status.
_ABOUT_FORMAT = re.compile(
    r"response_format|json_schema|json_object|output_config|structured output|grammar|\bschema\b",
    re.IGNORECASE,
)


class Form(enum.Enum):
    """How a reply's shape is asked for, strictest first."""

    SCHEMA = enum.auto()  # the API holds the model to the schema
    OBJECT = enum.auto()  # the API holds it to JSON; the schema is in the prompt
    PROMPTED = enum.auto()  # the schema is in the prompt


class SteppingProvider(LLMProvider):
    """Base of the built-in providers. `name` is what the configuration calls it."""

    name: ClassVar[str]
    forms: ClassVar[tuple[Form, ...]] = (Form.SCHEMA, Form.OBJECT, Form.PROMPTED)

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._step = 0  # into `forms`; what was refused once is not tried again in this run

    @property
    def model(self) -> str:
        """The model id that is asked for."""
        return self._endpoint.model

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask once, or once more for each form that the API refuses. Raises `ProviderError`."""
        while True:
            step = self._step
            try:
                return await self._ask(prompt, self.forms[step])
            except Refused as error:
                if not (prompt.reply and self._steps_down(error.refusal, step)):
                    raise to_error(error.refusal) from error

    def _steps_down(self, refusal: Refusal, step: int) -> bool:
        if refusal.status in (401, 403, 404, 429) or not _ABOUT_FORMAT.search(refusal.said):
            return False
        if step + 1 >= len(self.forms):
            return False
        self._step = max(self._step, step + 1)
        return True

    @abstractmethod
    async def _ask(self, prompt: Prompt, form: Form) -> Completion:
        """Send one request. Raises `Refused` or `ProviderError`."""


def instructions_in(prompt: Prompt, form: Form) -> str:
    """Return the instructions, with the reply's schema where the API does not take it."""
    if prompt.reply is None or form is Form.SCHEMA:
        return prompt.instructions
    schema = json.dumps(strict(prompt.reply), separators=(",", ":"))
    return (
        f"{prompt.instructions}\n\nAnswer with one JSON object that fits this JSON Schema, and "
        f"with nothing else:\n{schema}"
    )
