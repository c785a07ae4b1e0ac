"""Which variables hold secrets, and which only look as if."""

import json

import pytest

from codeflow_action.hosts.job_environment import find_secrets, scrub

VALUE = "q8Zr2LxT9vWb4NcY7mKd"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5v\n-----END"


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_TOKEN", "OPENAI_API_KEY", "CLIENT_SECRET", "DB_PASSWORD"),  # as before
        *("GH_PAT", "DEPLOY_KEY", "SENTRY_DSN"),  # those of the issue
        *("GHTOKEN", "apiKey", "npm_config__authToken", "PGPASSWORD", "MYSQL_PWD", "SSHPASS"),
        *("SIGNING_KEY", "JWT_PRIVATE_KEY", "COOKIE", "SESSION_COOKIE", "REGISTRY_AUTH", "PSK"),
        *("STORAGE_CONNECTION_STRING", "SAS", "GPG_PASSPHRASE", "AWS_ACCESS_KEY_ID", "APP_CREDS"),
        *("INPUT_SOME_KEY", "GITHUB_APP_PRIVATE_KEY", "RUNNER_TOKEN"),
    ],
)
def test_a_secret_is_known_by_its_name(name):
    """Fault 9: secrets in the environment were recognised by five words."""
    assert VALUE in find_secrets({name: VALUE})


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (f"postgres://app:{VALUE}@db.internal/shop", VALUE),
        (f"https://{VALUE}@github.com/o/r.git", VALUE),  # a user without a password
        ("redis://:p%40ss%2Fword1@cache:6379", "p@ss/word1"),  # as it is sent
        (f"Server=db;User Id=app;Password={VALUE};Encrypt=true", VALUE),
        (f"AccountName=x;AccountKey={VALUE};EndpointSuffix=y", VALUE),
        (f"https://x.blob/c?sv=1&sig={VALUE}", VALUE),
        (PEM, PEM),
        (json.dumps({"type": "service", "private_key_id": VALUE, "n": [1]}), VALUE),
        (json.dumps({"auths": {"ghcr.io": {"auth": VALUE}}}), VALUE),
    ],
)
def test_a_secret_is_known_by_its_form_under_any_name(value, secret):
    """Fault 9: `DATABASE_URL` was inherited and shown."""
    assert secret in find_secrets({"ANYTHING": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSH_AUTH_SOCK", "/tmp/ssh-XXXXabcd/agent.1234"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/runner/work/_temp/creds.json"),
        ("PWD", "/home/runner/work/shop/shop"),
        ("OLDPWD", "~/shop"),
        ("TOKENIZERS_PARALLELISM", "true"),
        ("MAX_TOKENS", "4000"),
        ("AUTH_URL", "https://login.example.com/oauth/authorize"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.example/id"),
        ("DEPLOY_KEY_OWNER", "octo/shop"),  # the repository's name, which all of GitHub sees
        ("PATH", "/usr/local/bin:/usr/bin"),
        ("GITHUB_REPOSITORY", "octo/shop"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("KEYBOARD", "dvorak-programmer"),
        ("COMPATIBILITY", "something-long"),
        ("AUTHOR", "mona-the-octocat"),
        ("REMOTE", "ssh://git@github.com/octo/shop"),
    ],
)
def test_what_everybody_may_see_is_not_blanked(name, value):
    context = {"GITHUB_REPOSITORY": "octo/shop", "GITHUB_WORKSPACE": "/github/workspace"}
    found = find_secrets({**context, name: value})
    assert not [secret for secret in found if len(secret) >= 8]  # shorter ones are never blanked


def test_random_signs_that_look_like_a_path_are_a_secret():
    value = "/9aBcD3eFgH1jKlMnOpQ/rStUvWx"
    assert value in find_secrets({"AWS_SECRET_ACCESS_KEY": value})


def test_what_is_left_in_our_own_environment_is_what_libraries_need():
    """Fault 9: an allow-list here too."""
    kept = {"PATH": "/bin", "HTTPS_PROXY": "http://p:1", "no_proxy": "x", "SSL_CERT_FILE": "/c"}
    live = {**kept, "GH_PAT": VALUE, "GIT_DIR": "/x", "LD_PRELOAD": "/x", "ANTHROPIC_LOG": "debug"}
    scrub(live)
    assert live == kept
