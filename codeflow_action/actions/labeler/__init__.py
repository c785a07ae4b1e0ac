"""Proposes labels: size, paths, platforms, risk, and a type that a model picks from a list."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from codeflow_action.actions.labeler.change_type import TypeChoice, choose_type
from codeflow_action.engine import files as file_names
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.label_names import LabelColor, LabelName
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.platforms import PlatformChange, Platforms
from codeflow_action.engine.proposals import Labels
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.risk import Lane

_MIN_CONFIDENCE = 0.5  # a platform that only a text speaks of is no reason for a label


class Labeler(Action):
    """Sets labels for a change's size, paths, platforms and risk, and takes back its own.

    Each option maps names of labels to what earns them; without options it does nothing. A label
    that somebody else has set is never removed. Where `types` are given, a model picks one of them.
    """

    name = "labeler"
    needs: ClassVar[tuple[type[Fact], ...]] = (Platforms,)
    triggers = Action.triggers | {Trigger.BASE_CHANGED}
    asks_models = True
    runs_without_models = True
    checks = False

    size: dict[LabelName, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="By label: from how many changed lines on. The largest that fits is set. Lines "
        "of generated and vendored files, snapshots and locks do not count.",
    )
    paths: dict[LabelName, Globs] = Field(
        default={}, description="By label: patterns of paths, of which one changed file matches."
    )
    platforms: dict[LabelName, tuple[str, ...]] = Field(
        default={},
        description="By label: languages of changed files, and platforms that are touched, added "
        "or removed, by their ids, such as `typescript` or `nextjs`.",
    )
    risk: dict[Lane, LabelName] = Field(
        default={}, description="Labels for the lanes `low`, `person` and `unknown`."
    )
    types: dict[LabelName, str] = Field(
        default={},
        description="By label: what it means, in a few words. A model picks one from this list.",
    )
    create: bool = Field(
        default=False, description="Make labels that the repository does not have yet."
    )
    colors: dict[LabelName, LabelColor] = Field(
        default={}, description="By label: the color that it is made with, such as `0e8a16`."
    )

    async def run(self, task: Task) -> Outcome:
        """Propose the labels that hold now, and the removal of those that no longer do."""
        pull_request, notices = task.pull_request, list[str]()
        choice = await choose_type(self.types, task) if self.types else TypeChoice()
        names = {*self._path_labels(pull_request), *choice.names}
        managed_names = {*self.paths, *(self.types if choice.names else ())}
        if self.size:
            names |= set(self._size_labels(pull_request, await _attributes(task)))
            managed_names |= self.size.keys()
        platforms = task.facts.get(Platforms)
        if platforms:
            names |= set(self._platform_labels(pull_request, platforms))
            managed_names |= self.platforms.keys()
        elif self.platforms:
            notices.append("labeler: platforms are not known without platform_detector")
        if pull_request.files_left_out:
            # What is not known of could earn any of them, and a larger size.
            notices.append("labeler: not all files are known, so no label is removed")
            names -= self.size.keys()
            managed_names = set()
        proposal = Labels(
            names=tuple(sorted(names)),
            remove=tuple(sorted(managed_names - names)),
            by_lane=tuple(self.risk.items()),
            create=self.create,
            colors=tuple(self.colors.items()),
        )
        notices += filter(None, [choice.notice])
        is_empty = not (proposal.names or proposal.remove or proposal.by_lane)
        return Done(proposals=() if is_empty else (proposal,), notices=tuple(notices))

    def _size_labels(
        self, pull_request: PullRequest, attributes: GitAttributes | None
    ) -> Iterator[str]:
        line_count = sum(
            file.changed_line_count
            for file in pull_request.files
            if not _is_foreign(file.path, attributes)
        )
        fitting = [name for name, minimum in self.size.items() if minimum <= line_count]
        if fitting:
            yield max(fitting, key=self.size.__getitem__)

    def _path_labels(self, pull_request: PullRequest) -> Iterator[str]:
        paths = {
            path
            for file in pull_request.files
            for path in (file.path, file.previous_path or file.path)
        }
        for name, patterns in self.paths.items():
            if any(any_matches(patterns, path) for path in paths):
                yield name

    def _platform_labels(self, pull_request: PullRequest, platforms: Platforms) -> Iterator[str]:
        ids = {file_names.language(file.path) for file in pull_request.files}
        ids |= {
            platform.id
            for platform in platforms.platforms
            if platform.change is not PlatformChange.UNCHANGED
            and platform.confidence >= _MIN_CONFIDENCE
        }
        yield from _names_of(self.platforms, ids)


def _names_of(labels: Mapping[str, Iterable[str]], ids: Collection[str]) -> Iterator[str]:
    for name, wanted_ids in labels.items():
        if any(wanted_id in ids for wanted_id in wanted_ids):
            yield name


async def _attributes(task: Task) -> GitAttributes | None:
    """Return what the repository says of its files, None where that cannot be had."""
    try:
        return await task.attributes.read()
    except (GitHubError, RepositoryError):  # a size is worth telling all the same
        return None


def _is_foreign(path: str, attributes: GitAttributes | None) -> bool:
    marks = attributes.marks(path) if attributes else file_names.NO_MARKS
    return file_names.is_foreign(path, marks)
