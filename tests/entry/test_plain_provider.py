"""A provider of another package, installed beside us, does what a built-in one does."""

import os
import shutil

import pytest

from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import HEAD, REMARK, review
from tests.environments import PLUGINS, install_into

KEY = "plain_" + "k1e2y3" * 4
PAGE = """\
# plain

Asks `api.plain.example`, or another `base_url`.

- Kind: provider
- Input for its key: `plain_api_key`
- Variables: `PLAIN_ACCESS`, `PLAIN_BASE_URL`
- Address: https://api.plain.example/v1
- Default model: `plain-1`
- Prices of: 2026-11-30

| model | window, tokens | input, $ for a million | cached input | output |
| --- | --- | --- | --- | --- |
| `plain-1` | 64,000 | 1.0 | 0.1 | 4.0 |
"""
OTHER_KEY = "plain_" + "o4t5h6" * 4  # of somebody else, in the code under review


@pytest.fixture
def model():
    with ModelServer(keys=[KEY], answer=review(REMARK)) as server:
        yield server


@pytest.fixture
def codeflow(shop, forks, plugins, tmp_path):
    """Run the command line in a process of its own, in the shop's clone."""

    def run(*arguments, **environment):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "KF_RULE_CACHE_DIR": os.environ["KF_RULE_CACHE_DIR"],
            "PYTHONPATH": str(plugins),
            **environment,
        }
        return forks.codeflow(*arguments, env=env, cwd=shop.work_tree)

    return run


@pytest.mark.parametrize("given", ["input", "environment"])
def test_auto_asks_it_with_its_key_and_the_key_shows_nowhere(
    make_shop, forks, plugins, model, given
):
    head = {**HEAD, "shop/access.py": f'ACCESS = ["{OTHER_KEY}"]\n'}
    shop = make_shop(head=head)
    inputs = {"plain_api_key": KEY} if given == "input" else {}
    environment = {"PLAIN_BASE_URL": model.base_url("openai"), "PYTHONPATH": str(plugins)}
    if given == "environment":
        environment["PLAIN_ACCESS"] = KEY
    inputs |= {"provider": "auto", "effort": "low"}
    ended = shop.fork(forks, inputs=inputs, env=environment).wait()
    assert ended.code == 0, ended.log
    assert model.requests
    assert {request.model for request in model.requests} == {"plain-1"}
    (used,) = ended.report.spent.by_model
    assert used.model == "plain:plain-1"
    assert ended.report.spent.cost_usd > 0  # by the prices in its file
    comments = [comment.body for comment in (*shop.pull.comments, *shop.pull.review_comments)]
    assert any(REMARK["title"] in comment for comment in comments)
    masked = f"::add-mask::{KEY}"
    log = "\n".join(line for line in ended.log.splitlines() if line != masked)
    told = (log, ended.summary, str(ended.outputs), ended.report.model_dump_json(), *comments)
    for text in (*told, *(request.text for request in model.requests)):
        assert KEY not in text
        assert OTHER_KEY not in text


def test_the_laptop_asks_it_and_says_what_is_installed(codeflow, model):
    environment = {"PLAIN_ACCESS": KEY, "PLAIN_BASE_URL": model.base_url("openai")}
    done = codeflow("review", "--base", "main", "--head", "feature", **environment)
    assert done.returncode == 0, done.stderr
    assert REMARK["title"] in done.stdout
    assert KEY not in done.stdout + done.stderr
    listed = codeflow("config", "--base", "main", **environment)
    assert KEY not in listed.stdout + listed.stderr
    assert listed.stdout.splitlines()[-1] == (
        'providers.plain = {"keys": ["plain_api_key", "PLAIN_ACCESS"], "account": [], '
        '"default": "plain-1", "priced_on": "2026-11-30"}  # codeflow-plain-provider'
    )


def test_the_built_in_ones_come_first_whatever_its_rank(codeflow, model):
    environment = {"PLAIN_ACCESS": KEY, "GROQ_API_KEY": KEY}
    done = codeflow(
        "review",
        *("--base", "main", "--head", "feature"),
        GROQ_BASE_URL=model.base_url("groq"),
        **environment,
    )
    assert done.returncode == 0, done.stderr
    assert {request.model for request in model.requests} == {"openai/gpt-oss-120b"}


def test_two_packages_of_one_name_are_an_error_that_names_both(codeflow, plugins, tmp_path):
    twin = shutil.copytree(PLUGINS / "plain_provider", tmp_path / "twin")
    project = twin / "pyproject.toml"
    project.write_text(project.read_text().replace("codeflow-plain-provider", "plain-twin"))
    install_into(tmp_path / "site", twin)
    both = f"{tmp_path / 'site'}:{plugins}"
    done = codeflow("config", "--base", "main", PYTHONPATH=both)
    assert done.returncode == 2
    assert "plain-twin and codeflow-plain-provider both bring a provider named 'plain'" in (
        done.stderr
    )


def test_its_page_is_made_from_its_class(codeflow):
    assert codeflow("docs", "plain").stdout == PAGE
