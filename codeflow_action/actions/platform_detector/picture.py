"""All facts of one version of the repository, put together from what its files say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from codeflow_action.actions.platform_detector.places import Components, scope_of
from codeflow_action.actions.platform_detector.reading import Match
from codeflow_action.actions.platform_detector.rules import Rule
from codeflow_action.engine.platforms import PlatformEvidence, PlatformScope


class Key(NamedTuple):
    """What tells facts apart."""

    platform: str
    component: str
    scope: PlatformScope


class Sign(NamedTuple):
    """A piece of evidence with what it is worth."""

    confidence: float
    path: str
    line: int
    rule: Rule

    @property
    def evidence(self) -> PlatformEvidence:
        """The sign as a reader is shown it."""
        return PlatformEvidence(path=self.path, line=self.line, rule=self.rule.id)


type Picture = Mapping[Key, tuple[Sign, ...]]


def draw(paths: Iterable[str], said: Mapping[str, tuple[Match, ...]]) -> Picture:
    """Return the facts, each with its signs, the best first."""
    components = Components(paths)
    signs: dict[Key, list[Sign]] = defaultdict(list)
    for path, matches in said.items():
        component, scope = components.of(path), scope_of(path)
        for match in matches:
            rule = match.rule
            key = Key(rule.platform, component, rule.scope or scope)
            signs[key].append(Sign(match.confidence, path, match.line, rule))
    kept = _without_superseded(signs)
    return {
        key: tuple(sorted(found, key=lambda sign: (-sign.confidence, sign.path, sign.line)))
        for key, found in kept.items()
    }


def _without_superseded(signs: Mapping[Key, list[Sign]]) -> Mapping[Key, list[Sign]]:
    """Drop signs of rules that a better one answers for, in their folder or one above it."""
    above: dict[str, set[str]] = defaultdict(set)
    for found in signs.values():
        for sign in found:
            for rule in sign.rule.supersedes:
                above[rule].add(_folder(sign.path))
    if not above:
        return signs
    kept = {
        key: [
            sign for sign in found if not _is_below(_folder(sign.path), above.get(sign.rule.id, ()))
        ]
        for key, found in signs.items()
    }
    return {key: found for key, found in kept.items() if found}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_below(folder: str, above: Iterable[str]) -> bool:
    return any(not one or folder == one or folder.startswith(f"{one}/") for one in above)
