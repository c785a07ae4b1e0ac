"""An action of somebody else's, installed beside us: it does all that a built-in one does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codeflow_action.engine.report import FindingPlace
from codeflow_action.testing.models import Json
from tests.entry.jobs import BASE, KEY
from tests.entry.test_pull_request import asked

PLUGIN = Path(__file__).resolve().parents[1] / "plugins" / "plain_action"
HEAD = {"shop/cart.py": "def total(prices):\n    x = 0\n    y = 1\n    return sum(prices)\n"}
EVIL = "@octo/all fixes #1 ![x](https://evil.example/x.png) <script>"
CONFIG = "pipeline: [{plain_action: {at_most: 2, question: 'Which name is bad?'}}]"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the plug-in as pip installs it; nothing is fetched."""
    place = tmp_path_factory.mktemp("plugins")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input")
    offline = ("--no-deps", "--no-index", "--no-build-isolation")
    subprocess.run([*pip, "install", *offline, "--target", place, PLUGIN], check=True)
    return {"PYTHONPATH": os.pathsep.join([str(place), *filter(None, sys.path)])}


def answers(*lines):
    def answer(request):
        remarks = [
            {"path": path, "line": line, "title": f"{line} {EVIL}", "message": EVIL}
            for path, line in lines
        ]
        summary = f"- **Two** names.\n- {EVIL}"
        return Json({"answers": remarks, "summary": summary})

    return answer


def codeflow(installed, *arguments, cwd):
    done = subprocess.run(
        [Path(sys.executable).with_name("codeflow"), *arguments],
        env={"PATH": os.environ["PATH"], **installed},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_findings_go_inline_and_its_section_is_shown(installed, make_shop, model):
    model.answer = answers(*(("shop/cart.py", line) for line in (2, 3, 4, 99)))
    base = BASE | {"shop/cart.py": "\n"}
    shop = make_shop(base=base, head=HEAD)
    inputs = {**asked(model), "config": CONFIG}
    del inputs["effort"]
    ended = shop.start(inputs=inputs, env=installed).wait()
    assert ended.code == 0, ended.log
    assert "Which name is bad?" in model.requests[0].system
    shown = [reported.shown for reported in ended.report.findings]
    assert sorted(shown) == [FindingPlace.INLINE, FindingPlace.INLINE, FindingPlace.TABLE]
    assert sorted(one.line for one in shop.pull.review_comments) == [2, 3]
    assert "by plain" in shop.pull.review_comments[0].body
    (sticky,) = shop.stickies()
    for text in (sticky, ended.summary):
        assert "**Which name is bad?**\n\n- **Two** names.\n" in text
    for text in (sticky, ended.summary, *(one.body for one in shop.pull.review_comments)):
        for sign in ("@octo", "<script>", "](https://evil"):
            assert sign not in text


def test_its_options_and_its_docstring_are_shown(installed, make_shop, tmp_path):
    schema = json.loads(codeflow(installed, "schema", "config", cwd=tmp_path))
    about = schema["$defs"]["plain_action"]
    assert (
        about["description"] == "Asks a model one question about the added lines of a pull request."
    )
    assert about["properties"]["at_most"]["description"] == "Comments on the diff in one run."
    shop = make_shop(base=BASE | {".github/codeflow.yml": f"version: 1\n{CONFIG}\n"})
    told = codeflow(installed, "config", "--base", "main", cwd=shop.work_tree)
    assert "plain_action" in told
    assert "at_most" in told


def test_a_wrong_option_of_it_is_named(installed, make_shop, model):
    shop = make_shop()
    config = "pipeline: [{plain_action: {at_least: 2}}]"
    ended = shop.start(inputs={"openai_api_key": KEY, "config": config}, env=installed).wait()
    assert ended.code == 2
    assert "there is no key 'at_least' here" in ended.stdout
