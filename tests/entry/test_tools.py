"""Other tools' reports in whole runs: shown once, counted by the gate, and on record."""

import json
import random
import string

import pytest

from codeflow_action import cli
from codeflow_action.integrations.line_hashes import line_hashes
from tests.entry.jobs import BASE, HEAD, KEY, commit, git
from tests.integrations.reports import project, reports
from tests.runner_reader import obeyed

HIDDEN = "ghp_" + "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=36))


NEVER_BEGUN = json.dumps(
    {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "eslint"}}, "results": None}]}
)


def sarif(*results, tool="ruff"):
    run = {"tool": {"driver": {"name": tool}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]})


def result(line=6, path="shop/cart.py", text="Do not divide", rule="R1", level="warning", **more):
    region = {"startLine": line}
    physical = {"artifactLocation": {"uri": path}, "region": region}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
        **more,
    }


def asking(model):
    base = model.base_url("openai")
    return {"provider": "openai", "openai_api_key": KEY, "base_url": base}


def left_by_a_step(shop, files, branch="feature"):
    """Check the branch out, as a workflow does, and leave what its steps have written."""
    git(shop.work_tree, "checkout", "--quiet", branch)
    for name, text in files.items():
        path = shop.work_tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(shop, *results, files=None, **inputs):
    left_by_a_step(shop, files or {"out/ruff.sarif": sarif(*results)})
    return shop.run(inputs={"provider": "none", "sarif_files": "out/*.sarif", **inputs})


def places(ended):
    return [(one.finding.rule, one.finding.line) for one in ended.report.findings]


@pytest.mark.promise(
    "Reports lie in the workspace, where a pull request's author can write: a file that is "
    "committed under the configured name is read as if a tool had written it."
)
def test_a_tools_result_on_an_added_line_is_a_finding(shop):
    ended = run(shop, result(), result(line=1))
    (one,) = ended.report.findings
    assert (one.finding.rule, one.finding.path, one.finding.line) == ("ruff/R1", "shop/cart.py", 6)
    assert one.finding.code == "    return total(prices) // len(prices)"
    assert ended.code == 0
    assert ended.outputs["verdict"] == "pass"
    assert "::warning title=Do not divide (ruff/R1),file=shop/cart.py,line=6" in ended.stdout
    assert "other tools (ruff): 1 finding about this change; left out: 1 about other code" in (
        ended.summary
    )


def test_taking_in_reports_is_a_step_of_the_run_and_there_alone_where_some_are_named(shop):
    assert [action.name for action in run(shop, result()).report.actions] == [
        "tool_reports",
        "platform_detector",
        "quality_gates",
        "pr_reviewer",
    ]
    ended = shop.run(inputs={"provider": "none"})
    assert "tool_reports" not in [action.name for action in ended.report.actions]


def test_what_became_of_the_results_stands_in_the_summary_and_in_no_comment(shop):
    ended = run(shop, result(), comment="always")
    sentence = "other tools (ruff): 1 finding about this change"
    assert sentence in ended.summary
    assert sentence in ended.report.notices[-1]
    assert not any(sentence in body for body in shop.stickies())


def test_only_holds_other_tools_back(shop):
    entry = "pipeline: [quality_gates, {tool_reports: {only: {labels: [linted]}}}]"
    ended = run(shop, result(level="error"), config=entry)
    assert (ended.code, places(ended)) == (0, [])
    assert "`tool_reports` did not run: held back by only.labels" in ended.summary


def test_a_finding_of_ours_stays_wherever_other_tools_stand_in_the_pipeline(make_shop):
    shop = make_shop(head={"deploy.py": f'TOKEN = "{HIDDEN}"\n'})
    found = result(1, "deploy.py", f"pat has detected secret {HIDDEN}", "pat", level="error")
    for pipeline in ("[tool_reports, quality_gates]", "[quality_gates, tool_reports]"):
        ended = run(
            shop,
            files={"out/g.sarif": sarif(found, tool="gitleaks")},
            config=f"pipeline: {pipeline}",
        )
        assert [one.finding.rule.split("/")[0] for one in ended.report.findings] == ["secrets"]


