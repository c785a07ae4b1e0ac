"""Whole runs of a job that has an identity and no key."""

import pytest

from codeflow_action.ai.providers.anthropic import AnthropicProvider
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import REMARK, review

ACCOUNT = {"federation_rule_id": "fdrl_1", "organization_id": "org-1"}
INPUTS = {
    **{f"anthropic_{word}": value for word, value in ACCOUNT.items()},
    "effort": "low",
    "record": ".codeflow/run.cassette.json",
}


@pytest.fixture
def issuer():
    with IdentityIssuer() as running:
        yield running


@pytest.fixture
def model(issuer):
    audience = AnthropicProvider.profile.federation.audience
    exchange = TokenExchange(issuer=issuer, audience=audience, account=ACCOUNT)
    with ModelServer(keys=[], exchange=exchange, answer=review(REMARK)) as running:
        yield running


def run(shop, model, issuer, **inputs):
    environment = {"ANTHROPIC_BASE_URL": model.base_url("anthropic"), **issuer.environment}
    return shop.run(inputs={**INPUTS, **inputs}, env=environment)


@pytest.mark.promise("Instead of a key a job can have an identity.")
@pytest.mark.promise(
    "Neither the identity token nor the one that it is exchanged for is written anywhere: the "
    "runner is told to mask both."
)
def test_a_job_with_an_identity_is_reviewed_and_its_tokens_stand_nowhere(shop, model, issuer):
    ended = run(shop, model, issuer)
    assert ended.code == 0, ended.log
    assert len(shop.pull.review_comments) == 1
    tokens = [*issuer.issued, *model.exchange.access_tokens, issuer.request_token]
    assert len(tokens) == 3
    masks = {line for line in ended.stdout.splitlines() if line.startswith("::add-mask::")}
    assert masks >= {f"::add-mask::{token}" for token in tokens[:2]}
    rest = "".join(line for line in ended.stdout.splitlines() if line not in masks)
    cassette = (shop.work_tree / INPUTS["record"]).read_text()
    for token in tokens:
        assert token not in f"{rest}{ended.stderr}{ended.summary}{ended.report}{cassette}"


@pytest.mark.promise("An answer that holds one of them is thrown away like one that holds a key.")
def test_an_answer_that_holds_an_exchanged_token_is_thrown_away(shop, model, issuer):
    """As any secret of the job: whoever sees the token may ask in the account's name."""

    def leak(request):
        token = model.exchange.access_tokens[0]
        return reviewer_reply(request, [{**REMARK, "message": f"It holds {token[::-1]}."}])

    model.answer = leak
    ended = run(shop, model, issuer)
    assert not shop.pull.review_comments
    assert "secret" in ended.log + ended.summary


def test_a_seal_key_lets_a_job_without_a_key_remember(shop, model, issuer):
    seal_key = "seal-key-" + "of-these-tests"
    run(shop, model, issuer, seal_key=seal_key)
    asked = len(model.requests)
    again = run(shop, model, issuer, seal_key=seal_key)
    assert again.code == 0, again.log
    assert asked
    assert len(model.requests) == asked
    assert f"::add-mask::{seal_key}" in again.stdout


def test_a_job_without_the_permission_ends_with_2_and_the_line_to_add(shop, model):
    ended = shop.run(inputs=INPUTS, env={"ANTHROPIC_BASE_URL": model.base_url("anthropic")})
    assert ended.code == 2
    assert "id-token: write" in ended.closing_errors[0]
    assert not model.requests
