"""The stand-in's REST side: what it reads out, what it refuses, and how it fails on demand."""

import base64
import http.client
import re
from pathlib import Path

import pytest

from codeflow_action.testing.github import (
    Effect,
    Fault,
    GitHubServer,
    Pull,
    RequestKind,
    ReviewState,
    ServedRepository,
)
from codeflow_action.testing.github import pulls as limits
from tests.testing.plain import TOKEN, Answer, Client, commit, git, numbered

# --- who may


def test_a_wrong_token_is_401(github: GitHubServer, pull: Pull) -> None:
    answer = Client(github, token="another").get("/pulls/1")
    assert (answer.status, answer.message) == (401, "Bad credentials")


def test_a_missing_permission_is_403_and_named(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, permissions={"pull-requests": "read"}) as github:
        repo = github.add_repository("octo/shop", work_tree)
        repo.open_pull_request(head="feature")
        client = Client(github)
        answer = client.post("/issues/1/comments", {"body": "Hi"})
        assert (answer.status, answer.message) == (403, "Resource not accessible by integration")
        wanted = "issues=write; pull_requests=write"
        assert answer.headers["x-accepted-github-permissions"] == wanted
        assert client.get("/pulls/1").status == 200
        assert client.get("/contents/app.py").status == 200  # a public repository


def test_a_private_repository_wants_permission_to_be_read(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, permissions={"pull_requests": "read"}) as github:
        github.add_repository("octo/shop", work_tree, private=True).open_pull_request(
            head="feature"
        )
        client = Client(github)
        assert client.get("/pulls/1").status == 200
        assert client.get("/contents/app.py").status == 403


@pytest.mark.parametrize(
    "path", ["/repos/octo/other", "/pulls/9", "/pulls/1/nothing", "/issues/comments/5", "/labels/x"]
)
def test_what_is_not_there_is_404(client: Client, pull: Pull, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.message) == (404, "Not Found")


def test_only_a_person_has_an_account(client: Client, pull: Pull, work_tree: Path) -> None:
    assert client.get("/user").status == 403
    with GitHubServer(token=TOKEN, viewer="mona") as github:
        assert Client(github).get("/user").json["login"] == "mona"


def test_under_a_prefix_the_api_is_nowhere_else(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, prefix="/api/v3") as github:
        github.add_repository("octo/shop", work_tree).open_pull_request(head="feature")
        assert github.graphql_url == f"{github.server_url}/api/graphql"
        client = Client(github)
        assert client.get("/pulls/1").json["url"].startswith(f"{github.server_url}/api/v3/repos/")
        assert client.get(f"{github.server_url}/repos/octo/shop/pulls/1").status == 404


def test_a_body_that_is_no_json_is_400(client: Client, pull: Pull) -> None:
    assert client("POST", "/issues/1/comments", b"{").status == 400
    assert client("POST", "/issues/1/comments", b"[1]").status == 400


# --- pull requests


def test_a_pull_request_follows_its_branch(client: Client, pull: Pull, work_tree: Path) -> None:
    before = client.get("/pulls/1").json
    assert before["head"]["sha"] == git(work_tree, "rev-parse", "feature")
    assert (before["additions"], before["deletions"], before["changed_files"]) == (3, 5, 5)
    assert before["mergeable"] is True
    git(work_tree, "checkout", "--quiet", "feature")
    newer = commit(work_tree, "More", {"more.txt": b"more\n"})
    assert client.get("/pulls/1").json["head"]["sha"] == newer
    assert git(work_tree, "rev-parse", "refs/pull/1/head") == newer
    merged = git(work_tree, "rev-parse", "refs/pull/1/merge^1", "refs/pull/1/merge^2")
    assert merged.split() == [pull.base_sha, newer]


def test_a_conflict_has_no_merge_commit(repo: ServedRepository, client: Client, work_tree: Path):
    git(work_tree, "checkout", "--quiet", "-b", "clash", "main")
    commit(work_tree, "Clash", {"app.py": numbered(60, l5="line V")})
    repo.open_pull_request(base="clash", head="feature", number=3)
    answer = client.get("/pulls/3").json
    assert (answer["mergeable"], answer["merge_commit_sha"]) == (False, None)


