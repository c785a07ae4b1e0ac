"""Which model a run asks."""

import random
from dataclasses import replace

import pytest

from codeflow_action.ai.models import ModelPorts
from codeflow_action.ai.registry import InstalledProvider, load_providers
from codeflow_action.config.identities import JobIdentity
from codeflow_action.config.inputs import read_inputs
from codeflow_action.config.layers import combine, read_layer
from codeflow_action.config.model_choice import (
    MissingKey,
    choose_models,
    find_access,
    make_models,
)
from codeflow_action.config.plugins import Plugins, load_plugins
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.model import LLMProvider, ProviderProfile, Role
from codeflow_action.engine.outcome import Reason
from codeflow_action.run.resolver import inline_layers
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.provider.fixtures import PatientClock

SOMEBODYS = InstalledProvider(
    name="somebodys", profile=ProviderProfile(), create=LLMProvider, package="theirs"
)
INSTALLED = Plugins(
    actions=load_plugins().actions,
    providers={**load_providers(), "somebodys": SOMEBODYS},
)
KEYS = {f"{name.upper()}_API_KEY": f"key-of-{name}" for name in ("openai", "anthropic", "groq")}


def read_given(inputs):
    return read_inputs({f"INPUT_{name.upper()}": text for name, text in inputs.items()})[0]


def found_access(environment=None, outsider=None, job=None, **inputs):
    given = read_given(inputs)
    return find_access(given, environment or {}, INSTALLED.providers, outsider, job)


def combined(text="", **inputs):
    layer, problems = read_layer("file", text, INSTALLED)
    assert not problems
    given = read_given(inputs)
    layers = [layer, *inline_layers(given, INSTALLED)]
    return combine(layers, given, INSTALLED.actions)


def chosen(text="", environment=None, outsider=None, job=None, **inputs):
    access = found_access(environment, outsider, job, **inputs)
    return choose_models(combined(text, **inputs), access, INSTALLED.providers)


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


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 240), ("models: {request_timeout: 1800}", 1800)]
)
def test_the_configuration_says_how_long_a_provider_may_wait_for_an_answer(text, seconds):
    endpoints = []

    def create(endpoint):
        endpoints.append(endpoint)
        return INSTALLED.providers["openai"].create(endpoint)

    providers = {"openai": replace(INSTALLED.providers["openai"], create=create)}
    effective = combined(text)
    choice = choose_models(effective, found_access(KEYS), INSTALLED.providers)
    ports = ModelPorts(clock=PatientClock(), rng=random.Random(1), redactor=Redactor())
    models = make_models(effective, choice, providers, ports, deadline=100)
    assert models.for_role(Role.FIND).model == "gpt-6.1-sol"
    assert [endpoint.timeout for endpoint in endpoints] == [seconds]


def test_a_provider_that_is_not_installed_is_an_error_with_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean 'mistral'"):
        chosen(fallback_models="mistrall:x", environment=KEYS)


def test_an_input_key_beats_the_environment_and_keys_show_nowhere():
    got = chosen(openai_api_key="from-input", environment=KEYS)
    assert got.keys["openai"] == "from-input"
    assert "from-input" not in repr(got)


@pytest.mark.promise("A key is sent over https only, or unencrypted to this same machine.")
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("models.base_url", {"base_url": "http://gateway.example", "provider": "openai"}),
        ("models.base_url", {"base_url": "http://ollama:11434/v1", "model": "qwen"}),
        ("OPENAI_BASE_URL", {"environment": {"OPENAI_BASE_URL": "http://ollama:11434/v1"}}),
        (
            "GROQ_BASE_URL",
            {"environment": {"GROQ_BASE_URL": "http://10.0.0.1"}, "provider": "groq"},
        ),
        (
            "ANTHROPIC_BASE_URL",
            {  # of the model that is asked second
                "environment": {"ANTHROPIC_BASE_URL": "http://gateway"},
                "fallback_models": "anthropic:x",
            },
        ),
        (
            "ANTHROPIC_BASE_URL",
            {  # of a role
                "environment": {"ANTHROPIC_BASE_URL": "http://gateway"},
                "text": "models: {roles: {verify: 'anthropic:x'}}",
            },
        ),
    ],
)
def test_a_key_never_travels_without_encryption(name, given):
    """Fault 6: whatever says the address, plain http with a key leads to this machine alone."""
    environment = {**KEYS, **given.pop("environment", {})}
    with pytest.raises(ConfigError, match="without encryption") as caught:
        chosen(environment=environment, **given)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "address", ["ftp://x", "https://user:hunter2@x", "https://x/#y", "x/v1", "https://"]
)
def test_an_address_of_the_environment_is_checked_too(address):
    """Fault 6: `*_BASE_URL` goes through the same door as the configuration."""
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL") as caught:
        chosen(environment={**KEYS, "OPENAI_BASE_URL": address})
    assert "hunter2" not in str(caught.value)


