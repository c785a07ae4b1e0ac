"""What `codeflow init` writes: files that hold, where there are none, and never over others."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from codeflow_action.config.pipeline_entries import build_pipeline, load_registry
from codeflow_action.config.policy import Policy
from codeflow_action.engine.errors import ConfigError, OutputError
from codeflow_action.hosts.first_files import COMMANDS, CONFIGURATION, TRIGGER, WORKFLOW, FirstFiles
from codeflow_action.hosts.interview import Interview
from codeflow_action.manifests.yaml_text import parse

MISTRAL = {"key_input": "mistral_api_key", "secret": "MISTRAL_API_KEY"}
ACCOUNT = {"account": ("anthropic_federation_rule_id", "anthropic_organization_id")}
LINTER = Path(sys.executable).parent / "jactionlint"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def interview(answers="", kind=Terminal):
    return Interview(answers=kind(answers), screen=io.StringIO())


@pytest.mark.parametrize("has_forks", [False, True])
@pytest.mark.parametrize("key", [{}, MISTRAL], ids=["without a key", "with a key"])
def test_the_workflow_passes_its_one_key_and_no_other(key, has_forks):
    texts = dict(FirstFiles(has_forks=has_forks, **key).texts)
    assert set(texts) == {WORKFLOW, CONFIGURATION} | ({TRIGGER} if has_forks else set())
    (step,) = yaml.safe_load(texts[WORKFLOW])["jobs"]["codeflow"]["steps"]
    given = {"mistral_api_key": "${{ secrets.MISTRAL_API_KEY }}"} if key else None
    assert step.get("with") == given
    assert re.findall(r"secrets\.(\w+)", texts[WORKFLOW]) == ([key["secret"]] if key else [])


def test_the_workflows_pass_the_linter(tmp_path):
    for number, key in enumerate(({}, MISTRAL, ACCOUNT)):
        for has_forks in (False, True):
            root = tmp_path / f"{number}{has_forks}"
            FirstFiles(has_forks=has_forks, has_commands=has_forks, **key).write(root)
    files = sorted(tmp_path.glob("*/.github/workflows/*.yml"))
    assert len(files) == 12
    done = subprocess.run(
        [LINTER, "--ignore=unpinned-uses", "--ignore=workflow-run-names", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("has_forks", [False, True])
def test_a_job_with_an_identity_may_ask_for_it_and_names_its_account(has_forks):
    texts = dict(FirstFiles(has_forks=has_forks, has_commands=True, **ACCOUNT).texts)
    for path in (WORKFLOW, COMMANDS):
        job = yaml.safe_load(texts[path])["jobs"]["codeflow"]
        assert job["permissions"]["id-token"] == "write"
        (step,) = job["steps"]
        assert step["with"] == {
            "anthropic_federation_rule_id": "${{ vars.ANTHROPIC_FEDERATION_RULE_ID }}",
            "anthropic_organization_id": "${{ vars.ANTHROPIC_ORGANIZATION_ID }}",
            "seal_key": "${{ secrets.CODEFLOW_SEAL_KEY }}",
        }


def test_the_variables_of_an_account_are_told(tmp_path):
    advice = FirstFiles(**ACCOUNT).advice(FirstFiles(**ACCOUNT).write(tmp_path))
    assert "gh variable set ANTHROPIC_FEDERATION_RULE_ID\n" in advice
    assert "| gh secret set CODEFLOW_SEAL_KEY\n" in advice
    assert "API_KEY" not in advice


def test_a_workflow_answers_comments_where_that_is_wished():
    texts = dict(FirstFiles(has_commands=True, **MISTRAL).texts)
    assert set(texts) == {WORKFLOW, COMMANDS, CONFIGURATION}
    workflow = yaml.safe_load(texts[COMMANDS])
    assert "issue_comment" in workflow[True]
    (step,) = workflow["jobs"]["codeflow"]["steps"]
    assert step["with"] == {"mistral_api_key": "${{ secrets.MISTRAL_API_KEY }}"}


def test_the_workflow_for_forks_follows_the_one_beside_it():
    texts = dict(FirstFiles(has_forks=True).texts)
    (name,) = yaml.safe_load(texts[WORKFLOW])[True]["workflow_run"]["workflows"]
    assert yaml.safe_load(texts[TRIGGER])["name"] == name


def test_the_configuration_holds_as_it_is_and_with_each_line_used():
    text = dict(FirstFiles().texts)[CONFIGURATION]
    assert yaml.safe_load(text) == {"version": 1}
    used = re.sub(
        r"^# ?(?=[a-z ]+[:-]|  )", "", text.partition("version: 1")[2], flags=re.MULTILINE
    )
    policy = Policy.model_validate(parse(used).value)
    assert len(build_pipeline(policy.pipeline, load_registry(), {})) == 3
    # The lines show the defaults, but for the instructions and a rule that is allowed.
    defaults = {"instructions": "", "pipeline": Policy().pipeline, "allow": ()}
    shown = policy.model_copy(update=defaults)
    assert shown == Policy()


def test_nothing_is_written_over(tmp_path):
    (tmp_path / WORKFLOW).parent.mkdir(parents=True)
    (tmp_path / WORKFLOW).write_text("name: Mine\n")
    first_files = FirstFiles(**MISTRAL)
    files = first_files.write(tmp_path)
    assert (tmp_path / WORKFLOW).read_text() == "name: Mine\n"
    assert (files.written, files.kept) == ((CONFIGURATION,), (WORKFLOW,))
    assert f"left {WORKFLOW}" in first_files.advice(files)
    again = first_files.write(tmp_path)
    assert again.written == ()
    assert "git add" not in first_files.advice(again)


def test_a_link_in_the_place_of_a_file_is_left_alone(tmp_path):
    (tmp_path / CONFIGURATION).parent.mkdir()
    (tmp_path / CONFIGURATION).symlink_to(tmp_path / "elsewhere")
    FirstFiles().write(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_in_the_place_of_a_folder_is_an_error_that_names_the_path(tmp_path):
    (tmp_path / ".github").write_text("")
    with pytest.raises(OutputError, match=str(WORKFLOW)):
        FirstFiles().write(tmp_path)


def test_the_commands_for_the_key_are_told_where_there_is_one(tmp_path):
    advice = FirstFiles(**MISTRAL).advice(FirstFiles(**MISTRAL).write(tmp_path))
    assert "gh secret set MISTRAL_API_KEY\n" in advice
    assert "gh secret set MISTRAL_API_KEY --app dependabot\n" in advice
    assert "secret" not in FirstFiles().advice(FirstFiles().write(tmp_path / "other"))


def test_an_answer_is_one_of_the_names():
    asked = interview("grok\ngroq\n")
    assert asked.choice("Whose model?", ("openai", "groq", "none"), "none") == "groq"
    assert "did you mean 'groq'?" in asked.screen.getvalue()
    assert interview("\n").choice("Whose model?", ("openai", "none"), "none") == "none"
    with pytest.raises(ConfigError, match="none of openai"):
        interview("a\nb\nc\n").choice("Whose model?", ("openai",), "openai")


@pytest.mark.parametrize(("answers", "is_so"), [("y\n", True), ("No\n", False), ("\n", True)])
def test_yes_and_no_are_understood(answers, is_so):
    assert interview(answers).is_so("Forks?", default=True) is is_so


def test_who_sits_at_no_terminal_is_asked_nothing():
    quiet = interview("groq\n", io.StringIO)
    assert quiet.choice("Whose model?", ("groq", "none"), "none") == "none"
    assert quiet.is_so("Forks?", default=False) is False
    assert quiet.screen.getvalue() == ""
