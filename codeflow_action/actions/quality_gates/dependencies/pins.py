"""Pins that let go: a commit or a digest that gave way to a name that can move."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, SourceDelta
from codeflow_action.actions.quality_gates.dependencies.redirects import where
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import Ecosystem
from codeflow_action.manifests.sources import SourceRole, SourceStatement
from codeflow_action.security.untrusted import one_line

# A commit of git (SHA-1 or SHA-256), or the digest of an image. A shortened commit is none: others
# with the same beginning can be made.
_PIN = regex(r"(?:sha256:)?(?:[0-9a-f]{40}|[0-9a-f]{64})|.*@sha\d+:[0-9a-f]{64,}", re.IGNORECASE)
# Three numbers name one release; `v4` is a tag that its owner moves with each of them.
_RELEASE = regex(r"\D*\d+\.\d+\.\d+.*")


def loosened_pins(deltas: Deltas) -> Iterator[Finding]:
    """Yield what was pinned at more places of its file than it is now, and is loose at more."""
    reported: set[tuple[str, str]] = set()  # one release in many workflows is one piece of news
    for delta in deltas.sources:
        before, after = _by_place(delta.before), _by_place(delta.after)
        for place, sources in after.items():
            old = before.get(place, ())
            loose = [source for source in sources if not is_pinned(source)]
            old_loose = [source for source in old if not is_pinned(source)]
            loss = len(old) - len(old_loose) - (len(sources) - len(loose))
            if loss > 0 and len(loose) > len(old_loose):
                yield _loose_finding(delta, _first_new(delta, loose))
            else:
                yield from _moved_releases(delta, old, sources, reported)


def _by_place(
    sources: Sequence[SourceStatement],
) -> Mapping[tuple[str, str, str], list[SourceStatement]]:
    by_place: defaultdict[tuple[str, str, str], list[SourceStatement]] = defaultdict(list)
    for source in sources:
        if source.role in (SourceRole.PLACE, SourceRole.OVERRIDE):
            by_place[source.ecosystem, source.name, where(source).identity].append(source)
    return by_place


def _first_new(delta: SourceDelta, sources: Sequence[SourceStatement]) -> SourceStatement:
    return next((source for source in sources if source.line in delta.added), sources[0])


def _loose_finding(delta: SourceDelta, source: SourceStatement) -> Finding:
    name, version = one_line(_name(source), 80), one_line(source.version, 40)
    return delta.finding(
        "pin",
        Severity.WARNING,
        delta.line_of(source),
        code=_name(source),
        title=f"{name} is no longer pinned",
        message=(
            f"It was pinned to a commit or digest and now follows {version or 'a default'}, which "
            "its owner can move to other code at any time."
        ),
        advice="Pin it again.",
    )


def _moved_releases(
    delta: SourceDelta,
    before: Sequence[SourceStatement],
    after: Sequence[SourceStatement],
    reported: set[tuple[str, str]],
) -> Iterator[Finding]:
    """Yield commits that took the place of others while the comment names the same version."""
    commits: defaultdict[str, set[str]] = defaultdict(set)
    # A tag of images is rebuilt all the time, and gets another digest with each of its fixes.
    for source in before:
        if _RELEASE.fullmatch(source.label):
            commits[source.label].add(source.version)
    for source in after:
        old = commits.get(source.label)
        is_image = source.ecosystem == Ecosystem.DOCKER
        if is_image or not old or source.version in old or not is_pinned(source):
            continue
        if not all(_PIN.fullmatch(version) for version in old):
            continue  # it was a tag, and is pinned now
        news = (where(source).words, source.version)
        if news in reported:
            continue
        reported.add(news)
        name, label = one_line(_name(source), 80), one_line(source.label, 40)
        yield delta.finding(
            "pin",
            Severity.WARNING,
            delta.line_of(source),
            code=f"{_name(source)} {source.version}",
            title=f"{name} is pinned to another commit of {label}",
            message=(
                f"The comment names {label} as before, and a release does not change: the comment "
                "is wrong, or the tag was moved, or the commit is none of that release."
            ),
            advice="Check the commit in the repository, and correct the comment.",
        )


def _name(source: SourceStatement) -> str:
    return where(source).words.removeprefix("github.com/") or source.name


def is_pinned(source: SourceStatement) -> bool:
    """True when the version can never mean something else."""
    return _PIN.fullmatch(source.version) is not None
