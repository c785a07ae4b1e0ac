"""A key that the workflow passes and that arrives empty is told from one that nobody gave."""

import pytest

from codeflow_action.config.workflow_keys import (
    CallingStep,
    PassedKey,
    missing_key_advice,
    passed_keys,
)
from codeflow_action.engine.outcome import Reason

STEP = CallingStep(path=".github/workflows/review.yml", job="review", action="org/codeflow")
INPUTS, VARIABLES = ("openai_api_key", "groq_api_key"), ("OPENAI_API_KEY",)
OPENAI = PassedKey(name="openai_api_key", secret="LLM_KEY")
BY_VARIABLE = PassedKey(name="OPENAI_API_KEY", secret="LLM_KEY")


def workflow(steps, *, job="review", top="", env=""):
    return f"on: pull_request\n{top}\njobs:\n  {job}:\n    {env}\n    steps: {steps}\n".encode()


def step(value, *, uses="org/codeflow@v1", name="openai_api_key", where="with"):
    return f'{{uses: {uses}, {where}: {{{name}: "{value}"}}}}'


SECRET = "${{ secrets.LLM_KEY }}"
QUOTED = "${{ secrets['LLM_KEY'] }}"
BARE = "[{uses: org/codeflow@v1}]"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (workflow(f"[{step(SECRET)}]"), (OPENAI,)),
        (workflow(f"[{step('${{secrets.LLM_KEY}}', uses='Org/CodeFlow@1a2b')}]"), (OPENAI,)),
        (workflow(f"[{step(QUOTED)}]"), (OPENAI,)),
        # GitHub takes no notice of the case of an input's name
        (workflow(f"[{step(SECRET, name='OPENAI_API_KEY')}]"), (OPENAI,)),
        (workflow(f"[{step(SECRET, name='OPENAI_API_KEY', where='env')}]"), (BY_VARIABLE,)),
        (
            workflow("[{uses: org/codeflow@v1}]", env=f"env: {{OPENAI_API_KEY: '{SECRET}'}}"),
            (BY_VARIABLE,),
        ),
        (
            workflow("[{uses: org/codeflow@v1}]", top=f"env: {{OPENAI_API_KEY: '{SECRET}'}}"),
            (BY_VARIABLE,),
        ),
        # nobody gave one
        (workflow(BARE), ()),
        (workflow(f"[{step('')}]"), ()),
        (workflow(f"[{step('sk-in-the-clear')}]"), ()),
        # it may be empty on purpose
        (workflow(f"[{step('${{ inputs.ai && secrets.LLM_KEY }}')}]"), ()),
        (workflow(f"[{step('${{ vars.LLM_KEY }}')}]"), ()),
        # another step, another job, another action's input
        (workflow(f"[{step(SECRET, uses='org/other@v1')}]"), ()),
        (workflow(f"[{step(SECRET, uses='./')}]"), ()),
        (workflow(f"[{step(SECRET)}]", job="other"), ()),
        (workflow(f"[{step(SECRET, name='mistral_api_key')}]"), ()),
        # two steps use us, and one of them is given none
        (workflow(f"[{step(SECRET)}, {{uses: org/codeflow@v1}}]"), ()),
        (workflow(f"[{step(SECRET)}, {step(SECRET)}]"), (OPENAI,)),
        # nothing that can be read
        (b"", ()),
        (b"jobs: [1, 2]", ()),
        (b"jobs: {review: {steps: {a: b}}}", ()),
        (b"jobs: {review: {steps: [1, null, {uses: 3}]}}", ()),
        (b"\xff\xfe{{{", ()),
        (b"jobs: &a {review: *a}", ()),
    ],
)
def test_only_a_secret_that_this_step_is_given_counts(text, keys):
    assert passed_keys(text, STEP, INPUTS, VARIABLES) == keys


def test_an_account_may_come_from_a_variable_and_a_key_may_not():
    variable = "${{ vars.RULE }}"
    text = workflow(f"[{step(variable, name='anthropic_federation_rule_id')}]")
    accounts = ("anthropic_federation_rule_id",)
    (passed,) = passed_keys(text, STEP, INPUTS, VARIABLES, accounts)
    assert str(passed) == "`anthropic_federation_rule_id` from the variable RULE"
    assert "look for a variable of exactly" in missing_key_advice([passed], STEP.path, None)
    assert passed_keys(workflow(f"[{step(variable)}]"), STEP, INPUTS, VARIABLES, accounts) == ()


def test_an_action_of_the_workspace_is_told_by_its_path():
    own = CallingStep(path=STEP.path, job="review", action="")
    assert passed_keys(workflow(f"[{step(SECRET, uses='./')}]"), own, INPUTS, ()) == (OPENAI,)


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("octo/shop/.github/workflows/a.yml@refs/pull/7/merge", ".github/workflows/a.yml"),
        ("octo/shop/.github/workflows/a.yaml@refs/heads/x@refs/y", ".github/workflows/a.yaml"),
        ("octo/other/.github/workflows/a.yml@refs/heads/main", None),  # not this repository's
        ("octo/shop/.github/workflows/../../a.yml@refs/heads/main", None),
        ("octo/shop/elsewhere/a.yml@refs/heads/main", None),
        ("", None),
    ],
)
def test_the_file_is_a_workflow_of_this_repository(reference, path):
    environment = {"GITHUB_WORKFLOW_REF": reference, "GITHUB_REPOSITORY": "octo/shop"}
    calling = CallingStep.of(environment)
    assert (calling.path if calling else None) == path


@pytest.mark.parametrize(
    ("outsider", "words"),
    [
        (None, "exactly that name"),
        (Reason.NO_KEY_FORK, "right for a fork"),
        (Reason.NO_KEY_DEPENDABOT, "secrets of their own"),
    ],
)
def test_the_advice_fits_the_reason(outsider, words):
    advice = missing_key_advice([OPENAI], STEP.path, outsider)
    assert advice.startswith(f"{STEP.path} passes `openai_api_key` from the secret LLM_KEY, and it")
    assert words in advice
