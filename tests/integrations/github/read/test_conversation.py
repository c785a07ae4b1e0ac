"""What others have said on the diff, and the issues that a pull request closes."""

import asyncio
import random
from dataclasses import replace

import pytest

from codeflow_action.engine import foreign_threads as engine
from codeflow_action.engine.diff import Side
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.pull_request import Association, Author, LinkedIssue
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.read.conversation import bounded, read_conversation
from codeflow_action.testing.github import CommentAnchor, DiffSide, GitHubServer
from codeflow_action.testing.github.values import ReviewState, ServedIssue
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.gitting import commit, git, init

TOKEN = "stand-in-token"
BEFORE = "".join(f"line {at}\n" for at in range(1, 21))
AFTER = BEFORE.replace("line 9\n", "line nine\n")


@pytest.fixture
def pull(tmp_path):
    directory = init(tmp_path / "shop")
    commit(directory, {"a.py": BEFORE.encode()})
    git(directory, "checkout", "--quiet", "-b", "topic")
    commit(directory, {"a.py": AFTER.encode()})
    git(directory, "checkout", "--quiet", "main")
    with GitHubServer(token=TOKEN) as github:
        repository = github.add_repository("octo/shop", directory)
        yield repository.open_pull_request(head="topic", number=1, author="owner-of-it")


def state(pull, graphql="/graphql"):
    async def reading():
        hub = pull.repository.hub
        api = GitHubApi(
            Connection(token=TOKEN, api_url=hub.api_url, graphql_url=f"{hub.server_url}{graphql}"),
            clock=PatientClock(),
            rng=random.Random(1),
            deadline=1_000,
        )
        try:
            return await read_conversation(api, "octo/shop", 1, "codeflow")
        finally:
            await api.aclose()

    return asyncio.run(reading())


def foreign_threads(pull):
    return engine.foreign_threads(state(pull).discussion, Author(login="owner-of-it"))


def add(pull, line=9, *, author="mona", association="MEMBER", body="Hm", **place):
    anchor = CommentAnchor(path="a.py", line=line, **place)
    pull.add_review(author=author, association=association, comments=[(anchor, body)])
    return pull.review_comments[-1]


def test_a_comment_comes_with_its_place_and_author(pull):
    add(pull, 10, start_line=8)
    add(pull, 9, side=DiffSide.LEFT, body="Old")
    add(pull, None, author="lint[bot]", association="NONE")
    pull.resolve(pull.review_comments[0].id)
    assert foreign_threads(pull) == (
        ForeignThread(path="a.py", line=8, end_line=10, login="mona", body="Hm", resolved=True),
        ForeignThread(path="a.py", line=9, end_line=9, side=Side.LEFT, login="mona", body="Old"),
        ForeignThread(path="a.py", login="lint", is_bot=True, body="Hm"),
    )


@pytest.mark.parametrize(
    ("author", "association"),
    [
        ("github-actions[bot]", "NONE"),  # ourselves: the ledger knows
        ("owner-of-it", "OWNER"),  # nobody silences a finding about their own change
        ("stranger", "NONE"),
        ("stranger", "FIRST_TIME_CONTRIBUTOR"),
    ],
)
def test_whose_words_do_not_count(pull, author, association):
    add(pull, author=author, association=association)
    assert foreign_threads(pull) == ()


def test_only_what_a_thread_begins_with_counts(pull):
    first = add(pull)
    answer = pull.add_review(author="mona", association="MEMBER")
    pull.add_review_comment(answer, first.anchor, "An answer", thread=first.id)
    assert [one.body for one in foreign_threads(pull)] == ["Hm"]


def test_what_is_outdated_is_not_about_these_lines(pull, tmp_path):
    add(pull)
    directory = tmp_path / "shop"
    git(directory, "checkout", "--quiet", "topic")
    commit(directory, {"a.py": AFTER.replace("line nine\n", "line 9, again\n").encode()})
    git(directory, "checkout", "--quiet", "main")
    assert foreign_threads(pull) == ()


def test_all_pages_are_read_of_comments_and_of_threads(pull):
    for at in range(230):
        add(pull, body=f"{at}")
    for _at in range(110):
        pull.add_comment("Something")
    assert [one.body for one in foreign_threads(pull)] == [f"{at}" for at in range(230)]
    discussion = state(pull).discussion
    assert (len(discussion.reviews), discussion.has_more_reviews) == (100, True)
    assert not discussion.is_cut


def test_long_ones_are_cut(pull):
    add(pull, body="x" * 60_000)
    assert len(foreign_threads(pull)[0].body) == 4_000


ASKED = ServedIssue(
    repository="octo/shop", number=7, title="Line 9 is a number", body="Write it out."
)


def test_the_issues_that_it_closes_come_along(pull):
    pull.repository.issues = (ASKED, replace(ASKED, number=8))
    pull.body = "Fixes #7, see #8."
    assert state(pull).issues == (LinkedIssue(number=7, title=ASKED.title, body=ASKED.body),)