def test_a_deleted_fork_is_null(repo: ServedRepository, client: Client) -> None:
    repo.open_pull_request(head="feature", head_repo=None)
    assert client.get("/pulls/1").json["head"]["repo"] is None
    repo.open_pull_request(head="feature", head_repo="mona/shop")
    assert client.get("/pulls/2").json["head"]["repo"]["full_name"] == "mona/shop"
    assert client.get("/pulls/2").json["head"]["repo"]["fork"] is True


def test_pull_requests_are_found_by_head_and_state(repo: ServedRepository, client: Client) -> None:
    repo.open_pull_request(head="feature", state="closed")
    repo.open_pull_request(head="feature")

    def found(query: str) -> list[int]:
        return [one["number"] for one in client.get(f"/pulls?{query}").json]

    assert found("head=octo:feature&state=open") == [2]
    assert found("head=octo:feature&state=all") == [2, 1]
    assert found("head=mona:feature") == found("base=other") == []


def test_files_come_with_patches_where_github_gives_them(client: Client, pull: Pull) -> None:
    files = {one["filename"]: one for one in client.get("/pulls/1/files").json}
    assert files["app.py"]["patch"].startswith("@@ -2,7 +2,7 @@")
    assert (files["app.py"]["additions"], files["app.py"]["changes"]) == (2, 4)
    assert files["gone.txt"]["status"] == "removed"
    assert files["new name.txt"]["previous_filename"] == "old.txt"
    assert files["grüße.txt"]["patch"] == "@@ -0,0 +1 @@\n+Grüße"
    assert {name for name, one in files.items() if "patch" not in one} == {
        "image.png",  # a binary
        "new name.txt",  # a pure rename
    }


def test_lists_come_in_pages(client: Client, pull: Pull) -> None:
    for at in range(5):
        pull.add_comment(f"Comment {at}")
    first = client.get("/issues/1/comments?per_page=2")
    assert 'rel="next"' in first.headers["link"]
    assert 'page=3>; rel="last"' in first.headers["link"]
    last = client.get("/issues/1/comments?per_page=2&page=3")
    assert [one["body"] for one in last.json] == ["Comment 4"]
    assert "next" not in last.headers["link"]
    assert client.get("/issues/1/comments?page=2").json == []


@pytest.fixture
def large(repo: ServedRepository, work_tree: Path) -> Pull:
    """A lock file of 21,000 lines first, then 310 small files."""
    git(work_tree, "checkout", "--quiet", "-b", "large", "main")
    small = {f"b/{at:03}.txt": b"x\n" for at in range(310)}
    commit(work_tree, "Much", {"a.lock": numbered(21_000), **small})
    return repo.open_pull_request(head="large", number=7)


def test_a_large_patch_is_left_out_and_blinds_what_follows(client: Client, large: Pull) -> None:
    page = client.get("/pulls/7/files?per_page=100").json
    assert "patch" not in page[0]
    assert page[0]["additions"] == 21_000
    assert (page[1]["changes"], page[1].get("patch")) == (0, None)
    smaller = client.get("/pulls/7/files?per_page=10&page=2").json
    assert (smaller[0]["changes"], smaller[0]["patch"]) == (1, "@@ -0,0 +1 @@\n+x")


def test_the_diff_ends_at_300_files_and_20000_lines(
    client: Client, large: Pull, work_tree: Path, repo: ServedRepository
) -> None:
    media = "application/vnd.github.diff"
    many = client.get("/pulls/7", media)
    assert many.status == 406
    assert "maximum number of files (300)" in many.message
    assert many.errors[0]["code"] == "too_large"
    git(work_tree, "checkout", "--quiet", "-b", "long", "main")
    commit(work_tree, "Long", {"long.txt": numbered(limits.MAX_DIFF_LINES)})
    repo.open_pull_request(head="long", number=8)
    assert "lines (20000)" in client.get("/pulls/8", media).message


def test_the_diff_is_three_dot(client: Client, pull: Pull) -> None:
    answer = client.get("/pulls/1", "application/vnd.github.v3.diff")
    assert b"diff --git a/app.py b/app.py" in answer.body
    assert b"guide.md" not in answer.body  # changed on main alone


