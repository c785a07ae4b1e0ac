"""Which prompts the first round consists of: what is read together, with what, by which model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from codeflow_action.actions.pr_reviewer.first_round import ChunkRequest
from codeflow_action.actions.pr_reviewer.lenses import Lens, built_in
from codeflow_action.actions.pr_reviewer.prompts import background, find_instructions
from codeflow_action.actions.pr_reviewer.subject import ReviewSubject
from codeflow_action.engine.action import Task
from codeflow_action.engine.facts import Facts, LineCoverage, ToolFindings
from codeflow_action.engine.guidance import Effort
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Part, Role
from codeflow_action.engine.platform_words import platforms_brief
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.ports import Models
from codeflow_action.review.change_list import change_list
from codeflow_action.review.context import ReviewContext, budget_for
from codeflow_action.review.guidelines import project_rules
from codeflow_action.review.packing import Chunk, pack, shuffle
from codeflow_action.review.reply_briefs import brief_replies
from codeflow_action.review.tool_briefs import brief_coverage, brief_findings
from codeflow_action.review.units import SourceFile, Unit, units_of

# Half of the lines of head that may be shown beside each hunk; see `review.widening`.
CONTEXT_LINES = {Effort.LOW: 3, Effort.MEDIUM: 8, Effort.HIGH: 40}
# Tried in this order, until the budget pays for all prompts.
_LINE_LIMITS = (40, 12, 6, 3, 0)
_BUDGET_SHARE = 0.8  # of what the budget still pays for; the rest is for the second round
_LEAST_ROOM = 1_000  # tokens of a change in one prompt
_MARGIN = 500  # tokens: labels and envelopes are not counted one by one

type EffortOf = Callable[[SourceFile], Effort]


@dataclass(frozen=True, kw_only=True)
class PromptPlan:
    """What is asked, and the part that all its prompts begin with.

    `earlier` are the units that were read in an earlier round, and are not asked about.
    """

    requests: tuple[ChunkRequest, ...]
    preamble: Part | None
    earlier: tuple[Unit, ...] = ()


def affordable_tokens(models: Models) -> float:
    """Return how many tokens the first round may take."""
    return models.input_tokens_left * _BUDGET_SHARE


def plan_prompts(
    subject: ReviewSubject,
    effort_of: EffortOf,
    affordable: float,
    task: Task,
    part: Sequence[SourceFile] | None = None,
    *,
    passes: int = 1,
) -> PromptPlan:
    """Pack what is reviewed into the room that the instructions leave.

    Where `affordable` tokens would not pay for all of it, less is shown around each change: lines
    that changed come before lines that did not, and code from elsewhere goes last. Of a `part` of
    the change, which is read because they do not, nothing but the hunks is shown. Each prompt is
    asked `passes` times.
    """
    count = task.models.count_tokens
    preamble = _preamble(subject, task)
    overhead = count(find_instructions(task.guidance, built_in())) + count(preamble) + _MARGIN
    overhead += sum(count(check.text) for check in subject.checks.lenses)
    room = max(_LEAST_ROOM, task.models.input_tokens_per_prompt - overhead)
    room -= budget_for(room)
    requests: tuple[ChunkRequest, ...] = ()
    earlier: tuple[Unit, ...] = ()
    layouts = [(0, ReviewContext())]
    if part is None:
        layouts = [(limit, subject.context) for limit in _LINE_LIMITS] + layouts
    sources = subject.sources.sources if part is None else part
    for line_limit, context in layouts:
        layout = _Layout(
            subject=subject,
            context=context,
            line_limit=line_limit,
            room=room,
            task=task,
            passes=passes,
        )
        units, earlier = layout.units(sources, effort_of)
        requests = tuple(layout.requests(units))
        sizes = (sum(map(count, _texts(request))) + overhead for request in requests)
        if sum(sizes) <= affordable:
            break
    # A provider's prompt cache only pays when a second prompt begins in the same way.
    stable = len(requests) > 1
    return PromptPlan(
        requests=requests,
        preamble=Part(text=preamble, stable=stable) if preamble else None,
        earlier=earlier,
    )


def _texts(request: ChunkRequest) -> Iterable[str]:
    """Yield what the request's prompt holds beside what all prompts of the run share."""
    yield from (request.chunk.text, request.context, project_rules(request.rules))
    yield from request.tool_notes.values()


