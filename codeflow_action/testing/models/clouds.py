"""Where clouds serve these APIs: their paths and envelopes, and how a request to Amazon is signed.

Azure: https://learn.microsoft.com/azure/ai-foundry/openai/reference; Amazon:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html; Google:
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude
"""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from codeflow_action.testing.models.anthropic_messages import Messages
from codeflow_action.testing.models.chat_completions import Chat
from codeflow_action.testing.models.replies import ModelRequest, Provider
from codeflow_action.testing.models.wire import MalformedRequest, Wire

_DEPLOYMENT = re.compile(r"/openai/deployments/[^/]+/chat/completions")
_INVOKE = re.compile(r"/model/([^/]+)/invoke")
_PREDICT = re.compile(
    r"(?:/v1)?/projects/[^/]+/locations/[^/]+/publishers/anthropic/models/([^/]+):rawPredict"
)
_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/]+/(?P<scope>(?P<date>\d{8})/(?P<region>[\w-]+)/"
    r"(?P<service>\w+)/aws4_request), SignedHeaders=(?P<names>[\w;-]+), "
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, kw_only=True)
class CloudMessages(Messages):
    """Anthropic's messages, with the model in the path and the API's version in the body."""

    model: str
    request_id_header: str

    def read(self, raw: str, headers: Mapping[str, str]) -> ModelRequest:
        """Return the request as the API behind the cloud gets it. Raises `MalformedRequest`."""
        try:
            body = json.loads(raw)
            del body["anthropic_version"]
        except (ValueError, KeyError, TypeError) as cause:
            raise MalformedRequest("anthropic_version: Field required") from cause
        if "model" in body:
            raise MalformedRequest("model: Extra inputs are not permitted")
        return super().read(json.dumps({**body, "model": self.model}), headers)

    def request_id_headers(self, request_id: str) -> dict[str, str]:
        """Return the header in which this cloud names the request."""
        return {self.request_id_header: request_id}


def cloud_wire(address: str) -> Wire | None:
    """Return the API at this path with its query, None where no cloud has one."""
    url = urlsplit(address)
    if _DEPLOYMENT.fullmatch(url.path):
        return Chat(provider=Provider.OPENAI) if "api-version" in parse_qs(url.query) else None
    if match := _INVOKE.fullmatch(url.path):
        return CloudMessages(model=unquote(match[1]), request_id_header="x-amzn-requestid")
    if match := _PREDICT.fullmatch(url.path):
        return CloudMessages(model=unquote(match[1]), request_id_header="request-id")
    return None


def signing_secret(
    path: str, headers: Mapping[str, str], body: bytes, secrets: Collection[str]
) -> str:
    """Return which of the secrets has signed this POST, empty where none has or it is not signed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    match = _SIGNATURE.fullmatch(headers.get("authorization", ""))
    if not match:
        return ""
    names = match["names"].split(";")
    signed_headers = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    canonical = "\n".join(
        (
            "POST",
            quote(path, safe="/-_.~"),  # once more: every service but S3 does
            "",
            signed_headers,
            match["names"],
            hashlib.sha256(body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), match["scope"], digest))
    for secret in secrets:
        key = f"AWS4{secret}".encode()
        for part in (match["date"], match["region"], match["service"], "aws4_request"):
            key = hmac.digest(key, part.encode(), hashlib.sha256)
        signature = hmac.digest(key, text.encode(), hashlib.sha256).hex()
        if hmac.compare_digest(signature, match["signature"]):
            return secret
    return ""
