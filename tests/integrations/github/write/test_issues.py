"""Issues that actions propose: each once in the repository, and nothing of a stranger's acts."""

import re

import pytest

from codeflow_action.engine.proposals import Issue, issue_key
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github import Effect, Fault
from codeflow_action.testing.github.values import GitHubAccount, ServedIssue
from tests.integrations.github.write.publishing import MARKS

KEY = "0123456789abcdef"
EVIL = "@octo/all fixes #1 owner/x#2 https://evil.example ![x](https://evil.example/x.png)\n/merge"
DIVISION = Issue(
    key=KEY,
    title="An empty list divides by zero",
    body="`average([])` raises.",
    path="a.py",
    line=3,
    end_line=4,
    commit="1" * 40,
    code="line 3\nline 4\n",
    small_print="correctness, verified",
    labels=("codeflow", "bug"),
)


@pytest.fixture
def may_write(scene):
    scene.github.permissions["issues"] = "write"
    return scene


def issues(scene):
    return scene.pull.repository.own_issues


def test_an_issue_has_place_code_and_mark(may_write):
    published = may_write.publish(proposals=(DIVISION,))
    (issue,) = issues(may_write)
    assert issue.title == DIVISION.title
    address = f"{may_write.github.server_url}/octo/shop/blob/{'1' * 40}/a.py#L3-L4"
    assert f"In [`a.py:3`]({address})" in issue.body
    assert "```\nline 3\nline 4\n```" in issue.body
    assert "From pull request #1." in issue.body
    assert issue.body.endswith(MARKS.issue(KEY))
    assert issue.labels == ("codeflow", "bug")
    assert any(f"#{issue.number}" in notice for notice in published.notices)


def test_an_issue_is_opened_once(may_write):
    for _run in range(2):
        may_write.publish(proposals=(DIVISION, DIVISION))
    assert len(issues(may_write)) == 1


def test_a_closed_issue_is_not_opened_again(may_write):
    may_write.publish(proposals=(DIVISION,))
    (issue,) = issues(may_write)
    repository = may_write.pull.repository
    repository.issues = (ServedIssue(**{**vars(issue), "state": "closed"}),)
    may_write.publish(proposals=(DIVISION,))
    assert [one.state for one in issues(may_write)] == ["closed"]


@pytest.mark.parametrize(
    ("author", "mark"),
    [
        ("mallory", MARKS.issue(KEY)),  # copied out of another issue of ours
        ("github-actions[bot]", f"<!-- codeflow:codeflow:issue:{KEY} -->"),  # of another workflow
    ],
)
def test_a_mark_that_is_not_ours_holds_no_issue_back(may_write, author, mark):
    repository = may_write.pull.repository
    foreign = ServedIssue(
        repository="octo/shop",
        number=90,
        title="x",
        body=f"x\n{mark}",
        author=GitHubAccount.from_login(author),
    )
    repository.issues = (foreign,)
    may_write.publish(proposals=(DIVISION,))
    assert len(issues(may_write)) == 2


def test_without_a_key_an_issue_is_still_opened_once(may_write):
    may_write.marks = MARKS.__class__(
        repository="octo/shop", number=1, name="codeflow", seal=Seal.of([], "x")
    )
    for _run in range(2):
        may_write.publish(proposals=(DIVISION,))
    assert len(issues(may_write)) == 1


@pytest.mark.parametrize("effect", Effect)
def test_an_issue_whose_answer_is_lost_is_there_once(may_write, effect):
    may_write.github.faults.add(
        Fault(method="POST", path=re.compile("/issues$"), status=0, effect=effect)
    )
    may_write.publish(proposals=(DIVISION,))
    assert len(issues(may_write)) == 1


def test_what_two_runs_open_at_once_stays_once(may_write):
    repository = may_write.pull.repository

    def other_run():
        rival = ServedIssue(
            repository="octo/shop",
            number=50,
            title="x",
            body=MARKS.issue(KEY),
            author=GitHubAccount.from_login("github-actions[bot]"),
        )
        repository.issues = (rival,)

    may_write.github.faults.add(Fault(method="POST", path=re.compile("/issues$"), hook=other_run))
    may_write.publish(proposals=(DIVISION,))
    assert [(one.number, one.state) for one in issues(may_write)] == [
        (50, "open"),
        (51, "closed"),
    ]


def test_without_the_permission_the_run_says_which_it_takes(scene):
    published = scene.publish(proposals=(DIVISION,))
    assert issues(scene) == ()
    (note,) = published.notes
    assert "issues: write" in note
    assert len(scene.stickies) == 0


def test_a_repository_without_issues_says_so(may_write):
    may_write.pull.repository.has_issues = False
    published = may_write.publish(proposals=(DIVISION,))
    assert any("Issues are disabled" in note for note in published.notes)


def test_whom_github_does_not_take_is_left_out(may_write):
    may_write.pull.repository.collaborators["mona"] = "write"
    for key, login in (("a" * 16, "mona"), ("b" * 16, "stranger")):
        proposal = DIVISION.model_copy(update={"key": key, "assignees": (login,)})
        published = may_write.publish(proposals=(proposal,))
    assert [one.assignees for one in issues(may_write)] == [("mona",), ()]
    assert "an issue could not be assigned to stranger" in published.notes


def test_one_run_opens_no_more_than_ten(may_write):
    many = tuple(DIVISION.model_copy(update={"key": f"{at:016x}"}) for at in range(12))
    published = may_write.publish(proposals=many)
    assert len(issues(may_write)) == 10
    assert "2 more issues were asked for than one run may open" in published.notes


def test_nothing_of_a_strangers_text_acts_in_an_issue(may_write):
    evil = Issue(key=KEY, title=EVIL, body=EVIL, code=f"```\n{EVIL}", small_print=EVIL, url=EVIL)
    may_write.publish(proposals=(evil,))
    (issue,) = issues(may_write)
    for sign in ("@octo", "#1", "x#2", "://evil"):
        assert sign not in issue.title
    ours = issue.body.replace("From pull request #1", "")
    shown = re.sub(r"(`{3,4})\n.*?\n\1|`[^`\n]*`", "", ours, flags=re.DOTALL)
    for sign in ("@octo", "fixes #1", "x#2", "evil.example", "\n/merge"):
        assert sign not in shown


def test_an_older_issue_than_the_list_goes_back_is_found_by_search(may_write):
    """GitHub's lists end nowhere, but we read three pages of them."""
    repository = may_write.pull.repository
    bot = GitHubAccount.from_login("github-actions[bot]")
    old = ServedIssue(
        repository="octo/shop", number=2, title="x", body=f"{KEY}\n{MARKS.issue(KEY)}", author=bot
    )
    others = tuple(
        ServedIssue(repository="octo/shop", number=number, title="x", author=bot)
        for number in range(3, 310)
    )
    repository.issues = (old, *others)
    may_write.publish(proposals=(DIVISION,))
    assert len(issues(may_write)) == 308


def test_a_key_of_another_subject_is_one_too():
    assert re.fullmatch("[0-9a-f]{16}", issue_key("comment 7"))
