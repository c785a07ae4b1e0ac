"""`INPUT_*` variables to typed values."""

import pytest

from codeflow_action.config.inputs import read_inputs, read_report_path
from codeflow_action.engine.errors import ConfigError


def given(**inputs):
    return {f"INPUT_{name.upper()}": value for name, value in inputs.items()}


def test_values_are_trimmed_and_empty_means_unset():
    inputs, warnings = read_inputs(given(name=" team ", provider="", effort="  ", model=" m "))
    assert (inputs.name, inputs.provider, inputs.effort, inputs.model) == ("team", "", None, "m")
    assert not warnings


@pytest.mark.parametrize("text", ["a,b", "a\nb", " a ,\n\n b ,", "a\r\nb"])
def test_lists_are_split_at_commas_and_lines(text):
    assert read_inputs(given(pipeline=text))[0].pipeline == ("a", "b")


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False)],
)
def test_booleans_are_yamls(text, value):
    assert read_inputs(given(dry_run=text))[0].dry_run is value


@pytest.mark.parametrize("text", ["yes", "1", "on", "tRue", "0"])
def test_other_words_are_no_booleans(text):
    with pytest.raises(ConfigError, match="write true or false"):
        read_inputs(given(dry_run=text))


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1,5", "$1"])
def test_money_is_a_number_that_is_not_negative(text):
    with pytest.raises(ConfigError, match="max_cost_usd"):
        read_inputs(given(max_cost_usd=text))


def test_every_wrong_input_is_named_at_once():
    with pytest.raises(ConfigError) as raised:
        read_inputs(given(effort="x", fail_on="y", comment="z"))
    assert all(name in str(raised.value) for name in ("effort", "fail_on", "comment"))


def test_unknown_inputs_are_warned_of_and_the_runners_own_are_not():
    _, warnings = read_inputs(given(**{"fail-on": "x", "entrypoint": "x", "args": "y", "zzz": "1"}))
    assert len(warnings) == 2
    assert "did you mean 'fail_on'" in warnings[0]


def test_keys_show_in_no_text():
    inputs, _ = read_inputs(given(openai_api_key="sk-very-secret", github_token="ghs_secret"))
    assert "secret" not in f"{inputs!r} {inputs} {inputs.model_dump()}"
    assert inputs.keys == {"openai_api_key": "sk-very-secret"}


@pytest.mark.parametrize("text", [".", "..", "../x.json", "/x.json", "a/../../x", "x.sarif"])
def test_a_report_is_a_json_file_in_the_workspace(text):
    with pytest.raises(ConfigError, match="report_path"):
        read_inputs(given(report_path=text))
    assert read_report_path(given(report_path=text)) == ".codeflow/report.json"


def test_paths_are_taken_in_their_shortest_form():
    inputs, _ = read_inputs(given(config_path="./.github/team.yml", report_path="./out//r.json"))
    assert (inputs.config_path, inputs.report_path) == (".github/team.yml", "out/r.json")


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "ключ"])
@pytest.mark.parametrize("name", ["github_token", "groq_api_key"])
def test_what_can_be_no_key_is_refused_and_not_shown(name, text):
    with pytest.raises(ConfigError, match=name) as raised:
        read_inputs(given(**{name: text}))
    assert text not in str(raised.value)


@pytest.mark.parametrize("text", ["a b", "<!--", "-x", "x" * 51, "ü"])
def test_a_name_fits_into_a_marker(text):
    with pytest.raises(ConfigError, match="name"):
        read_inputs(given(name=text))
