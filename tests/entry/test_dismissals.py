"""Findings that people dismiss: who may, and what a run makes of it."""

import pytest

from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.outcome import Verdict
from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, commit, git, review
from tests.entry.test_pull_request import asked

LEFTOVER = {**BASE, "shop/debug.py": "def debug():\n    breakpoint()\n"}
STRICT = {"config": "pipeline: [{quality_gates: {debug_leftovers: error}}]"}


def test_nobody_without_write_access_gets_a_gate_green(make_shop):
    """Without a key, too: what was dismissed is told from the conversation by each run."""
    shop = make_shop(head=LEFTOVER)
    shop.repository.collaborators |= {"tim": "triage", "ada": "write"}
    first = shop.run(inputs=STRICT)
    assert (first.code, first.report.verdict) == (1, Verdict.FAIL)
    (finding,) = first.report.findings
    command = f"/codeflow dismiss {finding.id} Only in the demo"
    for author in ("mona", "tim", "stranger", "robot[bot]"):  # mona has opened the pull request
        shop.pull.add_comment(command, author=author, association="MEMBER")
    refused = shop.run(inputs=STRICT)
    assert (refused.code, refused.report.findings, refused.report.dismissals) == (
        1,
        first.report.findings,
        (),
    )
    shop.pull.add_comment(command, author="ada")
    ended = shop.run(inputs=STRICT)
    assert (ended.code, ended.report.verdict, ended.report.findings) == (0, Verdict.PASS, ())
    (entry,) = ended.report.dismissals
    assert (entry.id, entry.finding, entry.dismissal.way, entry.dismissal.login) == (
        finding.id,
        finding.finding,
        DismissalWay.COMMAND,
        "ada",
    )
    assert entry.dismissal.reason == "Only in the demo"
    assert "file=shop/debug.py" not in ended.stdout  # nor is it annotated
    asked_about = [
        request.path for request in shop.github.requests if request.path.endswith("/permission")
    ]
    assert len(asked_about) == 3 + 4  # each person once a run, and no bot


LABEL = "codeflow:allow-debug_leftovers"


@pytest.mark.promise(
    "A label codeflow:allow-RULE allows a rule where somebody with write access has set it, for "
    "the head that it was set on alone."
)
def test_a_writers_label_allows_a_rule_on_one_head(make_shop):
    """Without a key, too. Whoever has opened the pull request cannot do it, nor can triage."""
    shop = make_shop(head=LEFTOVER)
    shop.repository.collaborators |= {"tim": "triage", "ada": "write"}
    push = shop.repository.event("pull_request", pull=shop.pull, action="synchronize")
    for author in ("tim", "stranger", "github-actions[bot]"):
        shop.pull.put_labels(LABEL, author=author)
        refused = shop.run(inputs=STRICT, payload=push)
        assert (refused.code, refused.report.dismissals) == (1, ())
        assert "allows nothing on this head" in shop.stickies()[0]
        shop.pull.take_labels(LABEL, author="ada")
    shop.pull.put_labels(LABEL, author="ada")
    # The job of the push is run again: its payload knows of no label.
    ended = shop.run(inputs=STRICT, payload=push)
    assert (ended.code, ended.report.verdict, ended.report.findings) == (0, Verdict.PASS, ())
    (entry,) = ended.report.dismissals
    assert (entry.dismissal.way, entry.dismissal.login) == (DismissalWay.LABEL, "ada")
    (row,) = [line for line in shop.stickies()[0].splitlines() if "Allowed:" in line]
    assert f", by ada: label `{LABEL}`, for this head" in row
    # A push removes the label's effect; it is set anew for what is there now.
    shop.push({"shop/more.py": "def more():\n    return 1\n"})
    assert shop.run(inputs=STRICT).code == 1
    shop.pull.take_labels(LABEL, author="ada")
    shop.pull.put_labels(LABEL, author="ada")
    assert shop.run(inputs=STRICT, action="labeled", label=LABEL, sender="tim").code == 1
    assert shop.run(inputs=STRICT, action="labeled", label=LABEL, sender="ada").code == 0


def test_the_configuration_allows_a_rule_with_a_reason(make_shop):
    shop = make_shop(head=LEFTOVER)
    row = '\nallow: [{rule: debug_leftovers, path: "shop/**", why: A teaching aid.}]'
    config = {"config": STRICT["config"] + row}
    ended = shop.run(inputs=config)
    assert (ended.code, ended.report.findings) == (0, ())
    assert shop.stickies() == []  # alone it is nothing to say
    shop.run(inputs=config | {"comment": "always"})
    (row,) = [line for line in shop.stickies()[0].splitlines() if "Allowed:" in line]
    assert row.endswith(": A teaching aid.")


def test_a_remark_that_a_person_dismisses_in_its_thread_is_not_open(shop, model):
    shop.repository.collaborators["ada"] = "write"
    first = shop.run(inputs=asked(model))
    (remark,) = shop.pull.review_comments
    shop.pull.reply(remark.id, "This is by design.", author="ada")
    ended = shop.run(inputs=asked(model))
    assert ended.report.findings == ()
    (entry,) = ended.report.dismissals
    assert entry.id == first.report.findings[0].id
    assert (entry.dismissal.way, entry.dismissal.reason) == (
        DismissalWay.REPLY,
        "This is by design.",
    )
    assert len(shop.pull.review_comments) == 2


STANDING = """\
dismissed:
  - rule: RULE
    paths: ["shop/**"]
    reason: The demo stops here.
"""


def test_the_base_dismisses_for_good_and_the_head_does_not(make_shop):
    path = ".github/codeflow-dismissed.yml"
    shop = make_shop(head={**LEFTOVER, path: "dismissed: [{reason: 1}]"})
    first = shop.run(inputs=STRICT)
    assert first.code == 1
    rules = {entry.finding.path: entry.finding.rule for entry in first.report.findings}
    assert set(rules) == {path, "shop/debug.py"}
    text = STANDING.replace("RULE", rules["shop/debug.py"])
    shop.push({path: text})
    assert shop.run(inputs=STRICT).code == 1  # the head's copy is read as data
    git(shop.work_tree, "merge", "--quiet", "feature")
    shop.push({"shop/other.py": LEFTOVER["shop/debug.py"]})
    ended = shop.run(inputs=STRICT)
    assert (ended.code, ended.report.findings) == (0, ())
    assert [entry.dismissal.reason for entry in ended.report.dismissals] == ["The demo stops here."]


def test_the_like_of_what_was_dismissed_stays_quiet_on_the_next_pull_request(shop, model):
    shop.repository.collaborators["ada"] = "write"
    shop.run(inputs=asked(model))
    shop.pull.react(shop.pull.review_comments[0].id, "-1", author="ada")
    assert shop.run(inputs=asked(model)).report.findings == ()
    shop.pull.state, shop.pull.is_merged = "closed", True
    git(shop.work_tree, "checkout", "--quiet", "-b", "second", "main")
    commit(shop.work_tree, {"shop/other.py": HEAD["shop/cart.py"]})
    git(shop.work_tree, "checkout", "--quiet", "main")
    second = shop.repository.open_pull_request(head="second", number=2)
    with ModelServer(keys=[KEY], answer=review({**REMARK, "path": "shop/other.py"})) as other:
        ended = shop.run(inputs=asked(other), pull=second)
    assert (ended.report.findings, second.review_comments) == ((), ())
    (gone,) = [entry for entry in ended.report.dropped if entry.path == "shop/other.py"]
    assert gone.reason == "its like was dismissed on #1 by ada"