def test_an_issue_of_another_repository_may_be_for_other_eyes(pull):
    pull.repository.issues = (replace(ASKED, repository="octo/secret"),)
    pull.body = "Fixes octo/secret#7"
    assert state(pull).issues == ()


def test_a_token_that_may_not_see_issues_still_sees_what_was_said(pull):
    add(pull)
    pull.repository.issues, pull.repository.private, pull.body = (ASKED,), True, "Fixes #7"
    hub = pull.repository.hub
    hub.permissions = {"contents": "read", "pull_requests": "write"}
    seen = state(pull)
    assert (seen.issues, len(seen.discussion.threads)) == ((), 1)
    hub.permissions = {**hub.permissions, "issues": "read"}
    assert len(state(pull).issues) == 1


def test_an_errors_path_decides_whether_it_is_raised(pull):
    pull.repository.private = True
    pull.repository.hub.permissions = {"metadata": "read"}
    with pytest.raises(GitHubError):
        state(pull)


def test_a_thread_comes_with_all_that_is_said_in_it_and_who_resolved_it(pull):
    first = add(pull, 10, start_line=8, author="github-actions[bot]", association="NONE")
    pull.reply(first.id, "By design", author="ada", association="COLLABORATOR")
    pull.react(first.id, "-1", author="ada")
    pull.react(first.id, "+1", author="bob")
    pull.react(first.id, "-1", author="robot[bot]")
    pull.resolve(first.id, author="ada")
    (thread,) = state(pull).discussion.threads
    opening, answer = thread.comments
    assert (thread.path, thread.start_line, thread.line) == ("a.py", 8, 10)
    assert (thread.is_resolved, thread.resolver, thread.is_cut) == (True, "ada", False)
    assert (opening.speaker.is_us, opening.downvoters) == (True, ("ada",))
    assert answer.speaker == Speaker(login="ada", association=Association.COLLABORATOR)
    assert (answer.body, answer.is_edited, answer.time > opening.time) == ("By design", False, True)


def test_a_thread_is_read_up_to_its_twentieth_comment(pull):
    first = add(pull)
    for number in range(21):
        pull.reply(first.id, f"{number}")
    (thread,) = state(pull).discussion.threads
    assert (len(thread.comments), thread.is_cut) == (20, True)


def test_what_stands_below_the_description_comes_without_our_report(pull):
    pull.add_comment("<!-- codeflow:codeflow:v1 -->\nours", author="github-actions[bot]")
    pull.add_comment("<!-- codeflow:codeflow:v1 -->\npasted", author="eve")
    comment = pull.add_comment("Hm", author="ada", association="OWNER")
    pull.put_comment(replace(comment, body="Hm!", updated_at="2027-01-01T00:00:00Z"))
    conversation = state(pull)
    pasted, edited = conversation.discussion.comments
    assert conversation.sticky.body.endswith("ours")
    assert pasted.speaker == Speaker(login="eve")
    assert (edited.speaker.login, edited.is_edited) == ("ada", True)


def test_a_server_without_graphql_still_tells_what_was_said(pull):
    """REST has no word for who resolved a thread, and none for thumbs."""
    first = add(pull, 10, start_line=8)
    pull.reply(first.id, "Hm?", author="robot[bot]", association="NONE")
    pull.add_comment("Well", author="ada")
    pull.add_review("Not yet", author="ada", state=ReviewState.CHANGES_REQUESTED)
    pull.add_review("Hidden", author="github-actions[bot]", state=ReviewState.PENDING)
    by_graphql = state(pull).discussion
    by_rest = state(pull, graphql="/no-such-path").discussion
    assert by_rest.comments == by_graphql.comments
    assert by_rest.reviews == by_graphql.reviews
    # A comment in a thread is a review to GitHub, too.
    assert [(review.body, review.review_state) for review in by_rest.reviews] == [
        ("", "COMMENTED"),
        ("", "COMMENTED"),
        ("Not yet", "CHANGES_REQUESTED"),
    ]
    assert by_rest.reviews[-1].time > by_rest.comments[-1].time
    (thread,) = by_graphql.threads
    assert by_rest.threads == (replace(thread, node_id=""),)


def test_others_text_is_bounded_and_ours_is_not():
    def comment(number, body, **speaker):
        return DiscussionComment(id=number, body=body, speaker=Speaker(login="ada", **speaker))

    thread = Thread(path="a.py", comments=(comment(1, "x" * 90, is_us=True), comment(2, "x" * 6)))
    whole = Discussion(comments=(comment(3, "xxxx"), comment(4, "xxxx")), threads=(thread,))
    assert bounded(whole, 14) == whole
    assert bounded(replace(whole, reviews=(comment(5, "x"),)), 14).has_more_reviews
    cut = bounded(whole, 13)
    assert cut.threads == (thread,)
    assert ([one.body for one in cut.comments], cut.is_cut) == (["xxxx", ""], True)
