"""The chat-completions wire format, which OpenAI, Mistral, Groq and most other servers speak."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from codeflow_action.ai.providers.dialect import Form, Grammar
from codeflow_action.ai.providers.status import no_completion
from codeflow_action.ai.providers.stepping import SteppingProvider, instructions_in
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.model import Completion, Prompt, StopReason, Usage

_STOPS = {
    "stop": StopReason.END,
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "content_filter": StopReason.FILTERED,
}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Chunk(_Answer):
    type: str = ""
    text: str = ""


class _Message(_Answer):
    content: str | list[_Chunk] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(chunk.text for chunk in self.content if chunk.type == "text")
        return self.content or ""


class _Choice(_Answer):
    message: _Message
    finish_reason: str | None = None

    @property
    def stop(self) -> StopReason:
        if self.message.refusal:
            return StopReason.REFUSAL
        return _STOPS.get(self.finish_reason or "", StopReason.OTHER)


class _Details(_Answer):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(_Answer):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _ChatAnswer(_Answer):
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
    length_key: ClassVar[str] = "max_tokens"

    def _request(self, prompt: Prompt, form: Form) -> Mapping[str, Any]:
        request: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": instructions_in(prompt, form)},
                {"role": "user", "content": "\n\n".join(part.text for part in prompt.parts)},
            ],
            self._length_key(): prompt.max_output_tokens,
        }
        if prompt.reply and form is not Form.PROMPT:
            request["response_format"] = self._format(prompt.reply, form)
        return request

    def _read(self, answer: object) -> Completion:
        request_id = getattr(answer, "_request_id", None)
        if not isinstance(answer, BaseModel):  # an SDK passes on a page of HTML as text
            raise no_completion(self.name, self.model)
        return self._completion(answer.model_dump(warnings=False), request_id or "")

    def _length_key(self) -> str:
        """Return what the API is supposed to call the most tokens that a reply may have."""
        return self.length_key

    def _format(self, reply: type[BaseModel], form: Form) -> Mapping[str, JsonValue]:
        if form is Form.OBJECT:
            return {"type": "json_object"}
        schema: Mapping[str, JsonValue] = strict(reply)
        format_: dict[str, JsonValue] = {"name": reply.__name__.lower(), "schema": dict(schema)}
        return {"type": "json_schema", "json_schema": {**format_, "strict": self._is_strict()}}

    def _is_strict(self) -> bool:
        """True where the API can hold the model to a schema."""
        return True

    def _completion(self, answer_fields: Mapping[str, object], request_id: str) -> Completion:
        try:
            answer = _ChatAnswer.model_validate(answer_fields)
        except ValidationError:
            raise no_completion(self.name, self.model) from None
        choice, usage = answer.choices[0], answer.usage or _Usage()
        details = usage.prompt_tokens_details or _Details()
        return Completion(
            text=choice.message.text,
            usage=Usage(
                input_tokens=usage.prompt_tokens or 0,
                output_tokens=usage.completion_tokens or 0,
                cached_tokens=details.cached_tokens or 0,
                written_tokens=details.cache_write_tokens or 0,
            ),
            provider=self.name,
            model=answer.model or self.model,
            stop=choice.stop,
            request_id=request_id or answer.id or "",
            response_id=answer.id or "",
        )