# --- the repository


def test_a_comparison_names_the_merge_base(client: Client, pull: Pull) -> None:
    answer = client.get(f"/compare/{pull.base_sha}...{pull.head_sha}").json
    assert answer["merge_base_commit"]["sha"] == pull.merge_base_sha != pull.base_sha
    assert (answer["status"], answer["ahead_by"], answer["behind_by"]) == ("diverged", 1, 1)
    assert len(answer["files"]) == 5
    assert client.get("/compare/main...nowhere").status == 404


def test_a_comparison_holds_300_files(client: Client, large: Pull) -> None:
    assert len(client.get("/compare/main...large").json["files"]) == 300
    assert client.get("/compare/main...large?page=2").json["files"] == []


def test_contents_are_told_by_kind(client: Client, repo: ServedRepository, work_tree: Path) -> None:
    (work_tree / "docs" / "link.md").symlink_to("guide.md")
    (work_tree / "away").symlink_to("/etc/hosts")
    commit(work_tree, "Kinds", {"big.bin": b"\0" * 1_000_001, "two words.txt": b"hi\n"})

    def get(path: str) -> dict[str, object]:
        return client.get(f"/contents/{path}?ref=main").json

    assert base64.b64decode(str(get("two%20words.txt")["content"])) == b"hi\n"
    assert (get("big.bin")["encoding"], get("big.bin")["content"]) == ("none", "")
    assert (get("away")["type"], get("away")["target"]) == ("symlink", "/etc/hosts")
    assert get("docs/link.md")["path"] == "docs/link.md"
    assert base64.b64decode(str(get("docs/link.md")["content"])) == b"# The guide\n"
    assert [one["name"] for one in client.get("/contents/docs").json] == ["guide.md", "link.md"]
    assert client.get("/contents/app.py", "application/vnd.github.raw+json").body == numbered(60)
    assert client.get("/contents/nothing").status == 404
    gone = client.get("/contents/app.py?ref=nowhere")
    assert (gone.status, gone.message) == (404, "No commit found for the ref nowhere")


def test_git_objects_are_read_by_sha(client: Client, pull: Pull, work_tree: Path) -> None:
    tree = client.get(f"/git/trees/{pull.head_sha}?recursive=1").json
    blobs = {one["path"]: one for one in tree["tree"]}
    assert blobs["docs"]["type"] == "tree"
    assert tree["truncated"] is False
    blob = client.get(f"/git/blobs/{blobs['app.py']['sha']}").json
    assert base64.b64decode(blob["content"]).startswith(b"line 1\n")
    assert client.get(f"/git/blobs/{pull.head_sha}").status == 404
    assert client.get("/git/blobs/short").status == 422


def test_commits_are_found_with_their_pull_requests(client: Client, pull: Pull) -> None:
    assert client.get("/commits/feature").json["sha"] == pull.head_sha
    pulls = client.get(f"/commits/{pull.head_sha}/pulls").json
    assert [one["number"] for one in pulls] == [1]
    assert client.get("/pulls/1/commits").json[0]["commit"]["message"] == "Change things"
    unknown = client.get(f"/commits/{'0' * 40}")
    assert (unknown.status, unknown.message) == (422, f"No commit found for SHA: {'0' * 40}")


# --- reviews


def review(client: Client, *comments: dict[str, object], **fields: object) -> Answer:
    body = {"event": "COMMENT", "body": "A review", "comments": list(comments), **fields}
    return client.post("/pulls/1/reviews", body)


def on(line: int, path: str = "app.py", **more: object) -> dict[str, object]:
    return {"path": path, "line": line, "body": "Look", **more}


PLACES = [
    (on(5), ""),  # an added line
    (on(2), ""),  # context before it
    (on(8), ""),  # the last line of the hunk
    (on(9), "Line could not be resolved"),
    (on(20), "Line could not be resolved"),  # between the hunks
    (on(5, side="LEFT"), ""),  # the removed line
    (on(2, path="gone.txt", side="LEFT"), ""),
    (on(2, path="gone.txt"), "Line could not be resolved"),  # nothing is left on the right
    (on(1, path="docs/guide.md"), "Path could not be resolved"),  # changed on main alone
    (on(1, path="image.png"), "Line could not be resolved"),  # a binary
    (on(8, start_line=2), ""),
    (on(5, start_line=5), "Pull request review thread start line must precede the end line."),
    (on(5, start_line=6), "Pull request review thread start line must precede the end line."),
    (
        on(40, start_line=5),
        "Pull request review thread start line must be part of the same hunk as the line.",
    ),
]


