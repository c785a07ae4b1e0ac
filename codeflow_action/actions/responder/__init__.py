"""Answers people who ask in a comment: what there is, what holds, and why something was said."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import Field

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.outcome import Outcome, Reason, Skipped


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
        if task.command is None:
            return Skipped(reason=Reason.UNSUPPORTED_EVENT, detail="nobody has asked")
        respond = await asyncio.to_thread(_import_respond)
        return await respond(task.command, task, self.max_input_tokens)


def _import_respond() -> "Callable[[Command, Task, int], Awaitable[Outcome]]":
    """Import what answers need: runs that nobody has asked for go without it."""
    from codeflow_action.actions.responder.command_answers import respond  # noqa: PLC0415

    return respond