def _preamble(subject: ReviewSubject, task: Task) -> str:
    stack = platforms_brief(task.facts.get(Platforms), subject.by_path)
    files, left_out = task.pull_request.files, subject.sources.left_out
    changes = change_list(files, left_out, task.guidance.never_send, task.models.count_tokens)
    return background(stack, changes)


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """One way to pack: at most `line_limit` lines around each hunk, `room` tokens in a prompt."""

    subject: ReviewSubject
    context: ReviewContext
    line_limit: int
    room: int
    task: Task
    passes: int

    def units(
        self, sources: Iterable[SourceFile], effort_of: EffortOf
    ) -> tuple[Mapping[Effort, list[Unit]], tuple[Unit, ...]]:
        """Return what is to be read, by effort, and what was read in an earlier round."""
        memory = self.task.memory
        units: dict[Effort, list[Unit]] = {effort: [] for effort in reversed(Effort)}
        earlier: list[Unit] = []
        for source in sources:
            effort, path = effort_of(source), source.file.path
            lines = min(self.line_limit, CONTEXT_LINES[effort])
            for unit in units_of(source, lines, memory.origins.get(path, "")):
                is_read = unit.digest in memory.read_units
                (earlier if is_read else units[effort]).append(unit)
        return units, tuple(earlier)

    def requests(self, units: Mapping[Effort, Sequence[Unit]]) -> Iterable[ChunkRequest]:
        """Yield what is read together: files of one effort, in as few prompts as they fit into."""
        task, count = self.task, self.task.models.count_tokens
        for effort, of_effort in units.items():
            chunks = [
                (chunk, self.context.for_chunk(chunk.units, count))
                for chunk in pack(of_effort, self.room, count)
            ]
            requests = tuple(
                replace(
                    request,
                    tool_notes=_side_notes(request.chunk, task),
                    rules=self.subject.guidelines.for_chunk(request.chunk, task),
                )
                for request in self._through_lenses(chunks, effort)
            )
            # At high effort every model of the role reads everything.
            models = len(task.models.all_for_role(Role.FIND)) if effort is Effort.HIGH else 1
            for number in range(1, self.passes + 1):
                for index in range(models):
                    yield from (
                        replace(request, model_index=index, pass_number=number)
                        for request in requests
                    )

    def _through_lenses(
        self, chunks: Sequence[tuple[Chunk, str]], effort: Effort
    ) -> Iterable[ChunkRequest]:
        """Yield each chunk once, through all lenses; at high effort once for each lens.

        Lens by lens, so that a budget which does not pay for all of them pays for the first one.
        What stands first is read best: every other lens gets the files in another order. All
        others share one, so that each order is in the provider's cache after its first prompt.
        """
        checks = self.subject.checks.lenses
        if effort is not Effort.HIGH:
            is_shared = self.passes > 1
            for chunk, context in chunks:
                relevant = tuple(check for check in checks if _looks_at(check, chunk))
                yield ChunkRequest(
                    chunk=chunk,
                    context=context,
                    lenses=built_in(),
                    checks=relevant,
                    is_shared=is_shared,
                )
            return
        seed = self.task.pull_request.head_sha
        other_order = [(shuffle(chunk, seed), context) for chunk, context in chunks]
        for number, lens in enumerate((*built_in(), *checks)):
            own_check = (lens,) if lens.rule else ()
            for chunk, context in other_order if number % 2 else chunks:
                if _looks_at(lens, chunk):
                    yield ChunkRequest(
                        chunk=chunk,
                        context=context,
                        lenses=(lens,),
                        checks=own_check,
                        is_shared=True,
                    )


def _looks_at(check: Lens, chunk: Chunk) -> bool:
    return any(check.looks_at(unit.path) for unit in chunk.units)


_FINDINGS_LABEL = (
    "what other tools report here; it is shown to the author, so never report it again"
)
_COVERAGE_LABEL = "added lines that the project's tests did not run"


def _side_notes(chunk: Chunk, task: Task) -> Mapping[str, str]:
    """Return what tools and people have said about the chunk's files, by a label for the model."""
    notes = dict(_tool_notes(chunk, task.facts))
    paths, author = {unit.path for unit in chunk.units}, task.pull_request.author.login
    replies = brief_replies(task.discussion, paths, author)
    if replies:
        notes["what people replied to earlier remarks"] = replies
    return notes


def _tool_notes(chunk: Chunk, facts: Facts) -> Mapping[str, str]:
    """Return what other tools say about the chunk's files, by label; empty where they are silent.

    Each note gets an envelope of its own: it is a fact, not a remark.
    """
    paths = {unit.path for unit in chunk.units}
    findings = brief_findings(facts.get(ToolFindings) or ToolFindings(), paths)
    coverage = brief_coverage(facts.get(LineCoverage) or LineCoverage(), paths)
    notes = {_FINDINGS_LABEL: findings, _COVERAGE_LABEL: coverage}
    return {label: text for label, text in notes.items() if text}
