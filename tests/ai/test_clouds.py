"""What of Azure, Bedrock and Vertex differs from the APIs behind; the contract has the rest."""

import json
from dataclasses import replace

import pytest

from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.errors import ProviderRefused, ProviderUnavailable
from codeflow_action.engine.model import Endpoint
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer, Status
from codeflow_action.testing.models.replies import Raw
from codeflow_action.testing.provider.fixtures import CLOUDS, KEY, ProviderUnderTest

PROVIDERS = load_providers()
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b"


@pytest.mark.promise(
    "A cloud is asked at your Azure resource, at bedrock-runtime.REGION.amazonaws.com, or at "
    "Vertex AI's address for the region."
)
@pytest.mark.parametrize(
    ("name", "variables", "address", "host"),
    [
        ("azure", {}, "https://ours.openai.azure.com", "ours.openai.azure.com"),
        (
            "bedrock",
            {"AWS_REGION": "eu-west-1"},
            "",
            "bedrock-runtime.eu-west-1.amazonaws.com",
        ),
        (
            "vertex",
            {"CLOUD_ML_REGION": "europe-west4", "ANTHROPIC_VERTEX_PROJECT_ID": "ours"},
            "",
            "europe-west4-aiplatform.googleapis.com",
        ),
    ],
)
def test_a_cloud_has_an_address_of_its_own(name, variables, address, host):
    endpoint = Endpoint(key=KEY, model="a-model", base_url=address, variables=variables)
    client = PROVIDERS[name].create(endpoint)._make_client()
    assert client.base_url.host == host


@pytest.fixture
def server():
    with ModelServer(keys=[KEY]) as running:
        yield running


@pytest.fixture
def cloud(server):
    """Return a cloud's provider as the contract makes it, with what a test changes of that."""

    def made(name, **changes):
        wire, variables = CLOUDS[name]
        endpoint = ProviderUnderTest(name, wire).endpoint(server)
        variables = {**variables, **changes.pop("variables", {})}
        return PROVIDERS[name].create(replace(endpoint, variables=variables, **changes))

    return made


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("azure", "our-deployment"),
        ("bedrock", "eu.anthropic.claude-sonnet-5-5-v1:0"),
        (
            "bedrock",
            "arn:aws:bedrock:eu-central-1:1:application-inference-profile/ab12",
        ),
        ("vertex", "claude-haiku-4-5@20251001"),
    ],
)
def test_the_model_that_the_path_names_answers(cloud, server, ask, name, model):
    answer = ask(cloud(name, model=model))
    assert (answer.model, answer.provider) == (model, name)
    assert answer.request_id
    assert [request.model for request in server.requests] == [model]


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        ("", "2026-10-01"),
        ("/", ""),
        ("/openai/v1/", ""),  # as examples write it
        ("/openai/v1", "2026-10-01"),
    ],
)
def test_azure_is_asked_with_a_version_and_without_at_any_form_of_its_address(
    cloud, server, ask, resource, version
):
    given = {"base_url": server.url + resource, "variables": {"OPENAI_API_VERSION": version}}
    ask(cloud("azure", **given))
    (request,) = server.requests
    assert request.headers["api-key" if version else "authorization"].endswith(KEY)
    assert "max_completion_tokens" in request.body


def test_a_token_of_entra_is_sent_as_one(cloud, server, ask):
    ask(cloud("azure", variables={"AZURE_OPENAI_AD_TOKEN": KEY}))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_key_of_amazons_signs_and_is_not_sent(cloud, ask):
    seen = []

    class Watching(ModelServer):
        def with_key(self, path, headers, body):
            seen.append((headers, body))
            return super().with_key(path, headers, body)

    with Watching(keys=[KEY]) as watching:
        ask(cloud("bedrock", base_url=watching.url))
        wrong = "another-key-of-the-same-length"
        stranger = cloud(
            "bedrock",
            base_url=watching.url,
            key=wrong,
            variables={"AWS_SECRET_ACCESS_KEY": wrong},
        )
        with pytest.raises(ProviderRefused, match="answered 401: the key was refused"):
            ask(stranger)
    headers, body = seen[0]
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=the-id-of-the-key/")
    assert "/eu-central-1/bedrock/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "the-token-of-the-session"
    assert KEY not in f"{headers}{body}"


