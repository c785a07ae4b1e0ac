"""What each action posts, made by the action itself: the pictures of the actions' pages."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from codeflow_action.actions.comment_triage import CommentTriage
from codeflow_action.actions.issue_creator import IssueCreator
from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.actions.pr_describer import PrDescriber
from codeflow_action.actions.responder.explanations import explanation
from codeflow_action.ai.models import NoModels
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.ledger import Entry
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.pull_request import Author, Trigger
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.write.command_replies import reply_text
from codeflow_action.integrations.github.write.issues import issue_body
from codeflow_action.security.seal import Seal
from tests.actions.gating import task_of
from tests.engine.test_values import ledger
from tests.review.changes import changed

OLD_CART = """class Cart:
    def average_price(self):
        return self.total / self.count
"""
CART = """class Cart:
    def average_price(self):
        return self.total / len(self.items)
"""
ORDERS = "def place(order, charge):\n    save(order)\n    charge(order)\n"
MIGRATION = "ALTER TABLE orders ADD COLUMN paid_at timestamp;\n"
TEXTS = {
    "shop/cart.py": CART,
    "shop/orders.py": ORDERS,
    "migrations/0042_paid_at.sql": MIGRATION,
    "tests/test_cart.py": "def test_average():\n    assert Cart([2, 4]).average_price() == 3\n",
    "docs/orders.md": "# Orders\n\nAn order is saved before it is paid.\n",
}
FILES = tuple(
    changed(OLD_CART if path == "shop/cart.py" else "", text, path) for path, text in TEXTS.items()
)


def task(**fields):
    """Return a task about a change of five files, without a model."""
    heads = {path: text.encode() for path, text in TEXTS.items()}
    made = task_of(FILES, heads, title="Average price in the cart", models=NoModels("no_key"))
    pull_request = replace(made.pull_request, author=Author(login="mona"), is_merged=True)
    return replace(made, pull_request=pull_request, **fields)


def comment(number, login, body, *, is_bot=False):
    """Return what somebody has written."""
    speaker = Speaker(login=login, is_bot=is_bot)
    url = f"https://github.com/octo/shop/pull/7#discussion_r{number}"
    return DiscussionComment(id=number, speaker=speaker, body=body, url=url)


def thread(*comments, line=3, code="        return self.total / len(self.items)", **fields):
    """Return a thread on the cart."""
    return Thread(path="shop/cart.py", line=line, comments=comments, code=code, **fields)


DISCUSSION = Discussion(
    threads=(
        thread(comment(1, "dana", "Please raise a clear error for an empty cart.")),
        thread(comment(2, "lee", "Why is this not rounded to cents?"), line=2),
        thread(
            comment(3, "dana", "Could you rename this to `mean_price`?"),
            comment(4, "mona", "done"),
            code="    def mean(self):",
        ),
        thread(
            comment(5, "coderabbitai", "This divides by zero when there are no items.", is_bot=True)
        ),
        thread(comment(6, "sourcery-ai", "Possible division by zero.", is_bot=True)),
    ),
    comments=(comment(7, "lee", "LGTM otherwise, thanks!"),),
)


def sections(action, made, render, **fields):
    """Return the comment with what an action proposes."""
    done = asyncio.run(action.run(replace(made, **fields)))
    return render(done.proposals)


def issue(finding):
    """Return the text of the issue that is opened for a finding."""
    memory = Memory(ledger=ledger(entries=(Entry.of("168f82f92fe0497e", finding),)))
    action = IssueCreator.model_validate({"when": "merged"})
    done = asyncio.run(action.run(task(trigger=Trigger.CLOSED, memory=memory)))
    return done.proposals[0]


def explained(finding):
    """Return the answer to `/codeflow explain`."""
    memory = Memory(ledger=ledger(entries=(Entry.of("168f82f92fe0497e", finding),)))
    command = Command(name=CommandName.EXPLAIN, login="dana", comment_id=9, argument="168f82f9")
    return reply_text(asyncio.run(explanation(task(command=command, memory=memory))))


def platforms():
    """Return what is found where a change adds a framework."""
    old = '{"dependencies": {"react": "19.0.0"}, "devDependencies": {"typescript": "5.9.0"}}\n'
    new = old.replace('"react"', '"next": "16.0.0", "react"')
    heads = {"web/package.json": new.encode(), "web/app/page.tsx": b"export default () => null;\n"}
    files = (changed(old, new, "web/package.json"),)
    base = {"web/package.json": old.encode(), "web/app/page.tsx": heads["web/app/page.tsx"]}
    done = asyncio.run(PlatformDetector().run(task_of(files, heads, base=base)))
    return done.facts[0]


def action_samples(finding, links, render) -> dict[str, Callable[[], str]]:
    """Return the texts by the actions' names; `render` makes a comment of proposals."""
    asked = Command(name=CommandName.TRIAGE, login="dana", comment_id=9)
    marks = Marks(repository="octo/shop", number=7, name="codeflow", seal=Seal.of((), "samples"))
    return {
        "pr_describer": lambda: sections(PrDescriber(), task(), render),
        "comment_triage": lambda: sections(
            CommentTriage(), task(), render, discussion=DISCUSSION, command=asked
        ),
        "issue_creator": lambda: issue_body(issue(finding), links, marks),
        "responder": lambda: explained(finding),
    }
