"""Faults 18 and 23: whole runs that no model reviewed, and what they say of it."""

import re

import pytest

from tests.entry.jobs import BASE
from tests.entry.test_pull_request import LEFTOVER, asked

PASSED = "**✅ CodeFlow: passed its gates, nothing found**"
LOOKED = "no key was given (looked for OPENAI_API_KEY, ANTHROPIC_API_KEY, MISTRAL_API_KEY"


@pytest.mark.parametrize(
    ("opened", "inputs", "reason"),
    [
        ({}, {}, "no_key"),
        ({}, {"provider": "none"}, "no_key"),
        ({}, {"provider": "none", "model": "gpt-6-sol"}, "no_key"),
        ({"draft": True}, {}, "draft"),
        ({"labels": ["codeflow:skip"]}, {}, "opted_out"),
        ({"author": "renovate[bot]", "author_type": "Bot"}, {}, "bot"),
        (
            {"head_repo": "stranger/shop", "author_association": "CONTRIBUTOR"},
            {"model": "gpt-6-sol"},
            "no_key_fork",
        ),
    ],
)
def test_a_clean_pull_request_gets_no_comment_just_for_that(make_shop, opened, inputs, reason):
    """Fault 18: twice, and the second push is as quiet."""
    shop = make_shop(**opened)
    for _ in range(2):
        ended = shop.run(inputs=inputs)
        assert (ended.code, ended.outputs["reason"]) == (0, reason), ended.log
        assert shop.stickies() == []
        # A model that is named is missed by its check, which is no comment.
        assert shop.github.writes() == ("model" in inputs and reason == "no_key_fork")
    assert "\nCodeFlow: passed its gates, nothing found; no model " in ended.stdout
    assert ended.summary.startswith(f"{PASSED}  \nNo model ")


def test_a_comment_that_is_there_is_kept_up_to_date(make_shop):
    """Fault 18: a finding that goes takes its row along."""
    shop = make_shop(head=LEFTOVER)
    shop.run()
    (before,) = shop.stickies()
    shop.push({"shop/debug.py": "def run():\n    return 1\n"})
    shop.run(action="synchronize")
    (after,) = shop.stickies()
    assert "breakpoint()" in before
    assert "breakpoint()" not in after


def test_a_key_that_vanished_is_said_in_the_first_line_everywhere(shop, model):
    """Fault 23: the first push was reviewed, the second finds no key."""
    first = shop.run(inputs=asked(model))
    assert first.outputs["reviewed"] == "full"
    shop.push({"shop/more.py": "def one():\n    return 1\n"})
    ended = shop.run(inputs={"effort": "low"}, action="synchronize")
    assert (ended.code, ended.outputs["verdict"], ended.outputs["reviewed"]) == (0, "pass", "none")
    said = f"CodeFlow: passed its gates, nothing found; no model reviewed this: {LOOKED}"
    written = (
        f"**✅ CodeFlow: passed its gates, nothing found**  \nNo model reviewed this: {LOOKED}"
    )
    (comment,) = shop.stickies()
    assert comment.partition("\n")[2].startswith(written)
    assert ended.summary.startswith(written)
    assert f"\n{said}" in ended.stdout
    *_, notice, closing = ended.stdout.splitlines()
    assert f"no model reviewed this: {LOOKED}" in notice
    assert notice.startswith("::notice")
    assert re.fullmatch(r"CodeFlow: pass in \d+\.\d s: http://\S+#issuecomment-\d+", closing)
    checks = [(run.name, run.conclusion, run.title) for run in shop.repository.check_runs]
    assert checks == [
        ("CodeFlow: model review", "success", "a model read all 4 changed lines"),
        ("CodeFlow: model review", "neutral", f"no model reviewed this: {LOOKED}, GROQ_API_KEY)"),
    ]


@pytest.mark.parametrize(
    "inputs",
    [
        {"model": "gpt-6-sol"},
        {"fallback_models": "groq:openai/gpt-oss-20b"},
        {"config": "models: {roles: {verify: 'openai:gpt-6-sol'}}"},
    ],
)
def test_a_model_that_is_named_and_has_no_key_is_missed(shop, inputs):
    """Fault 23: what inputs or configuration name was asked for: that is worth a comment."""
    ended = shop.run(inputs=inputs)
    assert (ended.code, ended.outputs["verdict"], ended.outputs["reviewed"]) == (0, "pass", "none")
    (comment,) = shop.stickies()
    assert f"No model reviewed this: {LOOKED}" in comment.split("\n")[2]


def address(inputs, model):
    """Return the model's address where a model is asked: without one no key is needed."""
    return model.base_url("openai") if "openai_api_key" in inputs else None


@pytest.mark.parametrize(
    ("inputs", "reviewed"),
    [
        ({}, "not_asked"),
        ({"provider": "none"}, "not_asked"),
        ({"pipeline": "quality_gates"}, "not_asked"),
        ({"provider": "openai", "openai_api_key": "sk-" + "wrong" * 6}, "none"),
    ],
)
def test_the_output_reviewed(shop, model, inputs, reviewed):
    """Fault 23: `none` only where a model was wanted."""
    ended = shop.run(inputs=inputs, env={"OPENAI_BASE_URL": address(inputs, model)})
    assert ended.outputs["reviewed"] == reviewed, ended.log


WORKFLOW = """
on: pull_request
jobs:
  codeflow:
    steps:
      - uses: org/codeflow@v1
        with: {openai_api_key: "${{ secrets.LLM_KEY }}"}
"""
PASSES = "passes `openai_api_key` from the secret LLM_KEY, and it arrived empty"


def test_a_key_that_the_workflow_passes_and_that_arrives_empty_is_missed(make_shop):
    """The runner sets an input that is given and empty as it sets one that nobody gave."""
    shop = make_shop(base=BASE | {".github/workflows/codeflow.yml": WORKFLOW})
    ended = shop.run(inputs={"openai_api_key": ""})
    assert (ended.code, ended.outputs["verdict"], ended.outputs["reviewed"]) == (0, "pass", "none")
    assert f"no model reviewed this: the workflow {PASSES}" in ended.stdout
    (comment,) = shop.stickies()
    assert f"the workflow {PASSES}" in comment.split("\n")[2]
    assert "look for a secret of exactly that name" in comment
    assert "look for a secret of exactly that name" in ended.summary
    named = shop.run(inputs={"openai_api_key": "", "provider": "openai"})
    assert named.code == 2
    assert PASSES in named.closing_errors[0]
    declined = shop.run(inputs={"openai_api_key": "", "provider": "none"})
    assert declined.outputs["reviewed"] == "not_asked"


def test_a_fork_that_gets_no_key_is_not_reviewed_and_quiet(make_shop):
    base = BASE | {".github/workflows/codeflow.yml": WORKFLOW}
    opened = {"head_repo": "stranger/shop", "author_association": "CONTRIBUTOR"}
    shop = make_shop(base=base, **opened)
    ended = shop.run(inputs={"openai_api_key": ""})
    assert ended.outputs["reviewed"] == "none"
    assert "no model reviewed this: pull requests from forks get no keys" in ended.stdout
    assert shop.stickies() == []
