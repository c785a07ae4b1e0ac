"""What becomes of our comments on the diff while the code under them changes."""

from tests.entry.jobs import HEAD
from tests.entry.test_pull_request import asked

FIXED = {"shop/cart.py": HEAD["shop/cart.py"].replace("// len(prices)", "// max(1, len(prices))")}


def test_a_remark_is_struck_out_when_it_is_fixed_and_shown_again_when_it_comes_back(shop, model):
    shop.run(inputs=asked(model))
    (remark,) = shop.pull.review_comments
    fixing = shop.push(FIXED)
    assert shop.run(inputs=asked(model)).report.findings == ()
    (comment,) = shop.pull.review_comments
    assert (comment.id, comment.minimized_reason) == (remark.id, "RESOLVED")
    assert comment.body.startswith("~~")
    assert f"Fixed in {fixing[:7]}." in comment.body
    writes = shop.github.writes()
    shop.run(inputs=asked(model))
    sticky_only = shop.github.writes() - writes
    assert sticky_only <= 1  # nothing is written about the thread twice
    breaking = shop.push(HEAD)
    ended = shop.run(inputs=asked(model))
    assert len(ended.report.findings) == 1
    (comment,) = shop.pull.review_comments
    assert (comment.id, comment.minimized_reason) == (remark.id, "")
    assert f"It is back in {breaking[:7]}." in comment.body
