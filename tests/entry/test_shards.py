"""A review in shards: planned by one job, analysed by several, joined and posted by a last one."""

import contextlib
import json
import re

import pytest

from codeflow_action.engine.shards import ShardPlan
from tests.entry.jobs import BASE, review
from tests.entry.test_pull_request import asked
from tests.entry.test_report_file import EVIL, forged, seen

FOLDER = ".codeflow"
REPORTS = f"{FOLDER}/report-*-of-*.json"
PATHS = [f"shop/part{number}.py" for number in range(6)]
CONFIG = {"config": "shards: {max: 3, lines: 4}"}
LINES = [f"    y{number} = price / {number - 3}" for number in range(4)]
HEAD = {path: "\n".join(["def total(price):", *LINES, ""]) for path in PATHS}


def remark(path):
    """A remark that is told apart from those on other files by its words."""
    return {
        "path": path,
        "quote": LINES[3],
        "side": "new",
        "severity": "warning",
        "category": "correctness",
        "title": f"Divides by zero in {path}",
        "message": f"`{path}` divides by zero.",
        "failure_scenario": f"The price in {path} is divided by nothing.",
        "suggestion": None,
        "confidence": 0.9,
    }


@pytest.fixture
def shop(make_shop, model):
    answers = {path: remark(path) for path in PATHS}

    def answer(request):
        shown = [answers[path] for path in PATHS if f"=== {path}" in request.text]
        return review(*shown)(request)

    model.answer = answer
    return make_shop(base=BASE, head={**HEAD, "debug.py": "breakpoint()\n"})


def settings(model):
    return {**asked(model), **CONFIG}


def planned(forks, shop, model):
    """Run the job that plans; return its ending and the labels of its matrix."""
    ended = shop.fork(forks, inputs={**settings(model), "shard": "plan"}).wait()
    assert ended.code == 0, ended.log
    return ended, json.loads(ended.outputs["matrix"])["shard"]


def analysed(forks, shop, model, labels):
    """Run a job for each of the shards; return where their reports are."""
    inputs = {**settings(model), "stage": "analyze"}
    jobs = [shop.fork(forks, inputs={**inputs, "shard": label}) for label in labels]
    endings = [job.wait() for job in jobs]
    assert [ended.code for ended in endings] == [0] * len(labels), endings[0].log
    return [shop.work_tree / ended.outputs["report_path"] for ended in endings]


def published(forks, shop, model, **inputs):
    given = {**settings(model), "stage": "publish", "report_path": REPORTS, **inputs}
    return shop.fork(forks, inputs=given).wait()


def test_shards_come_to_what_one_job_comes_to(forks, shop, model):
    plan, labels = planned(forks, shop, model)
    assert labels == ["1/3", "2/3", "3/3"]
    assert plan.outputs["report_path"] == f"{FOLDER}/plan.json"
    assert not model.requests
    before = shop.github.reads()
    paths = analysed(forks, shop, model, labels)
    # A checkout with its history needs no request; what stands on GitHub no shard asks for.
    assert shop.github.reads() == before
    assert shop.github.writes() == 0
    assert [path.name for path in paths] == [f"report-{n}-of-3.json" for n in (1, 2, 3)]
    assert len(model.requests) == 3
    joined = published(forks, shop, model)
    assert joined.code == 0, joined.log
    assert len(model.requests) == 3
    by_shards = seen(shop)
    assert len(by_shards[1]) == 5
    shop.pull.comments, shop.pull.reviews, shop.pull.review_comments = (), (), ()
    direct = shop.run(inputs=settings(model))
    assert seen(shop)[1] == by_shards[1]
    same = ("verdict", "reason", "findings_count", "warnings_count", "coverage", "reviewed")
    assert [joined.outputs[name] for name in same] == [direct.outputs[name] for name in same]
    assert joined.report.receipt == direct.report.receipt
    ids = [[reported.id for reported in ended.report.findings] for ended in (joined, direct)]
    assert ids[0] == ids[1]


