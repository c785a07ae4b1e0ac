"""Errors are injections and heads that run with secrets; what was there before is nobody's."""

import asyncio

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.integrations.zizmor import Zizmor
from scripts.write_tables import ROOT
from tests.actions.gating import check, only, task_of
from tests.review.changes import changed

PATH = ".github/workflows/a.yml"
ALONE = only("workflow_risk")


class Audited:
    """Scanners with the real zizmor."""

    async def secrets(self, files):
        return ()

    async def workflows(self, files):
        return await Zizmor().workflows(files)


def workflow(steps, on="pull_request_target"):
    return f"""name: a
on:
  {on}:
permissions: {{}}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
{steps}"""


def run(text):
    return f"      - run: {text}\n"


CHECKOUT = """      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          persist-credentials: false
          ref: ${{ github.event.pull_request.head.sha }}
"""


def found(new, old="", path=PATH, **options):
    given = only("workflow_risk", **options) if options else ALONE
    findings = check(path, new, old, scanners=Audited(), **given)
    return [(one.severity.value, one.rule.partition("/")[2], one.line) for one in findings]


def errors(new, old="", **options):
    return [(rule, line) for level, rule, line in found(new, old, **options) if level == "error"]


@pytest.mark.parametrize(
    "expression",
    [
        "github.event.pull_request.title",
        "github.event.pull_request.head.ref",
        "github.head_ref",
        "github.event.pull_request.TITLE",
        "GITHUB.Event.pull_request['body']",
        "github['head_ref']",
        "github.event.pull_request.head.repo.default_branch",
        "toJSON(github.event)",
    ],
)
def test_an_injection_is_an_error(expression):
    text = workflow(run(f'echo "${{{{ {expression} }}}}"'))
    assert errors(text) == [("template-injection", 9)]


def test_the_error_says_what_to_do_and_quotes_the_expression():
    text = workflow(run("echo ${{ github.head_ref }}"))
    finding, _trigger = check(PATH, text, scanners=Audited(), **ALONE)
    assert finding.code == "github.head_ref"
    assert "Pass it in through `env:`" in finding.message
    assert finding.sources == ("quality_gates",)


def test_a_comment_of_the_pull_request_silences_nothing():
    hushed = workflow(run("echo ${{ github.head_ref }} # zizmor: ignore[template-injection]"))
    assert errors(hushed) == [("template-injection", 9)]


@pytest.mark.parametrize("trigger", ["pull_request_target", "workflow_run"])
def test_a_trigger_with_secrets_that_takes_the_head_is_an_error(trigger):
    workflows = "\n    workflows: [ci]" if trigger == "workflow_run" else ""
    text = workflow(CHECKOUT + run("make test"), on=trigger)
    text = text.replace(f"{trigger}:", f"{trigger}:{workflows}")
    if trigger == "workflow_run":
        text = text.replace("pull_request.head.sha", "workflow_run.head_sha")
    assert [rule for rule, _line in errors(text)] == ["untrusted-checkout"]


@pytest.mark.parametrize(
    "taken",
    [
        "gh pr checkout 1",
        "git fetch origin pull/1/head && git checkout FETCH_HEAD",
        "git checkout ${{ github.event.pull_request.head.sha }}",
    ],
)
def test_there_are_other_ways_to_take_the_head(taken):
    text = workflow(run(taken) + run("make test"), on="pull_request_target")
    assert [rule for rule, _line in errors(text)] == ["untrusted-checkout"]


@pytest.mark.parametrize(
    "given",
    [
        "ref: ${{ github.event.pull_request.merge_commit_sha }}",
        "ref: ${{ github.event.pull_request['head']['sha'] }}",
        "ref: ${{ github.event.workflow_run.head_commit.id }}",
        "repository: ${{ github.event.pull_request.head.repo.full_name }}",
    ],
)
def test_the_head_has_many_names(given):
    step = CHECKOUT.replace("ref: ${{ github.event.pull_request.head.sha }}", given)
    on = "workflow_run" if "workflow_run" in given else "pull_request_target"
    text = workflow(step + run("make test"), on=on)
    assert [rule for rule, _line in errors(text)] == ["untrusted-checkout"]


def test_the_checkout_that_makes_an_old_trigger_dangerous_is_an_error():
    old = workflow(run("make test"), on="pull_request_target")
    new = workflow(CHECKOUT + run("make test"), on="pull_request_target")
    assert found(new, old) == [("error", "untrusted-checkout", 12)]


@pytest.mark.parametrize(
    "step",
    [
        run("make label"),
        run("make # ref: ${{ github.event.pull_request.head.sha }}"),
        CHECKOUT.replace("pull_request.head.sha", "pull_request.base.sha"),
    ],
)
def test_the_trigger_alone_is_a_notice(step):
    text = workflow(step, on="pull_request_target")
    assert found(text) == [("notice", "dangerous-triggers", 3)]