@pytest.mark.parametrize(("comment", "error"), PLACES)
def test_a_comment_stands_inside_a_hunk(
    client: Client, pull: Pull, comment: dict[str, object], error: str
) -> None:
    answer = review(client, on(5), comment)
    if error:
        assert (answer.status, answer.message) == (422, "Unprocessable Entity")
        assert answer.errors == [error]
        assert pull.reviews == pull.review_comments == ()  # all or nothing
    else:
        assert (answer.status, answer.json["state"]) == (200, "COMMENTED")
        assert len(pull.review_comments) == 2


REFUSED_REVIEWS = [
    ({"body": ""}, "You need to leave a comment."),
    ({"event": "REQUEST_CHANGES", "body": " "}, "You need to leave a comment indicating"),
    ({"event": "APPROVE"}, "GitHub Actions is not permitted to approve pull requests."),
    ({"event": "SHOUT"}, "Variable $event of type PullRequestReviewEvent was provided invalid"),
    ({"body": "x" * 65_537}, "Body is too long (maximum is 65536 characters)"),
    ({"commit_id": "1" * 40}, "The commitOID is not part of the pull request"),
    ({"comments": [on(5, body=" ")]}, "Body can't be blank"),
    ({"comments": [on(5, body="x" * 65_537)]}, "Body is too long"),
]


@pytest.mark.parametrize(("fields", "error"), REFUSED_REVIEWS)
def test_a_review_is_refused(
    client: Client, pull: Pull, fields: dict[str, object], error: str
) -> None:
    answer = review(client, **fields)
    assert answer.status == 422
    assert answer.errors[0].startswith(error)
    assert pull.reviews == ()


MALFORMED = [
    (on(5, subject_type="line"), '"subject_type" is not a permitted key.'),
    (on(5, position=3), '"position" is not a permitted key.'),
    ({"path": "app.py", "body": "x"}, '"line" wasn\'t supplied.'),
    ({"line": 5, "body": "x"}, '"path" wasn\'t supplied.'),
    (on(5, side="MIDDLE"), "For 'properties/side', MIDDLE is not a member of"),
    (on(5, start_line=None), "For 'properties/start_line', nil is not an integer."),
]


@pytest.mark.parametrize(("comment", "error"), MALFORMED)
def test_a_comment_of_a_wrong_shape_is_refused(
    client: Client, pull: Pull, comment: dict[str, object], error: str
) -> None:
    answer = review(client, comment)
    assert answer.status == 422
    assert answer.message.startswith(f"Invalid request.\n\n{error}")
    assert pull.reviews == ()


def test_a_body_of_65536_characters_is_taken(client: Client, pull: Pull) -> None:
    assert review(client, body="ü" * 65_536).status == 200
    assert client.post("/issues/1/comments", {"body": "ü" * 65_536}).status == 201


def test_a_pending_review_stands_in_the_way_until_it_is_gone(client: Client, pull: Pull) -> None:
    pending = client.post("/pulls/1/reviews", {"body": "Later", "comments": [on(5)]}).json
    assert pending["state"] == "PENDING"
    assert "submitted_at" not in pending
    assert client.get("/pulls/1/comments").json == []  # nobody sees it
    assert review(client).errors == ["User can only have one pending review per pull request"]
    gone = client("DELETE", f"/pulls/1/reviews/{pending['id']}")
    assert gone.status == 200
    sent = review(client).json
    assert sent["state"] == "COMMENTED"
    assert client("DELETE", f"/pulls/1/reviews/{sent['id']}").status == 422


