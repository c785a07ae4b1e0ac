"""The first round as a whole: readings side by side, packed anew where a model takes less."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from codeflow_action.actions.pr_reviewer.first_round import Read, Reading, TooLong, ask, prompt_of
from codeflow_action.engine.action import Task
from codeflow_action.engine.model import Part, Prompt
from codeflow_action.review.packing import Chunk, pack

# A refusal with numbers is followed by readings that fit. Without numbers each time half of what
# can be cut is tried, from a window of 32,000 tokens down to one of 4,000.
_MOST_ROUNDS = 5
_ENOUGH = 0.5  # of the room must be left for the change, or what prompts share is left out

type Count = Callable[[str], int]


async def read_all(
    readings: Sequence[Reading], shared: Part | None, task: Task
) -> tuple[Read, ...]:
    """Return what came of all readings, in as many prompts as the models' windows ask for.

    What a model has not taken is read once more in prompts of the room that there is: without code
    from elsewhere, then in pieces. A piece that still is too long alone is not read.
    """
    reads: list[Read] = []
    waiting = tuple(readings)
    for attempt in range(_MOST_ROUNDS):
        answers = await asyncio.gather(*(ask(one, shared, task) for one in waiting))
        reads += [one for one in answers if isinstance(one, Read)]
        refused = [one for one in answers if isinstance(one, TooLong)]
        final = [one for one in refused if attempt + 1 == _MOST_ROUNDS or _is_least(one.reading)]
        reads += [one.read for one in final]
        waiting = _packed_anew([one for one in refused if one not in final], shared, task)
        if not waiting:
            break
    return tuple(reads)


def _is_least(reading: Reading) -> bool:
    """True when nothing can be left out, and nothing read later."""
    return reading.is_bare and _is_alone(reading)


def _is_alone(reading: Reading) -> bool:
    return not (reading.beside or reading.known or reading.chunk.is_divisible)


def _packed_anew(
    refused: Sequence[TooLong], shared: Part | None, task: Task
) -> tuple[Reading, ...]:
    """Return readings of the same code, of the same lenses and models together."""
    groups: dict[tuple[object, ...], list[TooLong]] = {}
    for one in refused:
        key = (one.reading.lenses, one.reading.checks, one.reading.by)
        groups.setdefault(key, []).append(one)
    return tuple(reading for group in groups.values() for reading in _of_group(group, shared, task))


def _of_group(refused: Sequence[TooLong], shared: Part | None, task: Task) -> Iterable[Reading]:
    count = task.models.count_tokens
    room = min(_room(one, shared, task) for one in refused)
    empty = replace(refused[0].reading, chunk=Chunk(units=()), beside="", known={})
    wishes = max(_wishes(one.reading, task) for one in refused)
    left = room - wishes - _tokens(prompt_of(empty, shared, task), count)
    if left < room * _ENOUGH or any(_is_alone(one.reading) for one in refused):
        empty = replace(empty, is_bare=True)
        left = room - wishes - _tokens(prompt_of(empty, shared, task), count)
    units = [unit for one in refused for unit in one.reading.chunk.units]
    return (replace(empty, chunk=chunk) for chunk in pack(units, left, count))


def _room(refused: TooLong, shared: Part | None, task: Task) -> int:
    """Return how many tokens the parts may have: as was said, else half of what was too many."""
    if refused.room is not None:
        return refused.room
    return _tokens(prompt_of(refused.reading, shared, task), task.models.count_tokens) // 2


def _wishes(reading: Reading, task: Task) -> int:
    """Return what maintainers add for the chunk's files alone, in tokens."""
    count = task.models.count_tokens
    paths = dict.fromkeys(unit.path for unit in reading.chunk.units)
    return max((count(task.guidance.instructions_for(path)) for path in paths), default=0)


def _tokens(prompt: Prompt, count: Count) -> int:
    """Return the tokens of the prompt's parts."""
    return sum(count(part.text) for part in prompt.parts)
