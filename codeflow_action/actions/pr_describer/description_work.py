"""A whole description: what code can tell, what a model adds, and where all of it stands.

An import of this module brings all that this needs; a pipeline without it goes without.
"""

import re
from collections.abc import Iterator, Sequence

from codeflow_action.actions.pr_describer.change_facts import ChangeFacts, find_facts
from codeflow_action.actions.pr_describer.description_sections import (
    facts_line,
    reading_order_section,
    walkthrough_section,
)
from codeflow_action.actions.pr_describer.draft_prompts import DraftRequest
from codeflow_action.actions.pr_describer.draft_writer import ask, read_question
from codeflow_action.actions.pr_describer.drafts import Draft, DrawnTitledDraft
from codeflow_action.actions.pr_describer.kept_draft import KeptDraft
from codeflow_action.actions.pr_describer.walkthrough import FileGroup, group_files
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall
from codeflow_action.engine.proposals import Description, Proposal, Section, Synopsis
from codeflow_action.security.untrusted import one_line

_MAX_SENTENCES = 5
# Where a sentence ends, in scripts with spaces between sentences and without.
_SENTENCE_END = regex(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])")  # noqa: RUF001 - full-width signs
_LATE = Shortfall(
    reason=Reason.DEADLINE, detail="the change was described without a model: time was up"
)


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What a model has said, and what it has read for that."""

    kept_draft: KeptDraft | None = None
    kept_answer: KeptAnswer | None = None
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DescriptionWork:
    """How a change is described: the options of `PrDescriber`."""

    name: str
    in_body: bool
    with_title: bool
    update_title: bool
    with_diagram: bool

    async def run(self, task: Task) -> Outcome:
        """Describe by code first, so that there is something if the model takes too long."""
        facts = await find_facts(task)
        groups = group_files(facts.risk.files)
        kept_answer = task.kept_answers.get(self.name)
        is_asked = task.models.available
        if is_asked:
            task.keep(self._done(task, facts, groups, _Words(shortfalls=(_LATE,))))
        if not (is_asked or kept_answer):
            return self._done(task, facts, groups, _Words())
        try:
            words = await self._find_words(task, facts, groups, kept_answer)
        except CodeFlowError as error:
            # Without a model nothing more was asked for than what code tells.
            detail = f"the change could not be read for a model: {error}"
            short = Shortfall(reason=Reason.MODEL_ERROR, detail=detail)
            words = _Words(shortfalls=(short,) if is_asked else ())
        return self._done(task, facts, groups, words)

    async def _find_words(
        self,
        task: Task,
        facts: ChangeFacts,
        groups: Sequence[FileGroup],
        kept_answer: KeptAnswer | None,
    ) -> _Words:
        """Return the kept words while the question is the same, else ask."""
        earlier = KeptDraft.of(kept_answer)
        title = task.pull_request.title
        seen_title = earlier.title_seen(title) if earlier else title
        request = DraftRequest(title=self.with_title, diagram=self.with_diagram)
        question = await read_question(task, facts, groups, request, seen_title)
        is_settled = earlier is not None and earlier.is_settled_by(title)
        if earlier and kept_answer and kept_answer.digest == question.digest:
            earlier_draft = earlier.model_copy(update={"is_settled": is_settled})
            return _Words(
                kept_draft=earlier_draft, kept_answer=earlier_draft.as_answer(question.digest)
            )
        if not task.models.available:
            return _Words()
        if not question.units:
            return _Words()  # nothing of it is for a model to read
        answer = await ask(question, task)
        if answer.draft is None:
            return _Words(shortfalls=answer.shortfalls)
        kept_draft = KeptDraft(
            draft=_shorten(answer.draft),
            read_count=answer.read_count,
            change_count=question.change_count,
            title_before=seen_title,
            is_settled=is_settled,
        )
        return _Words(
            kept_draft=kept_draft,
            kept_answer=kept_draft.as_answer(question.digest),
            shortfalls=answer.shortfalls,
        )

    def _done(
        self, task: Task, facts: ChangeFacts, groups: Sequence[FileGroup], words: _Words
    ) -> Done:
        sections = [*self._sections(facts, groups, words.kept_draft)]
        proposals: list[Proposal] = [Synopsis(text=_synopsis(groups, words.kept_draft))]
        title = self._title(task, words.kept_draft)
        if self.in_body and task.pull_request.number is not None:
            proposals.append(Description(sections=tuple(sections)))
        else:
            proposals += sections
        if title:
            update = {"title": title, "title_before": task.pull_request.title}
            proposals.append(Description().model_copy(update=update))
        return Done(
            proposals=tuple(proposals),
            shortfalls=words.shortfalls,
            notices=facts.notes,
            kept_answer=words.kept_answer,
        )

    def _sections(
        self, facts: ChangeFacts, groups: Sequence[FileGroup], kept_draft: KeptDraft | None
    ) -> Iterator[Section]:
        group_lines: dict[int, str] = {}
        if kept_draft:
            draft = kept_draft.draft
            group_lines = {words.group: words.line for words in draft.groups}
            lines = [draft.summary, *self._suggestion(kept_draft), _read_line(kept_draft)]
            diagram = draft.diagram if self.with_diagram else None
            yield Section(
                title="What this change does",
                body="\n\n".join(lines),
                diagram=diagram or "",
                is_folded=not self.in_body,
            )
        if order := reading_order_section(facts):
            yield order
        lines = [group_lines.get(number, "") for number in range(1, len(groups) + 1)]
        yield walkthrough_section(facts, groups, lines)

    def _suggestion(self, kept_draft: KeptDraft) -> Iterator[str]:
        title = kept_draft.draft.title
        if self.with_title and title and (kept_draft.is_settled or not self.update_title):
            yield f"A title that says more: {one_line(title)}"

    def _title(self, task: Task, kept_draft: KeptDraft | None) -> str:
        """Return the title to set, empty for none: what a person has set after us stays."""
        if not self.update_title or kept_draft is None or kept_draft.is_settled:
            return ""
        title = kept_draft.draft.title or ""
        return title if title != task.pull_request.title == kept_draft.title_before else ""


def _shorten(draft: Draft) -> DrawnTitledDraft:
    """Return the draft with no more in it than is shown."""
    sentences = _SENTENCE_END.split(" ".join(draft.summary.split()))
    # A sentence of a script without spaces is joined again without one.
    joint = "" if re.search(r"[。！？]$", sentences[0]) else " "  # noqa: RUF001
    update = {"summary": joint.join(sentences[:_MAX_SENTENCES])}
    return DrawnTitledDraft.model_validate(draft.model_dump() | update)


def _synopsis(groups: Sequence[FileGroup], kept_draft: KeptDraft | None) -> str:
    if kept_draft:
        return _SENTENCE_END.split(kept_draft.draft.summary)[0]
    return facts_line(groups)


def _read_line(kept_draft: KeptDraft) -> str:
    read, change = kept_draft.read_count, kept_draft.change_count
    amount = f"all {change:,}" if read >= change else f"{read:,} of {change:,}"
    return f"*A model wrote this after it had read {amount} changed lines.*"
