"""Routes that read the repository itself: commits, comparisons, contents, blobs and trees."""

import base64
import re

from codeflow_action.testing.github import payloads
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Response,
    json_response,
    not_found,
    route,
)
from codeflow_action.testing.github.git_objects import GitTreeEntry
from codeflow_action.testing.github.pulls import diff_response, file_shapes
from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import JsonObject

# All on the first page: https://docs.github.com/en/rest/commits/commits#compare-two-commits
MAX_COMPARED_FILES = 300
# https://docs.github.com/en/rest/repos/contents#get-repository-content
MAX_INLINE = 1_000_000  # bytes that the contents API puts into its answer
MAX_RAW = 100_000_000  # bytes of a file or blob that the API gives at all
MAX_DIRECTORY = 1_000  # entries of a folder in the contents API
# Of a recursive tree, which then says `truncated`: https://docs.github.com/en/rest/git/trees
MAX_TREE_ENTRIES = 100_000
_SYMLINK, _SUBMODULE = "120000", "160000"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")  # in full: SHA-1, or SHA-256
_RAW = {"content-type": "application/vnd.github.raw+json"}


def _branch_rules(call: ApiCall) -> Response:
    """List the rules of rulesets that hold for a branch, whether or not it is there.

    https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
    """
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.repository.full_name}
    rules = call.repository.branch_rules.get(call.args["branch"], ())
    return call.list_response(rules, lambda kind: {"type": kind, "ruleset_id": 1, **source})