def test_an_address_that_nobody_is_asked_at_harms_nobody():
    got = chosen(environment={**KEYS, "MISTRAL_BASE_URL": "ftp://x"}, provider="openai")
    assert str(got.default).startswith("openai:")


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "http://ollama:11434/v1"},
        {"environment": {"OPENAI_BASE_URL": "http://ollama:11434/v1"}},
        {"config": "models: {base_url: 'http://ollama:11434/v1'}"},
    ],
)
def test_a_server_of_the_jobs_network_needs_no_encryption_where_no_key_is_given(given):
    """Fault 6: a service container is asked by its name; there is no key to lose."""
    got = chosen(model="qwen", **given)
    assert got.base_urls["openai"] == "http://ollama:11434/v1"
    assert not got.keys


def test_base_url_belongs_to_the_chosen_provider():
    got = chosen(base_url="https://proxy", provider="groq", environment=KEYS)
    assert got.base_urls == {"groq": "https://proxy"}


ACCOUNT = {"anthropic_federation_rule_id": "fdrl_1", "anthropic_organization_id": "org"}
JOB = JobIdentity(
    fetch=lambda audience: f"token for {audience}", hide=lambda _token: None, describe=lambda: ""
)


def test_an_account_counts_as_a_key_and_the_identity_says_who_asks():
    choice = chosen(job=JOB, groq_api_key="k", **ACCOUNT, anthropic_workspace_id="wrkspc_1")
    assert str(choice.default) == "anthropic:claude-sonnet-5-5"
    identity = choice.identities["anthropic"]
    assert identity.account == {
        "federation_rule_id": "fdrl_1",
        "organization_id": "org",
        "workspace_id": "wrkspc_1",
    }
    assert identity.fetch_token() == "token for https://api.anthropic.com"


def test_an_audience_of_ones_own_is_no_part_of_the_account():
    choice = chosen(job=JOB, **ACCOUNT, anthropic_oidc_audience="https://other")
    assert choice.identities["anthropic"].fetch_token() == "token for https://other"
    assert "oidc_audience" not in choice.identities["anthropic"].account


def test_variables_of_the_inputs_names_are_an_account_too_where_the_job_has_an_identity():
    variables = {name.upper(): value for name, value in ACCOUNT.items()}
    assert "anthropic" in chosen(job=JOB, environment=variables).identities
    assert chosen(environment=variables).default is None  # as on a laptop
    with pytest.raises(MissingKey, match="GitHub gives this job none"):
        chosen(environment={**variables, "GITHUB_ACTIONS": "true"})
    assert chosen(job=JOB, environment={"ANTHROPIC_ORGANIZATION_ID": "org"}).default is None


def test_a_key_beats_an_account_and_that_is_said():
    access = found_access(job=JOB, environment=KEYS, **ACCOUNT)
    assert not access.identities
    (warning,) = access.warnings
    assert warning.startswith("anthropic has a key, so that anthropic_federation_rule_id")


@pytest.mark.parametrize(
    ("given", "problem", "hint"),
    [
        (ACCOUNT, "GitHub gives this job none", "`id-token: write`"),
        (
            {"anthropic_organization_id": "org", "job": JOB},
            "anthropic_organization_id is given, and anthropic_federation_rule_id is not",
            "may be empty",
        ),
        # Another provider's key does not take over without a word.
        ({**ACCOUNT, "groq_api_key": "k"}, "GitHub gives this job none", "`id-token: write`"),
        # Nor is a server asked without a key that could do without.
        (
            {
                "openai_identity_provider_id": "idp",
                "openai_service_account_id": "svc",
                "base_url": "https://gateway.example/v1",
            },
            "GitHub gives this job none",
            "`id-token: write`",
        ),
        ({**ACCOUNT, "provider": "anthropic"}, "GitHub gives this job none", "`id-token: write`"),
    ],
)
def test_an_account_that_cannot_be_used_ends_the_run_with_what_to_do(given, problem, hint):
    with pytest.raises(MissingKey, match=problem) as error:
        chosen(**given)
    assert hint in error.value.hint


