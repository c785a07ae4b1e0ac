"""One pull request on the local GitHub, and reports that are published on it."""

import asyncio
import random
from dataclasses import dataclass, replace

from codeflow_action.engine.findings import identify
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.proposals import ActionProposal, InlineComments
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.conversation import read_conversation
from codeflow_action.integrations.github.write.placement import Audience
from codeflow_action.integrations.github.write.plan import Publication
from codeflow_action.integrations.github.write.publish import publish
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.run.conclude import bare_report
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github import GitHubServer, Pull
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.engine.test_values import finding, ledger

TOKEN = "stand-in-token"
KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
MARKS = Marks(repository="octo/shop", number=1, name="codeflow", seal=Seal.of([KEY], PURPOSE))
LINES = 80
INLINE = (InlineComments(at_most=30),)


@dataclass
class Scene:
    github: GitHubServer
    pull: Pull
    value: PullRequest
    clock: PatientClock
    marks: Marks = MARKS

    def report(self, findings, proposals=()):
        decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
        reported = tuple(
            ReportedFinding(id=name, finding=one, blocking=False)
            for name, one in identify(findings).items()
        )
        return bare_report(decision, name="codeflow", repository="octo/shop", number=1).model_copy(
            update={
                "findings": reported,
                "head_sha": self.value.head_sha,
                "proposals": tuple(
                    ActionProposal(action="pr_reviewer", proposal=one) for one in proposals
                ),
            }
        )

    def ask(self, question):
        """Return what comes of a coroutine function that is given the API."""

        async def asking():
            connection = Connection(
                token=TOKEN, api_url=self.github.api_url, graphql_url=self.github.graphql_url
            )
            deadline = self.clock.now() + 1_000
            rng = random.Random(1)
            api = GitHubApi(connection, clock=self.clock, rng=rng, deadline=deadline)
            try:
                return await question(api)
            finally:
                await api.aclose()

        return asyncio.run(asking())

    def publish(
        self,
        *findings,
        proposals=INLINE,
        deadline=1_000.0,
        value=None,
        reserved=(),
        min_coverage=None,
        judged=lambda report: report,
        fixed=(),
        reopened=False,
        command=None,
        is_paused=False,
        **audience,
    ):
        """Publish as a run would; `audience` says where it may speak.

        `fixed` are findings of earlier runs; all of this one are `reopened`, or none.
        """
        report = judged(self.report(findings, proposals))
        entries = tuple(Entry.of(one.id, one.finding) for one in report.findings) + tuple(
            Entry.of(name, one).closed(EntryState.FIXED) for name, one in identify(fixed).items()
        )

        async def publishing():
            api = GitHubApi(
                Connection(
                    token=TOKEN, api_url=self.github.api_url, graphql_url=self.github.graphql_url
                ),
                clock=self.clock,
                rng=random.Random(1),
                deadline=self.clock.now() + 1_000,
            )
            try:
                conversation = await read_conversation(api, "octo/shop", 1, "codeflow")
                api.hurry(self.clock.now() + deadline)
                publication = Publication(
                    report=report,
                    pull_request=value or self.value,
                    audience=Audience(**{"number": 1, **audience}),
                    conversation=conversation,
                    marks=self.marks,
                    links=Links(server_url=self.github.server_url, repository="octo/shop"),
                    ledger=ledger(entries=entries, is_paused=is_paused),
                    reopened_ids=frozenset(
                        one.id for one in report.findings if reopened and one.id
                    ),
                    reserved_labels=reserved,
                    min_coverage=min_coverage,
                    command=command,
                )
                return await publish(publication, api)
            finally:
                await api.aclose()

        return asyncio.run(publishing())

    def value_with(self, **fields):
        """The pull request as a later run reads it."""
        return replace(self.value, **fields)

    @property
    def owed(self):
        """What the ledger in the comment says is still to be posted."""
        written = self.marks.read_ledger(self.stickies[-1].body)
        return {entry.fingerprint for entry in written.entries if entry.is_owed}

    @property
    def is_paused(self):
        """What the ledger in the comment says."""
        return self.marks.read_ledger(self.stickies[-1].body).is_paused

    @property
    def lines(self):
        return sorted(one.line for one in self.pull.review_comments)

    @property
    def stickies(self):
        return [one for one in self.pull.comments if one.body.startswith("<!-- codeflow:")]


def at(line, **fields):
    return finding(line=line, code=f"line {line}", **fields)
