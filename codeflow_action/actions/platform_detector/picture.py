"""All platforms of one version of the repository, put together from what its files say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from codeflow_action.actions.platform_detector.components import Components, scope_of
from codeflow_action.actions.platform_detector.file_reading import RuleMatch
from codeflow_action.actions.platform_detector.rules import PlatformRule
from codeflow_action.engine.platforms import PlatformEvidence, PlatformScope


class PlatformKey(NamedTuple):
    """What tells the platforms of a repository apart."""

    platform: str
    component: str
    scope: PlatformScope


class Sign(NamedTuple):
    """A piece of evidence with what it is worth."""

    confidence: float
    path: str
    line: int
    rule: PlatformRule

    @property
    def evidence(self) -> PlatformEvidence:
        """The sign as it is shown to a reader."""
        return PlatformEvidence(path=self.path, line=self.line, rule=self.rule.id)


type Picture = Mapping[PlatformKey, tuple[Sign, ...]]


def draw(paths: Iterable[str], matches: Mapping[str, Sequence[RuleMatch]]) -> Picture:
    """Return the platforms, each with its signs, the best first. `matches` are by path."""
    components = Components(paths)
    signs: dict[PlatformKey, list[Sign]] = defaultdict(list)
    for path, matches_of_path in matches.items():
        component, scope = components.of(path), scope_of(path)
        for match in matches_of_path:
            rule = match.rule
            key = PlatformKey(rule.platform, component, rule.scope or scope)
            signs[key].append(Sign(match.confidence, path, match.line, rule))
    return {
        key: tuple(sorted(of_key, key=lambda sign: (-sign.confidence, sign.path, sign.line)))
        for key, of_key in _without_superseded(signs).items()
    }


def _without_superseded(
    signs: Mapping[PlatformKey, list[Sign]],
) -> Mapping[PlatformKey, list[Sign]]:
    """Drop signs of rules that a better rule supersedes, in its folder and those below."""
    folders: dict[str, set[str]] = defaultdict(set)
    for of_key in signs.values():
        for sign in of_key:
            for rule in sign.rule.supersedes:
                folders[rule].add(sign.path.rpartition("/")[0])
    if not folders:
        return signs
    by_key = {
        key: [sign for sign in of_key if not _is_superseded(sign, folders)]
        for key, of_key in signs.items()
    }
    return {key: of_key for key, of_key in by_key.items() if of_key}


def _is_superseded(sign: Sign, folders: Mapping[str, Iterable[str]]) -> bool:
    own = sign.path.rpartition("/")[0]
    return any(
        not folder or own == folder or own.startswith(f"{folder}/")
        for folder in folders.get(sign.rule.id, ())
    )
