"""Routes that read the repository itself: commits, comparisons, contents, blobs and trees."""

import base64

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
from codeflow_action.testing.github.pulls import diff_response, listed
from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import JsonObject, is_sha

MAX_COMPARED_FILES = 300  # GitHub REST: commits/compare-commits; all on the first page
MAX_INLINE = 1_000_000  # bytes that the contents API puts into its answer
MAX_RAW = 100_000_000  # bytes of a file or blob that the API gives at all
MAX_TREE_ENTRIES = 100_000  # of a recursive tree, which then says `truncated`
MAX_DIRECTORY = 1_000  # entries of a folder in the contents API
_SYMLINK, _SUBMODULE = "120000", "160000"


def _repository(call: ApiCall) -> Response:
    return json_response(payloads.repository(call.repository))


def _branch(call: ApiCall) -> Response:
    """Answer for a branch and nothing else: a tag or a commit is none (branches/get-branch)."""
    repository, name = call.repository, call.args["branch"]
    sha = repository.tip(name)
    if sha is None:
        raise ApiRefusal(404, "Branch not found")
    url = f"{repository.api_url}/branches/{name}"
    is_protected = name in repository.protected_branches
    shape = {
        "name": name,
        "commit": payloads.commit(repository, repository.objects.commit(sha)),
        "_links": {"self": url, "html": f"{repository.html_url}/tree/{name}"},
        "protected": is_protected,
        "protection": {"enabled": is_protected},
        "protection_url": f"{url}/protection",
    }
    return json_response(shape)


def _commit_sha(repository: RepositoryState, ref: str) -> str:
    found = repository.objects.resolve(ref)
    if found is None:
        raise ApiRefusal(422, f"No commit found for SHA: {ref}")
    return found


def _commit(call: ApiCall) -> Response:
    repository, objects = call.repository, call.repository.objects
    sha = _commit_sha(repository, call.args["ref"])
    if call.request.accepts("sha"):
        return Response(body=sha.encode(), headers={"content-type": "application/vnd.github.sha"})
    commit = objects.commit(sha)
    files = objects.diff(commit.parents[0], sha) if commit.parents else ()
    taken, links = call.cut(files)
    added, removed = sum(one.additions for one in files), sum(one.deletions for one in files)
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    shape = payloads.commit(repository, commit) | {"stats": stats}
    return json_response(shape | {"files": listed(repository, taken, sha)}, headers=links)


def _pulls_of_commit(call: ApiCall) -> Response:
    sha = _commit_sha(call.repository, call.args["ref"])
    pulls = call.repository.pulls.values()
    found = [one for one in pulls if one.holds_commit(sha)]
    return call.page(found, payloads.pull_request_simple)


