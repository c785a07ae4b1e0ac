"""Asks a model what a change is for; the answer is one name of a closed list, or nothing."""

from collections.abc import Iterator, Mapping
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import ProviderError
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.security.untrusted import for_model, one_line, without_comments

_MAX_BODY = 2_000  # characters of the description: intent, not a manual
_MAX_FILES = 100
_MAX_OUTPUT_TOKENS = 400  # of a reply with one name in it, and whatever a model thinks before


class TypeReply(BaseModel):
    """The whole reply of the model."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(max_length=200)


@dataclass(frozen=True, kw_only=True)
class TypeChoice:
    """The chosen label, if any; `notice` says why there is none though one was asked for."""

    names: tuple[str, ...] = ()
    notice: str = ""


async def choose_type(types: Mapping[str, str], task: Task) -> TypeChoice:
    """Return the label that the model has picked, none without a model or a usable answer."""
    if not task.models.available:
        return TypeChoice()
    try:
        completion = await task.models.for_role(Role.DESCRIBE).generate(type_prompt(types, task))
    except ProviderError as error:
        return TypeChoice(notice=f"labeler: no type was chosen: {error.with_hint}")
    reply = TypeReply.model_validate(completion.data)
    by_name = {name.casefold(): name for name in types}
    # Whatever else it says, and whoever has talked it into that, is no label.
    name = by_name.get(reply.type.strip().casefold())
    return TypeChoice(names=(name,) if name else ())


def type_prompt(types: Mapping[str, str], task: Task) -> Prompt:
    """Return the question: the list in the instructions, the author's words in envelopes."""
    pull_request = task.pull_request
    title, body = map(without_comments, (pull_request.title, pull_request.body))
    page = resources.files(__package__).joinpath("type.md").read_text("utf-8")
    lines = "\n".join(f"- `{name}`: {one_line(meaning)}" for name, meaning in types.items())
    texts = [
        for_model("title and description by the author", f"{title}\n\n{body[:_MAX_BODY]}".strip()),
        for_model("changed files", "\n".join(_file_lines(task))),
    ]
    return Prompt(
        role=Role.DESCRIBE,
        instructions=page.replace("{types}", lines),
        parts=(Part(text="\n".join(texts)),),
        reply=TypeReply,
        max_output_tokens=_MAX_OUTPUT_TOKENS,
    )


def _file_lines(task: Task) -> Iterator[str]:
    """Yield what changed, a file a line, without what must not be sent."""
    hidden = task.guidance.never_send
    files = [
        file
        for file in task.pull_request.files
        if not any(any_matches(hidden, path) for path in (file.path, file.previous_path or ""))
    ]
    for file in files[:_MAX_FILES]:
        counts = f"+{len(file.added_lines)} -{len(file.removed_lines)}"
        yield f"{file.status.value} {one_line(file.path)} {counts}"
    if count := len(files[_MAX_FILES:]):
        yield f"and {count} more files"
