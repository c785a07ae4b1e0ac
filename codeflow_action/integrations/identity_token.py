"""A job's identity token: what GitHub has signed of the job, made out to one audience.

https://docs.github.com/en/actions/reference/security/oidc
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import field

from codeflow_action.engine.errors import ProviderRefused, ProviderUnavailable
from codeflow_action.engine.lazy import dataclass

_SECONDS = 10.0  # for one answer; the runner's own toolkit waits as long
# What providers' rules are about; the whole path of a workflow is in the last.
_CLAIMS = ("aud", "sub", "job_workflow_ref")
_MAX_CLAIM = 200  # characters
_SUBJECT = "GitHub gave the job no identity token"


@dataclass(frozen=True, kw_only=True)
class IdentityTokens:
    """Where GitHub gives this job identity tokens, and the token that asks for them."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "IdentityTokens | None":
        """Return what the runner tells a job with `id-token: write`, None for any other."""
        url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL", "").strip()
        token = environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "").strip()
        return cls(url=url, token=token) if url and token else None

    def fetch(self, audience: str) -> str:
        """Return a new token, which lasts minutes. Waits for the network; any thread may call it.

        Raises `ProviderError`.
        """
        import httpx2  # noqa: PLC0415 - only where a token is asked for

        try:
            response = httpx2.get(
                httpx2.URL(self.url).copy_merge_params({"audience": audience}),
                headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
                timeout=_SECONDS,
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderUnavailable(
                f"{_SUBJECT} ({type(error).__name__})",
                hint="check the network, HTTPS_PROXY and `ca_certificates`",
            ) from error
        if response.status_code == 429 or response.status_code >= 500:
            raise ProviderUnavailable(
                f"{_SUBJECT}: it answered {response.status_code}",
                hint="try again later",
            )
        try:
            answer = json.loads(response.text) if response.status_code == 200 else {}
        except ValueError:
            answer = {}
        value = answer.get("value") if isinstance(answer, dict) else None
        if not (isinstance(value, str) and value):
            raise ProviderRefused(
                f"{_SUBJECT}: it answered {response.status_code}",
                hint="run the job again; a job may ask for tokens only while it runs",
            )
        return value


def claims_in(token: str) -> str:
    """Return what an identity token says of the job, for people; empty for another form.

    The signature is not looked at, and nothing that is returned could stand for the token.
    """
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return ""
    values = ((name, claims.get(name)) for name in _CLAIMS) if isinstance(claims, dict) else ()
    return ", ".join(
        f"`{name}` {value[:_MAX_CLAIM]}" for name, value in values if isinstance(value, str)
    )
