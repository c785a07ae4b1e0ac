"""Asks a model for the description: in one prompt where the change fits, else by notes on parts."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from codeflow_action.actions.pr_describer.change_facts import ChangeFacts
from codeflow_action.actions.pr_describer.draft_prompts import (
    DraftRequest,
    change_text,
    draft_instructions,
    draft_prompt,
    group_list,
    notes_instructions,
    notes_prompt,
    notes_text,
)
from codeflow_action.actions.pr_describer.drafts import Draft, PartNotes
from codeflow_action.actions.pr_describer.walkthrough import FileGroup
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.review.author_words import WordLimits, author_words
from codeflow_action.review.packing import Chunk, pack
from codeflow_action.review.sources import read_sources
from codeflow_action.review.units import Unit, units_of
from codeflow_action.security.untrusted import for_model

_LIMITS = WordLimits(description=4_000, issue=2_000, issues=3)
_CONTEXT_LINES = 3  # of head around each hunk, as git shows them
_MAX_FILES = 200  # the riskiest; each is parsed to widen its hunks
# Of what the budget still pays for. The rest is for the review, which may ask at the same time.
_BUDGET_SHARE = 0.15
_MARGIN = 500  # tokens: labels and envelopes are not counted one by one
_LEAST_ROOM = 1_000  # tokens of a change in one prompt
_MAX_PARTS = 12  # prompts for notes
_MAX_ATTEMPTS = 4  # each tries half of what was too long


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be described. `change_count` counts the changed lines that a model might read.

    `digest` is of all that the answer may depend on beside the model.
    """

    request: DraftRequest
    preamble: str
    units: tuple[Unit, ...]
    change_count: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class DraftAnswer:
    """A model's description, or why there is none. `read_count` is of changed lines."""

    draft: Draft | None = None
    read_count: int = 0
    shortfalls: tuple[Shortfall, ...] = ()


async def read_question(
    task: Task,
    facts: ChangeFacts,
    groups: Sequence[FileGroup],
    request: DraftRequest,
    title: str,
) -> Question:
    """Read what a model may see of the change, the riskiest files first.

    Raises `RepositoryError` or `GitHubError` when nothing can be read.
    """
    sources = await read_sources(replace(task, shard=None))
    by_path = {source.file.path: source for source in sources.sources}
    ordered_sources = [by_path[file.path] for file in facts.order if file.path in by_path]

    def cut_units() -> tuple[Unit, ...]:
        return tuple(
            unit
            for source in ordered_sources[:_MAX_FILES]
            for unit in units_of(source, _CONTEXT_LINES)
        )

    units = await asyncio.to_thread(cut_units)
    hidden_paths = frozenset(
        file.path
        for file in facts.files.values()
        if any(
            any_matches(task.guidance.never_send, path)
            for path in (file.path, file.previous_path or file.path)
        )
    )
    words = author_words(task.pull_request, _LIMITS, title)
    envelopes = [for_model(label, text) for label, text in words]
    preamble = "\n\n".join((*envelopes, group_list(groups, hidden_paths)))
    texts = [
        draft_instructions(task.guidance, request),
        notes_instructions(),
        preamble,
        *(unit.text for unit in units),
    ]
    return Question(
        request=request,
        preamble=preamble,
        units=units,
        change_count=sum(source.file.changed_line_count for source in sources.sources),
        digest=hashlib.sha256(json.dumps(texts).encode("utf-8", "replace")).hexdigest()[:32],
    )


async def ask(question: Question, task: Task) -> DraftAnswer:
    """Return the model's description of as much of the change as the budget pays for."""
    writer = _Writer(question=question, task=task)
    try:
        return await writer.answer()
    except ProviderError as error:
        reason, words = failure_reason(error)
        return _without_draft(reason, f"no model described the change: {words}")


def _without_draft(reason: Reason, detail: str) -> DraftAnswer:
    return DraftAnswer(shortfalls=(Shortfall(reason=reason, detail=detail),))


