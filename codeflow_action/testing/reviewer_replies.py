"""A stand-in for the reviewing model: remarks in the first round, judgements in the second."""

import re
from collections.abc import Iterable, Mapping

from codeflow_action.testing.models.replies import Json, JsonValue, ModelRequest, TokenUsage

_ID = re.compile(r"^id: (\d+)$", re.MULTILINE)


def is_second_round(request: ModelRequest) -> bool:
    """True when remarks are to be judged."""
    properties = (request.schema or {}).get("properties")
    return isinstance(properties, dict) and "judgements" in properties


def remarks(request: ModelRequest, given: Iterable[Mapping[str, JsonValue]]) -> JsonValue:
    """Return these remarks, or in the second round the judgement that all of them are right."""
    if is_second_round(request):
        return judgements(request.text)
    return {"remarks": [dict(one) for one in given]}


def judgements(text: str, verdict: str = "confirmed", severity: str = "error") -> JsonValue:
    """Return one verdict for every remark that a prompt of the second round holds."""
    return {
        "judgements": [
            {"id": int(at), "verdict": verdict, "severity": severity, "reason": "As it says."}
            for at in _ID.findall(text)
        ]
    }


def reviewer_reply(
    request: ModelRequest, given: Iterable[Mapping[str, JsonValue]], usage: TokenUsage | None = None
) -> Json:
    """Return what a model answers that makes these remarks and stands by them."""
    return Json(remarks(request, given), usage=usage)
