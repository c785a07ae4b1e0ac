"""The chat-completions wire format, which OpenAI, Mistral, Groq and most other servers speak."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.ai.providers.dialect import Form, Grammar
from codeflow_action.ai.providers.sdk_errors import read_answer
from codeflow_action.ai.providers.stepping import SteppingProvider, instructions_in
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.model import Completion, Prompt, StopReason, Usage

_STOPS = {
    "stop": StopReason.END,
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "content_filter": StopReason.FILTERED,
}


class _AnswerPart(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class _Chunk(_AnswerPart):
    type: str = ""
    text: str = ""


class _Message(_AnswerPart):
    content: str | list[_Chunk] | None = None
    refusal: str | None = None


class _Choice(_AnswerPart):
    message: _Message
    finish_reason: str | None = None


class _Details(_AnswerPart):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(_AnswerPart):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Response(_AnswerPart):
    id: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None
    usage: _Usage | None = None


class ChatProvider(SteppingProvider):
    """Translates prompts to chat requests and answers to completions."""

    grammar: ClassVar[Grammar] = Grammar(
        twins={"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"},
        lengths=frozenset({"max_tokens", "max_completion_tokens"}),
        formats=frozenset({"response_format"}),
    )
    max_tokens_parameter: ClassVar[str] = "max_tokens"

    def _request(self, prompt: Prompt, form: Form) -> Mapping[str, Any]:
        request: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": instructions_in(prompt, form)},
                {"role": "user", "content": "\n\n".join(part.text for part in prompt.parts)},
            ],
            self._max_tokens_parameter(): prompt.max_output_tokens,
        }
        if prompt.reply and form is Form.OBJECT:
            request["response_format"] = {"type": "json_object"}
        if prompt.reply and form is Form.SCHEMA:
            name, schema = prompt.reply.__name__.lower(), strict(prompt.reply)
            request["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": name, "schema": schema, "strict": self._is_strict()},
            }
        return request

    def _read(self, answer: object) -> Completion:
        response = read_answer(answer, _Response, self.name, self.model)
        choice, usage = response.choices[0], response.usage or _Usage()
        content = choice.message.content or ""
        if isinstance(content, list):
            content = "".join(chunk.text for chunk in content if chunk.type == "text")
        stop = _STOPS.get(choice.finish_reason or "", StopReason.OTHER)
        details = usage.prompt_tokens_details or _Details()
        return Completion(
            text=content,
            usage=Usage(
                input_tokens=usage.prompt_tokens or 0,
                output_tokens=usage.completion_tokens or 0,
                cached_tokens=details.cached_tokens or 0,
                written_tokens=details.cache_write_tokens or 0,
            ),
            provider=self.name,
            model=response.model or self.model,
            stop=StopReason.REFUSAL if choice.message.refusal else stop,
            request_id=getattr(answer, "_request_id", None) or response.id or "",
            response_id=response.id or "",
        )

    def _max_tokens_parameter(self) -> str:
        """Return the name of the parameter that limits the tokens of a reply."""
        return self.max_tokens_parameter

    def _is_strict(self) -> bool:
        """True where the API can hold the model to a schema."""
        return True
