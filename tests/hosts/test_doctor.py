"""`codeflow doctor` finds what a review would miss, by trying, and leaves nothing behind."""

import os

import pytest

from codeflow_action import cli
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer
from tests.integrations.gitting import commit, git, init

KEY = "sk-" + "a" * 40
CONFIGURATION = "models: {default: 'openai:local-model'}\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    directory = init(tmp_path / "shop")
    commit(directory, {"a.py": b"x\n", ".github/codeflow.yml": CONFIGURATION.encode()})
    git(directory, "branch", "topic")
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def doctor(shop, capsys, rule_cache):
    """Run it against a model server and a GitHub of one pull request; return code and lines."""

    def run(
        *arguments,
        keys=(KEY,),
        exchange=None,
        models=("local-model",),
        permissions=None,
        **environment,
    ):
        granted = {} if permissions is None else {"permissions": permissions}
        with (
            ModelServer(keys=keys, exchange=exchange) as models_server,
            GitHubServer(**granted) as github,
        ):
            models_server.models = models
            repository = github.add_repository("octo/shop", shop)
            pull = repository.open_pull_request(head="topic", number=1)
            given = {
                "PATH": os.environ["PATH"],
                "KF_RULE_CACHE_DIR": str(rule_cache),
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": models_server.base_url("openai"),
                "ANTHROPIC_BASE_URL": models_server.base_url("anthropic"),
                "GITHUB_TOKEN": repository.hub.token,
                "GITHUB_REPOSITORY": "octo/shop",
                "GITHUB_API_URL": repository.hub.api_url,
                "GITHUB_GRAPHQL_URL": github.graphql_url,
                **environment,
            }
            code = cli.run(["doctor", *arguments], given)
            assert not models_server.requests
            assert not pull.comments
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
        return code, said.out

    return run


def test_a_healthy_repository(doctor):
    code, said = doctor()
    assert code == 0
    lines = said.splitlines()
    assert all(line.startswith("ok ") for line in lines), said
    for words in ("git: ", ".github/codeflow.yml", "openai:local-model", "pull-requests: write"):
        assert any(words in line for line in lines)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"keys": ("another",)},
            "bad     model openai:local-model: openai (local-model) answered 401",
        ),
        ({"OPENAI_API_KEY": ""}, "bad     model"),
        (
            {"permissions": {"contents": "read", "pull_requests": "read"}},
            "bad     GitHub, pull-requests: write: GitHub answered 403",
        ),
        ({"permissions": {"pull_requests": "write"}}, "ok      GitHub, contents: read"),
        ({"GITHUB_TOKEN": "wrong"}, "bad     GitHub, contents: read: GitHub answered 401"),
        ({"GITHUB_TOKEN": ""}, "unknown GitHub: not tried"),
        ({"HTTPS_PROXY": "http://127.0.0.1:9"}, "ok      proxy: HTTPS_PROXY is set"),
    ],
)
def test_what_is_missing_has_a_line_of_its_own(doctor, fields, line):
    code, said = doctor(**fields)
    assert line in said
    assert code == (2 if "bad " in said else 0)


def test_a_model_that_the_list_does_not_name_is_told_with_the_nearest(doctor):
    """A server of one's own may take names that it does not list, so that this is no verdict."""
    code, said = doctor(models=("local-modle", "other"))
    assert "unknown model openai:local-model" in said
    assert "did you mean 'local-modle'?" in said
    assert code == 0


def test_a_configuration_that_is_broken_is_told_once(doctor, shop):
    commit(shop, {".github/codeflow.yml": b"gate: {fail_onn: never}\n"})
    code, said = doctor()
    assert code == 2
    assert "bad     configuration: " in said
    assert "'fail_on'" in said
    assert "model" not in said.replace("models", "")


ACCOUNT = {"federation_rule_id": "fdrl_1", "organization_id": "org-1"}


@pytest.mark.parametrize(
    ("audience", "line"),
    [
        (
            "https://api.anthropic.com",
            "ok      model anthropic:local-model: another address: the job's",
        ),
        ("another", "bad     model anthropic:local-model: anthropic exchanged no token"),
    ],
)
def test_a_jobs_identity_is_exchanged_to_try_it(doctor, shop, audience, line):
    commit(shop, {".github/codeflow.yml": b"models: {default: 'anthropic:local-model'}\n"})
    with IdentityIssuer() as issuer:
        exchange = TokenExchange(issuer=issuer, audience=audience, account=ACCOUNT)
        account = {f"ANTHROPIC_{word.upper()}": value for word, value in ACCOUNT.items()}
        code, said = doctor(keys=(), exchange=exchange, **account, **issuer.environment)
        assert issuer.issued
        assert issuer.issued[0] not in said
        assert ("`sub` repo:octo/shop:pull_request" in said) == line.startswith("bad")
    assert line in said
    assert code == (2 if line.startswith("bad") else 0)


def test_a_job_without_an_identity_hears_which_permission_is_missing(doctor, shop):
    commit(shop, {".github/codeflow.yml": b"models: {default: 'anthropic:local-model'}\n"})
    account = {f"ANTHROPIC_{word.upper()}": value for word, value in ACCOUNT.items()}
    code, said = doctor(**account, GITHUB_ACTIONS="true")
    assert "`id-token: write`" in said
    assert code == 2
