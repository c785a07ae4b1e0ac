"""Platforms in the words of each destination: outputs, a line for people, a brief for a model.

All of it is made from names in the rules and paths of the repository; paths are strangers' text.
"""

import json
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from codeflow_action.engine.platforms import (
    LanguageShare,
    Platform,
    PlatformChange,
    PlatformKind,
    Platforms,
    PlatformScope,
)

# An output is passed on in a step's environment, which takes 131,071 bytes a variable.
MAX_JSON = 60_000
_SURE = 0.5  # less is a hint that only a text gives
_LINE_NAMES = 8
_LINE_CHANGES = 4
_BRIEF_NAMES = 14  # of a component; about a hundred tokens with its evidence
_BRIEF_COMPONENTS = 3
_MAX_PATH = 120
# What says most of a project to somebody who has never seen it; the rest is how it is kept.
_TELLING = (
    PlatformKind.FRAMEWORK,
    PlatformKind.AI_BUILDER,
    PlatformKind.AI_SDK,
    PlatformKind.ORM,
    PlatformKind.DATABASE,
    PlatformKind.MESSAGING,
    PlatformKind.SERVICE,
    PlatformKind.UI,
)
_LABELLED = (*_TELLING, PlatformKind.INFRASTRUCTURE)
_MAIN_LANGUAGE = 0.2  # the share that makes a language worth a line


def platforms_json(platforms: Platforms | None, limit: int = MAX_JSON) -> list[JsonValue]:
    """Return plain data whose ASCII JSON without spaces is at most `limit` bytes.

    Languages come first, with their `share` from 0 to 1, then platforms as `Platform` has them,
    the product's before others. What would not fit is left out; the report has all of it.
    """
    found = platforms or Platforms()
    every = (*map(_language_json, found.languages), *map(_platform_json, found.platforms))
    listed: list[JsonValue] = []
    left = limit - 2
    for item in every:
        left -= len(json.dumps(item, separators=(",", ":"))) + 1
        if left < 0:
            break
        listed.append(item)
    return listed


def _language_json(language: LanguageShare) -> JsonValue:
    name = language.name.lower().replace(" ", "-")
    evidence: JsonValue = {"path": language.largest, "line": 1, "rule": f"linguist/{name}"}
    return {
        "id": name,
        "name": language.name,
        "kind": "language",
        "component": "",
        "scope": PlatformScope.PRODUCT.value,
        "change": PlatformChange.UNCHANGED.value,
        "confidence": 1.0,
        "evidence": [evidence],
        "share": language.share,
    }


def _platform_json(platform: Platform) -> JsonValue:
    return {
        "id": platform.id,
        "name": platform.name,
        "kind": platform.kind.value,
        "component": platform.component,
        "scope": platform.scope.value,
        "change": platform.change.value,
        "confidence": platform.confidence,
        "evidence": [
            {"path": evidence.path, "line": evidence.line, "rule": evidence.rule}
            for evidence in platform.evidence
        ],
    }


def platforms_line(platforms: Platforms | None) -> str:
    """Return one line of what the product is made with and what changes, empty for nothing.

    `TypeScript, Next.js, Prisma · adds Stripe`.
    """
    if platforms is None:
        return ""
    product = _product(platforms.platforms)
    present = [platform for platform in product if platform.change is not PlatformChange.REMOVED]
    new = {platform.id for platform in _added(product)}
    tells_most = [
        platform for platform in present if platform.kind in _TELLING and platform.id not in new
    ]
    main = [language.name for language in platforms.languages if language.share >= _MAIN_LANGUAGE]
    used = _joined(dict.fromkeys((*main, *_names(tells_most))), _LINE_NAMES)
    return " · ".join(filter(None, (used, changes_line(platforms))))


def changes_line(platforms: Platforms | None) -> str:
    """Return `adds Stripe · removes Redux`, empty where the stack stays as it is.

    Something is added or removed only where the whole product did not use it before, or does not
    any more.
    """
    product = _product(platforms.platforms) if platforms else ()
    added, removed = _added(product), _removed(product)
    parts = [f"adds {_joined(_names(added), _LINE_CHANGES)}"] if added else []
    parts += [f"removes {_joined(_names(removed), _LINE_CHANGES)}"] if removed else []
    return " · ".join(parts)


def platforms_brief(platforms: Platforms | None, paths: Iterable[str]) -> str:
    """Return a few lines for a reviewer's prompt on the components of `paths`; empty for nothing.

    Only what code is written with, and what the pull request adds or removes.
    """
    if platforms is None:
        return ""
    used = [platform for platform in platforms.platforms if platform.confidence >= _SURE]
    components = sorted({platform.component for platform in used}, key=len, reverse=True)
    touched = dict.fromkeys(_component(path, components) for path in paths)
    lines = [
        f"{_shown(component)}: {text}"
        for component in list(touched)[:_BRIEF_COMPONENTS]
        if (text := _of_component(used, component))
    ]
    return "\n".join(lines)


def labels(platforms: Platforms | None) -> tuple[str, ...]:
    """Return ids, sorted, of what the pull request touches, adds or removes in the product."""
    product = _product(platforms.platforms) if platforms else ()
    return tuple(
        sorted(
            {
                platform.id
                for platform in product
                if platform.kind in _LABELLED and platform.change is not PlatformChange.UNCHANGED
            }
        )
    )


def _product(platforms: Iterable[Platform]) -> tuple[Platform, ...]:
    return tuple(
        platform
        for platform in platforms
        if platform.scope is PlatformScope.PRODUCT and platform.confidence >= _SURE
    )


def _added(product: Sequence[Platform]) -> tuple[Platform, ...]:
    """Return what no component used before, also not one that uses it no longer."""
    before = {platform.id for platform in product if platform.change is not PlatformChange.ADDED}
    return tuple(platform for platform in product if platform.id not in before)


def _removed(product: Sequence[Platform]) -> tuple[Platform, ...]:
    """Return what no component uses any more."""
    still = {platform.id for platform in product if platform.change is not PlatformChange.REMOVED}
    return tuple(platform for platform in product if platform.id not in still)


def _names(platforms: Iterable[Platform]) -> Iterable[str]:
    return dict.fromkeys(platform.name for platform in platforms)


def _joined(names: Iterable[str], limit: int) -> str:
    listed = list(names)
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more} more" if more > 0 else "")


def _component(path: str, folders: Sequence[str]) -> str:
    """Return the deepest of the components above the path."""
    return next((folder for folder in folders if not folder or path.startswith(f"{folder}/")), "")


def _shown(component: str) -> str:
    """Return a folder's name on one line; in a prompt it still belongs into an envelope."""
    visible = "".join(char if char.isprintable() else "?" for char in component[:_MAX_PATH])
    return visible or "the repository's root"


def _of_component(used: Sequence[Platform], component: str) -> str:
    here = [platform for platform in used if platform.component == component]
    code = [
        platform
        for platform in here
        if platform.kind in (*_TELLING, PlatformKind.LIBRARY, PlatformKind.TEST)
    ]
    present = [platform for platform in code if platform.change is not PlatformChange.REMOVED]
    parts = [_joined(_names(present), _BRIEF_NAMES)]
    for change, word in ((PlatformChange.ADDED, "added"), (PlatformChange.REMOVED, "removed")):
        if names := _joined(
            _names(platform for platform in here if platform.change is change), _LINE_CHANGES
        ):
            parts.append(f"{word} here: {names}")
    return "; ".join(filter(None, parts))
