"""The stand-in's dependency graph: what it tells, and when it refuses."""

from pathlib import Path

import pytest

from codeflow_action.testing.github import GitHubServer, ServedRepository, Vulnerability
from tests.testing.plain import TOKEN, Client, commit, git

LOCK = b'{"packages": {"": {}, "node_modules/a": {"version": "1.0.0", "license": "MIT"}%s}}\n'
ADDED = b', "node_modules/b": {"version": "2.0.0", "dev": true}'


@pytest.fixture
def ends(work_tree: Path) -> str:
    """Two commits: one adds a package to a lock and moves one in a requirements file."""
    base = commit(work_tree, "Lock", {"package-lock.json": LOCK % b"", "requirements.txt": b"x==1"})
    git(work_tree, "checkout", "--quiet", "-b", "more")
    new = {"package-lock.json": LOCK % ADDED, "requirements.txt": b"x==2"}
    head = commit(work_tree, "More", new)
    return f"{base}...{head}"


def test_what_comes_and_goes_is_told_with_its_advisories(
    client: Client, repo: ServedRepository, ends: str
) -> None:
    repo.vulnerabilities["b", "2.0.0"] = (Vulnerability(ghsa_id="GHSA-1", summary="Weak"),)
    answer = client.get(f"/dependency-graph/compare/{ends}")
    told = [(one["change_type"], one["ecosystem"], one["name"]) for one in answer.json]
    assert told == [("removed", "pip", "x"), ("added", "npm", "b"), ("added", "pip", "x")]
    added = answer.json[1]
    assert (added["scope"], added["manifest"]) == ("development", "package-lock.json")
    assert [one["advisory_ghsa_id"] for one in added["vulnerabilities"]] == ["GHSA-1"]


def test_pages_are_cut(client: Client, repo: ServedRepository, ends: str) -> None:
    answer = client.get(f"/dependency-graph/compare/{ends}?per_page=2")
    assert len(answer.json) == 2
    assert 'rel="next"' in answer.headers["link"]


def test_a_repository_without_the_graph_has_no_answer(
    client: Client, repo: ServedRepository, ends: str
) -> None:
    repo.dependency_graph = False
    assert client.get(f"/dependency-graph/compare/{ends}").status == 404


def test_a_commit_that_is_not_there_is_404(client: Client, repo: ServedRepository) -> None:
    assert client.get(f"/dependency-graph/compare/{'0' * 40}...{'1' * 40}").status == 404


def test_a_private_repository_needs_code_security_and_permission(
    work_tree: Path, ends: str
) -> None:
    for permissions, secure, status in (
        ({"contents": "read"}, False, 403),
        ({"contents": "read"}, True, 200),
        ({"issues": "read"}, True, 403),
    ):
        with GitHubServer(token=TOKEN, permissions=permissions) as github:
            repo = github.add_repository("octo/shop", work_tree, private=True)
            repo.code_security = secure
            answer = Client(github).get(f"/dependency-graph/compare/{ends}")
            assert answer.status == status