def test_a_key_of_bedrocks_own_is_sent_and_nothing_is_signed(cloud, server, ask):
    variables = {"AWS_SECRET_ACCESS_KEY": "of-other-steps", "AWS_ACCESS_KEY_ID": ""}
    ask(cloud("bedrock", variables=variables))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_half_a_key_of_amazons_is_told(cloud, server, ask):
    with pytest.raises(ProviderRefused, match="AWS_ACCESS_KEY_ID is not set"):
        ask(cloud("bedrock", variables={"AWS_ACCESS_KEY_ID": ""}))
    assert not server.requests


def test_bedrocks_refusal_of_a_schema_is_asked_without(cloud, server, ask):
    """Its older models do not take what Anthropic's API takes."""
    words = "output_config: Extra inputs are not permitted"
    refusal = Raw(body=json.dumps({"message": words}), status=400)
    server.answer = lambda request: refusal if request.schema else Raw(body="{}", status=418)
    with pytest.raises(ProviderRefused, match="418"):
        ask(cloud("bedrock"))
    assert [bool(request.schema) for request in server.requests] == [True, False]


@pytest.mark.parametrize(
    ("name", "model", "variables", "dollars"),
    [
        ("azure", "gpt-6.1-sol", {}, 2),
        ("azure", "our-deployment", {}, None),
        ("bedrock", "global.anthropic.claude-sonnet-5-5", {}, 2),
        ("bedrock", "us.anthropic.claude-sonnet-5-5-v1:0", {}, 2.2),
        ("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", {}, 1.1),
        ("bedrock", "anthropic.claude-of-tomorrow-v1:0", {}, None),
        ("bedrock", "meta.llama-v1:0", {}, None),
        ("vertex", "claude-haiku-4-5@20251001", {"CLOUD_ML_REGION": "global"}, 1),
        ("vertex", "claude-haiku-4-5", {"CLOUD_ML_REGION": "europe-west1"}, 1.1),
        ("vertex", "claude-of-tomorrow", {"CLOUD_ML_REGION": "global"}, None),
    ],
)
def test_a_model_has_the_price_of_the_one_behind_it(name, model, variables, dollars):
    known = PROVIDERS[name].profile.model(model, variables)
    assert (known and known.price and known.price.input) == dollars


@pytest.fixture
def issuer():
    with IdentityIssuer() as running:
        yield running


@pytest.fixture
def google(issuer):
    """Google's end: the exchange of tokens, and Vertex behind it."""
    account = {
        "audience": AUDIENCE,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    exchange = TokenExchange(issuer=issuer, audience=AUDIENCE, account=account)
    with ModelServer(keys=[], exchange=exchange) as running:
        yield running


@pytest.fixture
def account(issuer, google):
    """The file that google-github-actions/auth writes for a workload identity pool."""
    where = issuer.environment["ACTIONS_ID_TOKEN_REQUEST_URL"]
    return {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.url}/v1/token",
        "credential_source": {
            "url": f"{where}&audience={AUDIENCE}",
            "headers": {"Authorization": f"Bearer {issuer.request_token}"},
            "format": {"type": "json", "subject_token_field_name": "value"},
        },
    }


@pytest.fixture
def vertex(google):
    def made(account):
        variables = CLOUDS["vertex"][1]
        endpoint = Endpoint(
            model="claude-haiku-4-5",
            key=json.dumps(account),
            base_url=google.url,
            variables=variables,
        )
        return PROVIDERS["vertex"].create(endpoint)

    return made


