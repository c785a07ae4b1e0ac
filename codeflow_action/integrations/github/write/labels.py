"""Adds labels that actions have proposed; those that others have set stay."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, JsonValue

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.proposals import ActionProposal, Labels
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.security import untrusted

_MAX_NAME = 50  # characters that GitHub takes
_MAX_ADDED = 10  # by one run; whoever sorts needs few, and a model that is led astray gets no more


@dataclass(frozen=True, kw_only=True)
class LabelAddition:
    """Add `names`. `withheld_names` are those that no action may set, for the reader."""

    names: tuple[str, ...]
    withheld_names: tuple[str, ...] = ()

    async def carry_out(self, desk: Desk) -> None:
        """Add them all with one request. GitHub makes labels that the repository lacks."""
        desk.notes += [f"an action may not set the label {name}" for name in self.withheld_names]
        if not self.names or not desk.has_time("the labels"):
            return
        path = f"{desk.issue_path}/labels"

        # Adding a label twice does no harm, but the log should not call it refused.
        async def has_all() -> bool:
            labels = [parse_as(_Label, label).name for label in await desk.api.get_pages(path)]
            return not _without(self.names, labels)

        try:
            names: JsonValue = list(self.names)
            await desk.write_once("POST", path, {"labels": names}, has_all)
        except GitHubError as error:
            desk.note_refusal("the labels", error)


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    name: str


def plan_labels(
    proposals: Iterable[ActionProposal], labels: Sequence[str], reserved_names: Sequence[str]
) -> Iterator[LabelAddition]:
    """Yield the addition of what is proposed and is not among the pull request's `labels`.

    `reserved_names` are of labels that mean something to the configuration, such as that a run is
    to be skipped. They are for people, because what an action proposes may be what a stranger's
    text made of it.
    """
    proposed_names = dict.fromkeys(
        untrusted.one_line(name)
        for action_proposal in proposals
        if isinstance(action_proposal.proposal, Labels)
        for name in action_proposal.proposal.names
    )
    new = [name for name in _without(proposed_names, labels) if name]
    names = tuple(name for name in _without(new, reserved_names) if len(name) <= _MAX_NAME)
    withheld_names = tuple(name for name in new if name not in names)
    if new:
        yield LabelAddition(names=names[:_MAX_ADDED], withheld_names=withheld_names)


def _without(names: Iterable[str], labels: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are none of the labels; GitHub takes no notice of their case."""
    case_folded = {label.casefold() for label in labels}
    return tuple(name for name in names if name.casefold() not in case_folded)
