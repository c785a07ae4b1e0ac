"""What a later round asks about: what no model has read, and of the rest only what is grave."""

import pytest

from codeflow_action.engine.errors import ProviderUnavailable
from codeflow_action.engine.findings import DropStage
from codeflow_action.engine.ledger import Entry
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.sightings import Sighting
from tests.actions.test_pr_reviewer import REMARK, remarks, text_of
from tests.actions.test_pr_reviewer_rounds import NEW, OLD, review
from tests.engine.test_values import ledger
from tests.review.changes import changed

TOP = "RATE = 1\n" * 4  # more than a hunk shows around it
OLD_CARD = TOP + OLD
CARD = TOP + NEW
PATHS = ("shop/cart.py", "pay/card.py")
MILD = {**REMARK, "severity": "warning"}


def two_files(**heads):
    contents = {"shop/cart.py": NEW, "pay/card.py": CARD} | heads
    above = contents["pay/card.py"].removesuffix(CARD)
    files = (
        changed(OLD, contents["shop/cart.py"]),
        changed(f"{above}{OLD_CARD}", contents["pay/card.py"], path="pay/card.py"),
    )
    return {"files": files, "heads": {path: text.encode() for path, text in contents.items()}}


def receipt_of(outcome):
    return next(fact for fact in outcome.facts if isinstance(fact, Receipt))


def after(outcome, *, why_full="", comments=0, **fields):
    """What a next round remembers of this one."""
    units = receipt_of(outcome).units
    known = ledger(reviewed_units=units, comments=comments, **fields)
    return Memory(ledger=known, why_full=why_full)


FIRST, _ = review(remarks(), **two_files())


def test_what_was_read_before_is_not_asked_about_and_counts_as_read():
    outcome, asked = review(remarks(), memory=after(FIRST), **two_files())
    assert not asked.prompts
    receipt = receipt_of(outcome)
    assert (receipt.share, receipt.earlier_lines) == (1.0, receipt.reviewable_lines)
    assert receipt.units == receipt_of(FIRST).units


def test_of_two_files_the_one_that_changed_is_asked_about():
    """Also where the lines of the other have moved."""
    heads = {"shop/cart.py": NEW.replace("mean", "middle"), "pay/card.py": f"LIMIT = 2\n{CARD}"}
    outcome, asked = review(remarks(), memory=after(FIRST), **two_files(**heads))
    (prompt,) = asked.prompts
    assert "shop/cart.py" in text_of(prompt)
    assert "=== pay/card.py\n" not in text_of(prompt)  # but for a use of the same names
    receipt = receipt_of(outcome)
    assert receipt.share == 1.0
    assert {file.path: file.earlier for file in receipt.files} == {
        "shop/cart.py": 0,
        "pay/card.py": 4,
    }


def test_a_full_review_asks_about_all_of_it():
    _, asked = review(remarks(), memory=after(FIRST, why_full="forced"), **two_files())
    assert all(path in text_of(asked.prompts[0]) for path in PATHS)


def test_the_same_lines_of_another_file_were_not_read():
    both = two_files()
    only_cart = {"files": both["files"][:1], "heads": both["heads"]}
    first, _ = review(remarks(), **only_cart)
    copied = (changed(OLD, NEW, path="shop/copy.py"),)
    _, asked = review(
        remarks(), memory=after(first), files=copied, heads={"shop/copy.py": NEW.encode()}
    )
    assert len(asked.prompts) == 1
    # but a file that was renamed is the same
    known = ledger(reviewed_units=receipt_of(first).units)
    memory = Memory(ledger=known, origins={"shop/copy.py": "shop/cart.py"})
    _, asked = review(remarks(), memory=memory, files=copied, heads={"shop/copy.py": NEW.encode()})
    assert not asked.prompts


@pytest.mark.parametrize("second", [False, True])
def test_what_was_not_answered_or_not_judged_is_asked_about_again(second):
    failing = ProviderUnavailable("gone")
    answers = (remarks(REMARK), lambda _text: failing) if second else (lambda _text: failing,)
    outcome, _ = review(*answers)
    assert outcome.shortfalls
    assert receipt_of(outcome).units == ()


def test_what_is_new_about_code_that_was_read_before_has_to_be_an_error():
    memory = after(FIRST, why_full="forced")
    options = {"effort": "low"}
    outcome, _ = review(remarks(MILD), memory=memory, options=options, **two_files())
    assert not outcome.findings
    (drop,) = outcome.dropped
    assert drop.stage is DropStage.FLOOR
    assert "read in an earlier round" in drop.reason
    grave = remarks({**REMARK, "severity": "error"})
    outcome, _ = review(grave, memory=memory, options=options, **two_files())
    assert len(outcome.findings) == 1


def test_what_was_said_before_may_be_said_again_in_other_words():
    (said,) = review(remarks(MILD), options={"effort": "low"})[0].findings
    entry = Entry.of("a" * 16, said)
    place = Sighting(fingerprint="a" * 16, path=said.path, line=said.line)
    known = after(FIRST, why_full="forced", entries=(entry,))
    memory = Memory(ledger=known.ledger, why_full="forced", sightings=(place,))
    again = remarks({**MILD, "category": "security", "title": "Other words"})
    outcome, _ = review(again, memory=memory, options={"effort": "low"}, **two_files())
    assert len(outcome.findings) == 1
    assert receipt_of(outcome).revisited == ("a" * 16,)


@pytest.mark.parametrize(("comments", "left"), [(0, 5), (18, 2), (20, 0), (99, 0)])
def test_a_pull_request_gets_so_many_inline_comments_in_its_life(comments, left):
    outcome, _ = review(remarks(), memory=after(FIRST, comments=comments))
    assert [proposal.at_most for proposal in outcome.proposals] == [left]


def test_a_finding_names_the_function_that_it_stands_in():
    (said,) = review(remarks(MILD))[0].findings
    assert said.symbol == "mean"
