"""Routes that read pull requests: the object, its diff, files and commits."""

from collections.abc import Sequence

from codeflow_action.testing.github import payloads
from codeflow_action.testing.github.diffs import DiffEntry
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Response,
    json_response,
    route,
)
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import JsonObject

MAX_LISTED_FILES = 3_000  # GitHub REST: pulls/list-files
MAX_LISTED_COMMITS = 250  # GitHub REST: pulls/list-commits
MAX_DIFF_FILES = 300  # of the diff media type, which answers 406 above
MAX_DIFF_LINES = 20_000
# A file's patch is left out above this; no number is documented, and 2,081 changed lines were too
# many for RefactoringMiner (its issue 1108).
MAX_PATCH_LINES = 2_000
# Files past so many lines of patches in one answer come without patch and counts, unmarked
# (GitHub community discussion 213491); smaller pages have them.
MAX_ANSWER_LINES = 20_000


def _list(call: ApiCall) -> Response:
    asked = call.request.query
    state = asked.get("state", "open")
    found = [
        pull
        for pull in sorted(call.repository.pulls.values(), key=lambda one: -one.number)
        if state in ("all", pull.state)
        and asked.get("base", pull.base) == pull.base
        and asked.get("head", _label(pull)).lower() == _label(pull).lower()
    ]
    return call.page(found, payloads.pull_request_simple)


def _label(pull: Pull) -> str:
    """Return the head as the filter names it: `owner:branch`."""
    return f"{(pull.head_repository or 'unknown/').partition('/')[0]}:{pull.head}"


def _get(call: ApiCall) -> Response:
    pull = call.pull
    if call.request.accepts("diff"):
        return diff_response(call.repository, pull.merge_base_sha, pull.head_sha)
    return json_response(payloads.pull_request(pull))


def diff_response(repository: RepositoryState, base: str, head: str) -> Response:
    """Return a comparison in the diff media type. Raises `ApiRefusal` 406 past its limits."""
    files, text = repository.objects.diff(base, head), repository.objects.diff_text(base, head)
    too_large = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
    if len(files) > MAX_DIFF_FILES:
        said = (
            f"Sorry, the diff exceeded the maximum number of files ({MAX_DIFF_FILES}). Consider "
            "using 'List pull requests files' API or locally cloning the repository instead."
        )
        raise ApiRefusal(406, said, errors=[too_large])
    if text.count(b"\n") > MAX_DIFF_LINES:
        said = f"Sorry, the diff exceeded the maximum number of lines ({MAX_DIFF_LINES})"
        raise ApiRefusal(406, said, errors=[too_large])
    return Response(
        body=text, headers={"content-type": "application/vnd.github.diff; charset=utf-8"}
    )


def _files(call: ApiCall) -> Response:
    pull = call.pull
    taken, links = call.cut(pull.files()[:MAX_LISTED_FILES])
    return json_response(listed(call.repository, taken, pull.head_sha), headers=links)


def listed(repository: RepositoryState, files: Sequence[DiffEntry], head: str) -> list[JsonObject]:
    """Return the files of one answer, with the patches that GitHub would give."""
    lines = 0
    entries: list[JsonObject] = []
    for changed in files:
        shown = lines <= MAX_ANSWER_LINES
        entry = payloads.file(repository, changed, head, shown=shown)
        if changed.patch is not None and shown and changed.patch_lines <= MAX_PATCH_LINES:
            entry["patch"] = changed.patch
        entries.append(entry)
        lines += changed.patch_lines
    return entries


def _commits(call: ApiCall) -> Response:
    pull, repository = call.pull, call.repository
    commits = repository.objects.commits(pull.merge_base_sha, pull.head_sha)
    return call.page(
        commits[:MAX_LISTED_COMMITS], lambda commit: payloads.commit(repository, commit)
    )


def _issue(call: ApiCall) -> Response:
    return json_response(payloads.issue(call.pull))


READS = ("pull_requests=read",)

ROUTES = (
    route("GET", "/pulls", _list, *READS),
    route("GET", "/pulls/{number}", _get, *READS),
    route("GET", "/pulls/{number}/files", _files, *READS),
    route("GET", "/pulls/{number}/commits", _commits, *READS),
    route("GET", "/issues/{number}", _issue, "issues=read", *READS),
)
