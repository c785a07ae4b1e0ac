"""A trusted checker reads a stranger's files and runs none; everything else may run them."""

import pytest

from tests.actions.gating import check_many
from tests.actions.test_workflow_values import CHECKOUT, GATE, PATH, rules, workflow

IN_FOLDER = f"{CHECKOUT}    path: head\n"


def severities(steps, checkout=CHECKOUT):
    return rules(workflow("pull_request_target", checkout + steps), severities=("error",))


@pytest.mark.parametrize("checkout", [CHECKOUT, IN_FOLDER])
def test_a_job_that_ends_with_the_checkout_shows_no_reader(checkout):
    assert severities("", checkout) == ["untrusted-checkout"]


@pytest.mark.parametrize(
    "run",
    [
        "grep -q 'a; make' file || echo \"no; make\"",
        'while read -r f; do cat "$f"; done <<< "$(git diff --name-only "$BASE" | sort)"',
        "cat <<'END'\n    make\n    END\n    true",
        'all=(a)\n    is_old() {\n      [[ -f "$1" && ! -s "$1" ]] || return\n    }\n    is_old a',
        'case "$A" in\n      *.md|x) echo "n=$((1 + 2))" >> "$GITHUB_OUTPUT" ;;\n    esac',
        "find . -name '*.yml' -print0 | xargs -0 yamllint  # make",
        'sudo sed -i "s/a/b/" file 2>&1 | tee log',
    ],
)
def test_a_script_that_only_reads_runs_nothing(run):
    steps = f"- run: |\n    {run}\n"
    assert severities(steps) == []
    assert rules(workflow("pull_request_target", CHECKOUT + steps), severities=("warning",)) == [
        "untrusted-checkout"
    ]


@pytest.mark.parametrize(
    "run",
    [
        "cat a && make",
        'echo "$(cat a; ./b)"',
        "echo `make`",
        "diff <(./a) b",
        "$TOOL a",
        "if ! npm test; then exit 1; fi",
        "find . -name '*.sh' -exec {} \\;",
        "ls | xargs -n 1 ./a",
        "git -c core.hooksPath=hooks commit -m a",
        "git submodule update --init",
        "cat <<END\n    $(make)\n    END\n    true",
        'echo "$PWD/bin" >> $GITHUB_PATH',
        "A=1 ./a",
        'true # "\n    make',
    ],
)
def test_a_script_that_may_run_a_file_is_an_error(run):
    assert severities(f"- run: |\n    {run}\n") == ["untrusted-checkout"]


@pytest.mark.parametrize(
    ("steps", "is_error"),
    [
        ("- run: npm ci\n  working-directory: head/web", True),
        ("- run: bash $GITHUB_WORKSPACE/head/a.sh", True),
        ("- run: make -C head", True),
        ("- run: ./head/gradlew check", True),
        ("- run: ./scripts/check head", False),
        ("- uses: ./head/action", True),
        ("- uses: a/build@v1\n  with: {folder: head}", True),
        ("- run: cp -r head/src .\n- run: make", True),
        ("- run: make\n- run: node check.js head/a.json", False),
        ("- run: make ahead", False),
        ("- uses: ./action", False),
        ("- uses: a/build@v1\n  with: {folder: web}", False),
        ("- run: cat head/a.json\n  working-directory: web", False),
    ],
)
def test_a_folder_of_its_own_is_run_from_within_or_by_name(steps, is_error):
    assert severities(steps, IN_FOLDER) == ["untrusted-checkout"] * is_error


@pytest.mark.parametrize(
    ("script", "is_error"),
    [
        ("github.rest.issues.get({})", False),
        ("return require('fs')", False),
        ("require('./a.js')", True),
        ("await exec.exec('make')", True),
    ],
)
def test_a_script_of_github_runs_the_modules_that_it_loads(script, is_error):
    steps = f'- uses: actions/github-script@v8\n  with: {{script: "{script}"}}\n'
    assert severities(steps) == ["untrusted-checkout"] * is_error


def test_an_action_that_checks_the_head_out_does_not_know_what_follows():
    action = "runs:\n  using: composite\n  steps:\n" + "".join(
        f"    {line}\n" for line in CHECKOUT.splitlines()
    )
    caller = workflow("pull_request_target", "- uses: ./.github/actions/take\n- run: make")
    files = {".github/actions/take/action.yml": ("", action), PATH: ("", caller)}
    findings = check_many(GATE, files)
    assert {(finding.rule, finding.severity.value) for finding in findings} == {
        ("workflow_risk/untrusted-checkout", "error")
    }


RESTORE = workflow(
    "push", "- uses: actions/cache@v4\n  with: {path: a, key: b}", permissions="{contents: write}"
)


@pytest.mark.parametrize(
    ("filler", "restorer", "lines"),
    [
        (workflow("issue_comment", "- run: gh pr checkout 1 && make"), RESTORE, [7]),
        (workflow("issue_comment", "- run: gh pr checkout 1 && ls"), RESTORE, []),
        (workflow("pull_request", CHECKOUT + "- run: make"), RESTORE, []),
        (
            workflow("pull_request_target", CHECKOUT + "- run: make"),
            RESTORE.replace("contents: write", "contents: read"),
            [],
        ),
        (
            workflow("pull_request_target", CHECKOUT + "- run: make"),
            RESTORE.replace("actions/cache@", "actions/cache/save@"),
            [],
        ),
    ],
)
def test_a_cache_that_strangers_can_fill_is_told_where_it_is_restored(filler, restorer, lines):
    files = {".github/workflows/b.yml": (filler, f"{filler}\n"), PATH: ("", restorer)}
    findings = check_many(GATE, files)
    told = [finding.line for finding in findings if finding.rule.endswith("/shared-cache")]
    assert told == lines
