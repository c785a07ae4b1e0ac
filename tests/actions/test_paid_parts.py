"""What is planned of a change that the budget does not pay for whole: the riskiest part of it."""

import asyncio
from dataclasses import dataclass, replace

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.engine.errors import BudgetExhausted
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Search
from codeflow_action.engine.receipt import Receipt
from tests.actions.gating import Files, task_of
from tests.actions.test_pr_reviewer import Asked, remarks, text_of
from tests.review.changes import changed

PATHS = [f"{folder}/module{number}.py" for folder in ("shop", "tests") for number in range(30)]
PATHS.append("docs/guide.md")
TEXT = "".join(f"    total += price_of(item_{line}, 'EUR')\n" for line in range(50))


@dataclass
class Purse:
    """Models that a budget pays for so many prompts of, and never tells of more than `most`."""

    provider: Asked
    prompts_left: int
    most: int = 1_000
    input_tokens_per_prompt: int = 20_000
    available: bool = True

    @property
    def input_tokens_left(self):
        return min(self.prompts_left, self.most) * self.input_tokens_per_prompt

    def all_for_role(self, _role):
        return (self,)

    for_role = all_for_role

    def count_tokens(self, text):
        return len(text)

    async def generate(self, prompt):
        if self.prompts_left == 0:
            raise BudgetExhausted("the run's budget of 1 token would be exceeded")
        self.prompts_left -= 1
        return await self.provider.generate(prompt)


class UnsearchedFiles(Files):
    """A tree in which nobody may look for names."""

    async def search(self, names, within) -> Search:
        raise AssertionError(f"{names} are looked for in {within}")


def read(prompts_left, **fields):
    """Return the receipt's files, the prompts, and what was said not to have been done."""
    provider = Asked(answer=remarks())
    models = Purse(provider=provider, prompts_left=prompts_left, **fields)
    text = {path: f"def at_{number}():\n{TEXT}".encode() for number, path in enumerate(PATHS)}
    files = tuple(changed("", text[path].decode(), path) for path in reversed(PATHS))
    task = task_of(files, text, models=models)
    tree = UnsearchedFiles(text)
    outcome = asyncio.run(PrReviewer().run(replace(task, head=tree)))
    (receipt,) = outcome.facts
    assert isinstance(receipt, Receipt)
    return receipt, [text_of(prompt) for prompt in provider.prompts], outcome.shortfalls


def test_what_the_budget_does_not_pay_for_is_named_and_the_riskiest_files_are_read():
    receipt, prompts, (shortfall,) = read(prompts_left=3)
    assert len(prompts) == 3
    assert {file.path for file in receipt.files} == set(PATHS)
    read_paths = {file.path for file in receipt.files if file.reviewed == file.changed}
    assert read_paths == {path for path in PATHS if f"=== {path}\n" in "".join(prompts)}
    assert 0 < len(read_paths) < 30
    assert all(path.startswith("shop/") for path in read_paths)
    reason = "the run's budget of 1 token would be exceeded"
    assert {file.reason for file in receipt.files if not file.reviewed} == {reason}
    assert all(file.reviewed in (0, file.changed) for file in receipt.files)
    assert shortfall.reason is Reason.BUDGET
    assert shortfall.detail == f"{61 - len(read_paths)} files were not reviewed: {reason}"


def test_what_was_planned_too_small_is_followed_by_the_next_part():
    # Replies were shorter than the longest, so there is always enough for one prompt more.
    receipt, prompts, _ = read(prompts_left=1_000, most=1)
    assert receipt.share == 1
    assert "docs/guide.md" in prompts[-1]


def test_beside_a_change_that_is_not_paid_for_nothing_is_looked_up():
    receipt, prompts, _ = read(prompts_left=2)
    assert any("the budget does not pay for all changed lines" in note for note in receipt.notes)
    assert not any("what the change uses" in prompt for prompt in prompts)
