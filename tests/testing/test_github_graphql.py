"""The stand-in's GraphQL side: whose words are whose, pages, threads, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from codeflow_action.testing.github import (
    CommentAnchor,
    DiffSide,
    GitHubServer,
    Pull,
    ReviewState,
    ServedRepository,
)
from tests.testing.plain import TOKEN, Client, commit, git, numbered

HEAD = "query($owner: String!, $name: String!, $number: Int!, $after: String)"


def ask(client: Client, selection: str, **variables: Any) -> Any:
    query = (
        f"{HEAD} {{ viewer {{ login }} repository(owner: $owner, name: $name) "
        f"{{ pullRequest(number: $number) {{ {selection} }} }} }}"
    )
    given = {"owner": "octo", "name": "shop", "number": 1, **variables}
    return client.graphql(query, **given)


def pull_node(client: Client, selection: str, **variables: Any) -> Any:
    answer = ask(client, selection, **variables)
    assert "errors" not in answer
    return answer["data"]["repository"]["pullRequest"]


def test_the_viewer_knows_its_own_comments(client: Client, pull: Pull) -> None:
    pull.add_comment("By mona")
    client.post("/issues/1/comments", {"body": "By us"})
    answer = ask(client, "comments(first: 100) { nodes { body viewerDidAuthor author { login } } }")
    assert answer["data"]["viewer"]["login"] == "github-actions[bot]"
    assert answer["data"]["repository"]["pullRequest"]["comments"]["nodes"] == [
        {"body": "By mona", "viewerDidAuthor": False, "author": {"login": "mona"}},
        {"body": "By us", "viewerDidAuthor": True, "author": {"login": "github-actions"}},
    ]


def test_only_what_was_asked_for_is_told(client: Client, pull: Pull) -> None:
    node = pull_node(client, "sha: headRefOid state isDraft # a comment\n __typename")
    assert node == {
        "sha": pull.head_sha,
        "state": "OPEN",
        "isDraft": False,
        "__typename": "PullRequest",
    }


def test_connections_come_in_pages(client: Client, pull: Pull) -> None:
    for at in range(5):
        pull.add_comment(f"{at}")
    selection = (
        "comments(first: 2, after: $after) "
        "{ totalCount nodes { body databaseId id url createdAt updatedAt } "
        "pageInfo { hasNextPage endCursor } }"
    )
    bodies: list[str] = []
    after, more = None, True
    while more:
        page = pull_node(client, selection, after=after)["comments"]
        bodies += [node["body"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert bodies == ["0", "1", "2", "3", "4"]
    assert page["totalCount"] == 5
    last = pull_node(client, "comments(last: 2) { nodes { body } pageInfo { hasPreviousPage } }")
    assert [node["body"] for node in last["comments"]["nodes"]] == ["3", "4"]
    assert last["comments"]["pageInfo"]["hasPreviousPage"] is True


def test_reviews_are_picked_by_state_and_pending_ones_are_private(
    client: Client, pull: Pull
) -> None:
    pull.add_review("Theirs", state=ReviewState.PENDING)
    pull.add_review("Ours", author="github-actions[bot]", state=ReviewState.PENDING)
    pull.add_review("Sent")
    pending = pull_node(client, "reviews(last: 50, states: [PENDING]) { nodes { body state } }")
    assert pending["reviews"]["nodes"] == [{"body": "Ours", "state": "PENDING"}]
    everything = pull_node(client, "reviews(first: 50) { nodes { databaseId viewerDidAuthor } }")
    assert [node["viewerDidAuthor"] for node in everything["reviews"]["nodes"]] == [True, False]


THREADS = (
    "reviewThreads(first: 50) { nodes { id isResolved isOutdated path line "
    "comments(first: 10) { nodes { databaseId body viewerDidAuthor author { login } url } } } }"
)


def threads(client: Client) -> list[dict[str, Any]]:
    return pull_node(client, THREADS)["reviewThreads"]["nodes"]


def test_threads_hold_answers_and_grow_old(client: Client, pull: Pull, work_tree: Path) -> None:
    anchors = [CommentAnchor(path="app.py", line=5), CommentAnchor(path="app.py", line=40)]
    anchors.append(CommentAnchor(path="app.py", line=5, side=DiffSide.LEFT))
    pull.add_review(author="github-actions[bot]", comments=[(one, "Look") for one in anchors])
    first = pull.review_comments[0]
    client.post(f"/pulls/1/comments/{first.id}/replies", {"body": "Done"})
    git(work_tree, "checkout", "--quiet", "feature")
    commit(work_tree, "Fix", {"app.py": b"above\n" + numbered(60, l5="line five", l40="40!")})
    one, two, three = threads(client)
    assert [comment["body"] for comment in one["comments"]["nodes"]] == ["Look", "Done"]
    assert (one["line"], one["isOutdated"], one["isResolved"]) == (6, False, False)
    assert (two["line"], two["isOutdated"]) == (None, True)
    assert (three["line"], three["isOutdated"]) == (5, False)


RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }"


def test_the_token_of_an_installation_cannot_resolve_a_thread(client: Client, pull: Pull) -> None:
    pull.add_review(comments=[(CommentAnchor(path="app.py", line=5), "Look")])
    (thread,) = threads(client)
    answer = client.graphql(RESOLVE, id=thread["id"])
    assert answer["data"] == {"resolveReviewThread": None}
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    assert answer["errors"][0]["message"] == "Resource not accessible by integration"
    assert threads(client)[0]["isResolved"] is False


def test_a_person_resolves_a_thread(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, viewer="mona") as github:
        pull = github.add_repository("octo/shop", work_tree).open_pull_request(head="feature")
        pull.add_review(comments=[(CommentAnchor(path="app.py", line=5), "Look")])
        client = Client(github)
        client.graphql(RESOLVE, id=threads(client)[0]["id"])
        assert threads(client)[0]["isResolved"] is True
        assert github.writes() == 1


def test_a_comment_is_minimized(client: Client, pull: Pull) -> None:
    comment = pull.add_comment("Old")
    mutation = (
        "mutation { minimizeComment(input: {subjectId: %s, classifier: OUTDATED}) "
        "{ minimizedComment { isMinimized ... on IssueComment { minimizedReason } } } }"
    )
    answer = client.graphql(mutation % f'"{comment.node_id}"')
    minimized = answer["data"]["minimizeComment"]["minimizedComment"]
    assert minimized == {"isMinimized": True, "minimizedReason": "outdated"}
    assert pull.comments[0].minimized_reason == "OUTDATED"
    unknown = client.graphql(mutation % '"IC_0"')
    assert unknown["errors"][0]["type"] == "NOT_FOUND"


BAD = [
    ("title comments { nodes { body } }", "MISSING_PAGINATION_BOUNDARIES"),
    ("comments(first: 101) { nodes { body } }", "EXCESSIVE_PAGINATION"),
    ("nonsense", "Field 'nonsense' doesn't exist on type 'PullRequest'"),
    ("comments(first: 1)", "Field must have selections (field 'comments')"),
    ("state { x }", "Selections can't be made on scalars (field 'state')"),
    ("comments(first: $unknown) { nodes { body } }", "Variable $unknown is used but not declared"),
    ("state } ", "One operation a document"),
    ("state ~", "Expected one of a name or a value, actual: '~'"),
]


@pytest.mark.parametrize(("selection", "error"), BAD)
def test_a_bad_query_is_http_200_with_errors(
    client: Client, pull: Pull, selection: str, error: str
) -> None:
    pull.add_comment("x")
    errors = ask(client, selection)["errors"]
    assert error in str(errors)


@pytest.mark.parametrize(
    ("variables", "path"),
    [({"name": "other"}, ["repository"]), ({"number": 9}, ["repository", "pullRequest"])],
)
def test_what_is_not_there_is_null_with_an_error(
    client: Client, repo: ServedRepository, variables: dict[str, Any], path: list[str]
) -> None:
    answer = ask(client, "state", **variables)
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == ("NOT_FOUND", path)
    assert ask(client, "state", number=None)["errors"][0]["message"].startswith("Variable $number")


def test_a_private_conversation_wants_permission(work_tree: Path) -> None:
    with GitHubServer(token=TOKEN, permissions={}) as github:
        github.add_repository("octo/shop", work_tree, private=True).open_pull_request(
            head="feature"
        )
        answer = ask(Client(github), "state")
        assert answer["data"]["repository"] is None
        assert answer["errors"][0]["message"] == "Resource not accessible by integration"
