"""Whole runs with the gate that tells who has reviewed a head."""

import re
from dataclasses import replace

from codeflow_action.testing.github import Fault, ServedStatus
from codeflow_action.testing.github.values import CommentAnchor, GitHubAccount

OPTIONS = "{level: error, require: [people, coderabbit]}"
GATE = f"pipeline: [{{quality_gates: {{review_presence: {OPTIONS}}}}}]"
NOBODY = "Reviews of this head: CodeRabbit was rate-limited, people reviewed an older head"
TITLE = "Nobody who is asked for has reviewed this head"


def presence(shop):
    """Run the gate; return the run, and what it says of the reviews."""
    ended = shop.run(inputs={"config": GATE})
    return ended, next(note for note in ended.report.notes if note.startswith("Reviews of this"))


def test_a_head_that_nobody_has_reviewed_is_told_and_can_close_the_gate(shop):
    pull = shop.pull
    limit = "> [!WARNING]\n> ## Rate limit exceeded\n> \n> @mona has exceeded the limit"
    pull.add_comment(limit, author="coderabbitai[bot]")
    # None of these is a review of it: the author's, a stranger's, a faked bot's, an answer's.
    pull.add_review("Fine.", author=pull.author.login, association="OWNER")
    pull.add_review("LGTM", author="stranger")
    pull.add_review("**Actionable comments posted: 0**", author="coderabbitai")
    older = pull.add_review("Change this.", author="dana", association="MEMBER")
    sha = shop.push({"shop/more.py": "def one():\n    return 1\n"})
    shop.repository.refresh()
    status = ServedStatus(
        sha=sha,
        context="CodeRabbit",
        state="success",
        description="Review completed",
        creator=GitHubAccount.from_login("coderabbitai[bot]"),
    )
    shop.repository.statuses = (status,)
    anchor = CommentAnchor(path="shop/cart.py", line=6)
    first = pull.add_review_comment(older, anchor, "Here.")
    answer = pull.add_review("", author="dana", association="MEMBER")
    pull.add_review_comment(answer, anchor, "Thanks.", thread=first.id)
    ended, note = presence(shop)
    assert ended.code == 1, ended.log
    assert note == NOBODY
    assert [finding.finding.title for finding in ended.report.findings] == [TITLE]
    assert "mona has exceeded" not in ended.log + ended.summary
    pull.add_review(
        "**Actionable comments posted: 1**",
        author="coderabbitai[bot]",
        comments=[(anchor, "An empty list divides by zero.")],
    )
    reads = shop.github.reads()
    ended, note = presence(shop)
    assert ended.code == 0, ended.log
    assert note.startswith("Reviews of this head: CodeRabbit reviewed it")
    # one request more than without the gate
    with_gate = shop.github.reads() - reads
    without = shop.github.reads()
    shop.run(inputs={"config": "pipeline: [quality_gates]"})
    assert with_gate == shop.github.reads() - without + 1


def test_what_cannot_be_seen_is_no_pass(shop):
    fault = Fault(method="POST", path=re.compile("graphql"), status=200, count=50)
    shop.github.faults.add(replace(fault, body={"errors": [{"message": "no"}]}))
    ended = shop.run(inputs={"config": GATE})
    assert (ended.code, ended.outputs["reason"]) == (3, "gate_not_run")
    assert "could not see who has reviewed this" in ended.summary