@pytest.mark.promise(
    "Google's token is exchanged at sts.googleapis.com or another of Google's hosts for that, "
    "as the file of the account says."
)
def test_a_jobs_identity_is_exchanged_at_google_once(vertex, account, google, ask, prompt):
    ask(vertex(account), prompt, prompt)
    bearers = {request.headers["authorization"] for request in google.requests}
    assert bearers == {f"Bearer {token}" for token in google.exchange.access_tokens}
    assert len(google.requests) == 2
    assert len(google.exchange.access_tokens) == 1


def test_an_account_that_google_refuses_is_told_without_a_token(vertex, account, google, ask):
    google.exchange.audience = "https://somebody.else"
    with pytest.raises(ProviderRefused, match="got no token from Google") as refusal:
        ask(vertex(account))
    assert google.exchange.issuer.issued[0] not in f"{refusal.value} {refusal.value.hint}"
    assert not google.requests


def test_nobody_at_googles_exchange_costs_nothing(vertex, account, ask):
    with pytest.raises((ProviderUnavailable, ProviderRefused)) as failure:
        ask(vertex({**account, "token_url": "http://127.0.0.1:9/v1/token"}))
    assert not getattr(failure.value, "maybe_billed", False)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "external_account_authorized_user"},
        {"type": ["external_account"]},
        {"credential_source": {"executable": {"command": "/bin/false"}}},
        {"credential_source": None},
    ],
    ids=str,
)
def test_an_account_of_another_kind_is_refused_unread(vertex, account, google, ask, change):
    with pytest.raises(ProviderRefused, match="cannot use the account"):
        ask(vertex({**account, **change}))
    assert not google.requests


def test_an_error_of_a_cloud_is_one_of_ours(cloud, server, ask):
    for name in CLOUDS:
        server.script(Status(503))
        with pytest.raises(ProviderUnavailable, match=f"{name} .* answered 503"):
            ask(cloud(name))


@pytest.mark.promise(
    "What the file of a Google account holds or names is sent to Google alone, and no link to such "
    "a file in the workspace is followed."
)
@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("token_url", "https://sts.googleapis.com.somebody.else/v1/token"),
        ("token_url", "https://sts.googleapis.com@somebody.else/v1/token"),
        ("token_url", "https://sts.{universe_domain}/v1/token"),
        ("token_url", "http://sts.googleapis.com/v1/token"),
        ("token_url", "http://127.0.0.1:80@somebody.else/v1/token"),
        # A bucket that everybody may write to keeps what it is sent.
        ("token_url", "https://storage.googleapis.com/upload/storage/v1/b/a-bucket/o"),
        ("token_url", "https://www.googleapis.com/upload/storage/v1/b/a-bucket/o"),
        ("service_account_impersonation_url", "https://somebody.else/token"),
        ("token_uri", "https://somebody.else/token"),
        ("universe_domain", "somebody.else"),
    ],
)
def test_an_account_sends_nothing_to_anybody_but_google(
    vertex, account, google, ask, tmp_path, field, address
):
    """A pull request may have written the file: it could name any file of this machine."""
    (tmp_path / "environment").write_text("GITHUB_TOKEN=plum-pear-quince")
    stolen = {"credential_source": {"file": str(tmp_path / "environment")}}
    with pytest.raises(ProviderRefused, match=f"anywhere but to Google: {field}"):
        ask(vertex({**account, **stolen, field: address}))
    assert not google.exchange.access_tokens


@pytest.mark.parametrize(
    "account",
    [
        {"token_url": "https://sts.googleapis.com/v1/token"},
        {"token_url": "https://sts.europe-west1.rep.googleapis.com/v1/token"},
        {
            "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects"
            "/-/serviceAccounts/reviews@shop.iam.gserviceaccount.com:generateAccessToken"
        },
        {"token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com"},
        {"token_uri": "https://accounts.google.com/o/oauth2/token", "universe_domain": None},
        {"token_uri": "https://www.googleapis.com/oauth2/v4/token"},
    ],
)
def test_accounts_as_google_writes_them_are_taken(vertex, account, ask):
    with pytest.raises(ProviderRefused, match=r"cannot use the account .*KeyError"):
        ask(vertex(account))  # the type alone is missing