def _compare(call: ApiCall) -> Response:
    repository, objects = call.repository, call.repository.objects
    ends = call.args["range"].split("...")
    shas = [objects.resolve(end.rpartition(":")[2]) for end in ends]
    if len(shas) != 2 or shas[0] is None or shas[1] is None:
        raise not_found()
    base, head = shas[0], shas[1]
    merge_base = objects.merge_base(base, head)
    if merge_base is None:
        raise ApiRefusal(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    if call.request.accepts("diff"):
        return diff_response(repository, merge_base, head)
    commits, links = call.cut(objects.commits(base, head))
    first = call.request.query.get("page", "1") == "1"
    files = objects.diff(merge_base, head)[:MAX_COMPARED_FILES] if first else ()
    shape = _comparison(repository, base, head, merge_base) | {
        "commits": [payloads.commit(repository, one) for one in commits],
        "files": listed(repository, files, head),
    }
    return json_response(shape, headers=links)


def _comparison(repository: RepositoryState, base: str, head: str, merge_base: str) -> JsonObject:
    objects = repository.objects
    ahead, behind = objects.ahead_behind(base, head)
    words = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    return {
        "url": f"{repository.api_url}/compare/{base}...{head}",
        "html_url": f"{repository.html_url}/compare/{base}...{head}",
        "base_commit": payloads.commit(repository, objects.commit(base)),
        "merge_base_commit": payloads.commit(repository, objects.commit(merge_base)),
        "status": words.get((ahead > 0, behind > 0), "diverged"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
    }


# --- contents


def _contents(call: ApiCall) -> Response:
    repository = call.repository
    ref = call.request.query.get("ref") or repository.default_branch
    commit = repository.objects.resolve(ref)
    if commit is None:
        raise ApiRefusal(404, f"No commit found for the ref {ref}")
    path = call.args.get("path", "").strip("/")
    if not path:
        return _directory(call, commit, path, commit)
    entry = _followed(repository, commit, path)
    if entry is None:
        raise not_found()
    if entry.type == "tree":
        return _directory(call, commit, path, entry.sha)
    return _file(call, commit, path, entry)


def _followed(repository: RepositoryState, commit: str, path: str) -> GitTreeEntry | None:
    """Return the entry; a link to a file of the repository stands for that file."""
    objects = repository.objects
    entry = objects.entry(commit, path)
    if entry is None or entry.mode != _SYMLINK:
        return entry
    folder = path.rpartition("/")[0]
    target = (objects.blob(entry.sha) or b"").decode("utf-8", "replace")
    there = objects.entry(commit, f"{folder}/{target}".lstrip("/")) if ".." not in target else None
    return there if there and there.type == "blob" and there.mode != _SYMLINK else entry


def _directory(call: ApiCall, commit: str, path: str, tree: str) -> Response:
    repository = call.repository
    entries = repository.objects.tree(tree)[:MAX_DIRECTORY]
    inside = [(f"{path}/{one.path}".lstrip("/"), one) for one in entries]
    return json_response([_place(repository, commit, where, one) for where, one in inside])


def _file(call: ApiCall, commit: str, path: str, entry: GitTreeEntry) -> Response:
    repository = call.repository
    size = entry.size or 0
    if size > MAX_RAW:
        too_large = {"resource": "Blob", "field": "data", "code": "too_large"}
        said = "This API returns blobs up to 100 MB in size. The requested blob is too large."
        raise ApiRefusal(403, said, errors=[too_large])
    content = repository.objects.blob(entry.sha) or b""
    if call.request.accepts("raw"):
        return Response(body=content, headers={"content-type": "application/vnd.github.raw+json"})
    place = _place(repository, commit, path, entry)
    match place["type"]:
        case "symlink":
            place["target"] = content.decode("utf-8", "replace")
        case "submodule":
            place["submodule_git_url"] = None
        case _ if size > MAX_INLINE:
            place |= {"content": "", "encoding": "none"}
        case _:
            place |= {"content": base64.encodebytes(content).decode(), "encoding": "base64"}
    return json_response(place)


def _place(repository: RepositoryState, commit: str, path: str, entry: GitTreeEntry) -> JsonObject:
    """Return what contents say of an entry, without its content."""
    kinds = {_SYMLINK: "symlink", _SUBMODULE: "submodule"}
    kind = kinds.get(entry.mode, "dir" if entry.type == "tree" else "file")
    folder = "trees" if entry.type == "tree" else "blobs"
    return {
        "type": kind,
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
    if not is_sha(sha):
        said = "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."
        raise ApiRefusal(422, said)
    content = call.repository.objects.blob(sha)
    if content is None:
        raise not_found()
    if call.request.accepts("raw"):
        return Response(body=content, headers={"content-type": "application/vnd.github.raw+json"})
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
    sha = repository.objects.tree_of(call.args["sha"])
    if sha is None:
        raise not_found()
    entries = repository.objects.tree(sha, recursive="recursive" in call.request.query)
    shape = {
        "sha": sha,
        "url": f"{repository.api_url}/git/trees/{sha}",
        "tree": [_entry(repository, one) for one in entries[:MAX_TREE_ENTRIES]],
        "truncated": len(entries) > MAX_TREE_ENTRIES,
    }
    return json_response(shape)


def _entry(repository: RepositoryState, one: GitTreeEntry) -> JsonObject:
    folder = "trees" if one.type == "tree" else "blobs"
    shape = {"path": one.path, "mode": one.mode, "type": one.type, "sha": one.sha}
    if one.type == "commit":
        return shape
    size = {"size": one.size} if one.size is not None else {}
    return shape | size | {"url": f"{repository.api_url}/git/{folder}/{one.sha}"}


_READ = "contents=read"

ROUTES = (
    route("GET", "", _repository, "metadata=read"),
    route("GET", "/branches/{branch*}", _branch, _READ),
    route("GET", "/commits/{ref}/pulls", _pulls_of_commit, "pull_requests=read", _READ),
    route("GET", "/commits/{ref*}", _commit, _READ),
    route("GET", "/compare/{range*}", _compare, _READ),
    route("GET", "/contents/?", _contents, _READ),
    route("GET", "/contents/{path*}", _contents, _READ),
    route("GET", "/git/blobs/{sha}", _blob, _READ),
    route("GET", "/git/trees/{sha*}", _tree, _READ),
)