@pytest.mark.parametrize(
    "step",
    [
        run("echo ${{ github.event.pull_request.number }}"),
        run("echo ${{ github.sha }} ${{ github.ref }}"),
        run("echo ${{ github.event.pull_request.base.sha }}"),
        run("echo $TITLE") + "        env: {T: '${{ github.event.pull_request.title }}'}\n",
    ],
)
def test_left_alone(step):
    assert [one for one in found(workflow(step)) if one[0] != "notice"] == []


def test_what_was_there_before_is_not_this_ones():
    old = workflow(run("echo ${{ github.head_ref }}") + run("make"))
    assert found(old + run("make test"), old) == []


def test_another_line_of_the_same_step_brings_nothing():
    old = workflow(run("echo ${{ github.head_ref }}"))
    assert found(old + "        shell: bash\n", old) == []


def test_another_line_of_a_dangerous_workflow_brings_nothing():
    old = workflow(CHECKOUT + run("make test"), on="pull_request_target")
    assert found(old + run("make lint"), old) == []


def test_another_line_of_a_workflow_with_milder_risks_brings_nothing():
    old = workflow(run("make"), on="pull_request_target").replace("permissions: {}\n", "")
    assert found(old + run("make lint"), old) == []


def test_milder_risks_of_one_kind_are_one_notice():
    text = workflow(run("make"), on="pull_request").replace("permissions: {}\n", "")
    second = text.partition("jobs:\n")[2].replace("test:", "again:")
    (notice,) = check(PATH, text + second, scanners=Audited(), **ALONE)
    assert (notice.severity, notice.rule) == (
        Severity.NOTICE,
        "workflow_risk/excessive-permissions",
    )
    assert "Also on lines 5, 9." in notice.message


def test_a_user_chooses_what_is_not_reported():
    text = workflow("      - uses: actions/checkout@v4\n", on="pull_request")
    assert found(text) == []
    assert ("notice", "unpinned-uses", 9) in found(text, ignore_rules=["artipacked"])


def test_a_password_in_a_workflow_is_not_quoted():
    image = f"a/b@sha256:{'0' * 64}"
    given = (
        f"    container:\n      image: {image}\n      credentials: {{password: hunter22hunter}}\n"
    )
    text = workflow(run("make")).replace("    steps:", f"{given}    steps:")
    findings = check(PATH, text, scanners=Audited(), **ALONE)
    assert "workflow_risk/hardcoded-container-credentials" in {one.rule for one in findings}
    assert "hunter22" not in repr(findings)


@pytest.mark.parametrize("path", ["a.yml", "docs/.github/workflows/a.yml", "x/action.yml.md"])
def test_other_files_are_not_audited(path):
    assert found(workflow(run("echo ${{ github.head_ref }}")), path=path) == []


def test_an_action_anywhere_is_audited():
    action = """name: a
description: b
runs:
  using: composite
  steps:
    - run: echo ${{ github.head_ref }}
      shell: bash
"""
    assert found(action, path="tools/a/action.yml") == [("error", "template-injection", 6)]


@pytest.mark.parametrize(
    "name", ["pull-request.yml", "identity.yml", "manual.yml", "use-outputs.yml"]
)
def test_our_own_examples_pass_without_a_warning(name):
    text = (ROOT / "examples" / "workflows" / name).read_text()
    assert {one[0] for one in found(text, path=f".github/workflows/{name}")} <= {"notice"}


def outcome(scanners, text="on: [\n"):
    task = task_of((changed("", text, PATH),), {PATH: text.encode()}, scanners=scanners)
    return asyncio.run(QualityGates.model_validate(ALONE).run(task))


def test_what_zizmor_cannot_read_is_a_note():
    assert outcome(Audited()).notes == (f"zizmor cannot read {PATH} as a workflow",)


@pytest.mark.parametrize("odd", ["        env:\n", "        name: 1\n"])
def test_a_workflow_that_github_may_run_and_zizmor_cannot_read_is_no_pass(odd):
    done = outcome(Audited(), workflow(run("echo ${{ github.head_ref }}") + odd))
    (short,) = done.shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.ERROR)
    assert short.detail == (
        f"workflow_risk could not check {PATH}: zizmor cannot read it as a workflow"
    )


def test_a_file_that_is_called_an_action_and_is_none_is_a_note():
    text = "topics:\n- a\n"
    assert found(text, path="notes/action.yml") == []


def test_a_byte_order_mark_hides_nothing():
    text = "\ufeff" + workflow(run("echo ${{ github.head_ref }}"))
    assert errors(text) == [("template-injection", 9)]


class Broken(Audited):
    async def workflows(self, files):
        raise ScannerFailed("no zizmor")


def test_a_scanner_that_fails_is_no_pass():
    (short,) = outcome(Broken()).shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.ERROR)
    assert short.detail == "workflow_risk could not run: no zizmor"


class Watched(Audited):
    async def workflows(self, files):
        raise AssertionError("started for nothing")


def test_nothing_is_started_where_no_workflow_changed():
    assert check("a.py", "x = 1\n", scanners=Watched(), **ALONE) == ()
