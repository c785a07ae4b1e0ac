"""Answers a question about the change by a model, which is shown code and what was said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import resources

from pydantic import BaseModel, Field

from codeflow_action.actions.responder.subjects import command_thread, thread_entry
from codeflow_action.engine.action import Task
from codeflow_action.engine.discussion import Thread
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.model import Completion, Part, Prompt, Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.omissions import OMISSIONS
from codeflow_action.engine.outcome import Done, Reason, Shortfall
from codeflow_action.engine.proposals import Reply
from codeflow_action.review.packing import pack
from codeflow_action.review.sources import read_sources
from codeflow_action.review.units import SourceFile, Unit, units_of
from codeflow_action.security.untrusted import for_model, without_comments

_CONTEXT = 3  # unchanged lines around changed ones
_AROUND = 40  # unchanged lines around those of the thread in which the question stands
_MAX_OUTPUT_TOKENS = 1_500
_MAX_SAID = 8_000  # characters of what was said in the thread, the newest kept


class AnswerReply(BaseModel):
    """What the model says; `is_answered` is False where what it was shown does not tell."""

    answer: str = Field(max_length=8_000)
    is_answered: bool = True


async def answer(task: Task, max_input_tokens: int) -> Done:
    """Return the answer as a reply; that no model could be asked is one, too."""
    question = task.command.argument if task.command else ""
    if not question:
        return _refusal("Write the question behind `ask`, on the same line.")
    if not task.models.available:
        reason = Reason(task.models.why_not)
        words = OMISSIONS[reason].words if reason in OMISSIONS else reason.value
        return _refusal(f"No model can be asked: {words}.")
    try:
        completion = await _ask(task, question, max_input_tokens)
    except ProviderError as error:
        reason, failure = failure_reason(error)
        shortfall = Shortfall(reason=reason, detail=f"the question was not answered: {failure}")
        refusal = _refusal("No model gave a usable answer; the job's log says why.")
        return Done(proposals=refusal.proposals, shortfalls=(shortfall,))
    reply = AnswerReply.model_validate(completion.data)
    return Done(proposals=(Reply(body=reply.answer, is_refusal=not reply.is_answered),))


async def _ask(task: Task, question: str, max_input_tokens: int) -> Completion:
    """Ask, once more with less code where a model has told how much it takes."""
    model = task.models.for_role(Role.REPLY)
    prompt = await _prompt(task, question, max_input_tokens)
    try:
        return await model.generate(replace(prompt, divisible=True))
    except PromptTooLong as error:
        if not error.room:
            raise
        room = error.room + task.models.count_tokens(prompt.instructions)
    return await model.generate(await _prompt(task, question, room))


def _refusal(text: str) -> Done:
    return Done(proposals=(Reply(body=text, is_refusal=True),))


async def _prompt(task: Task, question: str, max_input_tokens: int) -> Prompt:
    guidance, thread = task.guidance, command_thread(task)
    instructions = resources.files(__package__).joinpath("ask.md").read_text("utf-8")
    if guidance.language.lower() not in ("en", "en-us", "en-gb"):
        instructions += f"\nWrite `answer` in {guidance.language!r} (BCP 47).\n"
    if guidance.instructions:
        instructions += f"\nThis repository's maintainers add:\n{guidance.instructions}\n"
    talk = "\n\n".join(_said(task, thread))
    question_text = for_model("the question", without_comments(question))
    count = task.models.count_tokens
    limit = min(max_input_tokens, task.models.input_tokens_per_prompt)
    room = limit - sum(map(count, (instructions, talk, question_text)))
    code = await _code(task, thread, max(room, 0))
    texts = [code, talk, f"Answer this question.\n{question_text}"]
    return Prompt(
        role=Role.REPLY,
        instructions=instructions,
        parts=tuple(Part(text=text) for text in texts if text),
        reply=AnswerReply,
        max_output_tokens=_MAX_OUTPUT_TOKENS,
    )


def _said(task: Task, thread: Thread | None) -> Iterator[str]:
    """Yield the author's words, our own finding and what people said, each in an envelope."""
    pull_request = task.pull_request
    description = without_comments(f"{pull_request.title}\n\n{pull_request.body[:2_000]}").strip()
    if description:
        yield for_model("title and description by the author", description)
    # What stands in such a thread may quote the file.
    if thread is None or any_matches(task.guidance.never_send, thread.path):
        return
    if entry := thread_entry(task):
        finding = f"{entry.title}\n{entry.message}"
        yield for_model("our own finding, which this thread is about", finding)
    lines = [
        f"{comment.speaker.login}: {without_comments(comment.body)}"
        for comment in thread.comments
        if task.command and comment.id != task.command.comment_id
    ]
    text = "\n\n".join(lines)[-_MAX_SAID:]
    if text:
        yield for_model("what was said in this thread, oldest first", text)


async def _code(task: Task, thread: Thread | None, room: int) -> str:
    """Return as much of the change as there is room for, the thread's place first."""
    sources = (await read_sources(task)).sources
    count = task.models.count_tokens
    parts: list[str] = []
    thread_sources = [source for source in sources if thread and source.file.path == thread.path]
    for units, label in (
        (_units(thread_sources, _AROUND), "the file in which the question stands"),
        (
            _units([source for source in sources if source not in thread_sources], _CONTEXT),
            "the change",
        ),
    ):
        chunks = pack(units, room, count)
        if not chunks:
            continue
        remainder = " (its first part)" if len(chunks) > 1 else ""
        text = for_model(f"{label}{remainder}", chunks[0].text)
        if (size := count(text)) > room:
            break
        room -= size
        parts.append(text)
    return "\n\n".join(parts)


def _units(sources: Sequence[SourceFile], context: int) -> list[Unit]:
    return [unit for source in sources for unit in units_of(source, context)]
