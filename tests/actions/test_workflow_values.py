"""Severity comes from values: how something is spelled, and the way it takes, change nothing."""

import asyncio

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from tests.actions.gating import check, check_many, only, task_of
from tests.review.changes import changed

GATE = "workflow_risk"
PATH = ".github/workflows/a.yml"
HEAD = "${{ github.event.pull_request.head.sha }}"
CHECKOUT = f"- uses: actions/checkout@v4\n  with:\n    ref: {HEAD}\n"
BODY = "  env: {BODY: '${{ github.event.comment.body }}'}\n"
CLAUDE = (
    "- uses: anthropics/claude-code-action@v1\n  with:\n    anthropic_api_key: ${{ secrets.A }}\n"
)
GROUP = """run: |
    {
      echo "t<<END"
      echo "$BODY"
      echo END
    } >> $GITHUB_OUTPUT
"""
SCRIPT = "uses: actions/github-script@v7\n  with:\n    script: |\n"


def workflow(on, steps, *, permissions="{}", job="", env=""):
    indented = "".join(f"      {line}\n" for line in steps.rstrip("\n").split("\n"))
    return (
        f"on: {on}\npermissions: {permissions}\n{env}jobs:\n  a:\n    runs-on: ubuntu-latest\n"
        f"{job}    steps:\n{indented}"
    )


def rules(new, old="", path=PATH, severities=("error",)):
    findings = check(path, new, old, **only(GATE))
    return [one.rule.partition("/")[2] for one in findings if one.severity.value in severities]


@pytest.mark.parametrize(
    "steps",
    [
        "- run: echo ${{ github.event.comment.BODY }}",
        "- run: echo ${{ GitHub['event'].comment[ 'body' ] }}",
        "- 'RUN': echo ${{ format('{0}', github.event.comment.body || 'none') }}",
        "- run: >-\n    echo ${{\n      github.event.comment.body\n    }}",
        '- run: "echo $\\x7b{ github.event.comment.body }}"',
        "- shell: python\n  run: print('${{ toJSON(github.event.comment) }}')",
        "- uses: actions/github-script@v7\n  with: {SCRIPT: 'f(${{ github.event.comment.body }})'}",
        "- uses: docker://alpine\n  with:\n    args: -c 'echo ${{ github.event.comment.body }}'",
    ],
)
def test_text_that_is_pasted_into_a_script_is_an_error(steps):
    assert rules(workflow("issue_comment", steps)) == ["template-injection"]


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (
            "- run: echo ${{ github.event.comment.body }}",
            "`github.event.comment.body` is put into this script before it runs. Whoever",
        ),
        # the same in other letters
        (
            "- run: echo ${{ GitHub.event.comment.BODY }}",
            "`GitHub.event.comment.BODY` is put into this script before it runs. Whoever",
        ),
        (
            f"- run: echo ${{{{ env.BODY }}}}\n{BODY}",
            (
                "`env.BODY` is put into this script before it runs, and it comes from "
                "`github.event.comment.body`. Whoever"
            ),
        ),
        (
            "- run: echo ${{ format('{0}', github.event.comment.body) }}",
            "before it runs, and it comes from `github.event.comment.body`. Whoever",
        ),
        (
            (
                f'- id: x\n  run: echo "t=$BODY" >> $GITHUB_OUTPUT\n{BODY}'
                "- run: echo ${{ steps.x.outputs.t }}"
            ),
            (
                "`steps.x.outputs.t` is put into this script before it runs, and it comes from "
                "`github.event.comment.body`. Whoever"
            ),
        ),
    ],
)
def test_a_pasted_expression_is_told_with_its_origin_where_that_is_another_one(steps, sentence):
    (finding,) = check(PATH, workflow("issue_comment", steps), **only(GATE))
    assert sentence in finding.message


@pytest.mark.parametrize(
    "run",
    [
        'eval "do $BODY"',
        'bash -c "echo $BODY"',
        'timeout 5 sh -ec "echo ${BODY}"',
        'echo "$BODY" | sudo bash',
        "python3 -c \"print('$BODY')\"",
        "bash <<EOF\n    echo $BODY\n    EOF",
        'X="$BODY"\n    bash -c "$X"',
        'bash -c "\n    echo $BODY"',
        "$BODY --version",
        "pwsh -Command \"Invoke-Expression '$env:BODY'\"",
    ],
)
def test_a_variable_that_a_shell_runs_is_an_error(run):
    assert rules(workflow("issue_comment", f"- run: |\n    {run}\n{BODY}")) == ["shell-injection"]


