"""A job's identity in the place of a key: exchanged, hidden, and refused in words."""

from dataclasses import replace

import pytest

from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.errors import ProviderRefused, ProviderUnavailable
from codeflow_action.engine.model import Endpoint, Identity
from codeflow_action.integrations.identity_token import IdentityTokens, claims_in
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.provider.fixtures import local_federation
from tests.ai.asking import MODELS

PROVIDERS = load_providers()
FEDERATED = [name for name, provider in PROVIDERS.items() if provider.profile.federation]
pytestmark = pytest.mark.parametrize("name", FEDERATED)


@pytest.fixture
def issuer():
    with IdentityIssuer() as running:
        yield running


@pytest.fixture
def exchange(issuer, name):
    """The vendor's end, for an account with all that its federation can name."""
    federation = PROVIDERS[name].profile.federation
    fields = (*federation.fields, *federation.optional_fields)
    account = {field: f"the-{field}" for field in fields}
    return TokenExchange(issuer=issuer, audience=federation.audience, account=account)


@pytest.fixture
def model(exchange):
    with ModelServer(keys=[], exchange=exchange) as running:
        yield running


@pytest.fixture
def hidden():
    return []


@pytest.fixture
def provider(name, issuer, exchange, model, hidden):
    """The provider as a job with `id-token: write` has it."""
    tokens = IdentityTokens.of(issuer.environment)

    def fetch():
        token = tokens.fetch(PROVIDERS[name].profile.federation.audience)
        hidden.append(token)
        return token

    identity = Identity(
        account=exchange.account,
        fetch_token=fetch,
        hide=hidden.append,
        describe=lambda: claims_in(hidden[0]),
    )
    create = local_federation(model) if name == "openai" else PROVIDERS[name].create
    url = model.base_url(name)
    return create(Endpoint(model=MODELS[name], base_url=url, identity=identity))


def test_one_exchange_lets_all_questions_in_and_both_tokens_are_hidden(
    issuer, exchange, model, provider, ask, prompt, hidden
):
    ask(provider, prompt, prompt, prompt)
    bearers = {request.headers["authorization"] for request in model.requests}
    assert bearers == {f"Bearer {exchange.access_tokens[0]}"}
    assert len(model.requests) == 3
    assert len(exchange.access_tokens) == len(issuer.issued) == 1
    assert set(hidden) == {*issuer.issued, *exchange.access_tokens}


def test_an_identity_that_is_refused_is_told_why_without_a_token(
    name, exchange, model, provider, ask, issuer
):
    """The stand-in repeats the identity token in its refusal."""
    exchange.audience = "https://somebody.else"
    with pytest.raises(ProviderRefused, match=r"exchanged no token.*401.*audience") as refusal:
        ask(provider)
    assert issuer.issued[0][:40] not in f"{refusal.value} {refusal.value.hint}"
    audience = PROVIDERS[name].profile.federation.audience
    assert f"says: `aud` {audience}, `sub` repo:octo/shop:pull_request" in refusal.value.hint
    assert not model.requests


def test_an_account_that_is_not_known_there_is_refused(exchange, model, provider, ask):
    exchange.account = {**exchange.account, "organization_id": "another"}
    with pytest.raises(ProviderRefused, match=r"answered 400 .*Unknown account"):
        ask(provider)
    assert not model.requests


def test_an_exchange_that_is_down_is_asked_again_later(exchange, model, provider, ask):
    exchange.status = 503
    with pytest.raises(ProviderUnavailable, match="exchanged no token") as failure:
        ask(provider)
    assert not failure.value.maybe_billed
    exchange.status = 200
    assert not model.requests


def test_nobody_at_the_place_of_the_exchange_costs_nothing(provider, name, exchange, model, ask):
    federation = replace(
        PROVIDERS[name].profile.federation, token_url="http://127.0.0.1:9/oauth/token"
    )

    class Elsewhere(type(provider)):
        profile = replace(PROVIDERS[name].profile, federation=federation)

    endpoint = replace(provider._endpoint, base_url="http://127.0.0.1:9")
    with pytest.raises(ProviderUnavailable, match="ConnectError") as failure:
        ask(Elsewhere(endpoint))
    assert not failure.value.maybe_billed
    assert not exchange.access_tokens


@pytest.mark.parametrize(
    ("status", "error"), [(503, ProviderUnavailable), (403, ProviderRefused)], ids=str
)
def test_a_job_that_github_gives_no_token_hears_so(issuer, exchange, provider, ask, status, error):
    issuer.status = status
    with pytest.raises(error, match=f"GitHub gave the job no identity token: it answered {status}"):
        ask(provider)
    assert not exchange.access_tokens


def test_a_token_is_renewed_before_it_ends(name, issuer, exchange, model, provider, ask, prompt):
    """Anthropic's SDK renews half a minute before the end, OpenAI's at half of a token's life."""
    exchange.lifetime = 20

    class Twice:
        async def generate(self, question):
            await provider.generate(question)
            return await provider.generate(question)

        async def aclose(self):
            await provider.aclose()

    ask(Twice())
    first, second = (request.headers["authorization"] for request in model.requests)
    assert first == f"Bearer {exchange.access_tokens[0]}"
    assert second == f"Bearer {exchange.access_tokens[-1]}"
    if name == "anthropic":
        assert len(issuer.issued) == len(exchange.access_tokens) == 2
