"""Repositories, pull requests and commits as GitHub's REST API shows them. Pure.

The names in brackets are those of the schemas in https://github.com/github/rest-api-description
"""

from dataclasses import asdict
from urllib.parse import quote

from codeflow_action.testing.github.diffs import DiffEntry
from codeflow_action.testing.github.git_objects import Commit
from codeflow_action.testing.github.state import Hub, Pull, RepositoryState
from codeflow_action.testing.github.values import GitHubAccount, JsonObject, Label

# git's letters as GitHub's `status`; a copy is one only for git with -C, which is not used here.
# https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
_STATUSES = {"A": "added", "D": "removed", "R": "renamed", "C": "copied"}


def user(hub: Hub, account: GitHubAccount) -> JsonObject:
    """Return an account (GitHub REST: simple-user)."""
    page = account.login.removesuffix("[bot]")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": f"{hub.server_url}/avatars/u/{account.id}",
        "gravatar_id": "",
        "url": f"{hub.api_url}/users/{quote(account.login)}",
        "html_url": f"{hub.server_url}/apps/{page}"
        if account.is_bot
        else f"{hub.server_url}/{page}",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def owner(repository: RepositoryState) -> JsonObject:
    """Return a repository's owner."""
    return user(repository.hub, GitHubAccount(login=repository.owner, type="Organization"))


def repository(repository: RepositoryState) -> JsonObject:
    """Return a repository (GitHub REST: repository)."""
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "owner": owner(repository),
        "html_url": repository.html_url,
        "description": None,
        "fork": False,
        "url": repository.api_url,
        "archived": False,
        "disabled": False,
        "clone_url": f"{repository.html_url}.git",
        "git_url": f"{repository.html_url}.git",
        "ssh_url": "",
        "default_branch": repository.default_branch,
        "language": None,
        "topics": [],
        "has_issues": repository.has_issues,
        "is_template": False,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "pushed_at": "2026-01-01T00:00:00Z",
    }


def fork(base: RepositoryState, full_name: str) -> JsonObject:
    """Return a repository that a pull request comes from: a fork, unless it is the base itself."""
    if full_name == base.full_name:
        return repository(base)
    login, _, name = full_name.partition("/")
    page, api = f"{base.hub.server_url}/{full_name}", f"{base.hub.api_url}/repos/{full_name}"
    account = user(base.hub, GitHubAccount.from_login(login))
    own_fields = {
        "id": base.id + 1,
        "node_id": f"R_{base.id + 1}",
        "name": name,
        "full_name": full_name,
    }
    places = {"html_url": page, "url": api, "clone_url": f"{page}.git", "git_url": f"{page}.git"}
    return repository(base) | own_fields | places | {"owner": account, "fork": True}


def label(repository: RepositoryState, label: Label) -> JsonObject:
    """Return a label."""
    return {
        "id": 20_000 + GitHubAccount(login=label.name).id,
        "url": f"{repository.api_url}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description or None,
    }


def labels(pull: Pull) -> list[JsonObject]:
    """Return a pull request's labels."""
    by_name = {entry.name: entry for entry in pull.repository.labels}
    return [label(pull.repository, by_name.get(name, Label(name=name))) for name in pull.labels]


