"""Any division of a change comes to the same report, through the whole pipeline."""

import asyncio
import copy
import json
import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.config.layers import Effective
from codeflow_action.config.policy import Policy
from codeflow_action.engine.action import Action
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.life import advance
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.ports import NoForge, NoReportFiles
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.engine.shards import Shard, ShardFile, ShardPlan
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.tracing import NoTracer
from codeflow_action.hosts.report_file import (
    SEAL_PURPOSE,
    parse_report,
    read_reports,
    with_seal,
)
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.run.conclude import conclude
from codeflow_action.run.round import Observer, Ports, Start, run_round
from codeflow_action.run.shard_reports import JoinMemory, OwnView, conclude_joined, merge_parts
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.seal import Seal
from tests.actions.gating import Files, NoSecrets
from tests.actions.test_pr_reviewer import REMARK, Asked, Models
from tests.pull_requests import pull_request
from tests.review.changes import changed, numbered

WORDS = ("cart", "price", "stock", "order", "label", "index", "token", "route")
_HEADER = re.compile(r"=== (\S+)")
_BUG = re.compile(r"\d+ \+(    bug_(\w+) = .*)")


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
            scenario = {"trigger": f"A {match[2]} is missing"}
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


def view_of(files, heads, shard_files, reviewer):
    """What the job knows that joins reports of these shards."""
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
    return OwnView(
        name="codeflow",
        pull_request=pull,
        trigger=Trigger.CHANGED,
        actions=(reviewer,),
        plan=plan,
        is_divided=True,
        contents=heads,
        left_out={},
    )


@settings(max_examples=25)
@given(divided_changes())
def test_any_division_of_a_change_comes_to_the_report_of_one_job(division):
    files, heads, shard_files = division
    reviewer = PrReviewer()
    whole = run(files, heads, (Gate(), reviewer))
    view = view_of(files, heads, shard_files, reviewer)
    plan = view.plan
    parts = []
    for number, shard in enumerate(plan.shards, start=1):
        report = run(files, heads, (reviewer,), shard)
        names = {"shard": plan.labels[number - 1], "plan": plan.digest}
        report = report.model_copy(update=names)
        assert view.flaw(report, number) == ""
        parts.append(view.accept(report, number, is_sealed=True))
    rules = Policy().gate_rules
    gates = run(files, heads, (Gate(),))
    for order in (parts, parts[::-1]):
        joined = merge_parts(gates, order, rules)
        memory = JoinMemory(memory=Memory(), threads=(), line_texts={})
        joined = conclude_joined(joined, rules, memory)
        assert joined.findings == whole.findings
        # A stretch of a file is read as something else than the file.
        is_divided = any(file.lines for shard in plan.shards for file in shard.files)
        ignored = {"units": ()} if is_divided else {}
        assert joined.receipt.model_copy(update=ignored) == whole.receipt.model_copy(update=ignored)
        assert joined.proposals == whole.proposals
        assert [(one.name, one.status) for one in joined.actions] == [
            (one.name, one.status) for one in whole.actions
        ]
        decided = (joined.verdict, joined.reason, joined.exit_code, joined.reviewed)
        assert decided == (whole.verdict, whole.reason, whole.exit_code, whole.reviewed)
        assert joined.spent.calls == sum(part.spent.calls for part in parts)


NEW = "def f():\n    bug_cart = 1\n    key = '[hidden]'\n    bug_price = 2\n    y = 3\n"
PATHS = ("pay/a.py", "shop/b.py")


@pytest.fixture(scope="module")
def shards():
    """A view of a change in two shards, and the honest report of the first of them."""
    files = [changed("", NEW, path=path) for path in PATHS]
    heads = {path: NEW.encode() for path in PATHS}
    reviewer = PrReviewer()
    view = view_of(files, heads, [[ShardFile(path=path)] for path in PATHS], reviewer)
    report = run(files, heads, (reviewer,), view.plan.shards[0])
    names = {"shard": "1/2", "plan": view.plan.digest}
    return view, report.model_copy(update=names).model_dump(mode="json")


