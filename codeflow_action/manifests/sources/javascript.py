"""npm, pnpm, Yarn, Bun and Deno: overrides, resolutions, catalogs and import maps.

https://docs.npmjs.com/cli/configuring-npm/package-json#overrides
https://yarnpkg.com/configuration/manifest#resolutions and https://pnpm.io/settings#overrides
"""

import re
from collections.abc import Iterator, Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text, toml_text
from codeflow_action.manifests.package import Ecosystem, mapping, words
from codeflow_action.manifests.sources.places import Places
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement
from codeflow_action.manifests.sources.yaml_leaves import leaves

_MAX_DEPTH = 30  # of overrides within overrides
# `parent>name@range`, `**/parent/name`, `parent/name`: the last name is what is overridden.
_KEY = regex(r"(?:.*>|.*/(?=@)|(?:[^@]*|.*[^@\w./-].*)/)?((?:@[^/@>]+/)?[^/@>]+)(?:@[^>]*)?")


def read_package_json(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what takes the place of a package, at whatever depth it is written."""
    document = json_text.parse(text)
    places = json_text.spans(text, _MAX_DEPTH)
    pnpm = mapping(document.get("pnpm"))
    tables: tuple[tuple[tuple[str, ...], object], ...] = (
        (("overrides",), document.get("overrides")),
        (("resolutions",), document.get("resolutions")),
        (("pnpm", "overrides"), pnpm.get("overrides")),
    )
    for prefix, table in tables:
        for keys, spec in _flat(mapping(table)):
            line = places.get((*prefix, *keys), places.get(prefix, (1, 1)))[0]
            names = [key for key in keys if key != "."]  # "." is the package around it
            if names:
                yield _override(names[-1], spec, line)


def _flat(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts of a table within tables, each with its keys."""
    stack: list[tuple[tuple[str, ...], object]] = [((), table)]
    while stack:
        keys, value = stack.pop()
        if isinstance(value, str):
            yield keys, value
        elif len(keys) < _MAX_DEPTH:
            stack += [((*keys, key), inner) for key, inner in mapping(value).items()]


def _override(key: str, spec: str, line: int) -> SourceStatement:
    match = _KEY.fullmatch(key)
    return _alias(match[1] if match else key, spec, line, SourceRole.OVERRIDE)


def _alias(name: str, spec: str, line: int, role: SourceRole) -> SourceStatement:
    """Return where a name leads; an alias of itself is only a version."""
    # Yarn's later versions write a range of the same package so: `npm:^9.1.0`.
    if re.match(r"npm:[\^~<>=v\d*]", spec):
        spec = spec[4:]
    if spec.startswith("npm:"):
        real, sign, version = spec[5:].partition("@")
        if spec[4:5] + real == name:
            spec = version if sign else ""
    return SourceStatement(ecosystem=Ecosystem.NPM, role=role, name=name, target=spec, line=line)


def read_pnpm_workspace(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield pnpm's overrides, and the entries of its catalogs that are no versions.

    https://pnpm.io/pnpm-workspace_yaml
    """
    for leaf in leaves(text):
        match leaf.path:
            case ("overrides", str(name)):
                yield _override(name, leaf.value, leaf.line)
            case ("catalog", str(name)) | ("catalogs", _, str(name)):
                yield _alias(name, leaf.value, leaf.line, SourceRole.PLACE)


def read_bunfig(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the registry of a bunfig.toml, and those of its scopes: a text, or a table with `url`.

    https://bun.sh/docs/runtime/bunfig#install-scopes
    """
    install = mapping(toml_text.parse(text).get("install"))
    places = Places(text)
    scopes = mapping(install.get("scopes"))
    for name, value in [("", install.get("registry")), *scopes.items()]:
        if url := words(value) or words(mapping(value).get("url")):
            yield SourceStatement(
                ecosystem=Ecosystem.NPM,
                role=SourceRole.REGISTRY,
                name=name,
                target=url,
                line=places.line(url, name),
            )


def read_import_map(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what each import of Deno, and of the browsers' import maps, leads to.

    https://docs.deno.com/runtime/fundamentals/modules/
    """
    plain = json_text.without_comments(text)
    document = json_text.parse(plain)
    places = json_text.spans(plain, 3)
    tables: list[tuple[tuple[str, ...], object]] = [(("imports",), document.get("imports"))]
    for scope, table in mapping(document.get("scopes")).items():
        tables.append((("scopes", scope), table))
    for prefix, table in tables:
        for name, target in mapping(table).items():
            spec = words(target)
            # `jsr:@std/path@1` under its own name is the ecosystem's usual way.
            is_usual = re.fullmatch(rf"(?:jsr|npm):/?{re.escape(name)}(?:@.*)?", spec[:500])
            yield SourceStatement(
                ecosystem="Deno",
                role=SourceRole.PLACE,
                name=name,
                target="" if is_usual else spec,
                line=places.get((*prefix, name), (1, 1))[0],
            )
