"""Whether a change does what its author says, and says what it does: one small question.

It is asked beside the review and has no part in it: its answer is lines for people, never a
finding, and no verdict hangs on it. What a model has not read it may not miss.
"""

import asyncio
import hashlib
import json
from collections.abc import Container, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from codeflow_action.actions.pr_reviewer.promise_evidence import has_evidence
from codeflow_action.actions.pr_reviewer.prompts import INTENT, promise_prompt
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import ProviderError
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.model import Prompt, Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.proposals import Section
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.review.author_words import author_words
from codeflow_action.review.change_list import change_list
from codeflow_action.review.packing import risk
from codeflow_action.review.sources import Sources
from codeflow_action.review.units import SourceFile, units_of
from codeflow_action.security.untrusted import one_line, without_comments

_MAX_TOKENS = 2_000  # of changed lines: the question stays small beside the review
_LEAST_TOKENS = 200
_BUDGET_SHARE = 0.05  # of what the budget still pays for
_MAX_REMARKS = 5  # of each kind
_MAX_SENTENCE = 400  # characters
_LEAST_WORDS = 5  # of a description that promises something
_WORD = regex(r"[^\W\d_]{2,}")
# What templates leave: headings, boxes that nobody ticked, rules.
_FORM = regex(r"\s*(?:#{1,6}\s.*|[-*]\s*\[ \].*|[-*_=]{3,}|\*\*[^*]*\*\*:?)\s*")
_TEMPLATES = (
    ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "docs/pull_request_template.md",
    "pull_request_template.md",
)
_NOT_DONE, _NOT_PROMISED = (
    "Promised, and not in this change:",
    "In this change, and not in its description:",
)

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=_MAX_SENTENCE)]