def test_a_pending_review_can_be_sent(client: Client, pull: Pull) -> None:
    pending = client.post("/pulls/1/reviews", {"comments": [on(5)]}).json
    path = f"/pulls/1/reviews/{pending['id']}/events"
    assert client.post(path, {"event": "COMMENT", "body": "Now"}).json["state"] == "COMMENTED"
    assert [one["line"] for one in client.get("/pulls/1/comments").json] == [5]
    assert client.post(path, {"event": "COMMENT", "body": "Again"}).status == 422


def test_the_pending_review_of_another_is_not_seen(client: Client, pull: Pull) -> None:
    other = pull.add_review("Mine", author="mona", state=ReviewState.PENDING)
    assert client.get("/pulls/1/reviews").json == []
    assert client("DELETE", f"/pulls/1/reviews/{other.id}").status == 404
    assert review(client).status == 200


def test_nobody_approves_their_own(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, viewer="mona") as github:
        github.add_repository("octo/shop", work_tree).open_pull_request(head="feature")
        answer = review(Client(github), event="APPROVE")
        assert answer.errors == ["Can not approve your own pull request"]


# --- comments


def test_a_comment_has_the_viewer_for_an_author(client: Client, pull: Pull) -> None:
    written = client.post("/issues/1/comments", {"body": "Hello"})
    assert written.status == 201
    assert written.json["user"]["login"] == "github-actions[bot]"
    assert written.json["user"]["type"] == "Bot"
    path = f"/issues/comments/{written.json['id']}"
    assert client("PATCH", path, {"body": "Hello again"}).json["body"] == "Hello again"
    assert [comment.body for comment in pull.comments] == ["Hello again"]
    assert client.post(f"{path}/reactions", {"content": "eyes"}).status == 201
    assert client.post(f"{path}/reactions", {"content": "eyes"}).status == 200
    assert client.post(f"{path}/reactions", {"content": "shrug"}).status == 422
    assert [one.content for one in pull.comments[0].reactions] == ["eyes"]
    assert client("DELETE", path).status == 204
    assert pull.comments == ()


def test_a_long_or_empty_comment_is_refused(client: Client, pull: Pull) -> None:
    answer = client.post("/issues/1/comments", {"body": "x" * 65_537})
    assert (answer.status, answer.message) == (422, "Validation Failed")
    assert answer.errors[0] == {
        "resource": "IssueComment",
        "code": "unprocessable",
        "field": "data",
        "message": "Body is too long (maximum is 65536 characters)",
    }
    assert client.post("/issues/1/comments", {"body": " "}).status == 422
    assert pull.comments == ()


def test_a_locked_conversation_takes_nothing(client: Client, pull: Pull) -> None:
    pull.is_locked = True
    answer = client.post("/issues/1/comments", {"body": "Hello"})
    assert answer.status == 403
    assert answer.message == "Unable to create comment because issue is locked."
    single = on(5, commit_id=pull.head_sha)
    assert client.post("/pulls/1/comments", single).status == 403
    assert review(client).errors == ["lock prevents review"]


def test_a_single_comment_may_stand_on_a_file(client: Client, pull: Pull) -> None:
    place = {"path": "image.png", "subject_type": "file", "commit_id": pull.head_sha}
    answer = client.post("/pulls/1/comments", {**place, "body": "Large"})
    assert (answer.status, answer.json["subject_type"], answer.json["line"]) == (201, "file", None)
    reply = client.post(f"/pulls/1/comments/{answer.json['id']}/replies", {"body": "Is it?"})
    assert reply.json["in_reply_to_id"] == answer.json["id"]


def test_a_single_comment_outside_the_diff_is_refused_by_field(client: Client, pull: Pull) -> None:
    answer = client.post("/pulls/1/comments", on(20, commit_id=pull.head_sha))
    assert (answer.status, answer.message) == (422, "Validation Failed")
    assert answer.errors[0]["field"] == "pull_request_review_thread.line"
    foreign = client.post("/pulls/1/comments", on(5, commit_id=pull.base_sha))
    assert foreign.errors[0]["field"] == "commit_id"
    assert pull.review_comments == ()


