"""What a job's identity token says, for people; `tests/ai/test_federation.py` exchanges one."""

import base64
import json

import pytest

from codeflow_action.integrations.identity_token import IdentityTokens, claims_in


def token(claims):
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJSUzI1NiJ9.{part}.signature"


def test_the_claims_that_rules_are_about_are_told_and_others_are_not():
    claims = {"aud": "https://api.example", "sub": "repo:octo/shop:pull_request", "jti": "secret"}
    assert claims_in(token(claims)) == (
        "`aud` https://api.example, `sub` repo:octo/shop:pull_request"
    )


@pytest.mark.parametrize(
    "text", ["", "opaque", "a.b.c", "a.%%%.c", token([1]), token(None), token({"sub": 7})]
)
def test_a_token_of_another_form_tells_nothing(text):
    assert claims_in(text) == ""


@pytest.mark.parametrize("name", ["URL", "TOKEN"])
def test_a_job_that_the_runner_tells_half_has_no_identity(name):
    assert IdentityTokens.of({f"ACTIONS_ID_TOKEN_REQUEST_{name}": "x"}) is None
