"""A review in shards: planned by one job, analysed by several, joined and posted by a last one."""

import contextlib
import json
import re

import pytest

from codeflow_action.engine.shards import ShardPlan
from codeflow_action.hosts.report_file import SEAL_PURPOSE, PlanFile
from codeflow_action.security.seal import Seal
from tests.entry.jobs import BASE, KEY, review
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
        "trigger": f"The price in {path} is divided by nothing.",
        "effect": "The wrong sum is charged.",
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


def planned(forks, shop, model, **runner):
    """Run the job that plans; return its ending and the labels of its matrix."""
    ended = shop.fork(forks, inputs={**settings(model), "shard": "plan"}, **runner).wait()
    assert ended.code == 0, ended.log
    return ended, json.loads(ended.outputs["matrix"])["shard"]


def analysed(forks, shop, model, labels, **runner):
    """Run a job for each of the shards; return where their reports are."""
    inputs = {**settings(model), "stage": "analyze"}
    jobs = [shop.fork(forks, inputs={**inputs, "shard": label}, **runner) for label in labels]
    endings = [job.wait() for job in jobs]
    assert [ended.code for ended in endings] == [0] * len(labels), endings[0].log
    folder = runner.get("workspace") or shop.work_tree
    return [folder / ended.outputs["report_path"] for ended in endings]


def published(forks, shop, model, **event):
    given = {**settings(model), "stage": "publish", "report_path": REPORTS}
    return shop.fork(forks, inputs=given, **event).wait()


def test_shards_come_to_what_one_job_comes_to(forks, shop, model):
    # No checkout, as in the example: what a job needs of git it fetches by itself.
    workspace = shop.root / "empty"
    workspace.mkdir()
    plan, labels = planned(forks, shop, model, workspace=workspace)
    assert labels == ["1/3", "2/3", "3/3"]
    assert plan.outputs["report_path"] == f"{FOLDER}/plan.json"
    assert not model.requests
    before = shop.github.reads()
    paths = analysed(forks, shop, model, labels, workspace=workspace)
    # The event has the pull request and the plan the merge base: a shard asks for nothing.
    assert shop.github.reads() == before
    assert shop.github.writes() == 0
    assert [path.name for path in paths] == [f"report-{n}-of-3.json" for n in (1, 2, 3)]
    assert len(model.requests) == 3
    given = {**settings(model), "stage": "publish", "report_path": REPORTS}
    joined = shop.fork(forks, inputs=given, workspace=workspace).wait()
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


@pytest.mark.promise(
    "Where a review is done in several jobs, what one job has written is held against what the job "
    "that publishes sees."
)
@pytest.mark.promise(
    "A finding that is not on our own diff, or quotes code that is not there, is dropped, and so "
    "is one that claims to be a gate's."
)
def test_a_forged_report_counts_for_no_more_than_can_be_proven_here(forks, shop, model):
    """Each kind of forgery is in tests/run/test_shard_reports.py; here are some at once."""
    _, labels = planned(forks, shop, model)
    first, second, third = analysed(forks, shop, model, labels)

    def change_findings(report):
        honest, twin = report["findings"]
        honest["finding"] |= {"evidence": "proven", "sources": ["quality_gates"], "rule": "a b"}
        twin["finding"] |= {"evidence": "deterministic", "severity": "error"}
        report["findings"] = [honest, twin, *moved(honest, path="README.md"), *moved(twin, line=2)]
        report["receipt"]["files"][0].update(reviewed=10**9, changed=10**9, reviewable=False)
        proposal = {"kind": "labels", "names": ["approved"]}
        report["proposals"].append({"action": "pr_reviewer", "proposal": proposal})

    def moved(reported, **place):
        place = {"evidence": "verified", **place}
        return [{**reported, "finding": {**reported["finding"], "end_line": None, **place}}]

    forged(first, change_findings)
    forged(second, lambda report: report.update(head_sha="f" * 40))
    third.write_text("[" * 200_000)
    third.with_name("report-4-of-3.json").symlink_to("/etc/passwd")
    with third.with_name("report-5-of-3.json").open("wb") as file:
        file.truncate(100_000_000)
    ended = published(forks, shop, model)
    assert (ended.code, ended.outputs["reason"]) == (0, "shard_missing"), ended.log
    assert ended.outputs["blocking_count"] == "0"
    remarks = [one.finding for one in ended.report.findings if not one.finding.is_deterministic]
    (finding,) = remarks
    assert finding.path == PATHS[0]
    assert (finding.evidence.value, finding.sources) == ("quoted", ("pr_reviewer",))
    assert finding.rule == "pr_reviewer/correctness"
    receipt = {one.path: (one.changed, one.reviewed) for one in ended.report.receipt.files}
    assert receipt[PATHS[0]] == (5, 5)
    assert receipt[PATHS[5]] == (5, 0)
    details = "; ".join(short.detail for short in ended.report.shortfalls)
    assert "shard 2/3 is missing" in details
    assert "it has another head" in details
    assert "shard 3/3 is missing" in details
    assert len(re.findall(r"report-[35]-of-3.json was not taken", ended.stdout)) == 2
    assert not shop.pull.labels
    assert "root:" not in ended.log
    # Nobody has sealed it: the next run asks a model.
    asked_before = len(model.requests)
    shop.run(inputs=settings(model))
    assert len(model.requests) > asked_before


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


