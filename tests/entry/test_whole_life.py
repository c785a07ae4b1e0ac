"""A pull request from its opening to the merge: what stands on GitHub at each step."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pytest

from codeflow_action.testing.models import Json, ModelRequest, ModelServer, TokenUsage
from codeflow_action.testing.models.replies import Reply
from codeflow_action.testing.reviewer_replies import is_second_round, reviewer_reply
from tests.entry.jobs import KEY, REMARK, Shop, commit, git

PIPELINE = """\
pipeline:
  - quality_gates
  - pr_reviewer
  - issue_creator: {when: merged}
  - responder
"""
PADDING = "".join(f"# Line {number} of a long explanation.\n" for number in range(40))


def module(name: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in (f'"""The {name} of the shop."""', "", "", *lines))


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A mistake in one function, and the same function without it."""

    path: str
    lines: tuple[str, ...]
    quote: str
    title: str
    repaired: tuple[str, ...]

    @property
    def broken_text(self) -> str:
        return module(self.path, *self.lines)

    @property
    def repaired_text(self) -> str:
        return module(self.path, *self.repaired)

    @property
    def remark(self) -> Mapping[str, object]:
        return {
            **REMARK,
            "path": self.path,
            "quote": self.quote,
            "title": self.title,
            "message": f"{self.title}, as a test of `{self.quote.strip()}` shows.",
        }


AVERAGE = Bug(
    path="shop/average.py",
    lines=("def average(prices):", "    return sum(prices) // len(prices)"),
    quote="    return sum(prices) // len(prices)",
    title="An empty list divides by zero",
    repaired=("def average(prices):", "    return statistics.mean(prices) if prices else 0"),
)
DISCOUNT = Bug(
    path="shop/discount.py",
    lines=("def discount(price, share):", "    return price - share"),
    quote="    return price - share",
    title="A share is subtracted as if it were an amount",
    repaired=("def discount(price, share):", "    return price * (1 - share)"),
)
STOCK = Bug(
    path="shop/stock.py",
    lines=("def take(stock, item):", "    stock[item] -= 1", "    return stock"),
    quote="    stock[item] -= 1",
    title="The stock may become negative",
    repaired=(
        "def take(stock, item):",
        "    stock[item] = max(0, stock[item] - 1)",
        "    return stock",
    ),
)
BUGS = (AVERAGE, DISCOUNT, STOCK)
CLEAN = {
    f"shop/page{number}.py": module(f"page {number}", f"PAGE = {number}") for number in range(9)
}


