"""The answer to each command that is a question."""

from codeflow_action.actions.responder.dismissal_answers import dismissal_answer
from codeflow_action.actions.responder.explanations import explanation
from codeflow_action.actions.responder.questions import answer
from codeflow_action.actions.responder.short_answers import (
    configuration_answer,
    help_answer,
    pause_answer,
    resume_answer,
)
from codeflow_action.engine.action import Task
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.outcome import Done, Outcome, Reason, Skipped


async def respond(command: Command, task: Task, max_input_tokens: int) -> Outcome:
    """Return the answer as a reply; only `ask` asks a model, with at most so many tokens."""
    match command.name:
        case CommandName.ASK:
            return await answer(task, max_input_tokens)
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
