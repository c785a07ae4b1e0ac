"""Head and merge base side by side: of the merge base only what the change touches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from codeflow_action.actions.platform_detector.file_reading import RuleMatch, is_read
from codeflow_action.actions.platform_detector.picture import Picture, draw
from codeflow_action.actions.platform_detector.rules import PlatformRules
from codeflow_action.actions.platform_detector.survey import own_paths, survey
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import ChangedFile, FileStatus

_MAX_NAMED = 3  # files in notes


@dataclass(frozen=True, kw_only=True)
class RepositoryVersion:
    """One version of the repository: its own paths, and the content of those that were read.

    `changed_paths` are the merge base's paths that the pull request changes, moves or removes.
    """

    paths: tuple[str, ...]
    contents: Mapping[str, Content]
    changed_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BothPictures:
    """The pictures of head and merge base. `problems` are files that could not be read, and why."""

    head: Picture
    base: Picture
    problems: Mapping[str, str]

    @property
    def problem_notes(self) -> Iterator[str]:
        """A note on each of the first files that could not be read, and one on the rest."""
        for path in sorted(self.problems)[:_MAX_NAMED]:
            yield f"{path} was not read: {self.problems[path]}"
        if (rest := len(self.problems) - _MAX_NAMED) > 0:
            yield f"{rest:,} more files could not be read"


async def base_version(
    tree: Tree,
    head: RepositoryVersion,
    *,
    known_paths: Sequence[str],
    changes: Sequence[ChangedFile],
    ignore: Sequence[str],
    rules: PlatformRules,
) -> RepositoryVersion:
    """Return the merge base, with contents of what changed. `known_paths` are the head's."""
    head_paths = {file.path for file in changes}
    old_paths = {
        file.previous_path or file.path for file in changes if file.status is not FileStatus.ADDED
    }
    paths = own_paths(
        sorted({path for path in known_paths if path not in head_paths} | old_paths), ignore
    )
    changed_paths = tuple(path for path in paths if path in old_paths)
    # A file that was not read at the head is not read here either: it would look as if the change
    # had removed what it says.
    own_head_paths = frozenset(head.paths)
    to_read = [
        path
        for path in changed_paths
        if is_read(path, rules) and (path in head.contents or path not in own_head_paths)
    ]
    contents = await tree.read_many(to_read) if to_read else {}
    return RepositoryVersion(paths=paths, contents=contents, changed_paths=changed_paths)


def both_pictures(
    head: RepositoryVersion, base: RepositoryVersion, rules: PlatformRules
) -> BothPictures:
    """Return both pictures.

    Where one side of a file cannot be read, the other side stands for both, so that nothing is
    reported as added or removed because a file is broken or could not be fetched.
    """
    new = survey(head.paths, head.contents, rules)
    # The merge base's build files may use aliases from a version catalog that did not change.
    catalogs = {path: content for path, content in head.contents.items() if path.endswith(".toml")}
    old = survey(base.changed_paths, {**catalogs, **base.contents}, rules)
    stable_paths = frozenset(base.paths) - frozenset(base.changed_paths)
    base_matches = {path: of_path for path, of_path in new.matches.items() if path in stable_paths}
    base_matches |= old.matches
    head_matches = dict(new.matches)
    _copy_matches(base_matches, head_matches, new.problems)
    unavailable = [
        path
        for path, content in base.contents.items()
        if isinstance(content, Absent) and content is not Absent.MISSING
    ]
    _copy_matches(head_matches, base_matches, (*unavailable, *old.problems))
    return BothPictures(
        head=draw(head.paths, head_matches),
        base=draw(base.paths, base_matches),
        problems={**old.problems, **new.problems},
    )


def _copy_matches(
    source: Mapping[str, tuple[RuleMatch, ...]],
    target: dict[str, tuple[RuleMatch, ...]],
    paths: Iterable[str],
) -> None:
    for path in paths:
        if path in source:
            target[path] = source[path]