def pull_request(pull: Pull) -> JsonObject:
    """Return a pull request (GitHub REST: pull-request)."""
    files = pull.files()
    public_count = sum(not comment.is_pending for comment in pull.review_comments)
    return pull_request_simple(pull) | {
        "merged": pull.is_merged,
        # On github.com null for a while after a push: it is computed when somebody asks.
        "mergeable": pull.merge_sha is not None,
        "mergeable_state": "clean" if pull.merge_sha else "dirty",
        "comments": len(pull.comments),
        "review_comments": public_count,
        "commits": len(pull.repository.objects.commits(pull.merge_base_sha, pull.head_sha)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
        "maintainer_can_modify": False,
        "merged_by": None,
        "rebaseable": None,
    }


def stack(pull: Pull) -> JsonObject | None:
    """Return what is said of the stack that a pull request is in.

    https://docs.github.com/pull-requests/reference/stacked-pull-requests-apis-and-webhooks
    """
    if not pull.stack:
        return None
    sha = pull.repository.tip(pull.stack[0])
    return {
        "id": pull.repository.id + 2,
        "number": 1,
        "size": len(pull.stack),
        "position": len(pull.stack),
        "base": {"ref": pull.stack[0], "sha": sha},
    }


def pull_request_simple(pull: Pull) -> JsonObject:
    """Return a pull request as a list has it (GitHub REST: pull-request-simple)."""
    repository = pull.repository
    closed_at = "2026-01-02T00:00:00Z" if pull.state == "closed" else None
    links = {"self": pull.api_url, "html": pull.html_url, "issue": issue_url(pull)}
    return {
        "url": pull.api_url,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": pull.html_url,
        "diff_url": f"{pull.html_url}.diff",
        "patch_url": f"{pull.html_url}.patch",
        "issue_url": issue_url(pull),
        "commits_url": f"{pull.api_url}/commits",
        "review_comments_url": f"{pull.api_url}/comments",
        "review_comment_url": f"{repository.api_url}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url(pull)}/comments",
        "statuses_url": f"{repository.api_url}/statuses/{pull.head_sha}",
        "number": pull.number,
        "state": pull.state,
        "locked": pull.is_locked,
        "active_lock_reason": None,
        "title": pull.title,
        "user": user(repository.hub, pull.author),
        "body": pull.body,
        "stack": stack(pull),
        "labels": labels(pull),
        "milestone": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull.draft,
        "created_at": pull.created_at,
        "updated_at": pull.updated_at or pull.created_at,
        "closed_at": closed_at,
        "merged_at": closed_at if pull.is_merged else None,
        "merge_commit_sha": pull.merge_sha,
        "author_association": pull.association,
        "auto_merge": None,
        "head": _end(pull, pull.head, pull.head_sha, pull.head_repository),
        "base": _end(pull, pull.base, pull.base_sha, repository.full_name),
        "_links": {name: {"href": href} for name, href in links.items()},
    }


def _end(pull: Pull, ref: str, sha: str, full_name: str | None) -> JsonObject:
    """Return head or base. The repository of a deleted fork is null."""
    repo = fork(pull.repository, full_name) if full_name else None
    login = full_name.partition("/")[0] if full_name else "unknown"
    account = repo["owner"] if repo else None
    return {"label": f"{login}:{ref}", "ref": ref, "sha": sha, "user": account, "repo": repo}


def issue_url(pull: Pull) -> str:
    """Return where the API has the pull request as an issue."""
    return f"{pull.repository.api_url}/issues/{pull.number}"


def issue(pull: Pull) -> JsonObject:
    """Return a pull request as the issue that it also is (GitHub REST: issue)."""
    simple = pull_request_simple(pull)
    shared_keys = (
        *("number", "title", "body", "state", "locked", "user", "labels", "draft", "html_url"),
        *("assignee", "assignees", "milestone", "created_at", "updated_at", "closed_at"),
        *("author_association", "active_lock_reason", "comments_url"),
    )
    links = {name: simple[name] for name in ("url", "html_url", "diff_url", "patch_url")}
    return {name: simple[name] for name in shared_keys} | {
        "url": issue_url(pull),
        "repository_url": pull.repository.api_url,
        "id": pull.id + 1,  # the issue has an id of its own, and shares number and node id
        "node_id": simple["node_id"],
        "comments": len(pull.comments),
        "pull_request": links | {"merged_at": simple["merged_at"]},
        "state_reason": None,
    }


def file(
    repository: RepositoryState, file: DiffEntry, head: str, *, has_counts: bool
) -> JsonObject:
    """Return a changed file (GitHub REST: diff-entry), without its patch.

    Without `has_counts` its counts are 0, as on GitHub past a limit.
    """
    path = quote(file.path)
    shape: JsonObject = {
        "sha": file.old_sha if file.letter == "D" else file.new_sha,  # of a blob, never of a commit
        "filename": file.path,
        "status": _STATUSES.get(file.letter, "modified"),
        "additions": file.additions if has_counts else 0,
        "deletions": file.deletions if has_counts else 0,
        "changes": file.additions + file.deletions if has_counts else 0,
        "blob_url": f"{repository.html_url}/blob/{head}/{path}",
        "raw_url": f"{repository.html_url}/raw/{head}/{path}",
        "contents_url": f"{repository.api_url}/contents/{path}?ref={head}",
    }
    if file.previous_path:
        shape["previous_filename"] = file.previous_path
    return shape


def commit(repository: RepositoryState, commit: Commit) -> JsonObject:
    """Return a commit (GitHub REST: commit), without its files."""
    url = f"{repository.api_url}/commits/{commit.sha}"
    parents = [{"sha": sha, "url": f"{repository.api_url}/commits/{sha}"} for sha in commit.parents]
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "commit": {
            "author": asdict(commit.author),
            "committer": asdict(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{repository.api_url}/git/trees/{commit.tree}"},
            "url": f"{repository.api_url}/git/commits/{commit.sha}",
            "comment_count": 0,
        },
        "url": url,
        "html_url": f"{repository.html_url}/commit/{commit.sha}",
        "comments_url": f"{url}/comments",
        "author": None,
        "committer": None,
        "parents": parents,
    }
