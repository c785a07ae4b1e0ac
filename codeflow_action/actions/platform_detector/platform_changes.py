"""What a pull request adds, removes and touches: those of head and merge base compared."""

from collections.abc import Iterable, Sequence

from codeflow_action.actions.platform_detector.components import Components, scope_of
from codeflow_action.actions.platform_detector.picture import Picture, PlatformKey, Sign
from codeflow_action.engine.files import is_prose
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.platforms import Platform, PlatformChange, PlatformKind, PlatformScope
from codeflow_action.engine.pull_request import ChangedFile, FileStatus

_MAX_EVIDENCE = 3
# What code is written against, so any change of a component's code may touch it. A linter or a
# workflow is only touched by a change of its own files.
_IN_CODE = frozenset(
    {
        PlatformKind.FRAMEWORK,
        PlatformKind.AI_SDK,
        PlatformKind.DATABASE,
        PlatformKind.ORM,
        PlatformKind.MESSAGING,
        PlatformKind.SERVICE,
        PlatformKind.UI,
        PlatformKind.LIBRARY,
    }
)


@dataclass(frozen=True, kw_only=True)
class ChangePlaces:
    """Where the pull request changes something: files, and components in which code changes."""

    files: frozenset[str]
    components: frozenset[tuple[str, PlatformScope]]

    def touch(self, key: PlatformKey, signs: Sequence[Sign]) -> bool:
        """True when a file that shows the platform changes, or code that is written with it."""
        is_used_in_code = signs[0].rule.kind in _IN_CODE
        if is_used_in_code and (key.component, key.scope) in self.components:
            return True
        return any(sign.path in self.files for sign in signs)


def change_places(changes: Sequence[ChangedFile], paths: Iterable[str]) -> ChangePlaces:
    """Return where the pull request changes something; `paths` are the head's."""
    components = Components(paths)
    code = [file.path for file in changes if not is_prose(file.path)]
    return ChangePlaces(
        files=frozenset(file.path for file in changes if file.status is not FileStatus.REMOVED),
        components=frozenset((components.of(path), scope_of(path)) for path in code),
    )


def compare(head: Picture, base: Picture, places: ChangePlaces) -> tuple[Platform, ...]:
    """Return all platforms of the head, and those that only the merge base has."""
    platforms = []
    for key, signs in head.items():
        if key not in base:
            change = PlatformChange.ADDED
        elif places.touch(key, signs):
            change = PlatformChange.TOUCHED
        else:
            change = PlatformChange.UNCHANGED
        platforms.append(_platform(key, signs, change))
    platforms += [
        _platform(key, signs, PlatformChange.REMOVED)
        for key, signs in base.items()
        if key not in head
    ]
    return tuple(sorted(platforms, key=_rank))


def _platform(key: PlatformKey, signs: Sequence[Sign], change: PlatformChange) -> Platform:
    best = signs[0]
    evidence = dict.fromkeys(sign.evidence for sign in signs)
    return Platform(
        id=key.platform,
        name=best.rule.name,
        kind=best.rule.kind,
        component=key.component,
        scope=key.scope,
        confidence=best.confidence,
        evidence=tuple(evidence)[:_MAX_EVIDENCE],
        change=change,
    )


def _rank(platform: Platform) -> tuple[int, int, int, str, str]:
    """Sort by scope, then by what says most about a project, then by depth in the repository."""
    component = platform.component
    return (
        tuple(PlatformScope).index(platform.scope),
        tuple(PlatformKind).index(platform.kind),
        component.count("/") + bool(component),
        component,
        platform.id,
    )
