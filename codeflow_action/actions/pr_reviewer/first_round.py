"""The first round: a chunk of the change is read through lenses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.prompts import find_prompt
from codeflow_action.actions.pr_reviewer.reply import Remark, read_remarks
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
)
from codeflow_action.engine.findings import Dropped
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.engine.outcome import Reason
from codeflow_action.review.packing import Chunk


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A chunk to be read, `beside` which code from elsewhere, through what, by which model.

    All `lenses` are looked through at once. `known` is what is known of its files, by what to call
    it: other tools' findings, say. `is_bare` where the model has no room for what all prompts of
    the run share.
    """

    chunk: Chunk
    beside: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    lenses: tuple[Lens, ...]
    checks: tuple[Lens, ...] = ()
    by: int = 0
    is_bare: bool = False


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


@dataclass(frozen=True, kw_only=True)
class TooLong:
    """A reading that no model took. `room` is how many tokens the parts may have, if known."""

    reading: Reading
    room: int | None
    said: str

    @property
    def read(self) -> Read:
        """What came of it, if it is not asked in another way."""
        one = self.reading
        return Read(
            chunk=one.chunk, lenses=one.lenses, by=one.by, missed=self.said, reason=Reason.BUDGET
        )


async def ask(reading: Reading, shared: Part | None, task: Task) -> Read | TooLong:
    """Ask about one chunk; `shared` is what the run's prompts begin with."""
    chunk, lenses, by = reading.chunk, reading.lenses, reading.by
    try:
        prompt = prompt_of(reading, shared, task)
        completion = await task.models.all_for_role(Role.FIND)[by].generate(prompt)
    except PromptTooLong as error:
        return TooLong(reading=reading, room=error.room, said=str(error))
    except ProviderError as error:
        reason, missed = explained(error)
        return Read(chunk=chunk, lenses=lenses, by=by, missed=missed, reason=reason)
    remarks, dropped = read_remarks(completion)
    return Read(chunk=chunk, lenses=lenses, by=by, remarks=remarks, dropped=dropped)


def prompt_of(reading: Reading, shared: Part | None, task: Task) -> Prompt:
    """Return the prompt that a reading comes to."""
    return find_prompt(
        guidance=task.guidance,
        lenses=reading.lenses,
        checks=reading.checks,
        shared=None if reading.is_bare else shared,
        chunk=reading.chunk,
        beside=reading.beside,
        known=reading.known,
    )


def explained(error: ProviderError) -> tuple[Reason, str]:
    """Return why something was not asked, as a public reason and in words."""
    match error:
        case BudgetExhausted():
            return Reason.BUDGET, str(error)
        case PromptTooLong():
            return Reason.BUDGET, str(error)
        case OutOfTime():
            return Reason.DEADLINE, str(error)
        case _:
            return Reason.MODEL_ERROR, f"{error} ({error.hint})" if error.hint else str(error)
