"""A review in shards: planned by one job, analysed by several, joined and posted by a last one."""

import json

import pytest

from tests.entry.jobs import BASE, review
from tests.entry.test_pull_request import asked
from tests.entry.test_report_file import seen

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
