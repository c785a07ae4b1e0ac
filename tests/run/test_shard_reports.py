"""Any division of a change comes to the same report, through the whole pipeline."""

import asyncio
import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.config.layers import Effective
from codeflow_action.config.policy import Policy
from codeflow_action.engine.action import Action
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.ports import NoForge, NoReportFiles
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.shards import Shard, ShardFile, ShardPlan
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.tracing import NoTracer
from codeflow_action.run.conclude import conclude
from codeflow_action.run.round import Observer, Ports, Start, run_round
from codeflow_action.run.shard_reports import JoinMemory, OwnView, conclude_joined, merge_parts
from codeflow_action.security.redaction import Redactor
from tests.actions.gating import Files, NoSecrets
from tests.actions.test_pr_reviewer import REMARK, Asked, Models
from tests.pull_requests import pull_request
from tests.review.changes import changed

WORDS = ("cart", "price", "stock", "order", "label", "index", "token", "route")
_HEADER = re.compile(r"=== (\S+)")
_BUG = re.compile(r"\+ +\d+ \| (    bug_(\w+) = .*)")


class Gate(Action):
    """Finds what no model is asked about."""

    name = "gate"

    async def run(self, task):
        texts = [
            (file.path, line.new, line.text)
            for file in task.pull_request.files
            for hunk in file.hunks
            for line in hunk.added
            if "todo" in line.text
        ]
        return Done(
            findings=tuple(
                Finding(
                    severity=Severity.WARNING,
                    category=Category.MAINTAINABILITY,
                    path=path,
                    line=line,
                    title="Left to do",
                    message=text,
                    evidence=Evidence.DETERMINISTIC,
                    sources=("gate",),
                    rule="gate/todo",
                    code=text,
                )
                for path, line, text in texts
            )
        )


@dataclass
class Spenders(Models):
    """Models that count what they are asked."""

    why_not = ""
    label = "a-model"

    @property
    def spent(self):
        return Spending(calls=len(self.provider.prompts), cost_usd=0.0, models=("a-model",))


class Still:
    """A clock that stands."""

    def now(self):
        return 0.0


def remarks_on(text):
    """What the stand-in says of a chunk: something about each line that bears a bug."""
    given, path = [], ""
    for line in text.split("\n"):
        if match := _HEADER.match(line):
            path = match[1]
        elif match := _BUG.match(line):
            words = f"{match[2]} in {path}"
            texts = {"title": f"Wrong {words}", "message": f"{words} is {match[2]}"}
            scenario = {"failure_scenario": f"A {match[2]} is missing"}
            given.append({**REMARK, "path": path, "quote": match[1], **texts, **scenario})
    return {"remarks": given}


def run(files, heads, actions, shard=None):
    """Return the report of one job over the change, or over one shard of it."""
    pull = pull_request(*files)
    effective = Effective(policy=Policy(), actions=actions, origins={})
    start = Start(
        name="codeflow",
        pull_request=pull,
        trigger=Trigger.CHANGED,
        effective=effective,
        digest="d" * 20,
        shard=shard,
    )
    ports = Ports(
        head=Files(heads),
        base=Files({}),
        policy=Files({}),
        scanners=NoSecrets(),
        models=Spenders(Asked(answer=remarks_on)),
        clock=Still(),
        forge=NoForge(),
        reports=NoReportFiles(),
    )

    async def round_():
        return await run_round(
            start,
            ports,
            Observer(progress=lambda _text: None, on_bug=lambda name, error: pytest.fail(name)),
            start_time=0.0,
            stop=asyncio.Event(),
            tracer=NoTracer(),
        )

    whole = asyncio.run(round_())
    if shard:
        whole = replace(whole, steps=tuple(step for step in whole.steps if step.action.asks_models))
    return conclude(whole, Redactor())


@st.composite
def divided_changes(draw):
    """A change, and a division of it at random: files and stretches of files to shards."""
    count = draw(st.integers(1, 4))
    shard_files = [[] for _ in range(draw(st.integers(1, 4)))]
    files, heads = [], {}
    for number in range(count):
        kinds = draw(st.lists(st.sampled_from(("plain", "bug", "todo")), min_size=1, max_size=8))
        lines = ["def f():"]
        for at, kind in enumerate(kinds):
            text = f"bug_{WORDS[at]} = {number}" if kind == "bug" else f"x{at} = {at}  # {kind}"
            lines += [f"    {text}", f"    y{at} = {at}"]
        path = draw(st.sampled_from(("shop", "pay"))) + f"/f{number}.py"
        new = "".join(f"{line}\n" for line in lines)
        heads[path] = new.encode()
        files.append(changed("", new, path=path))
        cuts = sorted(draw(st.sets(st.integers(1, len(lines) - 1), max_size=2)))
        ends = [*cuts, len(lines)]
        for first, last in zip([1, *(cut + 1 for cut in cuts)], ends, strict=True):
            free = [shard for shard in shard_files if path not in [one.path for one in shard]]
            if not free:
                free = [[]]
                shard_files += free
            stretch = (first, last) if cuts else None
            draw(st.sampled_from(free)).append(ShardFile(path=path, lines=stretch))
    files.sort(key=lambda file: file.path)  # as git lists them
    return files, heads, shard_files


@settings(max_examples=25)
@given(divided_changes())
def test_any_division_of_a_change_comes_to_the_report_of_one_job(division):
    files, heads, shard_files = division
    reviewer = PrReviewer()
    whole = run(files, heads, (Gate(), reviewer))
    shards = tuple(
        Shard(files=tuple(own), weight=1, max_tokens=1, max_cost_usd=0.0) for own in shard_files
    )
    pull = pull_request(*files)
    plan = ShardPlan(
        name="codeflow",
        repository="o/r",
        number=1,
        base_sha=pull.base_sha,
        merge_base_sha=pull.merge_base_sha,
        head_sha=pull.head_sha,
        configuration="d" * 20,
        shards=shards,
    )
    view = OwnView(
        name="codeflow",
        pull_request=pull,
        trigger=Trigger.CHANGED,
        actions=(reviewer,),
        plan=plan,
        is_divided=True,
        contents=heads,
        left_out={},
    )
    parts = []
    for number, shard in enumerate(shards, start=1):
        report = run(files, heads, (reviewer,), shard)
        names = {"shard": plan.labels[number - 1], "plan": plan.digest}
        report = report.model_copy(update=names)
        assert view.flaw(report, number) == ""
        parts.append(view.accept(report, number, is_sealed=True))
    rules = Policy().gate_rules
    gates = run(files, heads, (Gate(),))
    for order in (parts, parts[::-1]):
        joined = merge_parts(gates, order, rules)
        memory = JoinMemory(previous=None, threads=(), line_texts={})
        joined = conclude_joined(joined, rules, memory)
        assert joined.findings == whole.findings
        assert joined.receipt == whole.receipt
        assert joined.proposals == whole.proposals
        assert [(one.name, one.status) for one in joined.actions] == [
            (one.name, one.status) for one in whole.actions
        ]
        decided = (joined.verdict, joined.reason, joined.exit_code, joined.reviewed)
        assert decided == (whole.verdict, whole.reason, whole.exit_code, whole.reviewed)
        assert joined.spent.calls == sum(part.spent.calls for part in parts)
