"""One pull request on the local GitHub, and reports that are published on it."""

import asyncio
import random
from dataclasses import dataclass, field

from codeflow_action.engine.findings import identify
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import ReportedFinding, Shown
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.conversation import read_state
from codeflow_action.integrations.github.read.threads import Remarks
from codeflow_action.integrations.github.write import plan, render
from codeflow_action.integrations.github.write.publish import Publisher
from codeflow_action.run.conclude import bare_report
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github import GitHubServer, Pull
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.engine.test_values import finding, ledger

TOKEN = "stand-in-token"
KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
MARKS = Marks(repository="octo/shop", number=1, name="codeflow", seal=Seal.of([KEY], PURPOSE))
LINES = 80


@dataclass
class Scene:
    github: GitHubServer
    pull: Pull
    value: PullRequest
    clock: PatientClock
    marks: Marks = MARKS
    owed: list = field(default_factory=list)

    def report(self, findings):
        decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
        reported = tuple(
            ReportedFinding(id=name, finding=one, blocking=False)
            for name, one in identify(findings).items()
        )
        return bare_report(decision, name="codeflow", repository="octo/shop", number=1).model_copy(
            update={"findings": reported, "head_sha": self.value.head_sha}
        )

    def publish(self, *findings, is_check=True, max_inline=30, deadline=1_000.0, place=True):
        report = self.report(findings)
        audience = plan.Audience(number=1, max_inline=max_inline, is_check=is_check)

        def placed(state):
            remarks = Remarks.of(state.threads, self.marks)
            if place:
                return plan.place(report.findings, self.value, audience, remarks)
            # as if our own check of the lines had been wrong
            return [one.model_copy(update={"shown": Shown.INLINE}) for one in report.findings]

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
                state = await read_state(api, "octo/shop", 1, "codeflow")
                api.hurry(self.clock.now() + deadline)
                publisher = Publisher(
                    api=api,
                    pull_request=self.value,
                    audience=audience,
                    state=state,
                    marks=self.marks,
                    links=render.Links(server_url=self.github.server_url, repository="octo/shop"),
                    make_ledger=lambda _findings, owed: self.owed.append(owed) or ledger(),
                )
                return await publisher.publish(
                    report.model_copy(update={"findings": tuple(placed(state))})
                )
            finally:
                await api.aclose()

        return asyncio.run(publishing())

    @property
    def lines(self):
        return sorted(one.line for one in self.pull.review_comments)

    @property
    def stickies(self):
        return [one for one in self.pull.comments if one.body.startswith("<!-- codeflow:")]


def at(line, **fields):
    return finding(line=line, code=f"line {line}", **fields)
