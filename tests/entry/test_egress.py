"""Which hosts a run talks to and what it leaves behind: what the page says, and no more."""

import json
import os
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.egress import NOT_HERE
from tests.entry.test_pull_request import asked
from tests.environments import ROOT

PROVIDERS = ("none", "openai", "anthropic", "mistral", "groq", "openai, identity")
RUNNER_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "GITHUB_ENV", "GITHUB_PATH")
ROW = re.compile(r"^\| `([\w.*]+)` \| ([^|]+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def recorded(forks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("egress")
    done = forks.run(
        ["-c", "from tests.egress import main; main()", folder, *PROVIDERS],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "KF_RULE_CACHE_DIR": os.environ["KF_RULE_CACHE_DIR"],
        },
        cwd=folder,
    )
    if done.returncode == NOT_HERE:
        pytest.skip("the kernel gives no network of one's own here")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "results.json").read_text())


def hosts_in_the_table(case):
    """Return the hosts of the rows that hold for a run with this provider, a `*` for any label."""
    rows = ROW.findall((ROOT / "docs" / "security.md").read_text())
    provider, _, proof = case.partition(", ")
    return {
        host
        for host, when in rows
        if ("provider" not in when or f"`{provider}`" in when) and ("identity" not in when or proof)
    }


@pytest.mark.promise("A run asks for the hosts of this table and for no other.")
@pytest.mark.promise(
    "Each row is tested by whole runs in a network of their own, where every name that is asked "
    "for is written down, and nothing else can be reached."
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_run_asks_for_the_hosts_of_the_table_and_no_other(recorded, provider):
    run = recorded[provider]
    assert run["verdict"] == "pass", run["log"]
    assert "a shallow fetch" in run["log"]  # git was there, too
    hosts = hosts_in_the_table(provider)
    for name in run["names"]:
        assert any(fnmatch(name, host) for host in hosts), name
    assert len(run["names"]) == len(hosts)


@pytest.mark.promise("OpenAI is told with each request not to store it.")
@pytest.mark.promise(
    "The other three have no such switch: what they keep, and for how long, is in your contract "
    "with them."
)
@pytest.mark.parametrize("provider", PROVIDERS[1:])
def test_where_an_api_can_be_told_it_is_told_to_store_nothing(recorded, provider):
    is_openai = provider.startswith("openai")
    assert recorded[provider]["stores"] == 2 * [False if is_openai else None]


def files_below(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.promise(
    "What stays is on GitHub: the comment with its ledger, the review and the check runs as long "
    "as the pull request, the log and the step summary as long as the repository keeps its runs."
)
@pytest.mark.promise(
    "The report and its SARIF are files in the workspace, and go with the runner unless a step of "
    "yours uploads them."
)
@pytest.mark.promise("No other file is left behind.")
def test_a_run_leaves_no_file_but_its_reports(forks, shop, model):
    temporary = shop.root / "temporary"
    temporary.mkdir()
    before = files_below(shop.work_tree)
    running = shop.fork(forks, inputs=asked(model), env={"TMPDIR": str(temporary)})
    ended = running.wait()
    assert ended.code == 0, ended.log
    assert len(shop.stickies()) == len(shop.pull.reviews) == 1
    left = files_below(shop.work_tree) - before
    names = ("report.json", "report.sarif", "codeflow-findings.jsonl", ".gitignore")
    assert left == {Path(".codeflow", name) for name in names}
    assert files_below(temporary) == set()
    given = {Path(running.job.environment[name]).name for name in RUNNER_FILES} | {"event.json"}
    assert {path.name for path in files_below(running.job.folder)} <= given
