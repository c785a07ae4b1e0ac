"""Keeps answers between runs, addressed by all that they depend on."""

import hashlib
import json

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from codeflow_action.ai.reply import parse_reply
from codeflow_action.ai.strict_schema import strict
from codeflow_action.ai.wrappers.accounting import Account
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, StopReason, Usage
from codeflow_action.engine.ports import Store
from codeflow_action.security.seal import Seal

_FORMAT = 1  # of an entry and of its address: another number makes all old entries misses


class _Entry(BaseModel):
    """One kept answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    text: str
    provider: str
    model: str
    request_id: str


class _KeptAnswer(BaseModel):
    """An entry with the mark of whoever wrote it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    seal: str
    entry: _Entry


class CacheProvider(ProviderWrapper):
    """Asks only for what the store does not hold; keeps whole, valid answers.

    `models` names the models and addresses that may answer. `secret` seals entries: a store may lie
    where a pull request's author can write (a checkout), and must not answer in a model's place.
    Without a secret, or with one that can be guessed (see `Seal`), the seal only finds damage. What
    is damaged, forged or of another format counts as not there.
    """

    def __init__(
        self, inner: LLMProvider, *, store: Store, account: Account, models: str, secret: str
    ) -> None:
        super().__init__(inner)
        self._store = store
        self._account = account
        self._models = models
        self._seal = Seal.of([secret], "kept answers")

    async def generate(self, prompt: Prompt) -> Completion:
        """Return the kept answer, or ask and keep."""
        name = _address(self._models, prompt)
        if reused := self._read_entry(name, await self._store.read(name), prompt):
            self._account.book_reused()
            return reused
        completion = await self.inner.generate(prompt)
        if completion.stop is StopReason.END and not completion.flaws:
            entry = _Entry(
                text=completion.text,
                provider=completion.provider,
                model=completion.model,
                request_id=completion.request_id,
            )
            seal = self._seal.mark(name, entry.model_dump_json())
            answer = _KeptAnswer(seal=seal, entry=entry)
            await self._store.write(name, answer.model_dump_json())
        return completion

    def _read_entry(self, name: str, text: str | None, prompt: Prompt) -> Completion | None:
        if text is None:
            return None
        try:
            answer = _KeptAnswer.model_validate_json(text)
            if not self._seal.holds(answer.seal, name, answer.entry.model_dump_json()):
                return None
            data = parse_reply(answer.entry.text, prompt.reply) if prompt.reply else None
        except (ValidationError, UnusableReply):
            return None
        return Completion(
            **dict(answer.entry), usage=Usage(), stop=StopReason.END, data=data, reused=True
        )


def _address(models: str, prompt: Prompt) -> str:
    """Return 64 hex digits for who is asked, what, and in which form to answer."""
    schema: JsonValue = dict(strict(prompt.reply)) if prompt.reply else None
    texts: list[JsonValue] = [prompt.instructions, *(part.text for part in prompt.parts)]
    question: list[JsonValue] = [_FORMAT, models, prompt.max_output_tokens, schema, texts]
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