@pytest.mark.promise(
    "A plan of shards that hides a line, or spends more than the configuration allows, is refused."
)
def test_a_forged_plan_is_refused_by_every_job(forks, shop, model):
    """Its digest is right: whoever can write the file can work that out, too."""
    planned(forks, shop, model)
    path = shop.work_tree / FOLDER / "plan.json"
    original = path.read_text()
    publication = {"stage": "publish", "report_path": REPORTS}
    shard = {"stage": "analyze", "shard": "1/3"}
    for change, inputs, words in (
        (lambda plan: plan["shards"][0]["files"].pop(), shard, "in none of its shards"),
        (lambda plan: plan["shards"][0]["files"].pop(), publication, "in none of its shards"),
        (lambda plan: plan["shards"][0].update(max_tokens=10**9), shard, "may use more tokens"),
        (lambda plan: plan.update(merge_base_sha="--output=x"), shard, "broken at plan.merge_base"),
        (lambda plan: plan.update(configuration="0" * 20), publication, "another configuration"),
        (lambda plan: plan.update(unchanged=True), publication, "no ledger here says so"),
    ):
        file = json.loads(original)
        change(file["plan"])
        with contextlib.suppress(ValueError):
            file["digest"] = ShardPlan.model_validate(file["plan"]).digest
        path.write_text(json.dumps(file))
        ended = shop.run(inputs={**settings(model), **inputs})
        assert ended.code == 2, words
        assert words in ended.stdout
    assert not model.requests
    assert shop.github.writes() == 0
    path.write_text(original)
    shop.push({"more.py": "x = 1\n"})
    for inputs in (shard, publication):
        assert shop.run(inputs={**settings(model), **inputs}).outputs["reason"] == "head_moved"


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


def test_a_shard_takes_an_approval_from_a_sealed_plan_alone(make_shop, model):
    """The label of somebody with write access is proven once, by the job that plans."""
    stranger = {"author": "stranger", "author_association": "NONE"}
    fork = {"head_repo": "stranger/shop", "labels": ["codeflow:review"], **stranger}
    shop = make_shop(base=BASE, head=HEAD, **fork)
    assert shop.run(inputs={**settings(model), "shard": "plan"}).code == 0
    path = shop.work_tree / FOLDER / "plan.json"
    file = json.loads(path.read_text())
    plan = ShardPlan.model_validate(file["plan"]).model_copy(update={"approved": True})
    inputs = {**settings(model), "stage": "analyze", "shard": "1/1"}
    for keys, reason in (([], "fork_unknown"), (["l" * 40], "fork_unknown"), ([KEY], "")):
        path.write_text(PlanFile.of(plan, Seal.of(keys, SEAL_PURPOSE)).text)
        reads = shop.github.reads()
        ended = shop.run(inputs=inputs)
        assert ended.code == 0, ended.log
        assert ended.report.actions[0].reason == reason
        assert bool(model.requests) is (not reason)
        assert shop.github.reads() == reads


def test_a_second_push_in_shards_asks_about_what_changed_and_carries_the_rest(forks, shop, model):
    _, labels = planned(forks, shop, model)
    analysed(forks, shop, model, labels)
    first = published(forks, shop, model)
    assert first.outputs["reviewed"] == "full", first.log
    asked_before = len(model.requests)
    shop.push({PATHS[2]: HEAD[PATHS[2]].replace(LINES[3], "    y3 = price / 3")})
    _, labels = planned(forks, shop, model, action="synchronize")
    paths = analysed(forks, shop, model, labels, action="synchronize")
    requests = model.requests[asked_before:]
    shown = [path for path in PATHS for request in requests if f"=== {path}" in request.text]
    assert shown == [PATHS[2]]
    for path in set(paths[0].parent.glob("report-*-of-*.json")) - set(paths):
        path.unlink()
    second = published(forks, shop, model, action="synchronize")
    assert (second.outputs["verdict"], second.outputs["reviewed"]) == ("pass", "full"), second.log
    assert second.report.receipt.earlier_lines == 5 * len(PATHS) - 5 + 1
    remarks = [one.finding.path for one in second.report.findings if one.finding.line]
    assert sorted(remarks) == sorted(["debug.py", *(path for path in PATHS if path != PATHS[2])])
    assert len(model.requests) == asked_before + len(requests)
    assert len(shop.stickies()) == 1
    # Whoever has written the plan cannot say what was read, not even by an older ledger of ours.
    path = shop.work_tree / FOLDER / "plan.json"
    file = json.loads(path.read_text())
    file["plan"]["approved"] = not file["plan"]["approved"]
    file["digest"] = ShardPlan.model_validate(file["plan"]).digest
    path.write_text(json.dumps(file))
    inputs = {**settings(model), "stage": "analyze", "shard": labels[0]}
    forged_run = shop.run(inputs=inputs, action="synchronize")
    assert forged_run.report.receipt.earlier_lines == 0, forged_run.log
