"""The whole run under `/api/v3`, behind a proxy that wants a password, with a private CA."""

import os
import ssl

import pytest
import trustme

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.proxy import ConnectProxy
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, build, review

PASSWORD = "proxy-password-of-these-tests"
PROVIDERS = ("openai", "anthropic", "mistral", "groq")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def pem(authority):
    return authority.cert_pem.bytes().decode()


@pytest.mark.promise(
    "Other hosts take their places where you name them: those of GitHub Enterprise Server, a "
    "proxy, base_url, or a collector of telemetry."
)
@pytest.mark.parametrize(
    ("provider", "how"), [*((name, "text") for name in PROVIDERS), ("openai", "path")]
)
def test_an_enterprise_server_behind_a_proxy_with_a_private_ca(
    forks, tmp_path, tls, pem, provider, how
):
    with (
        GitHubServer(token=TOKEN, prefix="/api/v3", tls=tls) as github,
        ModelServer(tls=tls, keys=[KEY], answer=review(REMARK)) as model,
        ConnectProxy(user="corp", password=PASSWORD) as proxy,
    ):
        shop = build(tmp_path, github, BASE, HEAD)
        workspace = tmp_path / "empty"
        workspace.mkdir()
        (workspace / "corp.pem").write_text(pem)
        ended = shop.fork(
            forks,
            workspace=workspace,
            inputs={
                "provider": provider,
                f"{provider}_api_key": KEY,
                "base_url": model.base_url(provider),
                "ca_certificates": pem if how == "text" else "corp.pem",
            },
            env={"HTTPS_PROXY": proxy.url, "NO_PROXY": ""},
        ).wait()
        assert ended.outputs["verdict"] == "pass", ended.log
        assert len(shop.pull.review_comments) == 1
        assert len(shop.stickies()) == 1
        assert "a shallow fetch" in ended.stderr
        assert PASSWORD not in ended.log + ended.summary
        assert len(proxy.hosts) >= 3  # the API, git and the model


def test_without_the_certificate_nothing_is_sent(tmp_path, tls):
    with GitHubServer(token=TOKEN, prefix="/api/v3", tls=tls) as github:
        shop = build(tmp_path, github, BASE, HEAD)
        workspace = tmp_path / "empty"
        workspace.mkdir()
        ended = shop.run(workspace=workspace)
        assert ended.code == 3
        assert not github.requests


def test_a_text_that_is_no_certificate_ends_with_2(shop):
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    ended = shop.run(inputs={"ca_certificates": broken})
    assert ended.code == 2
    assert "ca_certificates" in ended.closing_errors[0]


@pytest.mark.promise(
    "If the job has secrets, ca_certificates should not name a path that a pull request can write."
)
@pytest.mark.parametrize("link", ["file", "folder"])
def test_certificates_are_read_through_no_link(shop, pem, tmp_path, link):
    """Fault 11: `ca_certificates` was read from the head's checkout through links."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "corp.pem").write_text(pem)
    target = outside / "corp.pem" if link == "file" else outside
    (shop.work_tree / "certificates").symlink_to(target)
    given = "certificates" if link == "file" else "certificates/corp.pem"
    ended = shop.run(inputs={"ca_certificates": given})
    assert ended.code == 2
    assert "ca_certificates" in ended.closing_errors[0]


def test_certificates_that_are_a_pipe_hold_nothing_up(shop):
    """Fault 11: a pipe in the place of a file."""
    os.mkfifo(shop.work_tree / "corp.pem")
    assert shop.run(inputs={"ca_certificates": "corp.pem"}).code == 2
