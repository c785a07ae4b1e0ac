"""One pull request that carries all attacks of the corpus at once, and its run."""

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

from codeflow_action.testing.github import CommentAnchor, GitHubServer
from codeflow_action.testing.models import Json, ModelServer
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, KEY, REMARK, TOKEN, build, commit, git
from tests.entry.test_tools import left_by_a_step, result, sarif
from tests.security.attacks import ATTACKS
from tests.security.reached import Reached

FORK = {"head_repo": "stranger/shop", "author_association": "CONTRIBUTOR"}
RULES = re.compile(
    r"^Rules that this project has[^\n]*\n((?:(?:- r\d|AGENTS\.md)[^\n]*\n)+)", re.MULTILINE
)
FILES = 40  # lines of the file that remarks stand on
CODE = "".join(f"value_{at} = source[{at}]\n" for at in range(FILES))
CONFIG = "pipeline:\n  - quality_gates\n  - pr_reviewer: {max_comments: 30, min_confidence: 0}\n"
RULE = "- Amounts must be integer cents.\n"
REPORTS = {"sarif_files": "out/*.sarif", "config": "coverage: {files: [out/coverage.xml]}"}


def texts(through):
    return [case.text for case in ATTACKS if case.through == through]


def remarks():
    """Return one remark for each reply of the corpus, each on a line of its own."""
    cases = [case for case in ATTACKS if case.through.startswith("reply.")]
    for at, case in enumerate(cases):
        field = case.through.removeprefix("reply.")
        remark = {
            **REMARK,
            "path": "shop/many.py",
            "quote": f"value_{at} = source[{at}]",
            "line": at + 1,
            "title": f"Position {at} is not there",
            "message": f"Item {at} may be missing.",
            "trigger": f"A source of {at} items.",
            "effect": "The wrong sum is charged.",
            "suggestion": f"value_{at} = source.get({at})",
        }
        text = case.text
        yield {**remark, field: f"{text}\nitem {at}" if field == "message" else text}


def files_of_head():
    hostile = {f"src/code_{at}.py": f"{text}\n" for at, text in enumerate(texts("diff"))}
    named = {text: f"x = {at}\n" for at, text in enumerate(texts("path"))}
    configuration = "\n".join(texts("config"))
    return {
        "shop/many.py": CODE,
        "AGENTS.md": RULE + "".join(texts("guideline")),
        ".github/codeflow.yml": f"version: 1\n{configuration}\n",
        **hostile,
        **named,
    }


@contextmanager
def hostile_run(folder, event="pull_request"):
    """Run once in the folder; yield the shop, what the run ended with, and what the model got."""
    head = files_of_head()
    with (
        GitHubServer(token=TOKEN) as github,
        ModelServer(
            keys=[KEY],
            answer=lambda request: Json(
                judgements(request.text)
                if is_second_round(request)
                else {"remarks": [*remarks()] if "shop/many.py" in request.text else []}
            ),
        ) as model,
    ):
        base = {**BASE, ".github/codeflow.yml": CONFIG, "AGENTS.md": RULE}
        shop = build(folder, github, base, head)
        git(shop.work_tree, "checkout", "--quiet", "feature")
        for text in texts("commit"):
            commit(shop.work_tree, {}, text)
        (branch,) = texts("branch")
        git(shop.work_tree, "branch", branch)
        git(shop.work_tree, "checkout", "--quiet", "main")
        shop.pull = shop.repository.open_pull_request(
            head=branch,
            title=" | ".join(texts("title")),
            body="\n\n".join(texts("body")),
            **(FORK if event != "pull_request" else {}),
        )
        shop.pull.add_review(
            author="lint[bot]",
            comments=[
                (CommentAnchor(path="shop/many.py", line=3), text) for text in texts("comment")
            ],
        )
        for text in texts("comment"):
            shop.pull.add_comment(text, author="mallory")
        shop.theirs = {comment.id for comment in shop.pull.comments}
        results = [
            result(path="shop/many.py", line=at + 1, text=text, rule=f"R{at}")
            for at, text in enumerate(texts("sarif"))
        ]
        classes = "".join(
            f'<class filename="{text.replace("<", "&lt;")}"><lines><line number="1" hits="0"/>'
            "</lines></class>"
            for text in texts("coverage")
        )
        coverage = f"<package><classes>{classes}</classes></package>"
        coverage = f"<coverage><packages>{coverage}</packages></coverage>"
        left_by_a_step(shop, {"out/a.sarif": sarif(*results), "out/coverage.xml": coverage}, branch)
        inputs = {"provider": "openai", "openai_api_key": KEY, "base_url": model.base_url("openai")}
        ended = shop.run(event, inputs={**inputs, **REPORTS}, pull=shop.pull)
        yield shop, ended, model.requests


def reached_by(shop, ended, requests):
    """Return what has arrived where."""
    bodies = ours(shop)
    return Reached(
        model="\n".join(request.text for request in requests),
        github="\n".join([*bodies, *checks(shop), ended.summary]),
        log=ended.log,
    )


def ours(shop):
    comments = [one.body for one in shop.pull.comments if one.id not in shop.theirs]
    before = shop.pull.reviews[0].id
    inline = [one.body for one in shop.pull.review_comments if one.review_id != before]
    return [*comments, *inline]


def checks(shop):
    """Return the summaries and texts of our check runs, which are pages too."""
    return [text for run in shop.repository.check_runs for text in (run.summary, run.text) if text]


def rules_shown(requests):
    """Return the rules of the project as the model was told them."""
    prompts = "\n".join(request.text for request in requests)
    (rules,) = {match[1] for match in RULES.finditer(prompts)}
    return rules


def run_harms():
    """Yield what the attacks bring about in a run of its own, and what head has decided."""
    with tempfile.TemporaryDirectory() as name, hostile_run(Path(name)) as (shop, ended, requests):
        reached = reached_by(shop, ended, requests)
        for case in ATTACKS:
            yield from (f"{case.name}: {harm}" for harm in reached.harm(case))
        yield from head_decides(ended, requests)


def head_decides(ended, requests):
    """Yield what the head of the pull request has decided: nothing, or it is a fault."""
    if ended.outputs["verdict"] != "fail":  # the committed key, though head says `fail_on: never`
        yield f"the verdict is {ended.outputs['verdict']}"
    if not requests:  # at the address that the workflow names
        yield "no model was asked"
        return
    rules = rules_shown(requests)
    if "integer cents" not in rules:
        yield "the project's own rule is not shown"
    for case in ATTACKS:
        if case.through in ("guideline", "config") and case.number in rules:
            yield f"{case.name} is a rule of the project"