def test_a_tools_name_is_shown_as_nothing_but_text(shop):
    name = "[free](https://evil.example) ![x](https://evil.example/x.png) @mona\n\n# Done"
    summary = run(shop, files={"out/a.sarif": sarif(result(), tool=name)}).summary
    assert "1 finding about this change" in summary
    assert not any(sign in summary for sign in ("](https://evil", "@mona", "\n# Done"))


def test_a_tools_error_closes_the_gate(shop):
    ended = run(shop, result(level="error"))
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert ended.report.findings[0].blocking
    assert run(shop, result(level="error"), fail_on="never").code == 0


def test_lines_of_the_merge_checkout_are_brought_onto_the_head(shop):
    git(shop.work_tree, "checkout", "--quiet", "main")
    cart = (shop.work_tree / "shop/cart.py").read_text()
    commit(shop.work_tree, {"shop/cart.py": f'"""Carts."""\n\nimport os\n\n\n{cart}'})
    git(shop.work_tree, "checkout", "--quiet", "-b", "merge")
    git(shop.work_tree, "merge", "--quiet", "feature", "-m", "merge")
    seen = (shop.work_tree / "shop/cart.py").read_text().split("\n")
    line = seen.index("    return total(prices) // len(prices)") + 1
    results = [result(line=line), result(line=seen.index("import os") + 1)]
    left_by_a_step(shop, {"out/ruff.sarif": sarif(*results)}, "merge")
    ended = shop.run(inputs={"provider": "none", "sarif_files": "out/*.sarif"})
    assert line != 6
    assert places(ended) == [("ruff/R1", 6)]
    assert "1 without a line in the head commit" in ended.summary


@pytest.mark.promise(
    "So let the tools write into a folder that the repository ignores, and let their steps fail "
    "if they cannot run."
)
@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("/home/runner/work/_temp/a.sarif", "patterns count from the workspace's root"),
        ("../a.sarif", "patterns count from the workspace's root"),
        ("C:/a.sarif", "patterns count from the workspace's root"),
        ("out\\a.sarif", "Folders are parted by `/`."),
        ("nowhere.sarif", "has the step that writes it run before this one"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_told_why(shop, pattern, why):
    ended = run(shop, result(), sarif_files=pattern)
    assert ended.outputs["reason"] == "gate_not_run"
    assert why in ended.report.shortfalls[0].detail


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"README.txt": "x"}, "no file matches 'out/*.sarif'"),
        ({"out/a.sarif": "{"}, "out/a.sarif was not read: it is not JSON"),
        ({"out/a.sarif": "[" * 200_000}, "nested too deeply"),
        ({"out/a.sarif": sarif(None, result())}, "1 result of out/a.sarif could not be read"),
        ({"out/a.sarif": '{"version": "1.0", "runs": []}'}, "2.1.0 can be read"),
        ({"out/a.sarif": NEVER_BEGUN}, "out/a.sarif: eslint says that its run failed"),
    ],
)
def test_what_could_not_be_read_is_no_pass(shop, files, why):
    ended = run(shop, files=files)
    assert (ended.code, ended.outputs["verdict"]) == (0, "incomplete")
    assert ended.outputs["reason"] == "gate_not_run"
    assert why in ended.summary.replace("\\", "")
    assert why in ended.stdout


def test_one_broken_file_costs_no_other(shop):
    ended = run(shop, files={"out/a.sarif": "{", "out/b.sarif": sarif(result())})
    assert places(ended) == [("ruff/R1", 6)]


