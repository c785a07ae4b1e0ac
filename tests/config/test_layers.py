"""The configuration: strict, placed, layered."""

import pytest

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import combine, read_layer
from codeflow_action.config.plugins import load_plugins
from codeflow_action.config.policy import ADDRESSING_KEYS, ModelsSection
from codeflow_action.engine.errors import ConfigError
from codeflow_action.manifests.yaml_text import DocumentError, parse

INSTALLED = load_plugins()


def problems(text):
    _, found = read_layer("file", text, INSTALLED)
    return [problem.at("file") for problem in found]


def effective(*texts, **inputs):
    layers = []
    for at, text in enumerate(texts):
        layer, found = read_layer(f"layer{at}", text, INSTALLED)
        assert not found
        layers.append(layer)
    return combine(layers, Inputs(**inputs), INSTALLED.actions)


def names(*texts, **inputs):
    return [action.name for action in effective(*texts, **inputs).actions]


REPORTS = "sarif: {files: ['*.sarif']}\n"


def test_other_tools_reports_join_the_pipeline_where_some_are_named():
    default = ["platform_detector", "quality_gates", "pr_reviewer"]
    assert names() == default
    assert names(REPORTS) == ["tool_reports", *default]
    assert names("coverage: {files: [c.xml]}") == ["tool_reports", *default]
    assert names(sarif_files=("a",), pipeline=("quality_gates",)) == [
        "tool_reports",
        "quality_gates",
    ]


def test_other_tools_reports_keep_their_place_and_their_limits():
    entry = "pipeline: [quality_gates, {tool_reports: {only: {drafts: false}}}]\n"
    whole = effective(REPORTS + entry)
    assert [action.name for action in whole.actions] == ["quality_gates", "tool_reports"]
    assert whole.actions[1].only.drafts is False
    picked = effective(REPORTS + entry, pipeline=("quality_gates",))
    assert [action.name for action in picked.actions] == ["tool_reports", "quality_gates"]
    assert picked.actions[0].only.drafts is False
    value, layer = picked.origins["pipeline"]
    assert (value, layer) == (
        [{"tool_reports": {"only": {"drafts": False}}}, "quality_gates"],
        "inputs",
    )


def test_where_no_reports_are_named_there_is_no_step_for_them():
    assert names("pipeline: [tool_reports, quality_gates]") == ["quality_gates"]
    with pytest.raises(ConfigError, match="nothing to do"):
        names("pipeline: [tool_reports]")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("gat: {}", "file:1:1", "'gate'"),
        ("gate:\n  fail_onn: never", "file:2:3", "'fail_on'"),
        ("gate: {fail_on: eror}", "file:1:8", "error"),
        ("paths:\n  ignore: ['[a']", "file:2:12", "'['"),
        ("paths:\n  ignore: x", "file:2:3", "a list"),
        ("paths:\n  rules:\n    - match: a\n      efort: low", "file:4:7", "'effort'"),
        ("when: {drafts: maybe}", "file:1:8", "gates"),
        ("budget: {max_tokens: -1}", "file:1:10", "at least 0"),
        ("budget: {max_cost_usd: .nan}", "file:1:10", "finite"),
        ("budget: {timeout_minutes: 0}", "file:1:10", "more than 0"),
        ("models: {request_timeout: 7200}", "file:1:10", "at most 3600"),
        ("version: 2", "file:1:1", "1"),
        ("pipeline: []", "file:1:1", "empty"),
        ("pipeline: [quality_gats]", "file:1:12", "'quality_gates'"),
        ("pipeline:\n  - quality_gates: {secretz: off}", "file:2:21", "'secrets'"),
        ("pipeline:\n  - quality_gates: {secrets: loud}", "file:2:21", "error"),
        ("pipeline: [quality_gates, quality_gates]", "file:1:27", "twice"),
        ("pipeline: [{quality_gates: {}, pr_reviewer: {}}]", "file:1:12", "one name"),
        ("pipeline: [{pr_describer: {body: issue}}]", "file:1:28", "'comment'"),
        ("pipeline:\n  - pr_reviewer: {only: {evnts: [push]}}", "file:2:26", "'events'"),
        ("commands: {allow: writers}", "file:1:12", "'write'"),
        ("models: {roles: {describe: gpt}}", "file:1:18", "provider:model"),
        ("models: {default: gpt}", "file:1:10", "provider:model"),
        ("language: no language", "file:1:1", "BCP 47"),
        ("a: [1", "file:1:6", "YAML"),
        ("- a", "file:1:1", "mapping"),
        ("gate: {}\ngate: {}", "file:2:1", "twice"),
        ("1: a", "file:1:1", "text"),
        ("a: !!python/object:os.system x", "file:1:4", ""),
        ("a: &x {<<: *x}", "", ""),
        # Fault 19: these passed their own pull request and ended every run after it.
        ("models: {default: 'anthropik:x'}", "file:1:10", "'anthropic'"),
        ("models:\n  fallback: ['groq:x', 'opnai:x']", "file:2:24", "'openai'"),
        ("models:\n  roles: {verify: 'mistrall:x'}", "file:2:11", "'mistral'"),
        ("models:\n  roles:\n    find: ['openai:x', 'grok:y']", "file:3:24", "'groq'"),
        ("models: {base_url: 'ftp://x'}", "file:1:10", "https://"),
        ("models: {base_url: 'https://a:b@c'}", "file:1:10", "name and password"),
        ("models: {base_url: 'http://ollama:11434/v1'}", "file:1:10", "this machine"),  # fault 6
        ("models: {prices: {'openai:x': {input: -1, output: 1}}}", "file:1:32", "at least 0"),
        ("guidelines: [../AGENTS.md]", "file:1:14", "relative"),
        ("guidelines: ['']", "file:1:14", "relative"),
        # Fault 14: what PyYAML broke on.
        ("gate:\n  fail_on: \x07", "file:2:12", "U+0007"),
        ("gate: {min_coverage: !!float ''}", "file:1:22", "tag"),
        (f"budget: {{max_tokens: {'9' * 5_000}}}", "file:1:22", "too long"),
        ("budget: {timeout_minutes: 1:2}", "file:1:10", "number"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(text, place, words):
    found = problems(text)
    assert found
    assert any(one.startswith(place) and words in one for one in found), found


def test_a_mistake_is_told_in_few_words_and_twenty_are_enough():
    """Fault 14: a file of 20,000 mistakes, and one as long as the file may be."""
    assert len(problems("\n".join(f"k{at}: 1" for at in range(5_000)))) == 20
    for text in (
        f"{'k' * 100_000}: 1",
        f"language: {'k' * 100_000}",
        f"pipeline: [{'k' * 100_000}]",
        f"paths: {{ignore: ['[{'k' * 100_000}']}}",
        f"models: {{prices: {{{'k' * 100_000}: 1}}}}",
    ):
        found = problems(text)
        assert found
        assert all(len(one) < 600 for one in found)


def test_a_password_in_an_address_is_not_quoted():
    (problem,) = problems("models: {base_url: 'https://user:hunter2@models.example'}")
    assert "hunter2" not in problem
    with pytest.raises(ConfigError, match="base_url") as caught:
        effective(base_url="https://user:hunter2@models.example")
    assert "hunter2" not in str(caught.value)


def test_each_key_of_models_moves_a_key_or_does_not():
    """Fault 6: who adds a setting decides whether a branch may say it."""
    assert {*ADDRESSING_KEYS, "on_error"} == set(ModelsSection.model_fields)
    text = "models: {default: 'openai:x', on_error: fail, prices: {}}\ngate: {fail_on: never}"
    layer, _ = read_layer("file", text, INSTALLED)
    assert layer.addressing.value == {"models": {"default": "openai:x", "prices": {}}}
    assert layer.without_addressing.value == {
        "models": {"on_error": "fail"},
        "gate": {"fail_on": "never"},
    }


def test_every_mistake_is_told():
    assert len(problems("gat: {}\nwen: {}\nbudget: {max_tokens: x}")) == 3


@pytest.mark.parametrize("text", ["", "# only words\n", "{}", "version: 1"])
def test_an_empty_configuration_is_the_defaults(text):
    assert effective(text).policy == effective().policy


def test_words_that_older_yaml_took_for_booleans_stay_words():
    assert parse("a: off\nb: yes\nc: on\nd: true").value == {
        "a": "off",
        "b": "yes",
        "c": "on",
        "d": True,
    }
    gate = effective("pipeline: [{quality_gates: {secrets: off}}]").actions[0].secrets
    assert gate.level.value == "off"


def test_aliases_that_multiply_are_stopped():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 8)]
    with pytest.raises(DocumentError, match="more than"):
        parse("\n".join(lines))


