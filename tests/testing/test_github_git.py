"""The stand-in's git side: clones and fetches by real git, and PyGithub as another real client."""

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from github import Auth, Github, GithubException

from codeflow_action.testing.github import GitHubServer, Pull, RequestKind, ServedRepository
from codeflow_action.testing.github.git_objects import read_heads
from codeflow_action.testing.proxy import ConnectProxy
from tests.testing.plain import TOKEN, commit, git, numbered


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A bare repository to fetch into."""
    directory = tmp_path / "empty.git"
    directory.mkdir()
    git(directory, "init", "--quiet", "--bare", ".")
    return directory


def header(token: str) -> tuple[str, str]:
    """Return git's option that sends a token as Actions' checkout does."""
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return "-c", f"http.extraHeader=Authorization: Basic {basic}"


def test_a_partial_shallow_clone_fetches_what_it_lacks_by_sha(
    github: GitHubServer, pull: Pull, tmp_path: Path
) -> None:
    url = f"{github.server_url}/octo/shop.git"
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", "--depth=1", url, "clone")
    clone = tmp_path / "clone"
    git(clone, "fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", pull.head_sha)
    missing = git(clone, "rev-list", "--objects", "--missing=print", pull.head_sha)
    assert "?" in missing  # no blob came along
    assert git(clone, "show", f"{pull.head_sha}:app.py").splitlines()[4] == "line five"
    assert (github.reads(), github.writes()) == (0, 0)
    assert {request.kind for request in github.requests} == {RequestKind.GIT}


def test_the_refs_of_a_pull_request_are_there(
    github: GitHubServer, pull: Pull, empty: Path
) -> None:
    git(empty, "fetch", "--quiet", f"{github.server_url}/octo/shop", "refs/pull/1/head")
    assert git(empty, "rev-parse", "FETCH_HEAD") == pull.head_sha
    git(empty, "fetch", "--quiet", f"{github.server_url}/octo/shop", "refs/pull/1/merge")
    assert git(empty, "rev-parse", "FETCH_HEAD") == pull.merge_sha


def test_a_large_request_of_git_is_read(
    github: GitHubServer, repo: ServedRepository, empty: Path, work_tree: Path
) -> None:
    """Many `want` lines make git compress its request."""
    for at in range(40):
        commit(work_tree, f"Step {at}", {"step.txt": f"{at}\n".encode()})
        git(work_tree, "branch", f"step{at}")
    url = f"{github.server_url}/octo/shop"
    git(empty, "-c", "protocol.version=0", "fetch", "--quiet", url, "refs/heads/*:refs/heads/*")
    assert git(empty, "rev-parse", "step39") == repo.tip("step39")
    assert any(one.headers.get("content-encoding") == "gzip" for one in github.requests)


@pytest.fixture
def private(work_tree: Path) -> Iterator[GitHubServer]:
    with GitHubServer(token=TOKEN) as github:
        github.add_repository("octo/shop", work_tree, private=True)
        yield github


def test_a_private_repository_wants_the_token(private: GitHubServer, empty: Path) -> None:
    url = f"{private.server_url}/octo/shop"
    with pytest.raises(AssertionError, match="could not read Username"):
        git(empty, "fetch", url, "main")
    with pytest.raises(AssertionError, match=r"Authentication failed|could not read Username"):
        git(empty, *header("another"), "fetch", url, "main")
    git(empty, *header(TOKEN), "fetch", "--quiet", url, "main")


def test_git_can_be_refused(work_tree: Path, empty: Path) -> None:
    with GitHubServer(token=TOKEN, git=False) as github:
        github.add_repository("octo/shop", work_tree)
        with pytest.raises(AssertionError, match="403"):
            git(empty, "fetch", f"{github.server_url}/octo/shop", "main")


def test_nothing_can_be_pushed(github: GitHubServer, repo: ServedRepository, work_tree: Path):
    with pytest.raises(AssertionError, match="403"):
        git(work_tree, "push", f"{github.server_url}/octo/shop", "main:other")


def test_a_bare_repository_is_served_as_well(
    github: GitHubServer, work_tree: Path, tmp_path: Path, empty: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--mirror", str(work_tree), "bare.git")
    pull = github.add_repository("octo/bare", tmp_path / "bare.git").open_pull_request(
        head="feature"
    )
    assert next(file.path for file in pull.files()) == "app.py"
    git(empty, "fetch", "--quiet", f"{github.server_url}/octo/bare.git", "refs/pull/1/head")


# --- TLS and a proxy


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def secure(authority: trustme.CA, work_tree: Path) -> Iterator[GitHubServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with GitHubServer(token=TOKEN, prefix="/api/v3", tls=context) as github:
        github.add_repository("octo/shop", work_tree, private=True).open_pull_request(
            head="feature"
        )
        yield github


def test_over_tls_and_through_a_proxy_git_fetches(
    secure: GitHubServer, bundle: Path, empty: Path
) -> None:
    url = f"{secure.server_url}/octo/shop"
    with pytest.raises(AssertionError, match="certificate"):
        git(empty, *header(TOKEN), "fetch", url, "main")
    with ConnectProxy() as proxy:
        git(
            empty,
            *header(TOKEN),
            "fetch",
            "--quiet",
            url,
            "main",
            GIT_SSL_CAINFO=str(bundle),
            HTTPS_PROXY=proxy.url,
        )
        assert set(proxy.hosts) == {"127.0.0.1"}


def reader(github: GitHubServer, **options: object) -> Github:
    return Github(
        base_url=github.api_url,
        auth=Auth.Token(TOKEN),
        retry=0,
        seconds_between_requests=0,
        seconds_between_writes=0,
        **options,
    )


def test_pygithub_reads_over_tls(secure: GitHubServer, bundle: Path) -> None:
    with reader(secure, verify=str(bundle)) as client:
        assert client.get_repo("octo/shop").get_pull(1).changed_files == 5


def test_pygithub_reads_a_pull_request_and_writes_to_it(
    github: GitHubServer, pull: Pull, work_tree: Path
) -> None:
    with reader(github) as client:
        seen = client.get_repo("octo/shop").get_pull(1)
        assert (seen.head.sha, seen.base.ref, seen.user.login) == (pull.head_sha, "main", "mona")
        assert [file.filename for file in seen.get_files()][:2] == ["app.py", "gone.txt"]
        seen.create_issue_comment("Hello")
        assert [one.body for one in seen.get_issue_comments()] == ["Hello"]
        comment = {"path": "app.py", "line": 5, "side": "RIGHT", "body": "Look"}
        seen.create_review(body="A review", event="COMMENT", comments=[comment])
        assert [one.line for one in seen.get_review_comments()] == [5]
        with pytest.raises(GithubException) as caught:
            seen.create_review(body="x", event="COMMENT", comments=[comment | {"line": 20}])
        assert caught.value.status == 422
        content = seen.base.repo.get_contents("app.py", ref="main")
        assert not isinstance(content, list)
        assert content.decoded_content == numbered(60)


def branches_by_git(directory: Path) -> dict[str, str]:
    lines = git(
        directory, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"
    )
    return dict(line.split(" ") for line in lines.splitlines())


def test_branches_are_read_as_git_reads_them(tmp_path: Path) -> None:
    """Loose, packed, moved or removed since; what only git can tell is left to it."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    git_dir = tmp_path / ".git"
    assert read_heads(git_dir) == {}
    commit(tmp_path, "x", {"a": b"1\n"})
    for branch in ("side", "team/one", "team/two"):
        git(tmp_path, "branch", branch)
    assert read_heads(git_dir) == branches_by_git(tmp_path)
    git(tmp_path, "pack-refs", "--all")
    commit(tmp_path, "x", {"a": b"2\n"})
    git(tmp_path, "branch", "-D", "side")
    git(tmp_path, "branch", "new")
    heads = read_heads(git_dir)
    assert heads == branches_by_git(tmp_path)
    assert heads is not None
    assert heads.keys() == {"main", "new", "team/one", "team/two"}
    git(tmp_path, "symbolic-ref", "refs/heads/other-name", "refs/heads/main")
    assert read_heads(git_dir) is None
    git(tmp_path, "symbolic-ref", "--delete", "refs/heads/other-name")
    git(tmp_path, "worktree", "add", "--quiet", str(tmp_path / "linked"), "new")
    assert read_heads(git_dir / "worktrees" / "linked") is None