def test_a_missing_shard_is_named_and_twice_the_same_one_is_one(forks, shop, model):
    _, labels = planned(forks, shop, model)
    first, second, _third = analysed(forks, shop, model, labels)
    kept = second.rename(second.with_suffix(".kept"))
    first.with_name("report-1-of-3-of-copy.json").write_bytes(first.read_bytes())
    ended = published(forks, shop, model)
    assert (ended.code, ended.outputs["verdict"]) == (0, "incomplete"), ended.log
    assert (ended.outputs["reason"], ended.outputs["reviewed"]) == ("shard_missing", "part")
    missing = "shard 2/3 is missing, so 2 files were not reviewed (no report of it was found)"
    assert missing in shop.stickies()[0]
    assert missing in ended.stdout
    assert ended.report.receipt.share == pytest.approx(0.69, abs=0.1)
    warnings = [one.finding.path for one in ended.report.findings if one.finding.line]
    assert warnings.count(PATHS[0]) == 1
    # It has not reviewed all, so its ledger lets nobody skip this head.
    kept.rename(second)
    again = published(forks, shop, model)
    assert (again.outputs["verdict"], again.outputs["reviewed"]) == ("pass", "full"), again.log
    assert len(shop.stickies()) == 1
    asked_before = len(model.requests)
    assert shop.run(inputs=settings(model)).outputs["reason"] == "unchanged"
    assert len(model.requests) == asked_before
    # A change that is reviewed already is one shard, for which nobody is asked again.
    _, labels = planned(forks, shop, model)
    assert labels == ["1/1"]
    (path,) = analysed(forks, shop, model, labels)
    assert json.loads(path.read_text())["actions"][0]["reason"] == "unchanged"
    assert published(forks, shop, model).outputs["reason"] == "unchanged"
    assert len(model.requests) == asked_before


def first_finding(report):
    return report["findings"][0]["finding"]


def claim(report, **values):
    first_finding(report).update(values)


# What is done to the first shard's report, and what is said of it.
REFUSED = [
    (lambda report: report.update(head_sha="f" * 40), "it has another head"),
    (lambda report: report.update(merge_base_sha="f" * 40), "it has another merge base"),
    (lambda report: report.update(number=2), "it has another number"),
    (lambda report: report.update(plan="0" * 32), "it has another plan"),
    (lambda report: report.update(digest="0" * 20), "it has another digest"),
    (lambda report: report.update(trusted=True), "no report of it was found"),
    (lambda report: report["actions"].clear(), "not of the actions that ask models here"),
    (lambda report: report["actions"][0].update(name="quality_gates"), "not of the actions"),
    (
        lambda report: report["actions"][0].update(status="skipped", reason="draft"),
        "pr_reviewer was not held back here (draft)",
    ),
    (lambda report: report["spent"].update(input_tokens=-1), "counts what nobody can spend"),
    (lambda report: report["spent"].update(cost_usd=1e300), "counts what nobody can spend"),
    (lambda report: report.update(findings=report["findings"] * 300), "holds more than any"),
    (lambda report: report.update(shard="2/3"), "no report of it was found"),
    (lambda report: report.update(shard="7/9"), "no report of it was found"),
]


def test_a_forged_report_counts_for_no_more_than_can_be_proven_here(forks, shop, model):
    _, labels = planned(forks, shop, model)
    path, second, _ = analysed(forks, shop, model, labels)
    original = path.read_text()

    def forge(change):
        """Return the ending of a job that joins the reports after this change to the first."""
        path.write_text(original)
        forged(path, change)
        ended = published(forks, shop, model, dry_run="true")
        assert ended.code == 0, ended.log
        path.write_text(original)
        return ended

    for change, words in REFUSED:
        ended = forge(change)
        assert ended.outputs["reason"] == "shard_missing", words
        details = [short.detail for short in ended.report.shortfalls]
        assert any("shard 1/3 is missing" in detail and words in detail for detail in details)

    def titles(ended):
        return [one.finding.title for one in ended.report.findings]

    honest = forge(lambda _report: None)
    title = f"Divides by zero in {PATHS[0]}"
    assert title in titles(honest)
    for values in (
        {"path": "README.md"},  # in no shard: it is not changed
        {"path": PATHS[5]},  # another shard's
        {"line": 2, "end_line": None},  # other code stands there
        {"line": 9_999, "end_line": None},
        {"code": "import os"},
        {"code": f"{LINES[3]}\n{LINES[3]}"},
        {"evidence": "deterministic", "severity": "error"},  # gates are run here
    ):
        ended = forge(lambda report, values=values: claim(report, **values))
        assert title not in titles(ended), values
        assert ended.outputs["verdict"] == "pass"

    def inflate(report):
        claim(report, evidence="proven", sources=["quality_gates"], rule="a b")
        report["receipt"]["files"][0].update(reviewed=10**9, changed=10**9, reviewable=False)
        labels = {"kind": "labels", "names": ["approved"]}
        report["proposals"].append({"action": "pr_reviewer", "proposal": labels})

    ended = forge(inflate)
    (finding,) = [one.finding for one in ended.report.findings if one.finding.title == title]
    assert (finding.evidence.value, finding.sources) == ("quoted", ("pr_reviewer",))
    assert finding.rule == "pr_reviewer/correctness"
    assert ended.report.receipt == honest.report.receipt
    assert not any(one.proposal.kind == "labels" for one in ended.report.proposals)

    # Of two that differ, and are both not sealed, nobody knows which one is the shard's.
    second.with_name("report-1-of-3-of-twin.json").write_text(original.replace("zero", "none"))
    ended = forge(lambda report: report.update(seconds=9))
    assert "its reports contradict each other" in ended.report.shortfalls[0].detail


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"findings":' * 50_000, "", "\0", '"\\ud800"', "x" * 20_000_000],
    ids=["deep list", "deep object", "empty", "nul", "surrogate", "20 MB"],
)
def test_a_file_that_is_no_report_is_told_as_a_missing_shard(forks, shop, model, text):
    _, labels = planned(forks, shop, model)
    (path,) = analysed(forks, shop, model, labels[:1])
    path.write_text(text)
    path.with_name("report-2-of-3.json").symlink_to("/etc/passwd")
    with path.with_name("report-3-of-3.json").open("wb") as file:
        file.truncate(100_000_000)
    ended = published(forks, shop, model, dry_run="true")
    assert (ended.code, ended.outputs["reason"]) == (0, "shard_missing"), ended.log
    assert len(ended.report.shortfalls) == 3
    assert ended.outputs["coverage"] == "0"
    assert len(re.findall("report-.-of-3.json was not taken", ended.stdout)) >= 2
    assert "root:" not in ended.log