def reviewer(bugs: Iterable[Bug]) -> Callable[[ModelRequest], Reply]:
    """Return a model that sees each bug wherever its code is shown, and answers questions."""

    def answer(request: ModelRequest) -> Reply:
        usage = TokenUsage(input=len(request.text) // 4, output=50)
        properties = (request.schema or {}).get("properties", {})
        if not is_second_round(request) and "remarks" not in properties:
            return Json({"answer": "It is an amount in cents."}, usage=usage)
        remarks = []
        for bug in bugs:
            if bug.quote in request.text:
                path = "shop/inventory.py" if "shop/inventory.py" in request.text else bug.path
                is_moved = bug is STOCK
                remarks.append({**bug.remark, "path": path if is_moved else bug.path})
        return reviewer_reply(request, remarks, usage)

    return answer


@pytest.fixture
def model() -> Iterable[ModelServer]:
    with ModelServer(keys=[KEY], answer=reviewer(BUGS)) as server:
        yield server


@pytest.fixture
def life(make_shop: Callable[..., Shop], model: ModelServer) -> "Life":
    base = {"README.md": "# Shop\n", ".github/codeflow.yml": PIPELINE}
    head = CLEAN | {bug.path: bug.broken_text for bug in BUGS}
    shop = make_shop(base, head)
    shop.repository.collaborators |= {"mona": "write", "hubot": "write", "eve": "read"}
    shop.github.permissions["issues"] = "write"
    return Life(shop=shop, model=model)


@dataclass(kw_only=True)
class Life:
    """A pull request that lives on: who acts, and what stands on GitHub after it."""

    shop: Shop
    model: ModelServer

    def happen(self, event: str = "pull_request", **details: object) -> "Deeds":
        """Let an event happen, and its job run; then once more, which must change nothing."""
        payload = self.shop.repository.event(event, pull=self.shop.pull, **details)
        deeds = self._run(event, payload)
        standing = self.standing
        again = self._run(event, payload)
        assert (again.questions, self.standing) == ((), standing), "a replay changes something"
        return deeds

    def _run(self, event: str, payload: object) -> "Deeds":
        github = self.shop.github
        reads, writes, questions = github.reads(), github.writes(), len(self.model.requests)
        ended = self.shop.run(
            event,
            payload=payload,
            inputs={"openai_api_key": KEY},
            env={"OPENAI_BASE_URL": self.model.base_url("openai")},
        )
        assert ended.code == 0, ended.log
        return Deeds(
            outputs=ended.outputs,
            reads=github.reads() - reads,
            writes=github.writes() - writes,
            questions=tuple(self.model.requests[questions:]),
        )

    def push(self, files: Mapping[str, str | None]) -> "Deeds":
        """Push a commit on the pull request's branch, and let the job for it run."""
        before = self.shop.pull.head_sha
        self.shop.push(files)
        return self.happen(action="synchronize", before=before)

    def rebase(self, files: Mapping[str, str | None]) -> "Deeds":
        """Let the base go on, put the branch on it, and let the job for that run."""
        folder, before = self.shop.work_tree, self.shop.pull.head_sha
        commit(folder, files)
        git(folder, "rebase", "--quiet", "main", "feature")
        git(folder, "checkout", "--quiet", "main")
        return self.happen(action="synchronize", before=before)

    def merge(self) -> "Deeds":
        """Merge it, and let the job for that run."""
        self.shop.pull.state, self.shop.pull.is_merged = "closed", True
        return self.happen(action="closed")

    def reply(self, bug: Bug, body: str, *, author: str) -> None:
        """Let a person answer our remark about the bug."""
        pull = self.shop.pull
        (first,) = (
            comment
            for comment in pull.review_comments
            if comment.thread == comment.id and bug.title in comment.body
        )
        answer = pull.add_review(author=author, association="COLLABORATOR")
        pull.add_review_comment(answer, first.anchor, body, thread=first.id)

    def reactions(self, comment_id: int) -> set[str]:
        """Return the emojis under a comment."""
        (comment,) = (item for item in self.shop.pull.comments if item.id == comment_id)
        return {reaction.content for reaction in comment.reactions}

    @property
    def standing(self) -> tuple[object, ...]:
        """All that is to be seen on GitHub."""
        pull, repository = self.shop.pull, self.shop.repository
        return (
            pull.comments,
            pull.review_comments,
            pull.reviews,
            pull.labels,
            pull.resolved_threads,
            pull.body,
            repository.own_issues,
        )

    @property
    def remarks(self) -> dict[str, str]:
        """Bodies of our first comments in threads, by the title of the bug that they speak of."""
        bodies = [
            comment.body
            for comment in self.shop.pull.review_comments
            if comment.thread == comment.id and comment.author == self.shop.repository.hub.viewer
        ]
        by_title = {bug.title: body for bug in BUGS for body in bodies if bug.title in body}
        assert len(by_title) == len(bodies), "a remark stands there twice"
        return by_title

    @property
    def comment(self) -> str:
        (body,) = self.shop.stickies()
        return body.partition("\n")[2]


@dataclass(frozen=True, kw_only=True)
class Deeds:
    """What one job has done."""

    outputs: Mapping[str, str]
    reads: int
    writes: int
    questions: tuple[ModelRequest, ...]

    @property
    def counts(self) -> tuple[int, int, int]:
        """What it took: questions to a model, reads and writes on GitHub."""
        return len(self.questions), self.reads, self.writes

    def asked_about(self, text: str) -> bool:
        return any(text in request.text for request in self.questions)


def test_a_pull_request_lives_from_its_opening_to_the_merge(life: Life) -> None:
    shop = life.shop
    opened = life.happen(action="opened")
    assert set(life.remarks) == {bug.title for bug in BUGS}

    # One is fixed, another is shifted by 40 lines, and the third's file gets another name.
    pushed = life.push(
        {
            AVERAGE.path: AVERAGE.repaired_text,
            DISCOUNT.path: module(DISCOUNT.path, PADDING.rstrip("\n"), *DISCOUNT.lines),
            STOCK.path: None,
            "shop/inventory.py": STOCK.broken_text,
        }
    )
    assert set(life.remarks) == {bug.title for bug in BUGS}
    assert not pushed.asked_about("PAGE = 3")
    assert opened.asked_about("PAGE = 3")  # what was read then is not asked about again
    assert "fixed" in life.remarks[AVERAGE.title].lower()
    assert "shop/inventory.py" in life.comment

    # The branch is put on a newer base: all is read again, and nothing is said again.
    rebased = life.rebase({"CHANGES.md": "# Changes\n"})
    assert rebased.asked_about("PAGE = 3")
    assert set(life.remarks) == {bug.title for bug in BUGS}

    # Somebody who may write dismisses one, and two people talk about another.
    life.reply(DISCOUNT, "won't fix: the shares are amounts here", author="hubot")
    life.reply(STOCK, "Can this really happen?", author="mona")
    life.reply(STOCK, "It did in May.", author="eve")
    talked = len(shop.pull.review_comments)
    quiet = life.push({"shop/page4.py": module("page 4", "PAGE = 44")})
    assert quiet.asked_about("PAGE = 44")
    assert not quiet.asked_about("PAGE = 3")
    assert len(shop.pull.review_comments) == talked, "nobody was asked to speak"
    assert quiet.outputs["findings_count"] == "1"
    assert "dismissed" in life.comment

    # A question is answered to those who may ask, and others get nothing.
    question = shop.pull.add_comment("/codeflow ask What is a price?", author="mona")
    answered = life.happen("issue_comment", comment=question, sender="mona")
    assert len(answered.questions) == 1
    assert life.reactions(question.id) == {"eyes", "rocket"}
    assert "It is an amount in cents." in shop.pull.comments[-1].body
    standing = life.standing
    stranger = shop.pull.add_comment("/codeflow ask What is a price?", author="eve")
    refused = life.happen("issue_comment", comment=stranger, sender="eve")
    assert (refused.questions, refused.writes) == ((), 0)
    assert life.standing[1:] == standing[1:]

    # The code that was fixed is broken again.
    returned = life.push({AVERAGE.path: AVERAGE.broken_text})
    assert set(life.remarks) == {bug.title for bug in BUGS}
    assert returned.outputs["findings_count"] == "2"
    assert "came back" in life.comment
    assert "fixed in" not in life.remarks[AVERAGE.title]

    # What is still open at the merge becomes an issue each.
    merged = life.merge()
    assert merged.questions == ()
    titles = " ".join(issue.title for issue in shop.repository.own_issues)
    assert (AVERAGE.title in titles, STOCK.title in titles) == (True, True)
    assert DISCOUNT.title not in titles

    # Questions to the model, reads and writes on GitHub: one event more, and one of them differs.
    assert [job.counts for job in (opened, pushed, rebased, quiet)] == [
        (2, 7, 3),
        (2, 4, 5),  # one comment is struck out and folded
        (2, 4, 2),
        (1, 5, 2),  # one more read: whether somebody may dismiss
    ]
    assert [job.counts for job in (answered, refused, returned, merged)] == [
        (1, 6, 4),  # one more read: whether somebody has paused reviews meanwhile
        (0, 3, 0),
        (2, 4, 4),  # the comment is shown again
        (0, 4, 3),  # two issues
    ]
