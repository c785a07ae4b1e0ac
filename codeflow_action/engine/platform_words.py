"""Platforms in the words of each destination: outputs, a line for people, a brief for a model.

All of it is made from names in the rules and paths of the repository; paths are strangers' text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from codeflow_action.engine.platforms import (
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
_DEFINING_KINDS = (
    PlatformKind.FRAMEWORK,
    PlatformKind.AI_BUILDER,
    PlatformKind.AI_SDK,
    PlatformKind.ORM,
    PlatformKind.DATABASE,
    PlatformKind.MESSAGING,
    PlatformKind.SERVICE,
    PlatformKind.UI,
)
_LABEL_KINDS = (*_DEFINING_KINDS, PlatformKind.INFRASTRUCTURE)
_MAIN_LANGUAGE = 0.2  # the share that makes a language worth a line


def platforms_json(platforms: Platforms | None, limit: int = MAX_JSON) -> list[JsonValue]:
    """Return plain data whose ASCII JSON without spaces is at most `limit` bytes.

    Languages come first, with their `share` from 0 to 1, then platforms as `Platform` has them,
    the product's before others. What would not fit is left out; the report has all of it.
    """
    output: list[JsonValue] = []
    room = limit - 2  # the brackets
    for row in _json_rows(platforms or Platforms()):
        room -= len(json.dumps(row, separators=(",", ":"))) + 1  # the comma
        if room < 0:
            break
        output.append(row)
    return output


def _json_rows(platforms: Platforms) -> Iterator[JsonValue]:
    for language in platforms.languages:
        name = language.name.lower().replace(" ", "-")
        yield {
            "id": name,
            "name": language.name,
            "kind": "language",
            "component": "",
            "scope": PlatformScope.PRODUCT.value,
            "change": PlatformChange.UNCHANGED.value,
            "confidence": 1.0,
            "evidence": [{"path": language.largest, "line": 1, "rule": f"linguist/{name}"}],
            "share": language.share,
        }
    for platform in platforms.platforms:
        yield {
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
    new_ids = {platform.id for platform in _additions(product)}  # named behind `adds`
    languages = [
        language.name for language in platforms.languages if language.share >= _MAIN_LANGUAGE
    ]
    names = _names(
        platform
        for platform in present
        if platform.kind in _DEFINING_KINDS and platform.id not in new_ids
    )
    stack = _name_list(dict.fromkeys((*languages, *names)), _LINE_NAMES)
    return " · ".join(filter(None, (stack, changes_line(platforms))))


def changes_line(platforms: Platforms | None) -> str:
    """Return `adds Stripe · removes Redux`, empty where the stack stays as it is.

    Something is added or removed only where the whole product did not use it before, or does not
    any more.
    """
    product = _product(platforms.platforms) if platforms else ()
    additions = _additions(product)
    used_ids = {
        platform.id for platform in product if platform.change is not PlatformChange.REMOVED
    }
    removals = [platform for platform in product if platform.id not in used_ids]
    phrases = [f"adds {_name_list(_names(additions), _LINE_CHANGES)}"] if additions else []
    phrases += [f"removes {_name_list(_names(removals), _LINE_CHANGES)}"] if removals else []
    return " · ".join(phrases)


def platforms_brief(platforms: Platforms | None, paths: Iterable[str]) -> str:
    """Return a few lines for a reviewer's prompt on the components of `paths`; empty for nothing.

    Only what code is written with, and what the pull request adds or removes.
    """
    if platforms is None:
        return ""
    certain = [platform for platform in platforms.platforms if platform.confidence >= _SURE]
    # The longest first, so that a path counts to the deepest component above it.
    folders = sorted({platform.component for platform in certain}, key=len, reverse=True)
    components = dict.fromkeys(
        next((folder for folder in folders if not folder or path.startswith(f"{folder}/")), "")
        for path in paths
    )
    lines = [
        f"{_visible_name(component)}: {brief}"
        for component in list(components)[:_BRIEF_COMPONENTS]
        if (brief := _component_brief(certain, component))
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
                if platform.kind in _LABEL_KINDS and platform.change is not PlatformChange.UNCHANGED
            }
        )
    )


def _product(platforms: Iterable[Platform]) -> tuple[Platform, ...]:
    return tuple(
        platform
        for platform in platforms
        if platform.scope is PlatformScope.PRODUCT and platform.confidence >= _SURE
    )


def _additions(product: Sequence[Platform]) -> tuple[Platform, ...]:
    """Return what no component used before, not even one that uses it no longer."""
    old_ids = {platform.id for platform in product if platform.change is not PlatformChange.ADDED}
    return tuple(platform for platform in product if platform.id not in old_ids)


def _names(platforms: Iterable[Platform]) -> Iterable[str]:
    return dict.fromkeys(platform.name for platform in platforms)


def _name_list(names: Iterable[str], limit: int) -> str:
    names = list(names)
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _visible_name(component: str) -> str:
    """Return a folder's name on one line; in a prompt it still belongs into an envelope."""
    visible = "".join(char if char.isprintable() else "?" for char in component[:_MAX_PATH])
    return visible or "the repository's root"


def _component_brief(certain: Sequence[Platform], component: str) -> str:
    platforms = [platform for platform in certain if platform.component == component]
    code_platforms = [
        platform
        for platform in platforms
        if platform.kind in (*_DEFINING_KINDS, PlatformKind.LIBRARY, PlatformKind.TEST)
        and platform.change is not PlatformChange.REMOVED
    ]
    phrases = [_name_list(_names(code_platforms), _BRIEF_NAMES)]
    for change, verb in ((PlatformChange.ADDED, "added"), (PlatformChange.REMOVED, "removed")):
        changes = (platform for platform in platforms if platform.change is change)
        if names := _name_list(_names(changes), _LINE_CHANGES):
            phrases.append(f"{verb} here: {names}")
    return "; ".join(filter(None, phrases))
