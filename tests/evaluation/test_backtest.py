"""`codeflow backtest` on small histories: what later fixes point back to is what is reviewed."""

import json
from functools import partial

import pytest

from codeflow_action.evaluation.backtest import is_bug_fix
from codeflow_action.evaluation.later_fixes import PastChange
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import KEY, REMARK
from tests.integrations.gitting import commit, git, init, text

CART = "def total(prices):\n    return sum(prices)\n"
MEAN = "\n\ndef mean(prices):\n    # per item\n    return total(prices) / len(prices)\n"


@pytest.fixture
def story(tmp_path, monkeypatch):
    folder = init(tmp_path / "shop")
    monkeypatch.chdir(folder)
    save(folder, "Add a cart", CART)
    return folder


def save(folder, title, cart):
    return commit(folder, {"cart.py": cart.encode()}, title)


@pytest.fixture
def backtest(codeflow):
    return partial(codeflow, "backtest")


def parsed(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def fixed_mean(story):
    """Add a mean whose second line is wrong, and mend it."""
    bad = save(story, "Add the mean", CART + MEAN)
    save(story, "Fix the mean of nothing", CART + MEAN.replace("len", "max(1, len") + ")")
    return bad


def test_without_a_key_it_says_what_would_have_been_shown_and_what_it_costs(story, backtest):
    bad = fixed_mean(story)
    before = text(story, "for-each-ref"), text(story, "status", "--porcelain")
    got = parsed(backtest("--format", "json"))
    (change,) = got["changes"]
    assert (change["sha"], change["lines"], change["lines_shown"]) == (bad, 1, 1)
    assert [fix["title"] for fix in change["fixes"]] == ["Fix the mean of nothing"]
    assert (change["found"], got["model"]) == (None, "")
    assert change["cost_usd"] > 0
    assert before == (text(story, "for-each-ref"), text(story, "status", "--porcelain"))
    code, out, _ = backtest()
    assert (code, "Shown: 1 (100%) of 1 line fixed later" in out) == (0, True)
    assert ": 3 changes of 1 week. 1 had to be fixed later, by 1 fix." in out
    assert "Found: not known" in out


def test_with_a_key_it_says_what_was_found_where_it_was_fixed(story, backtest):
    fixed_mean(story)
    quote = "    return total(prices) / len(prices)"
    remark = {**REMARK, "path": "cart.py", "quote": quote}
    with ModelServer(keys=[KEY], answer=lambda asked: reviewer_reply(asked, [remark])) as model:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url("openai")}
        code, out, err = backtest(**environment)
    assert code == 0, err
    assert "Found: 1 (100%) of 1 change," in out
    assert "Said: 1 finding," in out


def test_a_budget_that_pays_for_nothing_reviews_nothing(story, backtest):
    fixed_mean(story)
    got = parsed(backtest("--format", "json", "--budget", "0.0001"))
    assert got["changes"] == []
    assert "budget" in got["not_done"][0]["reason"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# per item", "# for each item"),
        ("    return", "        return"),
        ("from shop import total", "from shop import mean, total"),
        ("    per_item,\n", "    per_unit,\n"),  # a name in a list of imported ones
    ],
)
def test_comments_spaces_and_imports_were_not_wrong(story, backtest, old, new):
    text = f"from shop import total\nfrom prices import (\n    per_item,\n){MEAN}"
    save(story, "Add the mean", text)
    save(story, "Fix what is there", text.replace(old, new))
    got = parsed(backtest("--format", "json"))
    assert (got["read_changes"], got["fixed_changes"], got["changes"]) == (3, 0, [])


def test_last_and_a_shallow_clone_bound_what_is_read(story, backtest, tmp_path, monkeypatch):
    fixed_mean(story)
    assert parsed(backtest("--format", "json", "--last", "1"))["fixed_changes"] == 0
    git(tmp_path, "clone", "--quiet", "--depth=2", f"file://{story}", "short")
    monkeypatch.chdir(tmp_path / "short")
    got = parsed(backtest("--format", "json"))
    assert (got["is_shallow"], got["read_changes"], got["fixed_changes"]) == (True, 2, 0)
    assert "The clone is shallow" in backtest()[1]


@pytest.mark.parametrize(
    "arguments", [["--last", "0"], ["--reviews", "0"], ["--provider", "groq"], ["--head", "none"]]
)
def test_a_wrong_option_is_an_error(story, backtest, arguments):
    code, out, err = backtest(*arguments)
    assert (code, out) == (3 if arguments[0] == "--head" else 2, "")
    assert err


@pytest.mark.parametrize(
    ("title", "body", "is_fix"),
    [
        ("Fix the total", "", True),
        ("Revert the mean", "This reverts commit abc.", True),
        ("Keep the total", "Fixes #12", True),
        ("feat: a mean", "Fixes #12", False),  # an issue can be a wish
        ("Fix a typo", "", False),
        ("fix(docs): name the option", "", False),
        ("Prefix the total", "", False),
        ("Add a mean", "It is fixed to two digits.", False),
    ],
)
def test_a_fix_says_that_it_mends_what_runs(title, body, is_fix):
    change = PastChange(sha="a", parent="b", time=0, author="Mona", title=title, body=body)
    assert is_bug_fix(change) is is_fix