def test_a_comment_moves_with_its_line_until_that_changes(
    client: Client, pull: Pull, work_tree: Path
) -> None:
    review(client, on(5, body="first"), on(40, body="second", start_line=38))
    git(work_tree, "checkout", "--quiet", "feature")
    changed = numbered(60, l5="line five", l40="line XL")
    commit(work_tree, "Shift", {"app.py": b"new first line\n" + changed})
    first, second = client.get("/pulls/1/comments").json
    assert (first["line"], first["original_line"]) == (6, 5)
    assert (second["line"], second["start_line"], second["original_line"]) == (None, None, 40)


# --- check runs


def check(client: Client, pull: Pull, **output: object) -> Answer:
    shape = {"title": "CodeFlow", "summary": "All of it", **output}
    fields = {"name": "codeflow", "head_sha": pull.head_sha, "conclusion": "neutral"}
    return client.post("/check-runs", {**fields, "output": shape})


def annotations(count: int, message: str = "Look") -> list[dict[str, object]]:
    place = {"path": "app.py", "start_line": 5, "end_line": 5, "annotation_level": "warning"}
    return [{**place, "message": message} for _ in range(count)]


def test_annotations_of_a_check_run_add_up(
    client: Client, pull: Pull, repo: ServedRepository
) -> None:
    made = check(client, pull, annotations=annotations(50))
    assert made.status == 201
    more = {"title": "CodeFlow", "summary": "More", "annotations": annotations(7)}
    answer = client("PATCH", f"/check-runs/{made.json['id']}", {"output": more})
    assert answer.json["output"]["annotations_count"] == 57
    assert (repo.check_runs[0].status, repo.check_runs[0].conclusion) == ("completed", "neutral")
    listed = client.get(f"/commits/{pull.head_sha}/check-runs?check_name=codeflow").json
    assert listed["total_count"] == 1
    assert client.get("/commits/feature/check-runs?check_name=other").json["total_count"] == 0


REFUSED_CHECKS = [
    ({"annotations": annotations(51)}, "No more than 50 items are allowed; 51 were supplied."),
    ({"text": "x" * 65_536}, "Only 65535 characters are allowed; 65536 were supplied."),
    ({"summary": "x" * 65_536}, "Only 65535 characters are allowed; 65536 were supplied."),
    ({"annotations": annotations(1, "ü" * 32_769)}, "The message must have"),  # 65,538 bytes
    ({"annotations": [{**annotations(1)[0], "title": "x" * 256}]}, "Only 255 characters"),
    ({"annotations": [{**annotations(1)[0], "level": "bad"}]}, '"level" is not a permitted key.'),
    ({"annotations": [{**annotations(1)[0], "end_line": 4}]}, "The end line must not precede"),
]


@pytest.mark.parametrize(("output", "error"), REFUSED_CHECKS)
def test_a_check_run_is_refused(
    client: Client,
    pull: Pull,
    repo: ServedRepository,
    output: dict[str, object],
    error: str,
) -> None:
    answer = check(client, pull, **output)
    assert answer.status == 422
    assert answer.message.startswith(f"Invalid request.\n\n{error}")
    assert repo.check_runs == ()


def test_a_check_run_needs_a_commit_and_an_app(client: Client, pull: Pull, work_tree: Path) -> None:
    unknown = client.post("/check-runs", {"name": "codeflow", "head_sha": "2" * 40})
    assert (unknown.status, unknown.message) == (422, f"No commit found for SHA: {'2' * 40}")
    with GitHubServer(token=TOKEN, viewer="mona") as github:
        github.add_repository("octo/shop", work_tree)
        answer = check(Client(github), pull)
        assert (answer.status, answer.message) == (403, "You must authenticate via a GitHub App.")


# --- people and labels


def test_labels_come_and_go(client: Client, pull: Pull) -> None:
    assert client.post("/labels", {"name": "bug", "color": "ff0000"}).status == 201
    assert client.post("/labels", {"name": "Bug"}).errors[0]["code"] == "already_exists"
    client.post("/issues/1/labels", {"labels": ["bug", "codeflow:review"]})
    assert pull.labels == ("bug", "codeflow:review")
    assert client("DELETE", "/issues/1/labels/codeflow%3Areview").status == 200
    assert [one["name"] for one in client.get("/pulls/1").json["labels"]] == ["bug"]
    assert client("DELETE", "/issues/1/labels/other").status == 404


