"""Answers of a reviewing model: remarks in the first round, judgements in the second."""

import re
from collections.abc import Iterable, Mapping

from codeflow_action.actions.pr_reviewer.control_remarks import is_control
from codeflow_action.testing.models.replies import Json, JsonValue, ModelRequest, TokenUsage

# How a prompt of the second round numbers the remarks.
_REMARK = re.compile(r"^id: (\d+)\nat: .*\nseverity: .*\ntitle: (.*)$", re.MULTILINE)


def is_second_round(request: ModelRequest) -> bool:
    """True when remarks are to be judged."""
    properties = (request.schema or {}).get("properties")
    return isinstance(properties, dict) and "judgements" in properties


def numbered_titles(text: str) -> list[tuple[int, str]]:
    """Return the numbers and titles of the remarks that a prompt of the second round holds."""
    return [(int(number), title) for number, title in _REMARK.findall(text)]


def judgements(text: str, verdict: str = "confirmed", severity: str = "error") -> JsonValue:
    """Return one verdict for every remark that a prompt of the second round holds.

    A control is refuted, as by a model that reads the code.
    """
    return {
        "judgements": [
            {
                "id": number,
                "verdict": "refuted" if is_control(title) else verdict,
                "severity": severity,
                "reason": "As it says.",
            }
            for number, title in numbered_titles(text)
        ]
    }


def reviewer_reply(
    request: ModelRequest,
    remarks: Iterable[Mapping[str, JsonValue]],
    usage: TokenUsage | None = None,
) -> Json:
    """Return what a model answers that makes these remarks and stands by them.

    In the second round it confirms every remark that it is asked about.
    """
    if is_second_round(request):
        return Json(judgements(request.text), usage=usage)
    return Json({"remarks": [dict(remark) for remark in remarks]}, usage=usage)
