"""The first round: chunks of the change are read through lenses, side by side."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.prompts import find_prompt
from codeflow_action.actions.pr_reviewer.reply import Remark, read_remarks
from codeflow_action.engine.action import Reason, Task
from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
)
from codeflow_action.engine.findings import Dropped
from codeflow_action.engine.model import Part, Role
from codeflow_action.review.packing import Chunk


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A chunk to be read, `beside` which code from elsewhere, through what, by which model.

    All `lenses` are looked through at once. `known` is what is known of its files, by what to call
    it: other tools' findings, say.
    """

    chunk: Chunk
    beside: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    lenses: tuple[Lens, ...]
    checks: tuple[Lens, ...] = ()
    by: int = 0


@dataclass(frozen=True, kw_only=True)
class Read:
    """What came of a reading: remarks, or why the chunk was not read."""

    chunk: Chunk
    lenses: tuple[Lens, ...] = ()
    by: int = 0
    remarks: tuple[Remark, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    missed: str = ""
    reason: Reason = Reason.MODEL_ERROR


async def read_all(
    readings: Sequence[Reading], shared: Part | None, task: Task
) -> tuple[Read, ...]:
    """Return what came of all readings; a chunk that was halved comes in its halves."""
    groups = await asyncio.gather(*(_read(reading, shared, task) for reading in readings))
    return tuple(read for group in groups for read in group)


async def _read(reading: Reading, shared: Part | None, task: Task) -> list[Read]:
    """Ask about one chunk; where it is too long for the model after all, about its halves."""
    chunk, lenses = reading.chunk, reading.lenses
    prompt = find_prompt(
        guidance=task.guidance,
        lenses=lenses,
        checks=reading.checks,
        shared=shared,
        chunk=chunk,
        beside=reading.beside,
        known=reading.known,
    )
    try:
        completion = await task.models.all_for_role(Role.FIND)[reading.by].generate(prompt)
    except PromptTooLong as error:
        halves = [replace(reading, chunk=half) for half in chunk.halves()]
        reads = [read for half in halves for read in await _read(half, shared, task)]
        return reads or [
            Read(
                chunk=chunk,
                lenses=lenses,
                by=reading.by,
                missed=str(error),
                reason=Reason.BUDGET,
            )
        ]
    except ProviderError as error:
        reason, missed = explained(error)
        return [Read(chunk=chunk, lenses=lenses, by=reading.by, missed=missed, reason=reason)]
    remarks, dropped = read_remarks(completion)
    return [Read(chunk=chunk, lenses=lenses, by=reading.by, remarks=remarks, dropped=dropped)]


def explained(error: ProviderError) -> tuple[Reason, str]:
    """Return why something was not asked, as a public reason and in words."""
    match error:
        case BudgetExhausted():
            return Reason.BUDGET, str(error)
        case OutOfTime():
            return Reason.DEADLINE, str(error)
        case _:
            return Reason.MODEL_ERROR, f"{error} ({error.hint})" if error.hint else str(error)
