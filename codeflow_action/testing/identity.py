"""The two ends of an exchange of tokens: GitHub, which signs who a job is, and a model provider.

https://docs.github.com/en/actions/reference/security/oidc
"""

import base64
import hashlib
import hmac
import itertools
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs, urlsplit

from codeflow_action.testing.listener import Listener, LocalServer, OwnedHandler

type JsonObject = Mapping[str, object]

# Both are as https://www.rfc-editor.org/rfc/rfc7523 and https://www.rfc-editor.org/rfc/rfc8693 say.
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
# Where each vendor exchanges tokens, and the grant that it asks for there.
GRANTS = {"/v1/oauth/token": _BEARER, "/oauth/token": _EXCHANGE, "/v1/token": _EXCHANGE}


class IdentityIssuer(LocalServer):
    """A context manager: gives identity tokens to whoever has the `request_token`.

    `environment` is what a runner tells a job that has `id-token: write`; `issued` are the tokens
    so far. `status` is what the next requests are answered with.
    """

    def __init__(
        self,
        *,
        subject: str = "repo:octo/shop:pull_request",
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.subject = subject
        self.request_token = "request-token-of-this-job-0123456789"  # noqa: S105 - of no other server
        self.issued: list[str] = []
        self.status = 200
        self._key = b"the key that signs"
        self.listener = Listener(partial(_Handler, self), host=host, port=port, tls=tls)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the runner."""
        return {
            # GitHub's has a query of its own, too.
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.listener.url}/idtoken?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.request_token,
        }

    def issue(self, audience: str) -> str:
        """Return a new token, which is valid for five minutes as GitHub's are."""
        claims = {
            "iss": "https://token.actions.githubusercontent.com",
            "sub": self.subject,
            "aud": audience,
            "exp": int(time.time()) + 300,
            "jti": str(len(self.issued)),
        }
        content = ".".join(_coded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
        token = f"{content}.{_coded(self._signature(content))}"
        self.issued.append(token)
        return token

    def claims(self, token: str) -> JsonObject:
        """Return what the token says. Raises `ValueError` for one that was not issued here."""
        content, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, _coded(self._signature(content))):
            raise ValueError("the signature is not the issuer's")
        part = content.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        if not isinstance(claims, dict) or claims["exp"] < time.time():
            raise ValueError("the token has expired")
        return claims

    def _signature(self, content: str) -> bytes:
        return hmac.digest(self._key, content.encode(), hashlib.sha256)


@dataclass
class TokenExchange:
    """A provider's end: takes identity tokens of `issuer` for one account, made out to `audience`.

    `account` are the fields that a request must have, no more and no fewer. Its tokens are
    valid for `lifetime` seconds, by its clients' clocks alone. The next requests are answered with
    `status`.
    """

    issuer: IdentityIssuer
    audience: str
    account: Mapping[str, str]
    lifetime: int = 3600
    status: int = 200
    access_tokens: list[str] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def admits(self, token: str) -> bool:
        """True for a token that was given here."""
        return token in self.access_tokens

    def answer(self, grant: str, body: JsonObject) -> tuple[int, JsonObject]:
        """Return status and body for a request at the place where `grant` is asked for."""
        fields = dict(body)
        token = fields.pop("assertion" if grant == _BEARER else "subject_token", "")
        form = {"grant_type": grant, **self.account}
        if grant == _EXCHANGE:
            form["subject_token_type"] = _JWT_TYPE
        if self.status != 200:
            return self.status, {"error": "temporarily_unavailable"}
        if fields != form:
            return 400, {"error": "invalid_request", "error_description": "Unknown account."}
        try:
            claims = self.issuer.claims(str(token))
        except ValueError as error:
            return 401, {"error": "invalid_grant", "error_description": str(error)}
        if claims["aud"] != self.audience:
            # Some servers repeat what they refuse.
            text = f"The audience {claims['aud']} is not expected in {token}"
            return 401, {"error": "invalid_grant", "error_description": text}
        digest = hashlib.sha256(str(next(self._numbers)).encode()).digest()
        access_token = f"sk-exchanged-{_coded(digest)}"
        self.access_tokens.append(access_token)
        return 200, {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
        }


class _Handler(OwnedHandler[IdentityIssuer]):
    def do_GET(self) -> None:
        audience = parse_qs(urlsplit(self.path).query).get("audience", [""])[0]
        status = self.owner.status
        if self.headers.get("Authorization") != f"Bearer {self.owner.request_token}":
            status = 401
        answer = {"value": self.owner.issue(audience)} if status == 200 else {"message": "no"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
