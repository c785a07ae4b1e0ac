"""What a pull request adds, removes and touches: facts of the head beside those of the base."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codeflow_action.actions.platform_detector.picture import Key, Picture, Sign
from codeflow_action.actions.platform_detector.places import Components, scope_of
from codeflow_action.engine.platforms import Platform, PlatformChange, PlatformKind, PlatformScope
from codeflow_action.engine.pull_request import ChangedFile, FileStatus

_MAX_EVIDENCE = 3
# What code is written against: any change of a component's code concerns it. A linter or a
# workflow is concerned by a change of its own files only.
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
_TEXT = (".md", ".mdx", ".rst", ".txt", ".adoc")


@dataclass(frozen=True, kw_only=True)
class Touched:
    """Where the pull request changes something: files, and components in which code changes."""

    files: frozenset[str]
    components: frozenset[tuple[str, PlatformScope]]

    def concerns(self, key: Key, kind: PlatformKind, signs: Iterable[Sign]) -> bool:
        """True when a file that shows the platform is changed, or code that is written with it."""
        if kind in _IN_CODE and (key.component, key.scope) in self.components:
            return True
        return any(sign.path in self.files for sign in signs)


def touched_by(changed: Sequence[ChangedFile], paths: Iterable[str]) -> Touched:
    """Return what the change touches at head."""
    components = Components(paths)
    there = [file.path for file in changed if file.status is not FileStatus.REMOVED]
    code = [file.path for file in changed if not file.path.lower().endswith(_TEXT)]
    return Touched(
        files=frozenset(there),
        components=frozenset((components.of(path), scope_of(path)) for path in code),
    )


def compared(head: Picture, base: Picture, touched: Touched) -> tuple[Platform, ...]:
    """Return all facts of the head, and those that only the base has."""
    facts = [*_at_head(head, base, touched)]
    facts += [
        _platform(key, signs, PlatformChange.REMOVED)
        for key, signs in base.items()
        if key not in head
    ]
    return tuple(sorted(facts, key=_rank))


def _at_head(head: Picture, base: Picture, touched: Touched) -> Iterator[Platform]:
    for key, signs in head.items():
        if key not in base:
            change = PlatformChange.ADDED
        elif touched.concerns(key, signs[0].rule.kind, signs):
            change = PlatformChange.TOUCHED
        else:
            change = PlatformChange.UNCHANGED
        yield _platform(key, signs, change)


def _platform(key: Key, signs: Sequence[Sign], change: PlatformChange) -> Platform:
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
    """Sort by scope, then by what says most of a project, then by how near to the root."""
    component = platform.component
    return (
        tuple(PlatformScope).index(platform.scope),
        tuple(PlatformKind).index(platform.kind),
        component.count("/") + bool(component),
        component,
        platform.id,
    )
