"""Head and base side by side: all of the head, and of the base only what the change touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeflow_action.actions.platform_detector.picture import Picture, draw
from codeflow_action.actions.platform_detector.reading import Match, is_read
from codeflow_action.actions.platform_detector.rules import Rules
from codeflow_action.actions.platform_detector.survey import own_paths, survey
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import ChangedFile, FileStatus


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the repository: its own paths, and the content of those that were read.

    `changed` are those of a base's paths that the pull request changes, moves or removes.
    """

    paths: tuple[str, ...]
    contents: Mapping[str, Content]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Both pictures. `problems` are files that could not be read, with the reason."""

    head: Picture
    base: Picture
    problems: Mapping[str, str]


async def base_version(
    tree: Tree,
    head: Version,
    *,
    listed: Sequence[str],
    changed: Sequence[ChangedFile],
    ignore: Sequence[str],
    rules: Rules,
) -> Version:
    """Return the base, with contents of what the change touches.

    `listed` are the head's paths. A file that the head was not read for is not read here either:
    it would look as if the change had removed what it says.
    """
    there = {file.path for file in changed}
    before = {
        file.previous_path or file.path for file in changed if file.status is not FileStatus.ADDED
    }
    at_base = sorted({path for path in listed if path not in there} | before)
    paths = own_paths(at_base, ignore)
    at_head = frozenset(head.paths)
    own = tuple(path for path in paths if path in before)
    wanted = [
        path
        for path in own
        if is_read(path, rules) and (path in head.contents or path not in at_head)
    ]
    contents = await tree.read_many(wanted) if wanted else {}
    return Version(paths=paths, contents=contents, changed=own)


def side_by_side(head: Version, base: Version, rules: Rules) -> Versions:
    """Return both pictures.

    Where one side of a file cannot be read, the other stands for both: nothing is told as added or
    removed because of a file that is broken or could not be obtained.
    """
    new = survey(head.paths, head.contents, rules)
    catalogs = {path: one for path, one in head.contents.items() if path.endswith(".toml")}
    old = survey(base.changed, {**catalogs, **base.contents}, rules)
    at_base = frozenset(base.paths) - frozenset(base.changed)
    said = {path: matches for path, matches in new.said.items() if path in at_base}
    said |= old.said
    said_new = dict(new.said)
    _lend(said_new, said, new.problems)
    _lend(said, said_new, {**_unobtained(base), **old.problems})
    return Versions(
        head=draw(head.paths, said_new),
        base=draw(base.paths, said),
        problems={**old.problems, **new.problems},
    )


def _lend(
    to: dict[str, tuple[Match, ...]],
    other: Mapping[str, tuple[Match, ...]],
    broken: Mapping[str, str],
) -> None:
    for path in broken:
        if path in other:
            to[path] = other[path]


def _unobtained(version: Version) -> dict[str, str]:
    return {
        path: content.value
        for path, content in version.contents.items()
        if isinstance(content, Absent) and content is not Absent.MISSING
    }
