"""What was dismissed on merged pull requests, read from our own comments there."""

import asyncio
import random
from dataclasses import replace

from codeflow_action.engine.findings import identify
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.marks import PURPOSE
from codeflow_action.integrations.github.read.merged_dismissals import MergedDismissals
from codeflow_action.security.seal import Seal
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.engine.test_values import finding, ledger
from tests.integrations.github.write.publishing import MARKS, TOKEN

US = "github-actions[bot]"


class Shelf(dict):
    async def read(self, name):
        return self.get(name)

    async def write(self, name, text):
        self[name] = text


def read(scene, store=None, marks=MARKS, today="2026-12-01"):
    async def reading():
        github = scene.github
        connection = Connection(token=TOKEN, api_url=github.api_url, graphql_url=github.graphql_url)
        api = GitHubApi(connection, clock=PatientClock(), rng=random.Random(1), deadline=1_000)
        try:
            return await MergedDismissals(marks=marks, store=store, today=today).read(api)
        finally:
            await api.aclose()

    return asyncio.run(reading())


def merge(scene, *, author=US, marks=MARKS, is_merged=True, login="ada"):
    """Close the pull request with a comment whose ledger has one dismissed finding."""
    ((name, one),) = identify([finding(code="x / y")]).items()
    entry = Entry.of(name, one).closed(EntryState.DISMISSED).model_copy(update={"login": login})
    line = marks.ledger_line(ledger(entries=(entry,)))
    scene.pull.add_comment(f"{line}\nwords", author=author)
    scene.pull.state, scene.pull.is_merged = "closed", is_merged


def test_dismissals_of_merged_pull_requests_are_read(scene):
    merge(scene)
    (family,) = read(scene)
    assert family.number == 1
    assert family.holds(finding(code="x / y"))


def test_what_nobody_is_named_for_is_no_word_on_other_pull_requests(scene):
    """The repository's file, and rules that are allowed, say themselves where they hold."""
    merge(scene, login="")
    assert read(scene) == ()


def test_only_our_own_sealed_comments_on_merged_pull_requests_count(scene):
    merge(scene, is_merged=False)
    assert read(scene) == ()
    scene.pull.is_merged = True
    assert len(read(scene)) == 1
    assert read(scene, marks=replace(MARKS, seal=Seal.of(["k" * 40], PURPOSE))) == ()
    assert read(scene, marks=replace(MARKS, seal=Seal.of([], PURPOSE))) == ()
    scene.pull.comments = tuple(
        replace(one, author=replace(one.author, login="eve", type="User"))
        for one in scene.pull.comments
    )
    assert read(scene) == ()


def test_a_server_that_refuses_keeps_nothing_quiet(scene):
    merge(scene)
    scene.pull.repository.private = True
    scene.pull.repository.hub.permissions = {"metadata": "read"}
    assert read(scene) == ()


def test_the_answer_is_kept_for_a_day_and_believed_by_its_seal(scene):
    merge(scene)
    shelf = Shelf()
    families = read(scene, shelf)
    before = len(scene.github.requests)
    assert read(scene, shelf) == families
    assert len(scene.github.requests) == before
    assert read(scene, shelf, today="2026-12-02") == families
    assert len(scene.github.requests) == before + 1
    for name, text in shelf.items():
        shelf[name] = text.replace('"number":1', '"number":2')
    assert read(scene, shelf) == families
