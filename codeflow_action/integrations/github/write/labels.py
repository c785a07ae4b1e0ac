"""Sets labels that actions have proposed, and takes away our own; those of others stay."""

from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, JsonValue

from codeflow_action.engine.allowances import rule_of_label
from codeflow_action.engine.errors import GitHubError, NotFound
from codeflow_action.engine.label_names import MAX_NAME
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import Labels
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.security import untrusted

_MAX_ADDED = 10  # by one run; whoever sorts needs few, and a model that is led astray gets no more


@dataclass(frozen=True, kw_only=True)
class LabelState:
    """What is known before a label is set.

    `names` are what the pull request bears, `own_names` (in lower case) what we have set of them.
    `reserved_names` mean something to the configuration, such as that a run is to be skipped. They
    are for people, because what an action proposes may be what a stranger's text made of it.
    """

    names: tuple[str, ...] = ()
    own_names: Collection[str] = ()
    reserved_names: tuple[str, ...] = ()

    @property
    def standing_names(self) -> tuple[str, ...]:
        """What the pull request bears and we have set."""
        return tuple(name for name in self.names if name.casefold() in self.own_names)


@dataclass(frozen=True, kw_only=True)
class LabelAddition:
    """Add `names`. `withheld_names` are those that no action may set, for the reader.

    Those of `known_only` are not added where the repository lacks them; of the others `colors` are
    what they are made with, where that is said.
    """

    names: tuple[str, ...]
    withheld_names: tuple[str, ...] = ()
    known_only: frozenset[str] = frozenset()
    colors: tuple[tuple[str, str], ...] = ()

    async def carry_out(self, desk: Desk) -> None:
        """Add them all with one request. GitHub makes labels that the repository lacks."""
        desk.notes += [f"an action may not set the label {name}" for name in self.withheld_names]
        if not self.names or not desk.has_time("the labels"):
            return
        path = f"{desk.issue_path}/labels"
        try:
            names = [name for name in self.names if await self._may_add(name, desk)]

            # Adding a label twice does no harm, but the log should not call it refused.
            async def has_all() -> bool:
                labels = [parse_as(_Label, label).name for label in await desk.api.get_pages(path)]
                return not _without(names, labels)

            if names:
                body: JsonValue = list(names)
                await desk.write_once("POST", path, {"labels": body}, has_all)
        except GitHubError as error:
            desk.note_refusal("the labels", error)
            return
        desk.label_changes |= dict.fromkeys(names, True)

    async def _may_add(self, name: str, desk: Desk) -> bool:
        """True for a label that is there, or that may be made; one with a color is made here."""
        color = dict(self.colors).get(name)
        if name not in self.known_only and not color:
            return True
        path = f"{desk.repository_path}/labels"

        async def is_there() -> bool:
            try:
                await desk.api.get(f"{path}/{quote(name, safe='')}")
            except NotFound:
                return False
            return True

        if await is_there():
            return True
        if name in self.known_only:
            desk.notes.append(f"the repository has no label {name}: make it, or set `create: true`")
            return False
        await desk.write_once("POST", path, {"name": name, "color": color}, is_there)
        return True


@dataclass(frozen=True, kw_only=True)
class LabelRemoval:
    """Remove `name`, which the pull request bears and we have set."""

    name: str

    async def carry_out(self, desk: Desk) -> None:
        """Remove it; that somebody else has done so is as good."""
        if not desk.has_time(f"the removal of the label {self.name}"):
            return
        path = f"{desk.issue_path}/labels/{quote(self.name, safe='')}"
        if await desk.remove(path, f"the label {self.name}"):
            desk.label_changes[self.name] = False


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    name: str


def plan_labels(report: Report, state: LabelState) -> Iterator[LabelAddition | LabelRemoval]:
    """Yield what makes the pull request bear what is proposed, and no longer what is not.

    What one action wants is not removed for another.
    """
    proposals = [
        action_proposal.proposal
        for action_proposal in report.proposals
        if isinstance(action_proposal.proposal, Labels)
    ]
    lane = report.risk.lane if report.risk else None
    wanted_names = dict.fromkeys(
        untrusted.one_line(name)
        for proposal in proposals
        for name in (*proposal.names, *(name for own, name in proposal.by_lane if own is lane))
    )
    # Without a lane nobody knows whether its label still holds.
    unwanted_names = [
        untrusted.one_line(name)
        for proposal in proposals
        for name in (*proposal.remove, *(name for _, name in proposal.by_lane if lane))
    ]
    kept_names = _without(state.names, _without(unwanted_names, wanted_names))
    new = [name for name in _without(wanted_names, state.names) if name]
    allowing_names = filter(rule_of_label, (*state.standing_names, *new))
    reserved_names = (*state.reserved_names, *allowing_names)
    for name in _without(_without(state.standing_names, kept_names), reserved_names):
        yield LabelRemoval(name=name)
    names = tuple(name for name in _without(new, reserved_names) if len(name) <= MAX_NAME)
    if new:
        makers = {name for proposal in proposals if proposal.create for name in _names(proposal)}
        yield LabelAddition(
            names=names[:_MAX_ADDED],
            withheld_names=tuple(name for name in new if name not in names),
            known_only=frozenset(names) - makers,
            colors=tuple(
                (name, color) for proposal in proposals for name, color in proposal.colors
            ),
        )


def _names(proposal: Labels) -> Iterator[str]:
    """Yield all names that it may want to be set, as they are written to GitHub."""
    for name in (*proposal.names, *(name for _, name in proposal.by_lane)):
        yield untrusted.one_line(name)


def _without(names: Iterable[str], labels: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are none of the labels; GitHub takes no notice of their case."""
    case_folded = {label.casefold() for label in labels}
    return tuple(name for name in names if name.casefold() not in case_folded)