def test_a_strangers_words_in_a_shards_report_stay_words(forks, shop, model):
    _, labels = planned(forks, shop, model)
    for path in analysed(forks, shop, model, labels):

        def change(report):
            for reported in report["findings"]:
                reported["finding"] |= {"title": EVIL, "message": EVIL, "rule": EVIL}
            report["receipt"]["files"][0].update(reviewed=0, reason=EVIL)
            report["receipt"]["notes"] = [EVIL]
            report["actions"][0].update(detail=EVIL)
            report["shortfalls"] = [{"reason": "budget", "detail": EVIL, "severity": "error"}]
            report |= {"notes": [EVIL], "notices": [EVIL], "model": EVIL, "no_model": EVIL}

        forged(path, change)
    ended = published(forks, shop, model)
    assert (ended.code, ended.outputs["reason"]) == (0, "budget"), ended.log
    bodies = [*shop.stickies(), *(one.body for one in shop.pull.review_comments), ended.summary]
    assert len(bodies) > 2
    for body in bodies:
        plain = re.sub(r"`[^`]*`", "", body)
        for sign in ("@octo", "<script>", "\n/merge", "https://evil", "![x]"):
            assert sign not in plain
    assert not any(line.startswith("/merge") for line in ended.stdout.splitlines())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plan: plan["shards"][0]["files"].pop(), "in none of its shards"),
        (lambda plan: plan["shards"][0].update(max_tokens=10**9), "more tokens than"),
        (lambda plan: plan.update(merge_base_sha="--upload-pack=x"), "broken at plan.merge_base"),
        (lambda plan: plan.update(configuration="0" * 20), "another configuration"),
        (lambda plan: plan.update(unchanged=True), "no ledger here says so"),
        (lambda plan: plan.update(head_sha="f" * 40), ""),
    ],
)
def test_a_forged_plan_is_none(forks, shop, model, change, words):
    """Its digest is right: whoever can write the file can work that out, too."""
    planned(forks, shop, model)
    path = shop.work_tree / FOLDER / "plan.json"
    file = json.loads(path.read_text())
    change(file["plan"])
    with contextlib.suppress(ValueError):
        file["digest"] = ShardPlan.model_validate(file["plan"]).digest
    path.write_text(json.dumps(file))
    jobs = [
        shop.fork(forks, inputs={**settings(model), "stage": "analyze", "shard": "1/3"}),
        shop.fork(forks, inputs={**settings(model), "stage": "publish", "report_path": REPORTS}),
    ]
    analysis, publication = (job.wait() for job in jobs)
    assert words in publication.stdout
    if "no ledger" in words:  # a shard cannot tell, and does less
        assert analysis.outputs["reason"] == "unchanged"
    elif words:
        assert words in analysis.stdout
        assert (analysis.code, publication.code) == (2, 2)
    else:
        assert analysis.outputs["reason"] == "head_moved"
    assert not model.requests
    assert shop.github.writes() == 0


def test_a_plan_is_needed_and_a_change_without_files_is_one_shard(forks, make_shop, model):
    shop = make_shop(base=BASE, head={})
    ended, labels = planned(forks, shop, model)
    assert labels == ["1/1"]
    assert (shop.work_tree / ended.outputs["report_path"]).is_file()
    inputs = {**settings(model), "stage": "analyze"}
    assert shop.run(inputs={**inputs, "shard": "1/1"}).outputs["verdict"] == "skipped"
    (shop.work_tree / FOLDER / "plan.json").unlink()
    ended = shop.run(inputs={**inputs, "shard": "1/1"})
    assert ended.code == 2
    assert "plan of shards at .codeflow/plan.json was not read" in ended.stdout
