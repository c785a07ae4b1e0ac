"""The first round: each part of the change is read through lenses, all parts at once.

What a model refuses as too long is packed again into smaller prompts.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from codeflow_action.actions.pr_reviewer.candidates import Shortlist
from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.prompts import Reading, find_prompt
from codeflow_action.actions.pr_reviewer.remarks import Remark, read_remarks
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.findings import DroppedFinding, DropStage
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.outcome import Reason
from codeflow_action.review.guidelines import ProjectRule
from codeflow_action.review.packing import Chunk, pack

# A refusal with numbers is followed by prompts that fit. Without numbers, each attempt tries half
# of what can be cut: five attempts lead from a window of 32,000 tokens down to one of 4,000.
_MAX_ATTEMPTS = 5
# The share of the room that must be left for the change; else what all prompts share is left out.
_LEAST_SHARE = 0.5
_LEAST_LOST = 2  # remarks about code that was not shown, and no other


@dataclass(frozen=True, kw_only=True)
class ChunkRequest:
    """A chunk to be read: through which lenses, by which model, and with what beside it.

    All `lenses` are looked through at once. `context` is code from elsewhere in the repository.
    `tool_notes` is what other tools say about the chunk's files, by a label for the model.
    `rules` are the project's that can hold for them.
    `model_index` counts the models of the role, `pass_number` how often the same is asked.
    `is_shared` where other requests read the same chunk. `is_bare` leaves out what all prompts of
    the run share, for a model that has no room for it.
    """

    chunk: Chunk
    context: str = ""
    tool_notes: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[ProjectRule, ...] = ()
    lenses: tuple[Lens, ...]
    checks: tuple[Lens, ...] = ()
    model_index: int = 0
    pass_number: int = 1
    is_shared: bool = False
    is_bare: bool = False

    @property
    def is_chunk_alone(self) -> bool:
        """True when nothing but the preamble can be left out, and the chunk cannot be divided."""
        return not (self.context or self.tool_notes or self.rules or self.chunk.is_divisible)

    @property
    def empty_review(self) -> "ChunkReview":
        """The review of this chunk, before anything is known about it."""
        return ChunkReview(
            chunk=self.chunk,
            lenses=self.lenses,
            model_index=self.model_index,
            pass_number=self.pass_number,
        )


@dataclass(frozen=True, kw_only=True)
class ChunkReview:
    """What came of a request: remarks, or `failure`, which says why the chunk was not read."""

    chunk: Chunk
    lenses: tuple[Lens, ...] = ()
    model_index: int = 0
    pass_number: int = 1
    remarks: tuple[Remark, ...] = ()
    drops: tuple[DroppedFinding, ...] = ()
    failure: str = ""
    reason: Reason = Reason.MODEL_ERROR

    def after(self, placement: Shortlist) -> "ChunkReview":
        """Return the review, as one that failed where no remark of it is about what was shown.

        A model that speaks of other code has not read this one. One such remark is a slip.
        """
        lost_count = sum(drop.stage is DropStage.ANCHOR for drop in placement.drops)
        if self.failure or lost_count < max(_LEAST_LOST, len(self.remarks)):
            return self
        failure = f"none of the model's {lost_count} remarks was about code that it was shown"
        return replace(self, failure=failure)


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """A request that was too long for every model. `room` is how many tokens fit, if known.

    With a room of 0 nothing is worth a try: the instructions are the larger part.
    """

    request: ChunkRequest
    room: int | None
    message: str

    @property
    def review(self) -> ChunkReview:
        """The outcome, if the request is not made in another way."""
        return replace(self.request.empty_review, failure=self.message, reason=Reason.BUDGET)


async def review_chunks(
    requests: Sequence[ChunkRequest], preamble: Part | None, task: Task
) -> tuple[ChunkReview, ...]:
    """Return what came of all requests, in as many prompts as the models' windows ask for.

    `preamble` is what the run's prompts begin with. What a model has refused is asked again in
    prompts that fit: first without code from elsewhere, then in pieces. A piece that is still too
    long by itself is not read.
    """
    reviews: list[ChunkReview] = []
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        answers = await _ask_all(requests, preamble, task)
        reviews += [answer for answer in answers if isinstance(answer, ChunkReview)]
        refusals = []
        for answer in answers:
            if not isinstance(answer, _Refusal):
                continue
            is_smallest = answer.request.is_bare and answer.request.is_chunk_alone
            if attempt == _MAX_ATTEMPTS or is_smallest or answer.room == 0:
                reviews.append(answer.review)
            else:
                refusals.append(answer)
        if not refusals:
            break
        requests = _smaller_requests(refusals, preamble, task)
    return tuple(reviews)


async def _ask_all(
    requests: Sequence[ChunkRequest], preamble: Part | None, task: Task
) -> list[ChunkReview | _Refusal]:
    """Ask all at once; of those that share a chunk the others after the first one.

    A provider's cache holds how a prompt begins only when a first answer to it has begun.
    """
    groups: dict[object, list[ChunkRequest]] = {}
    for number, request in enumerate(requests):
        key = (request.chunk, request.model_index) if request.is_shared else number
        groups.setdefault(key, []).append(request)

    async def ask_in_turn(group: Sequence[ChunkRequest]) -> list[ChunkReview | _Refusal]:
        first = await _ask(group[0], preamble, task)
        rest = (_ask(request, preamble, task) for request in group[1:])
        return [first, *await asyncio.gather(*rest)]

    answers = await asyncio.gather(*map(ask_in_turn, groups.values()))
    return [answer for of_group in answers for answer in of_group]


async def _ask(request: ChunkRequest, preamble: Part | None, task: Task) -> ChunkReview | _Refusal:
    """Ask about one chunk."""
    model = task.models.all_for_role(Role.FIND)[request.model_index]
    try:
        completion = await model.generate(_prompt(request, preamble, task))
    except PromptTooLong as error:
        return _Refusal(request=request, room=error.room, message=error.with_hint)
    except ProviderError as error:
        reason, failure = failure_reason(error)
        return replace(request.empty_review, failure=failure, reason=reason)
    remarks, drops = read_remarks(completion)
    return replace(request.empty_review, remarks=remarks, drops=drops)


def _prompt(request: ChunkRequest, preamble: Part | None, task: Task) -> Prompt:
    return find_prompt(
        guidance=task.guidance,
        reading=Reading(
            lenses=request.lenses, pass_number=request.pass_number, is_shared=request.is_shared
        ),
        demands=(*request.checks, *request.rules),
        preamble=None if request.is_bare else preamble,
        chunk=request.chunk,
        context=request.context,
        tool_notes=request.tool_notes,
    )


def _smaller_requests(
    refusals: Sequence[_Refusal], preamble: Part | None, task: Task
) -> tuple[ChunkRequest, ...]:
    """Return requests about the same code; those with the same lenses and model are joined."""
    groups: dict[tuple[object, ...], list[_Refusal]] = {}
    for refusal in refusals:
        request = refusal.request
        key = (request.lenses, request.checks, request.model_index, request.pass_number)
        groups.setdefault(key, []).append(refusal)
    return tuple(request for group in groups.values() for request in _repack(group, preamble, task))


def _repack(
    refusals: Sequence[_Refusal], preamble: Part | None, task: Task
) -> Iterable[ChunkRequest]:
    """Pack the code of one group into the room that the tightest refusal leaves."""
    count = task.models.count_tokens

    def tokens(request: ChunkRequest) -> int:
        return sum(count(part.text) for part in _prompt(request, preamble, task).parts)

    units = [unit for refusal in refusals for unit in refusal.request.chunk.units]
    # What maintainers add for some files only is not in the prompt of an empty chunk.
    paths = {unit.path for unit in units}
    instructions = max((count(task.guidance.instructions_for(path)) for path in paths), default=0)
    room = min(
        tokens(refusal.request) // 2 if refusal.room is None else refusal.room
        for refusal in refusals
    )
    empty = replace(refusals[0].request, chunk=Chunk(units=()), context="", tool_notes={}, rules=())
    free = room - instructions - tokens(empty)
    is_stuck = any(refusal.request.is_chunk_alone for refusal in refusals)
    if free < room * _LEAST_SHARE or is_stuck:
        empty = replace(empty, is_bare=True)
        free = room - instructions - tokens(empty)
    return (replace(empty, chunk=chunk) for chunk in pack(units, free, count))
