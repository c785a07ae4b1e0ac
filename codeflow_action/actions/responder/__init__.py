"""Answers people who ask in a comment: what there is, what holds, and why something was said."""

from pydantic import Field

from codeflow_action.actions.responder.dismissal_answers import dismissal_answer
from codeflow_action.actions.responder.explanations import explanation
from codeflow_action.actions.responder.questions import answer
from codeflow_action.actions.responder.short_answers import (
    configuration_answer,
    help_answer,
    pause_answer,
    resume_answer,
)
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.outcome import Done, Outcome, Reason, Skipped


class Responder(Action):
    """Answers `ask`, `explain`, `config`, `help` and what was dismissed or paused.

    It need not be in the pipeline: whoever asks gets an answer. Only for `ask` a model is asked.
    """

    name = "responder"
    triggers = frozenset()
    commands = frozenset(
        {
            CommandName.ASK,
            CommandName.EXPLAIN,
            CommandName.DISMISS,
            CommandName.CONFIG,
            CommandName.HELP,
            CommandName.PAUSE,
            CommandName.RESUME,
        }
    )
    checks = False

    max_input_tokens: int = Field(
        default=20_000, ge=1_000, description="Of a question with the code and what was said of it."
    )

    async def run(self, task: Task) -> Outcome:
        """Return the answer as a reply."""
        command = task.command
        if command is None:
            return Skipped(reason=Reason.UNSUPPORTED_EVENT, detail="nobody has asked")
        match command.name:
            case CommandName.ASK:
                return await answer(task, self.max_input_tokens)
            case CommandName.EXPLAIN:
                reply = await explanation(task)
            case CommandName.DISMISS:
                reply = dismissal_answer(task)
            case CommandName.HELP:
                reply = help_answer(command)
            case CommandName.CONFIG:
                reply = configuration_answer(task.configuration)
            case CommandName.PAUSE:
                reply = pause_answer(command)
            case CommandName.RESUME:
                reply = resume_answer(command)
            case _:
                return Skipped(reason=Reason.UNSUPPORTED_EVENT, detail="others answer that")
        return Done(proposals=(reply,))
