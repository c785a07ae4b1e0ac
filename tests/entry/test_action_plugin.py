"""An action of somebody else's, installed beside us: it does all that a built-in one does."""

import json
import os

import pytest

from codeflow_action.engine.report import FindingPlace
from codeflow_action.testing.models import Json, ModelServer
from tests.entry.jobs import BASE, KEY
from tests.entry.test_pull_request import asked

HEAD = {"shop/cart.py": "def total(prices):\n    x = 0\n    y = 1\n    return sum(prices)\n"}
EVIL = "@octo/all fixes #1 ![x](https://evil.example/x.png) <script>"
PAGE = """\
# plain_action

Asks a model one question about the added lines of a pull request.

- Kind: action
- Asks a model: yes
- Is a check: yes
- Runs for: `changed`, `labeled`, `manual`, `local`; `only.events` may add to these

| option | type | default | meaning |
| --- | --- | --- | --- |
| `only` | mapping of `events`, `drafts`, `labels`, `paths`, `authors`, `forks` |  | \
Limits when this action runs. |
| `question` | string | `"Which line is hard to read?"` | What is asked. |
| `at_most` | integer, ≥ 0 | `3` | Comments on the diff in one run. |
"""
CONFIG = "pipeline: [{plain_action: {at_most: 2, question: 'Which name is bad?'}}]"


def answers(*lines):
    def answer(request):
        remarks = [
            {"path": path, "line": line, "title": f"{line} {EVIL}", "message": EVIL}
            for path, line in lines
        ]
        summary = f"- **Two** names.\n- {EVIL}"
        return Json({"answers": remarks, "summary": summary})

    return answer


@pytest.fixture
def codeflow(forks, plugins):
    """Run the command line where the plug-ins are installed; return what it prints."""

    def run(*arguments, cwd):
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(plugins)}
        done = forks.codeflow(*arguments, env=env, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_its_findings_go_inline_and_its_section_is_shown(plugins, forks, make_shop, model):
    model.answer = answers(*(("shop/cart.py", line) for line in (2, 3, 4, 99)))
    base = BASE | {"shop/cart.py": "\n"}
    shop = make_shop(base=base, head=HEAD)
    inputs = {**asked(model), "config": CONFIG}
    del inputs["effort"]
    ended = shop.fork(forks, inputs=inputs, env={"PYTHONPATH": str(plugins)}).wait()
    assert ended.code == 0, ended.log
    assert "Which name is bad?" in model.requests[0].system
    shown = [reported.shown for reported in ended.report.findings]
    assert sorted(shown) == [FindingPlace.INLINE, FindingPlace.INLINE, FindingPlace.TABLE]
    assert sorted(comment.line for comment in shop.pull.review_comments) == [2, 3]
    assert "Found by plain" in shop.pull.review_comments[0].body
    (sticky,) = shop.stickies()
    for text in (sticky, ended.summary):
        assert "**Which name is bad?**\n\n- **Two** names.\n" in text
    for text in (sticky, ended.summary, *(one.body for one in shop.pull.review_comments)):
        for sign in ("@octo", "<script>", "](https://evil"):
            assert sign not in text


def test_auto_lets_it_ask_a_provider_of_another_package(plugins, forks, make_shop):
    shop = make_shop(base=BASE | {"shop/cart.py": "\n"}, head=HEAD)
    key = "plain_" + "k1e2y3" * 4
    with ModelServer(keys=[key], answer=answers(("shop/cart.py", 2))) as model:
        ended = shop.fork(
            forks,
            inputs={"config": CONFIG, "plain_api_key": key},
            env={"PLAIN_BASE_URL": model.base_url("openai"), "PYTHONPATH": str(plugins)},
        ).wait()
    assert ended.code == 0, ended.log
    assert [used.model for used in ended.report.spent.by_model] == ["plain:plain-1"]
    assert [comment.line for comment in shop.pull.review_comments] == [2]
    assert "- **Two** names." in shop.stickies()[0]


def test_its_options_are_in_the_schema_and_in_the_configuration(codeflow, make_shop, tmp_path):
    schema = json.loads(codeflow("schema", "config", cwd=tmp_path))
    about = schema["$defs"]["plain_action"]
    assert (
        about["description"] == "Asks a model one question about the added lines of a pull request."
    )
    assert about["properties"]["at_most"]["description"] == "Comments on the diff in one run."
    shop = make_shop(base=BASE | {".github/codeflow.yml": f"version: 1\n{CONFIG}\n"})
    lines = codeflow("config", "--base", "main", cwd=shop.work_tree).splitlines()
    (pipeline,) = [line for line in lines if line.startswith("pipeline = ")]
    value, _, origin = pipeline.removeprefix("pipeline = ").partition("  # ")
    assert json.loads(value) == [{"plain_action": {"at_most": 2, "question": "Which name is bad?"}}]
    assert origin.startswith(".github/codeflow.yml")


def test_its_page_is_made_from_its_class(codeflow, tmp_path):
    assert codeflow("docs", "plain_action", cwd=tmp_path) == PAGE


def test_a_wrong_option_of_it_is_named(plugins, forks, make_shop):
    config = "pipeline: [{plain_action: {at_least: 2}}]"
    inputs = {"openai_api_key": KEY, "config": config}
    ended = make_shop().fork(forks, inputs=inputs, env={"PYTHONPATH": str(plugins)}).wait()
    assert ended.code == 2
    assert "there is no key 'at_least' here" in ended.stdout
