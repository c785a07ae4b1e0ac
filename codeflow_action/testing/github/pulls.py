"""Routes of pull requests: the object with its title and body, its diff, files and commits.

https://docs.github.com/en/rest/pulls/pulls
"""

from collections.abc import Sequence

from codeflow_action.testing.github import payloads
from codeflow_action.testing.github.diffs import DiffEntry
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Response,
    invalid,
    json_response,
    route,
)
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import BODY_LIMIT, JsonObject

# https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
MAX_LISTED_FILES = 3_000
# https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request
MAX_LISTED_COMMITS = 250
# The diff media type is answered with 406 above either; lines of context count.
# https://github.com/reviewdog/reviewdog/issues/2150 and
# https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
MAX_DIFF_FILES = 300
MAX_DIFF_LINES = 20_000
# A file's patch is left out above this; no number is documented, and 2,081 changed lines were too
# many for https://github.com/tsantalis/RefactoringMiner/issues/1108
MAX_PATCH_LINES = 2_000
# Files past so many lines of patches in one answer come without patch and counts, unmarked;
# smaller pages have them: https://github.com/orgs/community/discussions/213491
MAX_ANSWER_LINES = 20_000
_TITLE_LIMIT = 256  # characters


def _list(call: ApiCall) -> Response:
    query = call.request.query
    state = query.get("state", "open")
    pulls = [
        pull
        for pull in sorted(call.repository.pulls.values(), key=lambda pull: -pull.number)
        if state in ("all", pull.state)
        and query.get("base", pull.base) == pull.base
        and query.get("head", _head_label(pull)).lower() == _head_label(pull).lower()
    ]
    return call.list_response(pulls, payloads.pull_request_simple)


def _head_label(pull: Pull) -> str:
    """Return the head as the filter names it: `owner:branch`."""
    return f"{(pull.head_repository or 'unknown/').partition('/')[0]}:{pull.head}"


def _get(call: ApiCall) -> Response:
    pull = call.pull
    if call.request.accepts("diff"):
        return diff_response(call.repository, pull.merge_base_sha, pull.head_sha)
    return json_response(payloads.pull_request(pull))


def _edit(call: ApiCall) -> Response:
    pull, fields = call.pull, call.fields()
    title, body = fields.text("title", pull.title), fields.text("body", pull.body or "")
    if not title.strip():
        raise invalid("PullRequest", "title", "missing_field")
    # No limit of either is documented; these are what the page itself allows.
    if len(title) > _TITLE_LIMIT:
        message = f"title is too long (maximum is {_TITLE_LIMIT} characters)"
        raise invalid("PullRequest", "title", "custom", message)
    if len(body) > BODY_LIMIT:
        message = f"body is too long (maximum is {BODY_LIMIT} characters)"
        raise invalid("PullRequest", "body", "custom", message)
    pull.title, pull.body = title, body or None
    return json_response(payloads.pull_request(pull))


def diff_response(repository: RepositoryState, base: str, head: str) -> Response:
    """Return a comparison in the diff media type. Raises `ApiRefusal` 406 past its limits."""
    files, text = repository.objects.diff(base, head), repository.objects.diff_text(base, head)
    too_large = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
    if len(files) > MAX_DIFF_FILES:
        message = (
            f"Sorry, the diff exceeded the maximum number of files ({MAX_DIFF_FILES}). Consider "
            "using 'List pull requests files' API or locally cloning the repository instead."
        )
        raise ApiRefusal(406, message, errors=[too_large])
    if text.count(b"\n") > MAX_DIFF_LINES:
        message = f"Sorry, the diff exceeded the maximum number of lines ({MAX_DIFF_LINES})"
        raise ApiRefusal(406, message, errors=[too_large])
    return Response(
        body=text, headers={"content-type": "application/vnd.github.diff; charset=utf-8"}
    )


def _list_files(call: ApiCall) -> Response:
    pull = call.pull
    # Past the limit there is no next page, and nothing says that files are missing.
    page, headers = call.page(pull.files()[:MAX_LISTED_FILES])
    return json_response(file_shapes(call.repository, page, pull.head_sha), headers=headers)


def file_shapes(
    repository: RepositoryState, files: Sequence[DiffEntry], head: str
) -> list[JsonObject]:
    """Return the files of one answer, with the patches that GitHub would give."""
    lines = 0
    shapes: list[JsonObject] = []
    for file in files:
        has_counts = lines <= MAX_ANSWER_LINES
        shape = payloads.file(repository, file, head, has_counts=has_counts)
        if file.patch is not None and has_counts and file.patch_lines <= MAX_PATCH_LINES:
            shape["patch"] = file.patch
        shapes.append(shape)
        lines += file.patch_lines
    return shapes


def _list_commits(call: ApiCall) -> Response:
    pull, repository = call.pull, call.repository
    commits = repository.objects.commits(pull.merge_base_sha, pull.head_sha)
    return call.list_response(
        commits[:MAX_LISTED_COMMITS], lambda commit: payloads.commit(repository, commit)
    )


_READ = "pull_requests=read"

ROUTES = (
    route("GET", "/pulls", _list, _READ),
    route("GET", "/pulls/{number}", _get, _READ),
    # https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request
    route("PATCH", "/pulls/{number}", _edit, "pull_requests=write"),
    route("GET", "/pulls/{number}/files", _list_files, _READ),
    route("GET", "/pulls/{number}/commits", _list_commits, _READ),
    # A pull request is an issue too: its conversation and its labels belong to that.
    route(
        "GET",
        "/issues/{number}",
        lambda call: json_response(payloads.issue(call.pull)),
        *("issues=read", _READ),
    ),
)