def test_what_a_gate_and_a_tool_have_found_is_shown_once_with_both(make_shop):
    shop = make_shop(head={"deploy.py": f'TOKEN = "{HIDDEN}"\n'})
    found = result(1, "deploy.py", f"pat has detected secret {HIDDEN} for file deploy.py", "pat")
    ended = run(shop, files={"out/g.sarif": sarif(found, tool="gitleaks")})
    (one,) = ended.report.findings
    assert one.finding.rule.startswith("secrets/")
    assert one.finding.sources == ("quality_gates", "kingfisher", "gitleaks")
    assert [gone.stage for gone in ended.report.dropped] == ["duplicate"]
    assert HIDDEN not in f"{ended.log}{ended.summary}{ended.report.model_dump_json()}"


def test_of_two_tools_and_a_model_one_remark_is_shown(shop, model):
    flake = result(text="An empty list divides prices by zero", rule="E1")
    ruff = result(text="An empty list of prices divides by zero", rule="Z1")
    files = {"out/a.sarif": sarif(ruff), "out/b.sarif": sarif(flake, tool="flake8")}
    ended = run(shop, files=files, effort="low", **asking(model))
    assert len(model.requests) == 1
    (one,) = ended.report.findings
    assert one.finding.sources == ("flake8", "ruff")
    assert len(ended.report.dropped) == 2
    assert len(shop.pull.reviews) == 0


def test_the_same_pull_request_again_shows_nothing_new(shop):
    key = {"openai_api_key": KEY}  # what seals the memory of earlier runs
    first, again = run(shop, result(), **key), run(shop, result(), **key)
    assert [one.known for one in first.report.findings] == [False]
    assert [one.known for one in again.report.findings] == [True]
    assert first.report.findings[0].id == again.report.findings[0].id
    shop.push({"shop/cart.py": "# new\n" + (shop.work_tree / "shop/cart.py").read_text()})
    moved = run(shop, result(line=7), **key)
    assert [one.known for one in moved.report.findings] == [True]


def test_the_configuration_names_files_and_the_filter(make_shop):
    policy = "sarif: {files: ['out/*.sarif'], filter: file}\n"
    shop = make_shop(base=BASE | {".github/codeflow.yml": policy})
    results = [result(), result(line=1), result(path="README.md")]
    left_by_a_step(shop, {"out/ruff.sarif": sarif(*results)})
    ended = shop.run(inputs={"provider": "none"})
    assert places(ended) == [("ruff/R1", 1), ("ruff/R1", 6)]
    shown = shop.run(inputs={"provider": "none", "config": "sarif: {filter: nofilter}"})
    assert len(shown.report.findings) == 3


def test_a_hostile_report_acts_nowhere(shop):
    text = (
        "\n::error::owned\n##[error]owned <img src=x onerror=1> @octo/all closes #1 "
        "[x](javascript:1)\n/codeflow dismiss\n\u202e\x1b[31m"
    )
    results = [result(text=f"owned {at}{text}", rule=f"::error::{text}") for at in range(3)]
    escape = result(path="../../../etc/passwd")
    ended = run(shop, *results, escape, config="sarif: {filter: nofilter}")
    lines = [line for line in ended.stdout.splitlines() if "owned" in line]
    assert lines
    orders = [order for order in obeyed(ended.stdout) if "owned" in order]
    assert orders
    assert all(order.startswith("::warning title=owned ") for order in orders)
    for body in (ended.summary, *shop.stickies()):
        assert "<img" not in body
        assert "@octo" not in body
        assert "\n/codeflow" not in body
        assert "](javascript" not in body
        assert "\x1b" not in body
    assert {one.finding.path for one in ended.report.findings} == {"shop/cart.py", None}


COVERAGE = """\
SF:/home/runner/work/shop/shop/shop/cart.py
DA:1,1
DA:2,0
DA:5,1
DA:6,0
end_of_record
"""


def test_added_lines_that_no_test_has_run_are_told_and_are_no_findings(shop):
    files = {"out/lcov.info": COVERAGE}
    left_by_a_step(shop, files)
    config = "coverage: {files: ['out/*.info']}"
    ended = shop.run(inputs={"provider": "none", "config": config})
    assert ended.report.findings == ()
    assert "1 of 2 added lines that tests can reach are not covered" in ended.summary
    gone = shop.run(inputs={"provider": "none", "config": "coverage: {files: [nowhere.xml]}"})
    assert "coverage.files: no file matches 'nowhere.xml'" in gone.summary
    assert gone.outputs["verdict"] == "incomplete"


