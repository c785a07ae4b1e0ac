"""Texts that divide readers through whole runs: what lands on GitHub and at the runner."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.entry.jobs import BASE, REMARK, review
from tests.entry.test_pull_request import asked
from tests.github_reader import faults
from tests.runner_reader import obeyed
from tests.security.texts import sample

LINES = 30
FILE = "".join(f"value_{at} = source[{at}]\n" for at in range(LINES))
CONFIG = (
    "pipeline:\n"
    "  - pr_reviewer: {max_comments: 30, max_comments_per_pull_request: 100, min_confidence: 0}\n"
)
SERVER = re.compile(r"http://127\.0\.0\.1:\d+/")


def remark(at, title, message, scenario):
    return {
        **REMARK,
        "path": "shop/many.py",
        "quote": f"value_{at} = source[{at}]",
        "line": at + 1,
        "title": f"{at} {title}"[:300],
        "message": f"{message}\nitem {at}",
        "trigger": f"{scenario} case {at}",
        "effect": "The wrong sum is charged.",
        "suggestion": f"value_{at} = source.get({at})  {title}",
    }


@pytest.mark.promise(
    "Text from strangers, and from models, is rewritten for each place that it goes to."
)
@pytest.mark.promise(
    "Assumed hostile: code, file names, titles, descriptions, comments, commit messages, the "
    "head's configuration, the workspace's checkout and its git configuration, comments that "
    "other workflows wrote, and everything that a model says."
)
@pytest.mark.parametrize("seed", range(3))
def test_what_a_model_writes_lands_harmless(make_shop, model, seed):
    """Faults 1 to 5: two hundred and seventy texts, through the Action to the stand-in."""
    texts = iter(sample(seed, 3 * LINES))
    given = [remark(at, next(texts), next(texts), next(texts)) for at in range(LINES)]
    shop = make_shop({**BASE, ".github/codeflow.yml": CONFIG}, {**BASE, "shop/many.py": FILE})
    model.answer = review(*given)
    ended = shop.run(inputs=asked(model))
    assert ended.code == 0
    comments = [one.body for one in shop.pull.review_comments]
    assert len(comments) == LINES
    host = SERVER.search(shop.stickies()[0] + " http://127.0.0.1:1/")[0]
    for body in comments:
        assert faults(body, markers=[body[body.rindex("<!--") :]], host=host) == []
    (sticky,) = shop.stickies()
    assert faults(sticky, markers=[sticky.partition("\n")[0]], host=host) == []
    assert faults(ended.summary, host=host) == []
    said = [
        line
        for line in obeyed(ended.log)
        if not re.match(r"::(warning|notice|add-mask|group|endgroup)\b", line)
    ]
    assert said == []


@pytest.mark.parametrize(
    "title",
    ["##[error]x", "a ##[set-output name=x]y", "::error::x", "x\n::add-mask::x", "x\r\n##[group]"],
)
def test_the_example_prints_findings_so_that_no_runner_obeys(title):
    """Fault 5: titles and paths of findings went to the log as they are."""
    text = Path(__file__).parents[2].joinpath("examples/workflows/use-outputs.yml").read_text()
    (step,) = yaml.safe_load(text)["jobs"]["each"]["steps"]
    given = {"PLACE": f"{title}.py:3", "TITLE": title, "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=given, capture_output=True, text=True, check=True
    )
    assert obeyed(ended.stdout) == []
    assert title.split()[-1] in ended.stdout
    assert obeyed(ended.stdout + "::error::after\n") == ["::error::after"]
