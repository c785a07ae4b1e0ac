"""Describes a pull request for those who will read it: what it does, and where to look first."""

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import Field

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.facts import LineCoverage
from codeflow_action.engine.outcome import Outcome, Reason, Skipped

if TYPE_CHECKING:
    from codeflow_action.actions.pr_describer.description_work import DescriptionWork


class BodyPlace(StrEnum):
    """Where the description stands."""

    COMMENT = "comment"
    SECTION = "section"


class TitleMode(StrEnum):
    """What becomes of a title that says less than the change does."""

    OFF = "off"
    SUGGEST = "suggest"
    UPDATE = "update"


class PrDescriber(Action):
    """Tells what a change does and where to look first; a model adds a summary in words."""

    name = "pr_describer"
    needs = (LineCoverage,)
    commands = frozenset({CommandName.DESCRIBE})
    asks_models = True
    runs_without_models = True
    checks = False

    body: BodyPlace = Field(
        default=BodyPlace.COMMENT,
        description="Where it stands: in CodeFlow's comment, or in a section of the description.",
    )
    title: TitleMode = Field(
        default=TitleMode.OFF,
        description="Whether a better title is suggested, or set where nobody else has set one.",
    )
    diagram: bool = Field(
        default=False, description="Whether a model draws a diagram of how parts work together."
    )

    async def run(self, task: Task) -> Outcome:
        """Find out what code can tell; a model adds its words where there is one."""
        if not task.pull_request.files:
            return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="nothing changed")
        work = await asyncio.to_thread(_import_work)
        return await work(
            name=self.name,
            in_body=self.body is BodyPlace.SECTION,
            with_title=self.title is not TitleMode.OFF,
            update_title=self.title is TitleMode.UPDATE,
            with_diagram=self.diagram,
        ).run(task)


def _import_work() -> "type[DescriptionWork]":
    """Import what a description needs: runs without this action go without it."""
    from codeflow_action.actions.pr_describer.description_work import DescriptionWork  # noqa: PLC0415

    return DescriptionWork