def forged(report, change):
    copied = copy.deepcopy(report)
    change(copied)
    return Report.model_validate_json(json.dumps(copied))


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (lambda report: report.update(head_sha="f" * 40), "another head"),
        (lambda report: report.update(merge_base_sha="f" * 40), "another merge base"),
        (lambda report: report.update(number=2), "another number"),
        (lambda report: report.update(plan="0" * 32), "another plan"),
        (lambda report: report.update(digest="0" * 20), "another digest"),
        (lambda report: report.update(shard="2/2"), "another shard"),
        (lambda report: report["actions"].clear(), "not of the actions that ask models here"),
        (lambda report: report.update(actions=report["actions"] * 2), "not of the actions"),
        (lambda report: report["actions"][0].update(name="quality_gates"), "not of the actions"),
        *(
            (
                lambda report, reason=reason: report["actions"][0].update(
                    status="skipped", reason=reason
                ),
                f"pr_reviewer was not held back here ({reason})",
            )
            for reason in ("draft", "unsupported_event", "opted_out", "no_reviewable_changes")
        ),
        (
            lambda report: report["actions"][0].update(status="skipped", reason="x"),
            "names a reason",
        ),
        (lambda report: report["spent"].update(input_tokens=-1), "counts what nobody can spend"),
        (lambda report: report["spent"].update(cost_usd=1e300), "counts what nobody can spend"),
        (lambda report: report.update(seconds=-1), "counts what nobody can spend"),
        (lambda report: report.update(findings=report["findings"] * 300), "more than any shard"),
        (lambda report: report.update(notes=["x"] * 201), "more than any shard"),
    ],
)
def test_a_report_with_a_flaw_is_not_taken(shards, change, flaw):
    view, report = shards
    assert view.flaw(forged(report, lambda _report: None), 1) == ""
    assert flaw in view.flaw(forged(report, change), 1)


@pytest.mark.parametrize(
    "place",
    [
        {"path": "README.md"},  # is not changed
        {"path": PATHS[1]},  # another shard's
        {"line": 1},  # other code stands there
        {"line": 9_999},
        {"line": 2, "end_line": 3},  # its code is one line
        {"side": "LEFT"},
        {"code": "import os"},
        {"code": "    bug_cart = 1\n    bug_cart = 1"},
        {"evidence": "deterministic"},  # a gate says that here
        {"code": "[redacted] = 2"},  # the mask stands for a secret, not for the rest of a line
    ],
)
def test_a_finding_that_does_not_stand_here_is_dropped(shards, place):
    view, report = shards
    honest = view.accept(forged(report, lambda _report: None), 1, is_sealed=True)
    assert [one.finding.line for one in honest.findings] == [2, 4]

    def move(report):
        report["findings"][0]["finding"] |= place

    joined = view.accept(forged(report, move), 1, is_sealed=False)
    assert [one.finding.line for one in joined.findings] == [4]
    assert [one.finding.evidence for one in joined.findings] == [Evidence.QUOTED]


def test_a_finding_on_lines_that_the_diff_does_not_show_is_dropped():
    old = numbered(40)
    file = changed(old, numbered(40, l30="other"), path=PATHS[0])
    heads = {PATHS[0]: numbered(40, l30="other").encode()}
    view = view_of([file], heads, [[ShardFile(path=PATHS[0])]], PrReviewer())
    finding = Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path=PATHS[0],
        line=30,
        title="x",
        message="x",
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="pr_reviewer/correctness",
        code="other",
    )
    far = finding.model_copy(update={"line": 5, "code": "line 5"})
    report = view.missing(1, "").model_copy(
        update={
            "findings": tuple(
                ReportedFinding(id=str(line), finding=one, blocking=False)
                for line, one in enumerate((finding, far))
            )
        }
    )
    part = view.accept(report, 1, is_sealed=True)
    assert [one.finding.line for one in part.findings] == [30]
    assert [one.reason for one in part.dropped] == ["about lines outside this change"]
    verified = [
        one.model_copy(
            update={"finding": one.finding.model_copy(update={"evidence": Evidence.VERIFIED})}
        )
        for one in report.findings
    ]
    report = report.model_copy(update={"findings": tuple(verified)})
    # A second look is believed where our own keys have written the report.
    for is_sealed, lines in ((True, [30, 5]), (False, [30])):
        part = view.accept(report, 1, is_sealed=is_sealed)
        assert [one.finding.line for one in part.findings] == lines


