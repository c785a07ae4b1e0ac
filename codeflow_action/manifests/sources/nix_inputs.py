"""Nix: the inputs of a flake, what its lock took for them, and sources that a package fetches.

https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake
"""

from collections.abc import Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text, nix
from codeflow_action.manifests.package import Ecosystem
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_INPUT = regex(r"([\w-]+)\s*(?:\.url\s*=|=\s*\{\s*(?:#[^\n]*\n\s*)?url\s*=)\s*\"([^\"\n]+)\"")
# A branch, a tag or a commit: `github:owner/name/REVISION`, or a parameter.
_REVISION = regex(
    r"(?:github|gitlab|sourcehut):[^/?]+/[^/?]+/([^?]+)|[^?]*\?(?:.*&)?(?:rev|ref)=([^&]+)"
)
# `name = { type = "github"; … }`, `name = fetchFromGitHub { … }`; no braces within.
_SET = regex(r"(?:(fetchFrom\w{3,20})|([\w-]{1,80})\s*=)\s*\{([^{}]{1,2000})\}")
_FIELD = regex(r"\b(type|owner|repo|rev|ref|tag|url|domain|host)\s*=\s*\"([^\"\n]{1,300})\"")
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"}


def read_flake(text: str, path: str) -> Iterator[SourceStatement]:
    """Yield the inputs of a flake.nix, in either writing, and what it fetches itself."""
    for match in _INPUT.finditer(text):
        revision = _REVISION.match(match[2])
        yield _place(
            match[1],
            match[2],
            text.count("\n", 0, match.start(2)) + 1,
            (revision[1] or revision[2]) if revision else "",
        )
    yield from read_fetches(text, path)


def read_fetches(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield repositories that sets of Nix name by owner and name.

    https://nixos.org/manual/nixpkgs/stable/#chap-pkgs-fetchers
    """
    for match in _SET.finditer(text):
        fields = {field[1]: field[2] for field in _FIELD.finditer(match[3])}
        fetcher, name = match[1] or "", match[2] or ""
        kind = (fetcher or fields.get("type", "")).lower().removeprefix("fetchfrom")
        if kind in _HOSTS and "owner" in fields and "repo" in fields:
            host = fields.get("domain") or fields.get("host") or _HOSTS[kind]
            position = match.start(3) + max(0, match[3].find(fields["owner"]))
            yield _place(
                name or fields["repo"],
                f"https://{host}/{fields['owner']}/{fields['repo']}",
                text.count("\n", 0, position) + 1,
                next((fields[key] for key in ("rev", "tag", "ref") if key in fields), ""),
            )


def read_flake_lock(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield where a lock takes the flake's own inputs from; theirs are their authors' choice."""
    places = json_text.spans(text, 4)
    for package in nix.read_lock(text).packages:
        if package.direct and package.source:
            line = places.get(("nodes", package.name, "locked", "owner"), (package.line, 0))[0]
            yield _place(package.name, package.source, line, package.version)


def _place(name: str, target: str, line: int, version: str) -> SourceStatement:
    return SourceStatement(
        ecosystem=Ecosystem.NIX,
        role=SourceRole.PLACE,
        name=name,
        target=target,
        line=line,
        version=version,
    )
