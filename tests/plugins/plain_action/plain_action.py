"""An action in a package of its own: one class in one file does what a built-in action does."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, Field

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.proposals import InlineComments, Section
from codeflow_action.security.untrusted import for_model

_INSTRUCTIONS = "Answer the question about these added lines, each of which has its number."


class Answer(BaseModel):
    """What the model says of one line."""

    path: str
    line: int
    title: str
    message: str


class Answers(BaseModel):
    """The reply that the model has to give."""

    answers: list[Answer]
    summary: str


class PlainAction(Action):
    """Asks a model one question about the added lines of a pull request."""

    name = "plain_action"
    asks_models = True

    question: str = Field(default="Which line is hard to read?", description="What is asked.")
    at_most: int = Field(default=3, ge=0, description="Comments on the diff in one run.")

    async def run(self, task: Task) -> Outcome:
        """Ask once; an answer about a line that was not added is left out."""
        added = dict(_added_lines(task))
        text = "\n".join(f"{path}:{number}: {line}" for (path, number), line in added.items())
        prompt = Prompt(
            role=Role.FIND,
            instructions=f"{_INSTRUCTIONS} {self.question}",
            parts=(Part(text=for_model("added lines", text)),),
            reply=Answers,
        )
        completion = await task.models.for_role(Role.FIND).generate(prompt)
        reply = Answers.model_validate(completion.data)
        return Done(
            findings=tuple(self._findings(reply, added)),
            proposals=(
                InlineComments(at_most=self.at_most),
                Section(title=self.question, body=reply.summary),
            ),
        )

    def _findings(self, reply: Answers, added: Mapping[tuple[str, int], str]) -> Iterator[Finding]:
        for answer in reply.answers:
            if (line := added.get((answer.path, answer.line))) is not None:
                yield Finding(
                    severity=Severity.NOTICE,
                    category=Category.MAINTAINABILITY,
                    path=answer.path,
                    line=answer.line,
                    title=answer.title,
                    message=answer.message,
                    evidence=Evidence.QUOTED,
                    sources=(self.name,),
                    rule=f"{self.name}/question",
                    code=line,
                )


def _added_lines(task: Task) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield added lines by path and number, but for files that may not reach a model."""
    for file in task.pull_request.files:
        if any_matches(task.guidance.never_send, file.path):
            continue
        for hunk in file.hunks:
            for line in hunk.added:
                if line.new is not None:
                    yield (file.path, line.new), line.text