def test_code_with_a_masked_secret_is_found_where_the_secret_stands(shards):
    view, report = shards
    place = {"line": 3, "code": "    key = '[redacted]'"}

    def move(report):
        report["findings"][0]["finding"] |= place

    joined = view.accept(forged(report, move), 1, is_sealed=True)
    assert [one.finding.line for one in joined.findings] == [3, 4]


def test_a_receipt_counts_our_own_lines(shards):
    view, report = shards

    def inflate(report):
        twin = dict(report["receipt"]["files"][0])
        report["receipt"]["files"][0].update(reviewed=10**9, changed=10**9, reviewable=False)
        report["receipt"]["files"].append({**twin, "path": PATHS[1]})
        report["receipt"].update(reviewed_lines=10**9, from_ledger=True)

    receipt = view.accept(forged(report, inflate), 1, is_sealed=True).receipt
    assert [(one.path, one.changed, one.reviewed) for one in receipt.files] == [(PATHS[0], 5, 5)]
    assert (receipt.reviewable_lines, receipt.reviewed_lines, receipt.share) == (5, 5, 1.0)
    assert not receipt.from_ledger


def test_only_a_sealed_report_may_ask_for_more_than_comments_and_prose(shards):
    view, report = shards
    proposals = [
        {"kind": "labels", "names": ["approved"]},
        {"kind": "check_run", "name": "x", "conclusion": "success", "title": "x", "summary": "x"},
        {"kind": "section", "title": "x", "body": "x"},
        {"kind": "inline_comments", "at_most": 10**9},
    ]

    def propose(report):
        report["proposals"] = [
            {"action": "pr_reviewer", "proposal": proposal} for proposal in proposals
        ]
        report["proposals"].append({"action": "other", "proposal": proposals[2]})

    def kinds(*, is_sealed):
        part = view.accept(forged(report, propose), 1, is_sealed=is_sealed)
        return [one.proposal.kind for one in part.proposals], part.proposals[-1].proposal.at_most

    assert kinds(is_sealed=False) == (["section", "inline_comments"], 30)
    every = ["labels", "check_run", "section", "inline_comments"]
    assert kinds(is_sealed=True) == (every, 10**9)


def test_a_missing_shard_is_unread_and_not_done(shards):
    view, report = shards
    first = view.accept(forged(report, lambda _report: None), 1, is_sealed=True)
    joined = merge_parts(first, [view.missing(2, "it crashed")], Policy().gate_rules)
    (shortfall,) = joined.shortfalls
    assert shortfall.detail == ("shard 2/2 is missing, so 1 file was not reviewed (it crashed)")
    assert (joined.verdict.value, joined.reason.value) == ("incomplete", "shard_missing")
    assert (joined.exit_code, joined.receipt.share, joined.reviewed.value) == (0, 0.5, "part")
    assert not advance(Memory(), joined).ledger.complete


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"findings":' * 50_000, "", "\0", '"\\ud800"', "1e999"],
    ids=["deep list", "deep object", "empty", "nul", "surrogate", "infinity"],
)
def test_text_that_is_no_report_is_an_error_of_ours(text):
    with pytest.raises(ConfigError, match="the report cannot be read"):
        parse_report(text.encode())


def test_a_report_with_a_field_that_is_none_of_ours_is_no_report(shards):
    report = {**shards[1], "trusted": True}
    with pytest.raises(ConfigError, match="broken at trusted"):
        parse_report(json.dumps(report).encode())


def test_a_seal_holds_for_the_very_report_under_the_same_keys(tmp_path, shards):
    report = forged(shards[1], lambda _report: None)
    seal = Seal.of(["k" * 40], SEAL_PURPOSE)
    (tmp_path / "a.json").write_text(with_seal(report, seal).model_dump_json(indent=1))
    other = report.model_copy(update={"notes": ("x",), "seal": with_seal(report, seal).seal})
    (tmp_path / "b.json").write_text(other.model_dump_json())
    (tmp_path / "c.json").write_text(with_seal(report, Seal.of([], SEAL_PURPOSE)).model_dump_json())
    (tmp_path / "d.json").symlink_to("/etc/passwd")
    files = list(read_reports(Workspace(tmp_path), "*.json", seal))
    assert [file.is_sealed for file in files] == [True, False, False]  # a link is no report
    for keys in ([], ["short"], ["l" * 40]):
        file, *_ = read_reports(Workspace(tmp_path), "*.json", Seal.of(keys, SEAL_PURPOSE))
        assert not file.is_sealed
