"""Which prompts the first round consists of: what is read together, beside what, through what."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from codeflow_action.actions.pr_reviewer.first_round import Reading
from codeflow_action.actions.pr_reviewer.knowing import known_of
from codeflow_action.actions.pr_reviewer.lenses import Lens, built_in
from codeflow_action.actions.pr_reviewer.prompts import background, find_instructions
from codeflow_action.actions.pr_reviewer.subject import Subject
from codeflow_action.engine.action import Task
from codeflow_action.engine.guidance import Effort
from codeflow_action.engine.model import Part, Role
from codeflow_action.engine.platform_words import platforms_brief
from codeflow_action.engine.platforms import Platforms
from codeflow_action.review.context import Context, budget_for
from codeflow_action.review.packing import Chunk, pack
from codeflow_action.review.units import Source, units_of

# Half of the lines of head that may be shown beside each hunk; see `review.widening`.
CONTEXT_LINES = {Effort.LOW: 3, Effort.MEDIUM: 8, Effort.HIGH: 40}
_NARROWER = (40, 12, 6, 3, 0)
_FOR_FINDING = 0.8  # of what the budget still pays for; the rest is for the second look
_LEAST_ROOM = 1_000  # tokens of a change in one prompt

type EffortOf = Callable[[Source], Effort]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The readings, and the part that all their prompts begin with."""

    readings: tuple[Reading, ...]
    shared: Part | None


def plan(subject: Subject, effort_of: EffortOf, task: Task) -> Plan:
    """Pack what is reviewed into the room that the instructions leave.

    Where the budget would not pay for all of it, less is shown around each change: lines that
    changed come before lines that did not, and code from elsewhere goes last.
    """
    stack = platforms_brief(task.facts.get(Platforms), subject.by_path)
    shared = background(task.pull_request, subject.guidelines.text, stack)
    count = task.models.count_tokens
    overhead = count(find_instructions(task.guidance, built_in())) + count(shared) + 500
    overhead += sum(count(check.text) for check in subject.checks.lenses)
    room = max(_LEAST_ROOM, task.models.input_tokens_per_prompt - overhead)
    room -= budget_for(room)
    affordable = task.models.input_tokens_left * _FOR_FINDING
    readings: tuple[Reading, ...] = ()
    for most, context in (*((most, subject.context) for most in _NARROWER), (0, Context())):
        packing = _Packing(subject=subject, context=context, most=most, room=room)
        readings = tuple(packing.readings(effort_of, task))
        needed = sum(_tokens(one, count) + overhead for one in readings)
        if needed <= affordable:
            break
    # A provider's prompt cache only pays where a second prompt begins alike.
    stable = len(readings) > 1
    return Plan(readings=readings, shared=Part(text=shared, stable=stable) if shared else None)


def _tokens(reading: Reading, count: Callable[[str], int]) -> int:
    """Return what a reading adds to what all prompts hold."""
    return sum(map(count, (reading.chunk.text, reading.beside, *reading.known.values())))


@dataclass(frozen=True, kw_only=True)
class _Packing:
    """One way to pack: at most `most` lines around each hunk, `room` tokens in a prompt."""

    subject: Subject
    context: Context
    most: int
    room: int

    def readings(self, effort_of: EffortOf, task: Task) -> Iterable[Reading]:
        """Yield what is read together: files of one effort, in as few prompts as they fit into."""
        count = task.models.count_tokens
        for effort in reversed(Effort):
            mine = [one for one in self.subject.sources.sources if effort_of(one) is effort]
            lines = min(self.most, CONTEXT_LINES[effort])
            units = [unit for source in mine for unit in units_of(source, lines)]
            chunks = [
                (chunk, self.context.for_chunk(chunk.units, count))
                for chunk in pack(units, self.room, count)
            ]
            once = tuple(
                replace(one, known=known_of(one.chunk, task.facts))
                for one in _through_lenses(chunks, effort, self.subject.checks.lenses)
            )
            models = len(task.models.all_for_role(Role.FIND)) if effort is Effort.HIGH else 1
            yield from (replace(one, by=by) for by in range(models) for one in once)


def _through_lenses(
    chunks: Sequence[tuple[Chunk, str]], effort: Effort, checks: Sequence[Lens]
) -> Iterable[Reading]:
    """Yield each chunk once, through all lenses; at high effort once for each lens.

    Lens by lens, so that a budget which does not pay for all of them pays for the first one.
    """
    if effort is not Effort.HIGH:
        for chunk, beside in chunks:
            mine = tuple(check for check in checks if _looks_at(check, chunk))
            yield Reading(chunk=chunk, beside=beside, lenses=built_in(), checks=mine)
        return
    for lens in built_in():
        for chunk, beside in chunks:
            yield Reading(chunk=chunk, beside=beside, lenses=(lens,))
    for check in checks:
        for chunk, beside in chunks:
            if _looks_at(check, chunk):
                yield Reading(chunk=chunk, beside=beside, lenses=(check,), checks=(check,))


def _looks_at(check: Lens, chunk: Chunk) -> bool:
    return any(check.looks_at(unit.path) for unit in chunk.units)
