"""What counts as a ground for a remark on promise and change."""

import pytest

from codeflow_action.actions.pr_reviewer.promise_evidence import has_evidence

PROMISE = """Round totals

Rounds **all** prices, adds `--as-json` and\nlogs each change. 四舍五入所有价格。"""
PATHS = frozenset({"shop/cart.py", "README.md", "run", "my notes.txt"})


@pytest.mark.parametrize(
    "remark",
    [
        'Nothing "rounds all prices".',  # without Markdown's marks, in another case
        "`--as-json` is missing.",
        'The words "adds --as-json and logs each change" have no code.',  # across lines
        "\N{LEFT DOUBLE QUOTATION MARK}Round totals\N{RIGHT DOUBLE QUOTATION MARK} is half done.",
        "Es fehlt „Round totals“.",
        "It doesn't do the 'round totals' of its title.",
        "没有实现「四舍五入所有」。",  # part of what has no spaces
        "The default changes in `shop/cart.py`.",
        "The default changes in shop/cart.py:12, silently.",
        "README.md is not told.",
        "`run:3` exits with 2 now.",
        "`my notes.txt` is new.",
    ],
)
def test_a_quote_of_the_promise_or_a_changed_path_is_evidence(remark):
    assert has_evidence(remark, PROMISE, PATHS)


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "Rounds all prices is not done.",  # its words, and no quote
        'The "error handling" is missing.',  # a quote of nothing promised
        'Nothing of "all" is done.',  # stands everywhere
        'The "ound totals" is missing.',  # no whole words
        'The "round total" is missing.',
        "It doesn't round totals, and isn't tested.",  # apostrophes
        "Each run takes longer.",  # a plain word that is a file's name, too
        "The default changes in `shop/basket.py` and lib/shop/cart.py.",
        "The default changes in shop/cart.pyc.",
    ],
)
def test_anything_else_is_an_opinion(remark):
    assert not has_evidence(remark, PROMISE, PATHS)


def test_nothing_is_quoted_from_an_empty_promise():
    assert not has_evidence('The "round totals" is missing.', "", PATHS)
