"""The route of the dependency graph: what comes and goes between two commits, with advisories."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Response,
    not_found,
    route,
)
from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import JsonObject

_PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
_SCOPES = {True: "development", False: "runtime"}


class _Dependency(NamedTuple):
    manifest: str
    ecosystem: str
    name: str
    version: str
    scope: str
    license: str | None


def _changes(call: ApiCall) -> Response:
    """Answer as GitHub does: 403 without Code Security, 404 without graph, commits or base."""
    repository = call.repository
    if repository.private and not repository.code_security:
        raise ApiRefusal(403, "Dependency review is not supported on this repository.")
    if not repository.dependency_graph:
        raise not_found()
    ends = call.args["range"].split("...")
    shas = [repository.objects.resolve(end) for end in ends]
    if len(shas) != 2 or shas[0] is None or shas[1] is None:
        raise not_found()
    base = repository.objects.merge_base(shas[0], shas[1])
    if base is None:
        raise not_found()
    before, after = set(_graph(repository, base)), set(_graph(repository, shas[1]))
    removed = [_shape(repository, one, "removed") for one in sorted(before - after, key=str)]
    added = [_shape(repository, one, "added") for one in sorted(after - before, key=str)]
    return call.page([*removed, *added])


def _graph(repository: RepositoryState, commit: str) -> Iterator[_Dependency]:
    """Yield what the manifests of a commit say; of GitHub's many formats it reads two."""
    for entry in repository.objects.tree(commit, recursive=True):
        name = entry.path.rpartition("/")[2]
        if entry.type != "blob" or name not in ("package-lock.json", "requirements.txt"):
            continue
        text = (repository.objects.blob(entry.sha) or b"").decode("utf-8", "replace")
        if name == "requirements.txt":
            for package, version in _PINNED.findall(text):
                yield _Dependency(entry.path, "pip", package, version, "runtime", None)
        else:
            yield from _locked(entry.path, _parsed(text))


def _parsed(text: str) -> Mapping[str, JsonObject]:
    try:
        packages = json.loads(text)["packages"]
    except (ValueError, KeyError, TypeError):
        return {}
    return packages if isinstance(packages, dict) else {}


def _locked(path: str, packages: Mapping[str, JsonObject]) -> Iterator[_Dependency]:
    for place, entry in packages.items():
        name = place.rpartition("node_modules/")[2]
        if name:
            scope = _SCOPES[bool(entry.get("dev"))]
            version, terms = entry.get("version", ""), entry.get("license")
            yield _Dependency(path, "npm", name, version, scope, terms)


def _shape(repository: RepositoryState, one: _Dependency, change: str) -> JsonObject:
    """Return one entry (GitHub REST: dependency-graph/diff-range)."""
    kind = {"pip": "pypi"}.get(one.ecosystem, one.ecosystem)
    known = repository.vulnerabilities.get((one.name, one.version), ())
    return {
        "change_type": change,
        "manifest": one.manifest,
        "ecosystem": one.ecosystem,
        "name": one.name,
        "version": one.version,
        "package_url": f"pkg:{kind}/{one.name}@{one.version}",
        "license": one.license,
        "source_repository_url": None,
        "scope": one.scope,
        "vulnerabilities": [
            {
                "severity": each.severity,
                "advisory_ghsa_id": each.ghsa_id,
                "advisory_summary": each.summary,
                "advisory_url": f"{repository.hub.server_url}/advisories/{each.ghsa_id}",
            }
            for each in known
        ],
    }


ROUTES = (route("GET", "/dependency-graph/compare/{range*}", _changes, "contents=read"),)
