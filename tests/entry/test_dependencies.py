"""Dependencies that change, in whole runs: what GitHub knows of them, and where it says nothing."""

import json

import pytest

from codeflow_action import cli
from codeflow_action.testing.github import GitHubServer, Vulnerability
from tests.entry.jobs import TOKEN, build

NONE = {"provider": "none"}
GRAPH = "/dependency-graph/compare/"


def lock(**versions: str) -> str:
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, **packages}}, indent=1) + "\n"


BASE = {"package-lock.json": lock(express="5.0.0"), "app.js": "run();\n"}
HEAD = {"package-lock.json": lock(express="5.0.0", minimist="1.2.0"), "app.js": "go();\n"}
WEAK = (Vulnerability(ghsa_id="GHSA-vh95-rmgr-6w4m", severity="critical", summary="Pollution"),)


@pytest.fixture
def shop(tmp_path, github):
    shop = build(tmp_path, github, BASE, HEAD)
    shop.repository.vulnerabilities["minimist", "1.2.0"] = WEAK
    return shop


def asked(shop) -> int:
    return sum(GRAPH in request.path for request in shop.github.requests)


def test_a_known_weakness_of_a_new_dependency_closes_the_gate(shop):
    ended = shop.run(inputs=NONE)
    found = [one.finding for one in ended.report.findings]
    assert [(one.rule, one.path, one.line) for one in found] == [
        ("dependencies/advisory", "package-lock.json", 9)
    ]
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert "::error title=minimist 1.2.0 has a known vulnerability (critical)" in ended.stdout
    assert "Dependencies: only in locks: 1 added" in ended.summary
    assert asked(shop) == 1


def test_a_typical_run_stays_within_its_requests(shop):
    shop.run(inputs=NONE)
    assert shop.github.reads() <= 8


def test_a_change_without_dependencies_asks_nothing_more(make_shop):
    shop = make_shop()
    shop.run(inputs=NONE)
    assert asked(shop) == 0


def test_all_pages_are_read(make_shop):
    many = {f"package-{at}": "1.0.0" for at in range(230)}
    shop = make_shop(BASE, {"package-lock.json": lock(express="5.0.0", zoo="1.2.0", **many)})
    shop.repository.vulnerabilities["zoo", "1.2.0"] = WEAK
    ended = shop.run(inputs=NONE)
    assert [one.finding.rule for one in ended.report.findings] == ["dependencies/advisory"]
    assert asked(shop) == 3


def test_a_push_is_asked_about_too(shop):
    before, after = shop.repository.tip("main"), shop.repository.tip("feature")
    ended = shop.run("push", inputs=NONE, ref="refs/heads/feature", before=before, after=after)
    assert [one.finding.rule for one in ended.report.findings] == ["dependencies/advisory"]


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        ("private", "Code Security is off"),
        ("graph", "no dependency data"),
        ("permission", "missing"),
        ("outage", "GitHub answered 502"),
        ("nonsense", "not JSON"),
        ("shape", "unknown shape"),
        ("lost", "could not be reached"),
    ],
)
def test_where_github_says_nothing_that_is_said_and_the_run_passes(tmp_path, silence, said):
    permissions = {"contents": "none" if silence == "permission" else "read"}
    with GitHubServer(
        token=TOKEN, permissions={"pull_requests": "write", "checks": "write", **permissions}
    ) as github:
        shop = build(tmp_path, github, BASE, HEAD)
        shop.repository.vulnerabilities["minimist", "1.2.0"] = WEAK
        shop.repository.private = silence in ("private", "permission")
        shop.repository.code_security = silence == "permission"
        shop.repository.dependency_graph = silence != "graph"
        faults = {"outage": (502, None), "nonsense": (200, "<html>"), "lost": (0, None)}
        status, body = faults.get(silence, (200, [{"change_type": "odd"}]))
        if silence in (*faults, "shape"):
            github.fail("GET", GRAPH, status, 9, body=body)
        ended = shop.run(inputs=NONE)
        assert (ended.code, ended.outputs["verdict"]) == (0, "pass")
        assert "Advisories unavailable: " in ended.summary
        assert said in ended.summary


def test_a_replay_knows_what_github_said(shop, capsys):
    ended = shop.run(inputs={**NONE, "record": "run.json"})
    before = len(shop.github.requests)
    code = cli.run(["replay", str(shop.work_tree / "run.json"), "--format", "json"], {})
    written = (shop.work_tree / ".codeflow/report.json").read_text()
    assert (code, capsys.readouterr().out) == (ended.code, written)
    assert code == 1
    assert len(shop.github.requests) == before


def test_a_replay_knows_that_github_said_nothing(shop, capsys):
    shop.repository.dependency_graph = False
    shop.run(inputs={**NONE, "record": "run.json"})
    code = cli.run(["replay", str(shop.work_tree / "run.json"), "--format", "json"], {})
    written = (shop.work_tree / ".codeflow/report.json").read_text()
    assert (code, capsys.readouterr().out) == (0, written)
    assert "Advisories unavailable" in written


def test_the_command_line_says_that_there_is_nobody_to_ask(shop, capsys, monkeypatch):
    monkeypatch.chdir(shop.work_tree)
    code = cli.run(["review", "--base", "main", "--head", "feature", "--format", "markdown"], {})
    assert code == 0
    assert "there is no GitHub to ask" in capsys.readouterr().out
