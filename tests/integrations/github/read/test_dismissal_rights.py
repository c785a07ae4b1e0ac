"""Who is asked about before a finding is dismissed, and what an earlier run has noted."""

import asyncio
import random

from codeflow_action.engine.commands import CommandAccess
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.findings import identify
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.pull_request import Association
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.read.dismissal_rights import (
    DismissalRules,
    read_dismissals,
)
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.engine.test_opinions import ID, comment, thread
from tests.engine.test_values import finding, ledger
from tests.integrations.github.write.publishing import TOKEN


def noted(state, login="ada"):
    """The ledger of an earlier run in which our finding had that state."""
    (one,) = identify([finding()]).values()
    entry = Entry.of(ID, one).model_copy(
        update={"state": state, "login": login, "reason": "Earlier"}
    )
    return ledger(entries=(entry,))


def read(scene, *threads, access=CommandAccess.WRITE, previous=None, is_cut=False):
    async def reading():
        github = scene.github
        connection = Connection(token=TOKEN, api_url=github.api_url, graphql_url=github.graphql_url)
        api = GitHubApi(connection, clock=PatientClock(), rng=random.Random(1), deadline=1_000)
        rules = DismissalRules(access=access, author="mona", previous=previous)
        discussion = Discussion(threads=threads, is_cut=is_cut)
        try:
            return await read_dismissals(api, "octo/shop", discussion, rules)
        finally:
            await api.aclose()

    scene.pull.repository.collaborators |= {"ada": "write", "tim": "triage"}
    return asyncio.run(reading())


def by_design(*logins, **fields):
    return [comment("By design", login, time=f"{at}", **fields) for at, login in enumerate(logins)]


def test_each_person_is_asked_about_once_and_five_at_most(scene):
    strangers = [f"eve{number}" for number in range(9)]
    member = by_design("ada", association=Association.MEMBER)
    dismissals = read(scene, thread(*by_design(*strangers, *strangers), *member))
    assert dismissals[ID].login == "ada"
    assert len(scene.github.requests) == 5


def test_nobody_is_asked_about_where_nothing_is_dismissed(scene):
    assert read(scene, thread(comment("Hm"))) == {}
    assert not scene.github.requests


def test_the_author_may_where_the_configuration_says_so(scene):
    words = thread(*by_design("mona"))
    assert read(scene, words) == {}
    assert read(scene, words, access=CommandAccess.AUTHOR)[ID].login == "mona"
    assert read(scene, thread(*by_design("tim")), access=CommandAccess.AUTHOR) == {}


def test_a_decision_that_is_noted_is_not_asked_about_again(scene):
    previous = noted(EntryState.DISMISSED)
    dismissals = read(scene, thread(*by_design("ada")), previous=previous)
    assert dismissals[ID].way is DismissalWay.REPLY
    assert not scene.github.requests


def test_what_is_taken_back_is_open_again(scene):
    assert read(scene, thread(), previous=noted(EntryState.DISMISSED)) == {}


def test_what_was_noted_holds_where_not_all_was_read(scene):
    dismissal = read(scene, previous=noted(EntryState.DISMISSED), is_cut=True)[ID]
    assert (dismissal.way, dismissal.login, dismissal.reason) == (
        DismissalWay.EARLIER,
        "ada",
        "Earlier",
    )


def test_a_thread_that_was_resolved_as_fixed_dismisses_nothing(scene):
    resolved = thread(is_resolved=True, resolver="ada")
    assert read(scene, resolved, previous=noted(EntryState.OPEN))[ID].login == "ada"
    assert read(scene, resolved, previous=noted(EntryState.FIXED)) == {}


def test_a_server_that_does_not_know_dismisses_nothing(scene):
    scene.pull.repository.hub.repositories.clear()
    assert read(scene, thread(*by_design("ada"))) == {}
