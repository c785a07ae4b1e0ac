"""Stands in for a model: keeps every prompt as it would have been sent, and finds what is known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import field

from pydantic import JsonValue

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import (
    Completion,
    Endpoint,
    LLMProvider,
    Prompt,
    Role,
    StopReason,
    Usage,
)
from codeflow_action.engine.ports import Clock
from codeflow_action.evaluation.dataset import KnownFinding
from codeflow_action.evaluation.prompt_view import PromptView
from codeflow_action.evaluation.recall import shown_rows
from codeflow_action.evaluation.survival import numbered_title
from codeflow_action.testing.models.smallest import smallest
from codeflow_action.testing.reviewer_replies import judgements


@dataclass(frozen=True)
class StillClock:
    """A clock that stands still; who waits does so on the other one."""

    clock: Clock

    def now(self) -> float:
        """Return the same moment each time."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self.clock.sleep(seconds)


@dataclass(kw_only=True)
class StandIn:
    """Stands in for `ref`: the same window, price and estimate of tokens; no network.

    It remarks on each of the known `findings` of which a prompt shows a line, and confirms all of
    them, so that both rounds are asked as they would be of a model that is right. `prompts` are
    the first round's prompts, `second_prompts` the second's, and `remarks` the numbers of the
    findings that it remarked on.
    """

    ref: ModelRef
    count_tokens: Callable[[str], int]
    findings: Sequence[KnownFinding] = ()
    prompts: list[PromptView] = field(default_factory=list)
    second_prompts: list[PromptView] = field(default_factory=list)
    remarks: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class StandInProvider(LLMProvider):
    """Innermost, where a provider would be: what it gets is redacted and within the budget."""

    endpoint: Endpoint
    stand_in: StandIn

    @property
    def model(self) -> str:
        """The id of the model that it stands in for."""
        return self.endpoint.model

    async def generate(self, prompt: Prompt) -> Completion:
        """Answer with what is known and shown, or that it is right."""
        provider = self.stand_in.ref.provider
        parts = [part.text for part in prompt.parts]
        texts = [prompt.instructions, *parts]
        # A schema is part of what is paid for.
        texts += [json.dumps(strict(prompt.reply))] if prompt.reply else []
        tokens = sum(map(self.stand_in.count_tokens, texts))
        text = json.dumps(self._answer(prompt, parts, tokens, texts))
        return Completion(
            text=text,
            usage=Usage(input_tokens=tokens, output_tokens=self.stand_in.count_tokens(text)),
            provider=provider,
            model=self.model,
            stop=StopReason.END,
        )

    def _answer(
        self, prompt: Prompt, parts: Sequence[str], tokens: int, texts: Sequence[str]
    ) -> JsonValue:
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        view = PromptView.of(parts, tokens=tokens, size=size)
        if prompt.role is Role.VERIFY:
            self.stand_in.second_prompts.append(view)
            return judgements("\n".join(parts))
        # What is asked beside the two rounds is about other things than findings.
        if prompt.role is not Role.FIND or prompt.reply is None:
            return smallest(prompt.reply.model_json_schema()) if prompt.reply else ""
        self.stand_in.prompts.append(view)
        remarks = {
            number: remark
            for number, finding in enumerate(self.stand_in.findings)
            if (remark := _remark(finding, view, number))
        }
        self.stand_in.remarks |= remarks.keys()
        return {"remarks": list(remarks.values())}


def _remark(finding: KnownFinding, view: PromptView, number: int) -> dict[str, JsonValue] | None:
    """Return a remark on a line of the finding that is shown, None when none is.

    It is the first one that the change has changed, where there is one.
    """
    rows = shown_rows(finding, view)
    if not rows:
        return None
    row = next((row for row in rows if not row.is_unchanged), rows[0])
    return {
        "path": finding.path,
        "quote": row.code,
        "side": "new",
        "line": row.number,
        "severity": "warning",
        "category": "correctness",
        "title": numbered_title(finding.text[:60].strip() or "As it is known", number),
        "message": finding.text[:300].strip() or "As it is known.",
        "trigger": "As the dataset tells.",
        "effect": "What the dataset tells.",
        "confidence": 1,
    }