def test_an_anchor_that_holds_itself_is_stopped():
    with pytest.raises(DocumentError):
        parse("a: &a [*a]")


def test_a_huge_configuration_is_refused():
    with pytest.raises(DocumentError, match="bytes"):
        parse("a: " + "x" * 300_000)


def test_later_layers_win_key_by_key_and_lists_are_replaced():
    got = effective(
        "gate: {fail_on: error, min_coverage: 0.5}\npaths: {ignore: [a]}",
        "gate: {fail_on: warning}\npaths: {ignore: [b]}",
    )
    assert got.policy.gate.fail_on.value == "warning"
    assert got.policy.gate.min_coverage == 0.5
    assert got.policy.paths.ignore == ("b",)
    assert got.origins["gate.fail_on"] == ("warning", "layer1")
    assert got.origins["gate.min_coverage"] == (0.5, "layer0")
    assert got.origins["language"] == ("en", "default")


def test_a_path_is_kept_in_its_shortest_form_as_in_an_input():
    assert effective("guidelines: [./docs//STYLE.md]").policy.guidelines == ("docs/STYLE.md",)


def test_inputs_beat_every_layer():
    got = effective(
        "gate: {fail_on: error}\nbudget: {max_cost_usd: 3}", fail_on="never", max_cost_usd=0.2
    )
    assert got.policy.gate.fail_on.value == "never"
    assert got.policy.budget.max_cost_usd == 0.2
    assert got.origins["gate.fail_on"] == ("never", "inputs")


def test_the_pipeline_input_picks_and_keeps_the_configured_options():
    got = effective(
        "pipeline:\n  - quality_gates: {secrets: notice}\n  - pr_reviewer", pipeline="quality_gates"
    )
    assert [action.name for action in got.actions] == ["quality_gates"]
    assert got.actions[0].secrets.level.value == "notice"


def test_effort_as_input_reaches_the_reviewer():
    got = effective("pipeline: [{pr_reviewer: {effort: low}}]", effort="high")
    assert got.actions[0].effort.value == "high"


def test_an_impossible_input_is_an_error():
    with pytest.raises(ConfigError, match="pr_reviever"):
        effective(pipeline="pr_reviever")


class SecondDetector(PlatformDetector):
    name = "second_detector"


def test_two_actions_that_give_the_same_fact_are_refused():
    registry = {**INSTALLED.actions, "second_detector": SecondDetector}
    pipeline = ("platform_detector", "quality_gates", "second_detector")
    with pytest.raises(
        ConfigError, match="'platform_detector' and 'second_detector' both give Platforms"
    ):
        combine((), Inputs(pipeline=pipeline), registry)
    assert len(combine((), Inputs(pipeline=pipeline[1:]), registry).actions) == 2