@pytest.mark.parametrize(
    "run",
    [
        "printf '%s' \"$BODY\" > body.txt",
        "bash -c 'echo \"$BODY\"'",
        '[[ "$BODY" == /run* ]] && make run',
        'echo "n=${#BODY}" | tee log',
        "# eval $BODY",
        "make X=${BODY:+1}",
    ],
)
def test_a_variable_that_is_data_is_fine(run):
    assert rules(workflow("issue_comment", f"- run: |\n    {run}\n{BODY}")) == []


@pytest.mark.parametrize(
    "step",
    [
        'run: echo "t=$BODY" >> "$GITHUB_OUTPUT"\n' + BODY,
        'run: echo "::set-output name=t::$BODY"\n' + BODY,
        GROUP + BODY,
        "run: |\n    cat <<END >> $GITHUB_OUTPUT\n    t=$BODY\n    END\n" + BODY,
        'run: echo "t=$(jq -r .comment.body "$GITHUB_EVENT_PATH")" >> $GITHUB_OUTPUT',
        SCRIPT + "      const {body} = context.payload.comment;\n      core.setOutput('t', body)",
    ],
)
def test_a_steps_output_carries_text_on(step):
    steps = f"- id: x\n  {step}\n- run: echo ${{{{ steps.x.outputs.t }}}}"
    assert rules(workflow("issue_comment", steps)) == ["template-injection"]


@pytest.mark.parametrize(
    "run",
    [
        'echo "t=$(jq -r .comment.id "$GITHUB_EVENT_PATH")" >> $GITHUB_OUTPUT',
        'case "$BODY" in a*) echo "t=a" >> $GITHUB_OUTPUT ;; esac',
        '[[ "$BODY" =~ ^[0-9]+$ ]] && echo "t=$BODY" >> $GITHUB_OUTPUT',
    ],
)
def test_an_output_of_fixed_words_is_fine(run):
    steps = f"- id: x\n  run: |\n    {run}\n{BODY}- run: echo ${{{{ steps.x.outputs.t }}}}"
    assert rules(workflow("issue_comment", steps)) == []


@pytest.mark.parametrize(("value", "is_error"), [("$TITLE", True), ("fixed", False)])
def test_the_output_of_a_workflow_that_is_called_carries_text_on(value, is_error):
    caller = """on: issues
permissions: {}
jobs:
  read:
    uses: ./.github/workflows/read.yml
  use:
    needs: read
    steps:
      - run: echo ${{ needs.read.outputs.topic }}
"""
    called = f"""on:
  workflow_call:
    outputs:
      topic: {{value: "${{{{ jobs.find.outputs.topic }}}}"}}
permissions: {{}}
jobs:
  find:
    outputs: {{topic: "${{{{ steps.find.outputs.topic }}}}"}}
    steps:
      - id: find
        env: {{TITLE: "${{{{ github.event.issue.title }}}}"}}
        run: echo "topic={value}" >> $GITHUB_OUTPUT
"""
    findings = check_many(GATE, {PATH: ("", caller), ".github/workflows/read.yml": ("", called)})
    errors = [finding.rule for finding in findings if finding.severity.value == "error"]
    assert errors == ["workflow_risk/template-injection"] * is_error


def test_only_text_with_line_breaks_sets_further_variables():
    write = '- run: echo "T=$T" >> $GITHUB_ENV\n  env: {T: "${{ github.event.issue.%s }}"}\n'
    assert rules(workflow("issues", write % "body")) == ["environment-injection"]
    assert rules(workflow("issues", write % "title")) == []
    later = write % "title" + "- run: echo ${{ env.T }}"
    assert rules(workflow("issues", later)) == ["template-injection"]