def test_a_run_with_other_tools_reports_is_replayed_to_the_byte(make_shop, model, capsys):
    shop = make_shop(head=HEAD | {"deploy.py": f'TOKEN = "{HIDDEN}"\n'})
    results = [
        result(),
        result(1, "deploy.py", f"Odd line: {HIDDEN}", "S1"),
        result(1, "deploy.py", "Too long", "S2"),
    ]
    files = {"out/ruff.sarif": sarif(*results), "out/lcov.info": COVERAGE}
    inputs = {"record": "c.json", "effort": "low", "config": "coverage: {files: ['out/*.info']}"}
    ended = run(shop, files=files, **inputs, **asking(model))
    assert len(ended.report.findings) == 5
    cassette = shop.work_tree / "c.json"
    assert HIDDEN not in cassette.read_text()
    for path in (shop.work_tree / "out").iterdir():
        path.unlink()
    assert cli.run(["replay", str(cassette), "--format", "json"], {}) == ended.code
    assert capsys.readouterr().out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_reports_of_eighteen_real_tools_make_one_run(make_shop):
    shop = make_shop(base={"base.txt": "x\n"}, head=project.FILES)
    files = {f"out/{path.name}": reports.sarif(path.stem).decode() for path in reports.SARIF}
    alone = shop.run(inputs={"provider": "none"})
    ended = run(shop, files=files)
    by_rule = {one.finding.rule: one.finding for one in ended.report.findings}
    assert len(files) == 18
    assert ended.report.shortfalls == ()
    left_out = "1 in files that are not in the repository (library/debian), 1 suppressed"
    assert f"69 findings about this change; left out: {left_out}" in ended.summary
    told = (*ended.report.findings, *ended.report.dropped)
    assert len(told) == 69 + len(alone.report.findings)
    assert by_rule["eslint/no-unused-vars"].sources == ("ESLint", "Biome", "oxlint")
    assert "trivy/CVE-2023-0286" not in by_rule  # in an image
    (own,) = [one for rule, one in by_rule.items() if rule.startswith("secrets/")]
    assert set(own.sources) >= {"quality_gates", "gitleaks"}
    everywhere = f"{ended.log}{ended.summary}{ended.report.model_dump_json()}{shop.stickies()}"
    everywhere += (shop.work_tree / ended.outputs["sarif_path"]).read_text()
    for value in (project.AWS_ID, project.AWS_KEY, "correct-horse-42"):
        assert value not in everywhere


def test_results_carry_the_hash_by_which_code_scanning_knows_their_lines(shop):
    ended = run(shop, result())
    text = (shop.work_tree / "shop/cart.py").read_text()
    (written,) = json.loads((shop.work_tree / ended.outputs["sarif_path"]).read_text())["runs"]
    prints = written["results"][0]["partialFingerprints"]
    assert prints["primaryLocationLineHash"] == line_hashes(text, [6])[6]


def test_a_secrets_line_has_no_hash_as_short_values_could_be_told_from_it(make_shop):
    shop = make_shop(head={"deploy.py": f'TOKEN = "{HIDDEN}"\n'})
    ended = shop.run(inputs={"provider": "none"})
    assert ended.report.findings[0].line_hash == ""


def test_a_push_takes_other_tools_results_too(shop):
    git(shop.work_tree, "checkout", "--quiet", "main")
    before = git(shop.work_tree, "rev-parse", "HEAD")
    git(shop.work_tree, "merge", "--quiet", "feature")
    left_by_a_step(shop, {"out/ruff.sarif": sarif(result())}, "main")
    after = git(shop.work_tree, "rev-parse", "HEAD")
    ended = shop.run(
        "push", before=before, after=after, inputs={"provider": "none", "sarif_files": "out/*"}
    )
    assert places(ended) == [("ruff/R1", 6)]