def test_an_account_that_cannot_be_used_harms_no_run_that_asks_another():
    assert chosen(**ACCOUNT, provider="groq", groq_api_key="k").default.provider == "groq"


def test_a_forks_job_gets_no_identity_and_that_is_nobodys_mistake():
    choice = chosen(outsider=Reason.NO_KEY_FORK, **ACCOUNT)
    assert choice.default is None
    assert choice.why_not is Reason.NO_KEY_FORK
    assert not choice.is_named  # as with a key that is not given to a fork
    # After `workflow_run` the job is the base's, and has one.
    assert chosen(job=JOB, outsider=None, **ACCOUNT).default


def test_an_identity_goes_nowhere_in_the_clear():
    with pytest.raises(ConfigError, match="without encryption"):
        chosen(job=JOB, **ACCOUNT, base_url="http://gateway.example")


def test_seals_come_of_the_seal_key_alone_where_there_is_one():
    lasting = "a-seal-key-of-these-tests"
    assert found_access(environment=KEYS).seal_secrets == tuple(KEYS.values())
    assert found_access(environment=KEYS, seal_key=lasting).seal_secrets == (lasting,)
    variable = {**KEYS, "CODEFLOW_SEAL_KEY": lasting}
    assert found_access(environment=variable).seal_secrets == (lasting,)


def test_a_seal_key_that_could_be_guessed_is_refused_and_not_shown():
    with pytest.raises(ConfigError, match="at least 20 characters") as error:
        chosen(seal_key="hunter2")
    assert "hunter2" not in str(error.value)


AZURE = {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://shop.openai.azure.com"}
AMAZON = {"AWS_SECRET_ACCESS_KEY": "k", "AWS_ACCESS_KEY_ID": "i", "AWS_REGION": "eu-central-1"}
GOOGLE = {
    "GOOGLE_APPLICATION_CREDENTIALS": "{}",
    "GOOGLE_CLOUD_PROJECT": "p",
    "CLOUD_ML_REGION": "global",
}


def test_a_cloud_is_asked_by_its_name_alone():
    """A job has such keys for what it deploys."""
    clouds = {**AZURE, **AMAZON, **GOOGLE}
    assert chosen(environment=clouds, model="m").default is None
    assert "AWS" not in chosen(environment=clouds).notice
    for name in ("azure", "bedrock", "vertex"):
        assert str(chosen(environment=clouds, provider=name, model="m").default) == f"{name}:m"
    assert str(chosen(environment={**KEYS, **clouds}).default) == "openai:gpt-6.1-sol"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"provider": "azure", "environment": AZURE}, "no model that is asked by default"),
        ({"provider": "azure", "model": "m"}, "'azure' is named, and has no key"),
        (
            {"provider": "azure", "model": "m", "environment": {"AZURE_OPENAI_API_KEY": "k"}},
            "AZURE_OPENAI_ENDPOINT is not set",
        ),
        (
            {"provider": "bedrock", "model": "m", "environment": {**AMAZON, "AWS_REGION": ""}},
            "AWS_REGION or AWS_DEFAULT_REGION is not set",
        ),
        (
            {"provider": "vertex", "model": "m", "vertex_api_key": "k"},
            "ANTHROPIC_VERTEX_PROJECT_ID or GOOGLE_CLOUD_PROJECT is not set",
        ),
    ],
)
def test_what_a_cloud_cannot_be_asked_without_is_said(given, message):
    with pytest.raises(ConfigError, match=message):
        chosen(**given)


def test_an_input_says_azures_address_as_well():
    choice = chosen(
        provider="azure", model="m", azure_api_key="k", base_url="https://shop.openai.azure.com"
    )
    assert choice.base_urls == {"azure": "https://shop.openai.azure.com"}


def test_where_forks_get_nothing_a_cloud_that_lacks_anything_is_nobodys_mistake():
    choice = chosen(provider="bedrock", model="m", outsider=Reason.NO_KEY_FORK)
    assert (choice.default, choice.why_not) == (None, Reason.NO_KEY_FORK)


def test_a_key_that_each_job_has_anew_lasts_for_nothing():
    """What is sealed with it in one run, none of the next could open."""
    access = found_access({**KEYS, **AMAZON, **GOOGLE, "AZURE_OPENAI_AD_TOKEN": "t"})
    assert set(access.lasting_keys) == set(KEYS.values())
    access = found_access({"AWS_BEARER_TOKEN_BEDROCK": "b", **AMAZON}, azure_api_key="a")
    assert set(access.lasting_keys) == {"a", "b"}
    assert access.keys["bedrock"] == "b"
