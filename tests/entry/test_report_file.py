"""A report that one process has written and another publishes, through the same plan."""

import json
import re

import pytest

from tests.entry.jobs import BASE, REMARK, review
from tests.entry.test_pull_request import asked

EVIL = "@octo/all fixes #1 ![x](https://evil.example/x.png) <script> --> | pipe\n/merge"
LINES = [f"    x{number} = price / {number - 3}" for number in range(6)]
HEAD = {"shop/cart.py": "\n".join(["def total(price):", *LINES, ""]), "debug.py": "breakpoint()\n"}
SETTINGS = {"config": "pipeline: [quality_gates, {pr_reviewer: {max_comments: 2}}]"}


@pytest.fixture
def shop(make_shop, model):
    model.answer = review(*({**REMARK, "quote": line, "title": line.strip()} for line in LINES))
    return make_shop(base=BASE, head=HEAD)


def publish(forks, shop, model, report, **inputs):
    """Publish the report at this path in a process of its own: nothing else passes between."""
    path = {"stage": "publish", "report_path": str(report.relative_to(shop.work_tree))}
    return shop.fork(forks, inputs={**asked(model), **SETTINGS, **path, **inputs}).wait()


def written(shop, model, **inputs):
    """Let one process review and post nothing; return where its report is."""
    ended = shop.run(inputs={**asked(model), **SETTINGS, "stage": "analyze", **inputs})
    assert ended.code == (1 if "fail_on" in inputs else 0), ended.log
    assert shop.github.writes() == 0
    return shop.work_tree / ended.outputs["report_path"]


def seen(shop):
    """What readers see on the pull request; addresses of comments are GitHub's to give."""
    stickies = [body.partition("\n")[2] for body in shop.stickies()]
    comments = [(one.path, one.line, one.body) for one in shop.pull.review_comments]
    return [re.sub(r"_r\d+", "_r", body) for body in stickies], sorted(comments)


def test_another_process_posts_what_the_first_would_have_posted(forks, shop, model):
    path = written(shop, model)
    ended = publish(forks, shop, model, path)
    assert ended.code == 0, ended.log
    by_another = seen(shop)
    assert len(by_another[1]) == 2
    assert ended.outputs["findings_count"] == "7"
    shop.pull.comments, shop.pull.reviews, shop.pull.review_comments = (), (), ()
    direct = shop.run(inputs={**asked(model), **SETTINGS})
    assert seen(shop) == by_another
    same = ("verdict", "reason", "findings_count", "warnings_count", "coverage", "tokens")
    assert [ended.outputs[name] for name in same] == [direct.outputs[name] for name in same]


def test_publishing_it_again_changes_nothing(forks, shop, model):
    path = written(shop, model)
    publish(forks, shop, model, path)
    writes, before = shop.github.writes(), seen(shop)
    publish(forks, shop, model, path)
    assert (shop.github.writes(), seen(shop)) == (writes, before)


def test_a_report_about_another_head_is_not_posted(forks, shop, model):
    path = written(shop, model)
    shop.push({"more.py": "x = 1\n"})
    ended = publish(forks, shop, model, path)
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "head_moved")
    assert shop.github.writes() == 0


def forged(path, change):
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))
    return path


def test_one_that_our_own_keys_have_sealed_moves_the_ledger(forks, shop, model):
    publish(forks, shop, model, written(shop, model))
    asked_before = len(model.requests)
    ended = shop.run(inputs={**asked(model), **SETTINGS})
    assert len(model.requests) == asked_before
    assert ended.outputs["reason"] == "unchanged"
    assert len(shop.pull.review_comments) == 2


def test_who_publishes_needs_no_key_and_then_shows_what_is_proven_here(forks, shop, model):
    """So the job that asks models may lack the right to write, and the one that writes the key."""
    anthropic = {**asked(model, "anthropic"), "openai_api_key": "", "effort": "medium"}
    path = written(shop, model, **anthropic)
    assert '"verified"' in path.read_text()
    ended = publish(forks, shop, model, path, **{**anthropic, "anthropic_api_key": ""})
    assert ended.code == 0, ended.log
    findings = [one.finding for one in ended.report.findings if not one.finding.is_deterministic]
    assert {finding.evidence.value for finding in findings} == {"quoted"}
    assert len(shop.pull.review_comments) == 2
    assert (ended.outputs["reviewed"], ended.outputs["coverage"]) == ("full", "1")


@pytest.mark.promise(
    "A report that somebody has changed can make later runs do more, and never less."
)
def test_one_that_somebody_has_changed_moves_no_ledger(forks, shop, model):
    """A stranger's report may have later runs do more, never less: the next one asks a model."""
    path = forged(written(shop, model), lambda report: report.update(seconds=1))
    publish(forks, shop, model, path)
    asked_before = len(model.requests)
    ended = shop.run(inputs={**asked(model), **SETTINGS})
    assert len(model.requests) > asked_before
    assert ended.outputs["reason"] != "unchanged"
    assert len(shop.pull.review_comments) == 2


def test_a_strangers_words_in_it_stay_words(forks, shop, model):
    def change(report):
        for reported in report["findings"]:
            reported["finding"] |= {"title": EVIL, "message": EVIL}
        report |= {"notes": [EVIL], "notices": [EVIL], "model": EVIL}
        report["proposals"].append(
            {"action": EVIL, "proposal": {"kind": "section", "title": EVIL, "body": EVIL}}
        )

    ended = publish(forks, shop, model, forged(written(shop, model), change))
    assert ended.code == 0, ended.log
    bodies = [*shop.stickies(), *(one.body for one in shop.pull.review_comments)]
    assert len(bodies) == 3
    for body in bodies:
        plain = re.sub(r"`[^`]*`", "", body)
        for sign in ("@octo", "<script>", "\n/merge", "https://evil", "![x]"):
            assert sign not in plain


def test_names_and_verdicts_in_it_are_worked_out_anew(forks, shop, model):
    """Else it could take another finding's place, or pass a gate that is closed."""

    def change(report):
        for reported in report["findings"]:
            reported |= {"id": "0" * 16, "known": True, "blocking": False, "url": "https://evil"}
        report |= {"verdict": "pass", "exit_code": 0}

    path = written(shop, model, fail_on="warning")
    ended = publish(forks, shop, model, forged(path, change), fail_on="warning")
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert len({reported.id for reported in ended.report.findings}) == 7
    assert len(shop.pull.review_comments) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda report: report.update(number=2), "another pull request"),
        (lambda report: report.update(name="other"), "another pull request"),
        (lambda report: report.pop("version"), "broken at version"),
        (lambda report: report.update(version="1 <!-- -->"), "as CodeFlow never does"),
        (lambda report: report["actions"][0].update(name="`a` ![x](y)"), "as CodeFlow never does"),
        (lambda report: report["proposals"][0]["proposal"].update(kind="merge"), "broken at"),
    ],
)
def test_what_is_no_report_of_this_pull_request_is_refused(forks, shop, model, change, told):
    ended = publish(forks, shop, model, forged(written(shop, model), change))
    assert ended.code == 2
    assert told in ended.stdout
    assert shop.github.writes() == 0


def test_a_report_that_is_too_large_is_not_parsed(tmp_path):
    from codeflow_action.engine.errors import ConfigError
    from codeflow_action.hosts.report_file import parse_report

    with pytest.raises(ConfigError, match="larger"):
        parse_report(b" " * 16_000_001)
