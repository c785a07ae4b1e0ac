"""The route of the dependency review: what comes and goes between two commits, with advisories.

https://docs.github.com/en/rest/dependency-graph/dependency-review
"""

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

_PINNED_REQUIREMENT = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
# Ecosystems are named as GitHub names them, package URLs have names of their own.
# https://github.com/package-url/purl-spec
_PURL_TYPES = {"pip": "pypi"}


class _Dependency(NamedTuple):
    manifest: str
    ecosystem: str
    name: str
    version: str
    scope: str
    license: str | None


def _compare(call: ApiCall) -> Response:
    """Answer as GitHub does: 403 without Code Security, 404 without graph, commits or base."""
    repository = call.repository
    if repository.private and not repository.code_security:
        raise ApiRefusal(403, "Dependency review is not supported on this repository.")
    if not repository.dependency_graph:
        raise not_found()
    shas = [repository.objects.resolve(end) for end in call.args["range"].split("...")]
    if len(shas) != 2 or shas[0] is None or shas[1] is None:
        raise not_found()
    # With three dots the old side is the merge base, as in a pull request's diff.
    base = repository.objects.merge_base(shas[0], shas[1])
    if base is None:
        raise not_found()
    old, new = set(_read_manifests(repository, base)), set(_read_manifests(repository, shas[1]))
    changes = [("removed", dependency) for dependency in sorted(old - new, key=str)]
    changes += [("added", dependency) for dependency in sorted(new - old, key=str)]
    return call.list_response([_shape(repository, *change) for change in changes])


def _read_manifests(repository: RepositoryState, commit: str) -> Iterator[_Dependency]:
    """Yield what the manifests of a commit name; of GitHub's many formats this reads two."""
    for entry in repository.objects.tree(commit, recursive=True):
        name = entry.path.rpartition("/")[2]
        if entry.type != "blob" or name not in ("package-lock.json", "requirements.txt"):
            continue
        text = (repository.objects.blob(entry.sha) or b"").decode("utf-8", "replace")
        if name == "requirements.txt":
            for package, version in _PINNED_REQUIREMENT.findall(text):
                yield _Dependency(entry.path, "pip", package, version, "runtime", None)
        else:
            yield from _read_npm_lock(entry.path, text)


def _read_npm_lock(path: str, text: str) -> Iterator[_Dependency]:
    try:
        packages = json.loads(text)["packages"]
    except (ValueError, KeyError, TypeError):
        return
    if not isinstance(packages, Mapping):
        return
    for folder, entry in packages.items():
        # The key is where npm puts the package; the root package has an empty one.
        # https://docs.npmjs.com/cli/configuring-npm/package-lock-json#packages
        if name := folder.rpartition("node_modules/")[2]:
            scope = "development" if entry.get("dev") else "runtime"
            version, terms = entry.get("version", ""), entry.get("license")
            yield _Dependency(path, "npm", name, version, scope, terms)


def _shape(repository: RepositoryState, change: str, dependency: _Dependency) -> JsonObject:
    name, version = dependency.name, dependency.version
    purl_type = _PURL_TYPES.get(dependency.ecosystem, dependency.ecosystem)
    advisories = f"{repository.hub.server_url}/advisories"
    return {
        "change_type": change,
        "manifest": dependency.manifest,
        "ecosystem": dependency.ecosystem,
        "name": name,
        "version": version,
        "package_url": f"pkg:{purl_type}/{name}@{version}",
        "license": dependency.license,
        "source_repository_url": None,
        "scope": dependency.scope,
        "vulnerabilities": [
            {
                "severity": vulnerability.severity,
                "advisory_ghsa_id": vulnerability.ghsa_id,
                "advisory_summary": vulnerability.summary,
                "advisory_url": f"{advisories}/{vulnerability.ghsa_id}",
            }
            for vulnerability in repository.vulnerabilities.get((name, version), ())
        ],
    }


ROUTES = (route("GET", "/dependency-graph/compare/{range*}", _compare, "contents=read"),)