class PromiseReply(BaseModel):
    """What a model answers, of which nothing is believed yet; limits keep a reply from running."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    not_done: tuple[_Sentence, ...] = Field(default=(), max_length=20)
    not_promised: tuple[_Sentence, ...] = Field(default=(), max_length=20)


@dataclass(frozen=True, kw_only=True)
class PromiseCheck:
    """What came of it: at most one section, what to keep for the next run, and why not."""

    sections: tuple[Section, ...] = ()
    kept_answer: KeptAnswer | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PromiseQuestion:
    """The prompt, what the words promise, and whether all of the change is in it."""

    prompt: Prompt
    promise: str
    is_whole: bool

    @property
    def digest(self) -> str:
        """What the answer depends on beside the model."""
        texts = (self.prompt.instructions, *(part.text for part in self.prompt.parts))
        return hashlib.sha256(json.dumps(texts).encode("utf-8", "replace")).hexdigest()[:32]


async def read_promise(sources: Sources, task: Task) -> PromiseQuestion | PromiseCheck:
    """Return what is to be asked, or why nothing is: the words say nothing, or a shard is read.

    Raises `RepositoryError` or `GitHubError`.
    """
    if task.shard or not sources.sources or not await _is_promised(task):
        return PromiseCheck()
    question = await asyncio.to_thread(_question, sources, task)
    return question or _without_answer("too little of the budget is left")


async def check_promise(
    question: PromiseQuestion | PromiseCheck, name: str, task: Task
) -> PromiseCheck:
    """Ask, unless the same was asked before; `name` is of the action whose kept answer it is."""
    if isinstance(question, PromiseCheck):
        return question
    earlier = task.kept_answers.get(name)
    reply = _kept_reply(earlier) if earlier and earlier.digest == question.digest else None
    if reply is None:
        try:
            completion = await task.models.for_role(Role.DESCRIBE).generate(question.prompt)
        except ProviderError as error:
            _reason, words = failure_reason(error)
            return _without_answer(words)
        reply = _with_evidence(
            PromiseReply.model_validate(completion.data), question, task.pull_request
        )
    return PromiseCheck(
        sections=_sections(reply, task.pull_request),
        kept_answer=KeptAnswer(digest=question.digest, text=reply.model_dump_json()),
    )


def _without_answer(reason: str) -> PromiseCheck:
    return PromiseCheck(notices=(f"the description was not held against the change: {reason}",))


async def _is_promised(task: Task) -> bool:
    """True when there are words of the author's, or an issue's, beside those of a template."""
    change = task.pull_request
    if any(issue.body.strip() for issue in change.issues):
        return True
    body = without_comments(change.body)
    if not _says_something(body.splitlines()):
        return False
    contents = await task.policy.read_many(_TEMPLATES)
    form_lines = {
        line.strip()
        for content in contents.values()
        if isinstance(content, bytes)
        for line in content.decode("utf-8", "replace").splitlines()
    }
    return _says_something([line for line in body.splitlines() if line.strip() not in form_lines])


def _says_something(lines: Sequence[str]) -> bool:
    words = [word for line in lines if not _FORM.fullmatch(line) for word in _WORD.findall(line)]
    return len(words) >= _LEAST_WORDS


def _question(sources: Sources, task: Task) -> PromiseQuestion | None:
    """Return what is asked, None where the budget does not pay for it."""
    change, count = task.pull_request, task.models.count_tokens
    words = author_words(change, INTENT)
    files = change_list(change.files, sources.left_out, task.guidance.never_send, count)
    empty = promise_prompt(task.guidance, words, files, "", PromiseReply)
    overhead = count(empty.instructions) + sum(count(part.text) for part in empty.parts)
    affordable = task.models.input_tokens_left * _BUDGET_SHARE - overhead
    room = min(_MAX_TOKENS, affordable, task.models.input_tokens_per_prompt - overhead)
    if room < _LEAST_TOKENS:
        return None
    text, is_whole = _changed_lines(sources.sources, room, task)
    return PromiseQuestion(
        prompt=promise_prompt(task.guidance, words, files, text, PromiseReply),
        promise="\n\n".join(text for _label, text in words),
        is_whole=is_whole and not change.files_left_out,
    )


def _changed_lines(sources: Sequence[SourceFile], room: float, task: Task) -> tuple[str, bool]:
    """Return the changed lines that fit, the riskiest files first, and whether those are all."""
    texts: list[str] = []
    for source in sorted(sources, key=lambda source: (risk(source.file.path), source.file.path)):
        lines = [f"=== {source.shown_path}"]
        units = units_of(source, 0)
        # Without numbers: nobody is sent to a line.
        lines += [f"{row.mark}{row.code}" for unit in units for row in unit.rows if row.counts]
        text = "\n".join(lines)
        room -= task.models.count_tokens(text)
        if room < 0:
            return "\n".join(texts), False
        texts.append(text)
    return "\n".join(texts), True


def _with_evidence(
    reply: PromiseReply, question: PromiseQuestion, pull_request: PullRequest
) -> PromiseReply:
    """Return what of the answer a reader can check, and the model can know."""
    paths: Container[str] = {
        path for file in pull_request.files for path in (file.path, file.previous_path) if path
    }
    not_done, not_promised = (
        tuple(text for text in texts if has_evidence(text, question.promise, paths))
        for texts in (reply.not_done, reply.not_promised)
    )
    return PromiseReply(
        not_done=not_done[:_MAX_REMARKS] if question.is_whole else (),
        not_promised=not_promised[:_MAX_REMARKS],
    )


def _kept_reply(answer: KeptAnswer) -> PromiseReply | None:
    try:
        return PromiseReply.model_validate_json(answer.text)
    except ValidationError:
        return None


def _sections(reply: PromiseReply, pull_request: PullRequest) -> tuple[Section, ...]:
    parts = []
    # An empty description mentions nothing: that is no news.
    texts = {
        _NOT_DONE: reply.not_done,
        _NOT_PROMISED: reply.not_promised if pull_request.body.strip() else (),
    }
    for heading, sentences in texts.items():
        if sentences:
            # On one line each: a second one could pass for our own, such as another verdict.
            lines = (f"- {one_line(sentence, _MAX_SENTENCE)}" for sentence in sentences)
            parts.append("\n".join((heading, "", *lines)))
    return (Section(title="Promise and change", body="\n\n".join(parts)),) if parts else ()
