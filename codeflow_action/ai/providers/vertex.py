"""Claude at Google's Vertex AI: Anthropic's messages, with tokens of a Google account."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from codeflow_action.ai.providers.anthropic import AnthropicProvider, known_model
from codeflow_action.ai.providers.sdk_errors import import_extra
from codeflow_action.ai.providers.status import no_exchange
from codeflow_action.engine.errors import ProviderRefused
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.model import Endpoint, ModelProfile, ProviderProfile

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_FILE, _REGION = "GOOGLE_APPLICATION_CREDENTIALS", "CLOUD_ML_REGION"
_PROJECTS = ("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT")
_UNIVERSE = "googleapis.com"
# An account of somebody else's could say that any file of this machine is to be sent anywhere. So
# what is secret goes to those hosts of Google's that give tokens: others keep what they are sent.
# https://cloud.google.com/docs/authentication/client-libraries#external-credentials
_SENT_TO = ("token_url", "token_uri", "service_account_impersonation_url")
_GIVES_TOKENS = regex(
    r"(?:https://(?:(?:sts|iamcredentials)(?:\.[a-z0-9-]+\.rep)?\.googleapis\.com"
    r"|oauth2\.googleapis\.com|accounts\.google\.com|www\.googleapis\.com(?=/oauth2/v4/token$))"
    r"|http://127\.0\.0\.1:\d+)/[^\s\\?#]*"
)
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What Google takes more outside of its global endpoint: a tenth.
# https://cloud.google.com/vertex-ai/generative-ai/pricing#claude-models
_REGIONAL = 1.1


def _find_model(model: str, variables: Mapping[str, str]) -> ModelProfile | None:
    """Return Claude's profile by an id such as `claude-haiku-4-5@20251001`."""
    factor = 1 if variables.get(_REGION) == "global" else _REGIONAL
    return known_model(model.replace("@", "-"), factor)


class VertexProvider(AnthropicProvider):
    """Asks Google's Vertex AI for a model of Anthropic's.

    The account is what `google-github-actions/auth` leaves in the job: a file that says how to get
    tokens. The input takes a token itself.
    """

    name: ClassVar[str] = "vertex"
    profile: ClassVar[ProviderProfile] = ProviderProfile(
        key_variables=(_FILE,),
        key_files=(_FILE,),
        short_lived=(_FILE, "vertex_api_key"),
        base_url_variable="ANTHROPIC_VERTEX_BASE_URL",
        variables=(*_PROJECTS, _REGION),
        needed=(_PROJECTS, (_REGION,)),
        find_model=_find_model,
        priced_on=AnthropicProvider.profile.priced_on,
        bytes_per_token=AnthropicProvider.profile.bytes_per_token,
        key_shapes=(r"\bya29\.[A-Za-z0-9_.-]{20,}",),
        telemetry_name="gcp.vertex_ai",
        auto_rank=7,
        is_in_auto=False,
    )

    _account: "Credentials | None" = None

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._exchange = asyncio.Lock()  # held by who gets a token

    async def model_names(self) -> Collection[str] | None:
        """Return None: Vertex AI lists every model there is, whoever asks."""
        return None

    async def _send(self, request: Mapping[str, Any]) -> object:
        self._connect()
        async with self._exchange:
            if self._account and not self._account.valid:
                await asyncio.to_thread(self._refresh, self._account)
        return await super()._send(request)

    def _refresh(self, account: "Credentials") -> None:
        """Get a token. The SDK would do it too, but once for each question that waits for one."""
        from google.auth import exceptions  # noqa: PLC0415 - only for an account
        from google.auth.transport.requests import Request  # noqa: PLC0415 - likewise

        try:
            account.refresh(Request())  # type: ignore[no-untyped-call] # it has no types
        except exceptions.GoogleAuthError as error:
            # Its text may repeat the identity token, so that it goes no further.
            if error.retryable or isinstance(error, exceptions.TransportError):
                raise no_exchange(self.name, error) from None
            raise ProviderRefused(
                f"{self.name} got no token from Google ({type(error).__name__})",
                hint=f"check the account in {_FILE}, and which identities may use it",
            ) from None

    def _is_account(self) -> bool:
        """True for a file's content; anything else is a token."""
        return self._endpoint.key.startswith("{")

    def prepare(self) -> None:
        """Import the SDK, and what gets tokens where an account asks for that."""
        super().prepare()
        if self._is_account():
            with suppress(ProviderRefused):  # it is said where it is asked
                import_extra(self.name, "google.auth.transport.requests")

    def _make_client(self) -> Any:  # noqa: ANN401 - it has the same `messages`, but another base
        import anthropic  # noqa: PLC0415 - only the chosen SDK is imported

        endpoint, variables = self._endpoint, self._endpoint.variables
        is_account = self._is_account()
        if is_account:
            self._account = self._credentials_in(endpoint.key)
        return anthropic.AsyncAnthropicVertex(
            region=variables.get(_REGION, ""),
            project_id=next(filter(None, map(variables.get, _PROJECTS)), ""),
            access_token=None if is_account else endpoint.key,
            credentials=self._account,
            base_url=endpoint.base_url or None,
            timeout=endpoint.timeout,
            max_retries=0,
        )

    def _credentials_in(self, text: str) -> "Credentials":
        """Return what the SDK refreshes in a thread. Raises `ProviderRefused`."""
        import_extra(self.name, "google.auth.transport.requests")
        from google.auth import exceptions, identity_pool  # noqa: PLC0415 - only for an account
        from google.oauth2 import credentials as user  # noqa: PLC0415 - likewise
        from google.oauth2 import service_account  # noqa: PLC0415 - likewise

        # Each kind by its own name: a file of another kind may run programs
        # (https://cloud.google.com/docs/authentication/external/externally-sourced-credentials).
        loaders: Mapping[str, Callable[..., Credentials]] = {
            "external_account": identity_pool.Credentials.from_info,
            "service_account": service_account.Credentials.from_service_account_info,
            "authorized_user": user.Credentials.from_authorized_user_info,
        }
        try:
            account = json.loads(text)
            _check_addresses(account)
            credentials = loaders[account["type"]](account, scopes=[_SCOPE])
        except (KeyError, TypeError, ValueError, exceptions.GoogleAuthError) as error:
            raise ProviderRefused(
                f"{self.name} cannot use the account in {_FILE} ({type(error).__name__})",
                hint="it is the JSON that Google's Action or console writes: "
                f"of the type {', '.join(loaders)}",
            ) from None
        return credentials


def _check_addresses(account: Mapping[str, Any]) -> None:
    """Raise `ProviderRefused` for an account that would be sent to anybody but Google."""
    addresses = {key: account[key] for key in _SENT_TO if account.get(key) is not None}
    foreign = [key for key, text in addresses.items() if not _GIVES_TOKENS.fullmatch(text)]
    if (account.get("universe_domain") or _UNIVERSE) != _UNIVERSE:
        foreign.append("universe_domain")
    if foreign:
        raise ProviderRefused(
            f"vertex does not send an account anywhere but to Google: {', '.join(foreign)} in the "
            f"file of {_FILE} names another address",
            hint="make sure that no pull request can write that file",
        )
