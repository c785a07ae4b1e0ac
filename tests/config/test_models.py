"""Which model a run asks."""

import pytest

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.installed import Installed, load_installed
from codeflow_action.config.layers import combine, read_layer
from codeflow_action.config.models import choose_models, find_access
from codeflow_action.engine.action import Reason
from codeflow_action.engine.errors import ConfigError

INSTALLED = Installed(
    actions=load_installed().actions,
    providers=("openai", "anthropic", "mistral", "groq", "somebodys"),
)
KEYS = {f"{name.upper()}_API_KEY": f"key-of-{name}" for name in ("openai", "anthropic", "groq")}


def chosen(text="", environment=None, outsider=None, **inputs):
    layer, problems = read_layer("file", text, INSTALLED)
    assert not problems
    given = Inputs(**inputs)
    access = find_access(given, environment or {}, outsider)
    effective = combine([layer], given, INSTALLED.actions)
    return choose_models(effective, access, INSTALLED.providers)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ("openai:gpt-6.1-sol", {"environment": KEYS}),
        ("groq:openai/gpt-oss-120b", {"environment": {"GROQ_API_KEY": "k"}}),
        ("mistral:mistral-medium-latest", {"mistral_api_key": "k"}),
        ("anthropic:claude-sonnet-5-5", {"provider": "anthropic", "environment": KEYS}),
        ("openai:my-model", {"model": "my-model", "environment": KEYS}),
        ("groq:a:b", {"model": "groq:a:b", "environment": KEYS}),
        ("openai:qwen2.5:7b", {"model": "qwen2.5:7b", "environment": KEYS}),
        ("groq:x", {"text": "models: {default: 'groq:x'}", "environment": KEYS}),
        ("groq:y", {"text": "models: {default: 'groq:x'}", "model": "y", "environment": KEYS}),
        (
            "anthropic:claude-sonnet-5-5",
            {"text": "models: {default: 'groq:x'}", "provider": "anthropic", "environment": KEYS},
        ),
        (
            "groq:x",
            {"text": "models: {default: 'groq:x'}", "provider": "groq", "environment": KEYS},
        ),
        (
            "groq:x",  # `auto` says what saying nothing says
            {"text": "models: {default: 'groq:x'}", "provider": "auto", "environment": KEYS},
        ),
        ("openai:m", {"base_url": "http://localhost:11434/v1", "model": "m"}),
        ("openai:m", {"environment": {"OPENAI_BASE_URL": "http://x/v1"}, "model": "m"}),
        ("somebodys:m", {"text": "models: {default: 'somebodys:m'}"}),
    ],
)
def test_explicit_beats_configured_beats_the_first_key(expected, given):
    assert str(chosen(**given).default) == expected


def test_no_key_is_no_model_and_says_what_was_looked_for():
    none = chosen()
    assert none.default is None
    assert none.why_not is Reason.NO_KEY
    assert "ANTHROPIC_API_KEY" in none.notice


def test_none_is_a_choice():
    assert chosen(provider="none", environment=KEYS).default is None


@pytest.mark.parametrize(
    "given",
    [
        {"provider": "mistral"},
        {"text": "models: {default: 'mistral:x'}"},
        {"text": "models: {fallback: ['mistral:x']}"},
        {"text": "models: {roles: {find: 'mistral:x'}}"},
        {"text": "models: {roles: {find: ['openai:y', 'mistral:x']}}"},
        {"text": "models: {roles: {verify: 'mistral:x'}}"},
    ],
)
def test_a_named_provider_without_key_is_an_error_but_for_outsiders(given):
    with pytest.raises(ConfigError, match="'mistral' is named, and has no key"):
        chosen(environment=KEYS, **given)
    outside = chosen(environment=KEYS, outsider=Reason.NO_KEY_FORK, **given)
    assert outside.default is None
    assert outside.why_not is Reason.NO_KEY_FORK


def test_roles_name_models_of_their_own_and_several_to_find():
    text = "models: {roles: {find: ['openai:a', 'anthropic:b'], verify: 'openai:c'}}"
    got = chosen(text, environment=KEYS)
    assert {role.value: [str(one) for one in refs] for role, refs in got.roles.items()} == {
        "find": ["openai:a", "anthropic:b"],
        "verify": ["openai:c"],
    }
    assert got.label.endswith("openai:a to find, anthropic:b to find, openai:c to verify")


def test_a_provider_that_is_not_installed_is_an_error_with_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean 'mistral'"):
        chosen(fallback_models="mistrall:x", environment=KEYS)


def test_an_input_key_beats_the_environment_and_keys_show_nowhere():
    got = chosen(openai_api_key="from-input", environment=KEYS)
    assert got.keys["openai"] == "from-input"
    assert "from-input" not in repr(got)


def test_base_url_belongs_to_the_chosen_provider():
    got = chosen(base_url="https://proxy", provider="groq", environment=KEYS)
    assert got.base_urls == {"groq": "https://proxy"}