@pytest.mark.parametrize(
    ("on", "expression", "severity"),
    [
        ("issues", "github.event.issue.title", "error"),
        ("push", "github.event.head_commit.message", "error"),
        # A stranger may review a pull request that is no fork's; its title is a fork's.
        ("pull_request_review", "github.event.review.body", "error"),
        ("pull_request_review", "github.event.pull_request.title", "warning"),
        ("pull_request", "github.head_ref", "warning"),
        ("[pull_request, pull_request_target]", "github.head_ref", "error"),
        # What the event does not have is empty.
        ("push", "github.event.issue.title", None),
        ("issues", "github.event.repository.name", None),
        ("workflow_dispatch", "inputs.version", None),
        ("release", "github.event.release.name", None),
        ("issues", "github.event.issue.title == 'x'", None),
        ("issues", "contains(github.event.issue.body, 'x') && 'a' || 'b'", None),
    ],
)
def test_the_event_decides_who_writes_a_text(on, expression, severity):
    findings = check(PATH, workflow(on, f"- run: echo ${{{{ {expression} }}}}"), **only(GATE))
    assert [one.severity.value for one in findings] == [severity] * (severity is not None)


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.head.repo.full_name == github.repository",
        "${{ !github.event.pull_request.head.repo.fork }}",
        "github.actor == 'dependabot[bot]' && always()",
        'contains(fromJSON(\'["OWNER", "MEMBER"]\'), github.event.pull_request.author_association)',
        "github.event_name == 'push' || github.event.pull_request.user.login == 'me'",
        "${{ !(github.event_name == 'pull_request_target') }}",
        "${{ !(github.event.pull_request.head.repo.fork || github.event.action == 'closed') }}",
        "contains(github.event.pull_request.labels.*.name, 'safe')",
    ],
)
def test_a_guard_takes_the_error_away_and_its_removal_brings_it(condition):
    job = f"    if: {condition}\n"
    guarded = workflow("pull_request_target", CHECKOUT + "- run: make", job=job)
    bare = workflow("pull_request_target", CHECKOUT + "- run: make")
    assert rules(guarded) == []
    assert rules(bare, guarded) == ["untrusted-checkout"]


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.head.repo.full_name != github.repository",
        "github.event.pull_request.head.repo.fork",
        "always() || github.actor == 'me'",
        "github.event.pull_request.author_association != 'OWNER'",
        "contains(fromJSON('[\"NONE\"]'), github.event.pull_request.author_association)",
        # Beside the braces it is a text, and a text is true.
        "${{ github.actor == 'me' }} && github.ref",
    ],
)
def test_a_condition_that_lets_strangers_in_is_no_guard(condition):
    text = workflow("pull_request_target", CHECKOUT + "- run: make", job=f"    if: {condition}\n")
    assert rules(text) == ["untrusted-checkout"]


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("permissions: {contents: read}", "permissions: write-all"),
        ("persist-credentials: false", "fetch-depth: 0"),
        ("types: [labeled]", "types: [opened, labeled]"),
        ("environment: review", "timeout-minutes: 9"),
        ("K: 1", "K: '${{ secrets.DEPLOY_KEY }}'"),
    ],
)
def test_more_power_for_an_old_risk_is_new(base, head):
    text = workflow(
        "{pull_request_target: {types: [labeled]}}",
        f"{CHECKOUT}    persist-credentials: false\n- run: make\n  env: {{K: 1}}",
        permissions="{contents: read}",
        job="    environment: review\n" if "environment" in base else "",
    )
    if base.startswith("persist"):
        text = text.replace("{contents: read}", "{contents: write}")
    assert base in text
    assert rules(text.replace(base, head), text) == ["untrusted-checkout"]


def test_another_writing_of_the_same_says_nothing():
    old = workflow("pull_request_target", f"{CHECKOUT}- run: make ${{{{ github.head_ref }}}}")
    new = old.replace(
        f"ref: {HEAD}", "'ref': >-\n            ${{github.event.pull_request.head.sha}}"
    )
    new = "# moved\n\n" + new.replace("${{ github.head_ref }}", "${{ github['head_ref'] }}")
    assert rules(new, old, severities=("error", "warning", "notice")) == []


def test_a_removed_guard_is_shown_at_a_line_of_the_diff():
    filler = "".join(f"- run: make part{number}\n" for number in range(20))
    condition = "    if: github.actor == 'me'\n"
    old = workflow("pull_request_target", filler + CHECKOUT + "- run: make", job=condition)
    (finding,) = check(PATH, old.replace(condition, ""), old, **only(GATE))
    assert (finding.severity.value, finding.line) == ("error", 8)
    assert "Before this change, only people with access pass; that is gone." in finding.message
    assert f"It happens in {PATH}, line 29." in finding.message


def test_permissions_that_are_gone_are_a_warning_where_strangers_start_the_job():
    old = workflow("issues", "- run: make label")
    gone = old.replace("permissions: {}\n", "")
    assert rules(gone, old, severities=("warning",)) == ["removed-guard"]
    quiet = [text.replace("on: issues", "on: push") for text in (gone, old)]
    assert rules(*quiet, severities=("error", "warning")) == []


@pytest.mark.parametrize(
    ("run", "is_error"),
    [
        ("gh pr checkout ${{ github.event.number }}", True),
        ("git fetch origin pull/${{ github.event.number }}/head:pr && git switch pr", True),
        ("git clone ${{ github.event.pull_request.head.repo.clone_url }} x", True),
        ("git fetch origin pull/${{ github.event.number }}/head:pr && git diff main...pr", False),
        ("git checkout ${{ github.event.pull_request.base.sha }}", False),
    ],
)
def test_a_script_checks_code_out(run, is_error):
    text = workflow("pull_request_target", f"- run: {run}\n- run: make")
    assert rules(text) == ["untrusted-checkout"] * is_error