def _branch(call: ApiCall) -> Response:
    """Answer for a branch and nothing else: a tag or a commit is none.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    repository, name = call.repository, call.args["branch"]
    sha = repository.tip(name)
    if sha is None:
        raise ApiRefusal(404, "Branch not found")
    url = f"{repository.api_url}/branches/{name}"
    # A ruleset protects, too, and is none of the older protections.
    has_protection = name in repository.protected_branches
    is_protected = has_protection or bool(repository.branch_rules.get(name))
    shape = {
        "name": name,
        "commit": payloads.commit(repository, repository.objects.commit(sha)),
        "_links": {"self": url, "html": f"{repository.html_url}/tree/{name}"},
        "protected": is_protected,
        "protection": {"enabled": has_protection},
        "protection_url": f"{url}/protection",
    }
    return json_response(shape)


def _commit_sha(repository: RepositoryState, ref: str) -> str:
    sha = repository.objects.resolve(ref)
    if sha is None:
        raise ApiRefusal(422, f"No commit found for SHA: {ref}")
    return sha


def _commit(call: ApiCall) -> Response:
    repository, objects = call.repository, call.repository.objects
    sha = _commit_sha(repository, call.args["ref"])
    if call.request.accepts("sha"):
        return Response(body=sha.encode(), headers={"content-type": "application/vnd.github.sha"})
    commit = objects.commit(sha)
    files = objects.diff(commit.parents[0], sha) if commit.parents else ()
    page, headers = call.page(files)
    additions, deletions = sum(file.additions for file in files), sum(f.deletions for f in files)
    stats = {"additions": additions, "deletions": deletions, "total": additions + deletions}
    shape = payloads.commit(repository, commit) | {"stats": stats}
    return json_response(shape | {"files": file_shapes(repository, page, sha)}, headers=headers)


def _list_pulls_of_commit(call: ApiCall) -> Response:
    sha = _commit_sha(call.repository, call.args["ref"])
    pulls = [pull for pull in call.repository.pulls.values() if pull.holds_commit(sha)]
    return call.list_response(pulls, payloads.pull_request_simple)


def _compare(call: ApiCall) -> Response:
    repository, objects = call.repository, call.repository.objects
    ends = call.args["range"].split("...")
    # An end may be `owner:branch`; forks share their objects here, so the owner does not matter.
    shas = [objects.resolve(end.rpartition(":")[2]) for end in ends]
    if len(shas) != 2 or shas[0] is None or shas[1] is None:
        raise not_found()
    base, head = shas[0], shas[1]
    merge_base = objects.merge_base(base, head)
    if merge_base is None:
        raise ApiRefusal(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    if call.request.accepts("diff"):
        return diff_response(repository, merge_base, head)
    commits, headers = call.page(objects.commits(base, head))
    # Pages count commits; the files are on the first one and never more than the limit.
    is_first_page = call.request.query.get("page", "1") == "1"
    files = objects.diff(merge_base, head)[:MAX_COMPARED_FILES] if is_first_page else ()
    ahead, behind = objects.ahead_behind(base, head)
    words = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    shape = {
        "url": f"{repository.api_url}/compare/{base}...{head}",
        "html_url": f"{repository.html_url}/compare/{base}...{head}",
        "base_commit": payloads.commit(repository, objects.commit(base)),
        "merge_base_commit": payloads.commit(repository, objects.commit(merge_base)),
        "status": words.get((ahead > 0, behind > 0), "diverged"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [payloads.commit(repository, commit) for commit in commits],
        "files": file_shapes(repository, files, head),
    }
    return json_response(shape, headers=headers)


# --- contents


def _contents(call: ApiCall) -> Response:
    repository = call.repository
    ref = call.request.query.get("ref") or repository.default_branch
    commit = repository.objects.resolve(ref)
    if commit is None:
        raise ApiRefusal(404, f"No commit found for the ref {ref}")
    path = call.args.get("path", "").strip("/")
    if not path:
        return _directory(repository, commit, path, commit)
    entry = _entry_behind_link(repository, commit, path)
    if entry is None:
        raise not_found()
    if entry.type == "tree":
        return _directory(repository, commit, path, entry.sha)
    return _file(call, commit, path, entry)


def _entry_behind_link(repository: RepositoryState, commit: str, path: str) -> GitTreeEntry | None:
    """Return the entry; a link to a file of the repository stands for that file.

    A link to anything else is answered as the link that it is.
    """
    objects = repository.objects
    entry = objects.entry(commit, path)
    if entry is None or entry.mode != _SYMLINK:
        return entry
    folder = path.rpartition("/")[0]
    target = (objects.blob(entry.sha) or b"").decode("utf-8", "replace")
    if ".." in target:
        return entry
    file = objects.entry(commit, f"{folder}/{target}".lstrip("/"))
    return file if file and file.type == "blob" and file.mode != _SYMLINK else entry


def _directory(repository: RepositoryState, commit: str, path: str, tree: str) -> Response:
    # Longer folders are cut without a word: only the tree API says `truncated`.
    entries = repository.objects.tree(tree)[:MAX_DIRECTORY]
    return json_response(
        [
            _content_shape(repository, commit, f"{path}/{entry.path}".lstrip("/"), entry)
            for entry in entries
        ]
    )


def _file(call: ApiCall, commit: str, path: str, entry: GitTreeEntry) -> Response:
    repository = call.repository
    size = entry.size or 0
    if size > MAX_RAW:
        too_large = {"resource": "Blob", "field": "data", "code": "too_large"}
        message = "This API returns blobs up to 100 MB in size. The requested blob is too large."
        raise ApiRefusal(403, message, errors=[too_large])
    content = repository.objects.blob(entry.sha) or b""
    if call.request.accepts("raw"):
        return Response(body=content, headers=_RAW)
    shape = _content_shape(repository, commit, path, entry)
    match shape["type"]:
        case "symlink":
            shape["target"] = content.decode("utf-8", "replace")
        case "submodule":
            shape["submodule_git_url"] = None
        case _ if size > MAX_INLINE:
            shape |= {"content": "", "encoding": "none"}
        case _:
            # With line breaks, as GitHub sends it.
            shape |= {"content": base64.encodebytes(content).decode(), "encoding": "base64"}
    return json_response(shape)


def _content_shape(
    repository: RepositoryState, commit: str, path: str, entry: GitTreeEntry
) -> JsonObject:
    """Return what the contents API says of an entry, without its content."""
    types = {_SYMLINK: "symlink", _SUBMODULE: "submodule"}
    folder = "trees" if entry.type == "tree" else "blobs"
    return {
        "type": types.get(entry.mode, "dir" if entry.type == "tree" else "file"),
        "size": entry.size or 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "url": f"{repository.api_url}/contents/{path}?ref={commit}",
        "git_url": f"{repository.api_url}/git/{folder}/{entry.sha}",
        "html_url": f"{repository.html_url}/blob/{commit}/{path}",
        "download_url": None,
    }


# --- git objects


def _blob(call: ApiCall) -> Response:
    sha = call.args["sha"]
    if not _SHA.fullmatch(sha):
        message = "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."
        raise ApiRefusal(422, message)
    content = call.repository.objects.blob(sha)
    if content is None:
        raise not_found()
    if call.request.accepts("raw"):
        return Response(body=content, headers=_RAW)
    shape = {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(content),
        "url": f"{call.repository.api_url}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }
    return json_response(shape)


def _tree(call: ApiCall) -> Response:
    repository = call.repository
    sha = repository.objects.resolve(call.args["sha"], "tree")
    if sha is None:
        raise not_found()
    # Any value of the parameter makes it recursive, `false` as well.
    entries = repository.objects.tree(sha, recursive="recursive" in call.request.query)
    shapes: list[JsonObject] = []
    for entry in entries[:MAX_TREE_ENTRIES]:
        entry_shape: JsonObject = {
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.type,
            "sha": entry.sha,
        }
        if entry.size is not None:
            entry_shape["size"] = entry.size
        if entry.type != "commit":  # a submodule's commit is in another repository
            folder = "trees" if entry.type == "tree" else "blobs"
            entry_shape["url"] = f"{repository.api_url}/git/{folder}/{entry.sha}"
        shapes.append(entry_shape)
    shape = {
        "sha": sha,
        "url": f"{repository.api_url}/git/trees/{sha}",
        "tree": shapes,
        "truncated": len(entries) > MAX_TREE_ENTRIES,
    }
    return json_response(shape)


_READ = "contents=read"

ROUTES = (
    route(
        "GET",
        "",
        lambda call: json_response(payloads.repository(call.repository)),
        "metadata=read",
    ),
    route("GET", "/branches/{branch*}", _branch, _READ),
    route("GET", "/rules/branches/{branch*}", _branch_rules, "metadata=read"),
    route("GET", "/commits/{ref}/pulls", _list_pulls_of_commit, "pull_requests=read", _READ),
    route("GET", "/commits/{ref*}", _commit, _READ),
    route("GET", "/compare/{range*}", _compare, _READ),
    route("GET", "/contents/?", _contents, _READ),
    route("GET", "/contents/{path*}", _contents, _READ),
    route("GET", "/git/blobs/{sha}", _blob, _READ),
    route("GET", "/git/trees/{sha*}", _tree, _READ),
)