def test_permissions_are_told_by_role(client: Client, repo: ServedRepository) -> None:
    repo.collaborators["mona"] = "maintain"
    answer = client.get("/collaborators/mona/permission").json
    assert (answer["permission"], answer["role_name"]) == ("write", "maintain")
    assert client.get("/collaborators/stranger/permission").json["permission"] == "read"


# --- recording and faults


def test_requests_are_recorded_without_the_token(
    github: GitHubServer, client: Client, pull: Pull
) -> None:
    client.get("/pulls?state=open")
    client.post("/issues/1/comments", {"body": "Hello"})
    client.graphql("query { viewer { login } }")
    first, second, third = github.requests
    assert (first.method, first.query, first.status) == ("GET", {"state": "open"}, 200)
    assert (second.body, second.status, second.kind) == ({"body": "Hello"}, 201, RequestKind.WRITE)
    assert third.kind is RequestKind.READ
    assert (github.reads(), github.writes()) == (2, 1)
    assert TOKEN not in repr(github.requests) + repr(github)


def test_a_fault_strikes_as_often_as_told(github: GitHubServer, client: Client, pull: Pull) -> None:
    github.fail(path=r"/pulls/1$", status=503, times=2, headers={"retry-after": "1"})
    answers = [client.get("/pulls/1") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "1"
    github.fail("POST", "/comments", status=403, body={"message": "secondary rate limit"})
    assert client.get("/issues/1/comments").status == 200
    assert client.post("/issues/1/comments", {"body": "x"}).message == "secondary rate limit"


def test_a_lost_answer_leaves_what_was_done(
    github: GitHubServer, client: Client, pull: Pull
) -> None:
    github.fail("POST", r"/comments$", status=502, after=True)
    assert client.post("/issues/1/comments", {"body": "Hello"}).status == 502
    github.fail("POST", r"/comments$", status=0, after=True)
    with pytest.raises(http.client.RemoteDisconnected):
        client.post("/issues/1/comments", {"body": "Hello again"})
    assert [comment.body for comment in pull.comments] == ["Hello", "Hello again"]
    github.fail(status=0)
    with pytest.raises(http.client.RemoteDisconnected):
        client.get("/pulls/1")
    assert [request.status for request in github.requests] == [502, 0, 0]


def test_a_request_is_done_later_than_it_is_answered(
    github: GitHubServer, client: Client, pull: Pull
) -> None:
    github.faults.add(
        Fault(
            method="POST",
            path=re.compile("/comments"),
            effect=Effect.LATER,
            after_requests=2,
            status=502,
        )
    )
    assert client.post("/issues/1/comments", {"body": "Hi"}).status == 502
    client.get("/pulls/1")
    assert pull.comments == ()
    client.get("/pulls/1")
    assert [one.body for one in pull.comments] == ["Hi"]


def test_a_hook_is_called_before_the_answer(
    github: GitHubServer, client: Client, pull: Pull
) -> None:
    github.faults.add(Fault(method="GET", hook=lambda: pull.add_comment("Meanwhile")))
    assert [one["body"] for one in client.get("/issues/1/comments").json] == ["Meanwhile"]


def test_calm_comes_when_it_is_asked_for(github: GitHubServer, client: Client, pull: Pull) -> None:
    github.fail(status=502, times=99)
    github.faults.clear()
    assert client.get("/pulls/1").status == 200


def test_one_connection_carries_many_requests(github: GitHubServer, pull: Pull) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(github.server_url.split(":")[-1]))
    try:
        for _ in range(3):
            connection.request(
                "GET", "/repos/octo/shop/pulls/1", headers={"Authorization": f"token {TOKEN}"}
            )
            answer = connection.getresponse()
            answer.read()
            assert (answer.status, answer.will_close) == (200, False)
    finally:
        connection.close()


def test_chunked_bodies_are_read(client: Client, pull: Pull, github: GitHubServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(github.server_url.split(":")[-1]))
    try:
        connection.request(
            "POST",
            "/repos/octo/shop/issues/1/comments",
            iter([b'{"body": ', b'"In parts"}']),
            {"Authorization": f"token {TOKEN}"},
            encode_chunked=True,
        )
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    assert answer.status == 201
    assert pull.comments[0].body == "In parts"