@dataclass(frozen=True, kw_only=True)
class _Writer:
    """One description in the making."""

    question: Question
    task: Task

    @property
    def _overhead(self) -> int:
        """Tokens of a prompt that are not of the change."""
        request, guidance = self.question.request, self.task.guidance
        texts = (draft_instructions(guidance, request), self.question.preamble)
        return sum(map(self.task.models.count_tokens, texts)) + _MARGIN

    async def answer(self) -> DraftAnswer:
        """Ask, in smaller pieces where a model finds it too long. Raises `ProviderError`."""
        models = self.task.models
        affordable = int(models.input_tokens_left * _BUDGET_SHARE)
        room = max(_LEAST_ROOM, models.input_tokens_per_prompt - self._overhead)
        if affordable < self._overhead + min(room, _LEAST_ROOM):
            detail = "no model described the change: too little of the budget is left"
            return _without_draft(Reason.BUDGET, detail)
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            try:
                return await self._attempt(room, affordable)
            except PromptTooLong as error:
                if attempt == _MAX_ATTEMPTS or error.room == 0:
                    raise
                free_room = room // 2 if error.room is None else error.room - self._overhead
                room = max(_LEAST_ROOM // 2, min(room // 2, free_room))
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, room: int, affordable: int) -> DraftAnswer:
        units, count = self.question.units, self.task.models.count_tokens
        chunks = await asyncio.to_thread(pack, units, room, count)
        sizes = [count(chunk.text) for chunk in chunks]
        if len(chunks) <= 1 and sum(sizes) + self._overhead <= affordable:
            chunk = chunks[0] if chunks else Chunk(units=())
            draft = await self._draft(change_text(chunk), divisible=chunk.is_divisible)
            return DraftAnswer(draft=draft, read_count=_line_count(chunk))
        return await self._by_parts(chunks, sizes, room, affordable)

    async def _by_parts(
        self, chunks: Sequence[Chunk], sizes: Sequence[int], room: int, affordable: int
    ) -> DraftAnswer:
        """Have notes made of the first parts, as many as are paid for; describe by these."""
        overhead = self.task.models.count_tokens(notes_instructions()) + _MARGIN
        # What the notes come to in the last prompt is at most what their replies may hold.
        tokens = affordable - self._overhead - min(room, _LEAST_ROOM)
        parts: list[Chunk] = []
        for chunk, size in zip(chunks[:_MAX_PARTS], sizes, strict=False):
            tokens -= size + overhead
            if tokens < 0:
                break
            parts.append(chunk)
        if not parts:
            return _without_draft(
                Reason.BUDGET, "no model described the change: its parts cost more than is left"
            )
        self.task.progress(f"describing {len(parts)} of {len(chunks)} parts of the change")
        results = await asyncio.gather(*map(self._notes, parts), return_exceptions=True)
        notes: list[str] = []
        read_count, failures = 0, []
        for chunk, result in zip(parts, results, strict=True):
            match result:
                case ProviderError():
                    failures.append(result)
                case BaseException():
                    raise result
                case _:
                    notes += result
                    read_count += _line_count(chunk)
        if not notes:
            raise failures[0] if failures else _no_notes()
        draft = await self._draft(notes_text(_first_notes(notes, room, self.task)), divisible=True)
        return DraftAnswer(draft=draft, read_count=read_count)

    async def _draft(self, material: str, *, divisible: bool) -> Draft:
        question = self.question
        prompt = draft_prompt(
            self.task.guidance,
            question.request,
            question.preamble,
            material,
            divisible=divisible,
        )
        completion = await self.task.models.for_role(Role.DESCRIBE).generate(prompt)
        return question.request.reply.model_validate(completion.data)

    async def _notes(self, chunk: Chunk) -> tuple[str, ...]:
        completion = await self.task.models.for_role(Role.DESCRIBE).generate(notes_prompt(chunk))
        return PartNotes.model_validate(completion.data).notes


def _no_notes() -> ProviderError:
    return ProviderError("the model had nothing to say of any part of the change")


def _first_notes(notes: Sequence[str], room: int, task: Task) -> Sequence[str]:
    """Return the first notes that fit into the room."""
    size = 0
    for index, note in enumerate(notes):
        size += task.models.count_tokens(note) + 4
        if size > room:
            return notes[:index]
    return notes


def _line_count(chunk: Chunk) -> int:
    return sum(unit.changed_count for unit in chunk.units)