AFTER = workflow(
    "{workflow_run: {workflows: [CI], types: [completed]}}",
    CHECKOUT.replace("pull_request.head.sha", "workflow_run.head_sha") + "- run: make",
)


@pytest.mark.parametrize(("events", "is_error"), [("push", False), ("[push, pull_request]", True)])
def test_what_another_workflow_answers_to_is_read(events, is_error):
    first = workflow(events, "- run: make").replace("on:", "name: CI\non:", 1)
    findings = check_many(GATE, {".github/workflows/ci.yml": ("", first), PATH: ("", AFTER)})
    assert [one.rule for one in findings] == ["workflow_risk/untrusted-checkout"] * is_error


def test_actions_that_call_each_other_come_to_an_end():
    def action(other):
        return f"runs:\n  using: composite\n  steps:\n    - uses: ./{other}\n"

    files = {"x/action.yml": ("", action("y")), "y/action.yml": ("", action("x"))}
    assert check_many(GATE, files) == ()


@pytest.mark.parametrize(
    ("steps", "permissions"),
    [
        (CLAUDE + "    prompt: fix ${{ github.event.comment.body }}", "{contents: write}"),
        (CLAUDE + '    allowed_non_write_users: "*"', "{contents: read}"),
        (CLAUDE + "    allowed_bots: 'x, *'", "{contents: write}"),
        (
            "- uses: google-github-actions/run-gemini-cli@v0\n" + BODY + "  with:\n"
            "    prompt: Read ${BODY}, then fix it",
            "{contents: write}",
        ),
        ('- run: codex exec "$BODY"\n' + BODY, "{contents: write}"),
        ('- run: echo "$BODY" | claude -p\n' + BODY, "{issues: write}"),
        ("- run: gh pr diff 1 | llm -s review\n  env: {K: '${{ secrets.K }}'}", "{}"),
    ],
)
def test_an_agent_that_strangers_steer_is_an_error(steps, permissions):
    assert rules(workflow("issue_comment", steps, permissions=permissions)) == ["agent-prompt"]


@pytest.mark.parametrize(
    ("on", "steps", "permissions"),
    [
        ("issue_comment", CLAUDE, "{contents: write}"),
        ("pull_request", CLAUDE + "    prompt: ${{ github.event.pull_request.title }}", "{}"),
        ("push", CLAUDE + "    prompt: Look for typing errors", "{contents: write}"),
        (
            "issues",
            "- uses: actions/ai-inference@v1\n  with: {prompt: '${{ github.event.issue.body }}'}",
            "{models: read}",
        ),
    ],
)
def test_an_agent_without_power_or_strangers_is_no_error(on, steps, permissions):
    assert rules(workflow(on, steps, permissions=permissions)) == []


AGENT = "---\non:\n  issues:\n    types: [opened]\npermissions:\n  contents: write\n---\nDo {}\n"


def test_a_markdown_workflow_is_an_agent_too():
    path = ".github/workflows/triage.md"
    assert rules(AGENT.format("${{ github.event.issue.title }}"), path=path) == ["agent-prompt"]
    assert rules(AGENT.format("what ${{ github.event.issue.number }} says"), path=path) == []
    assert rules("# Notes\n${{ github.event.issue.title }}\n", path=path) == []


@pytest.mark.parametrize("text", ["on: " + "[" * 5_000, "jobs: *b\n", f"on: {'x' * 1_000_000}\n"])
def test_what_cannot_be_judged_is_said(text):
    task = task_of((changed("", text, PATH),), {PATH: text.encode()})
    done = asyncio.run(QualityGates.model_validate(only(GATE)).run(task))
    (short,) = done.shortfalls
    assert short.detail.startswith(f"workflow_risk could not check {PATH}: it is ")


def test_deep_parentheses_are_no_expression():
    assert rules(workflow("issues", "- run: echo ${{ " + "(" * 20_000 + " }}")) == []


def test_many_jobs_with_one_long_text_take_no_long_time():
    script = "      echo $T git fetch eval\n" * 1_000
    jobs = "".join(f"  j{number}: {{runs-on: x, steps: *s}}\n" for number in range(500))
    text = f"on: issues\nx: &s\n  - run: |\n{script}jobs:\n{jobs}"
    assert check(PATH, text, **only(GATE)) == ()
