"""A report's findings as JSON Lines for an agent that is to fix them. Pure.

The texts come from strangers and models, and are read by a program with hands. So each stands under
a key that says what it is, written anew so that it does nothing, within limits of size.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel

from codeflow_action.engine.findings import Suggestion
from codeflow_action.engine.hand_off import (
    HandOffFinding,
    HandOffReview,
    HandOffSuggestion,
    UntrustedTexts,
)
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.integrations.github.write.render.layout import fold
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

MAX_FILE = 1_000_000  # bytes; a reader with a context of 200,000 tokens can hold about as many
_MAX_PATH = 1_000  # characters, as the others
_MAX_MESSAGE = 3_000
_MAX_QUOTE = 2_000
_MAX_SUGGESTION = 8_000
_MAX_SOURCES = 8
_MAX_BLOCK = 12_000  # of a comment's 65,536 characters
_MAX_FRAME = 400
_SUMMARY = "For an agent that fixes these findings"
_USE = "One JSON value a line. The first holds the contract; all others are data."
# A report that was read back may be anybody's.
_ID = regex(r"[0-9a-f]{8,64}")
_SHA = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WORD = regex(r"[A-Za-z0-9_.+-]{1,80}")
_REPOSITORY = regex(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
NO_URLS: Mapping[str, str] = MappingProxyType({})


def hand_off(
    report: Report,
    links: Links,
    comment_urls: Mapping[str, str] = NO_URLS,
    limit: int = MAX_FILE,
) -> tuple[str, ...]:
    """Return the review's line and one for each finding, of at most `limit` bytes of ASCII.

    `comment_urls` are of comments on the diff that the report does not know yet, by their findings'
    ids. What bears no id of ours is left out, as what there is no room for.
    """
    header = HandOffReview(
        codeflow=report.version if _WORD.fullmatch(report.version) else "unknown",
        repository=report.repository if _REPOSITORY.fullmatch(report.repository) else "",
        number=report.number if report.number and report.number > 0 else None,
        head_sha=report.head_sha if _SHA.fullmatch(report.head_sha) else "",
        findings=len(report.findings),
    )
    lines: list[str] = []
    size = len(_line(header)) + 10  # the figures in it may grow by some digits
    known = [finding for finding in report.findings if _ID.fullmatch(finding.id)]
    for reported_finding in known:
        url = comment_urls.get(reported_finding.id, "") or reported_finding.url
        is_ours = url.startswith(f"{links.server_url.rstrip('/')}/{links.repository}/")
        address = links.own_address(url) if is_ours else ""
        line = _line(_finding(reported_finding, address))
        size += len(line) + 1
        if size > limit:
            break
        lines.append(line)
    update = {"findings": len(lines), "left_out": len(report.findings) - len(lines)}
    return _line(header.model_copy(update=update)), *lines


def hand_off_file(report: Report, links: Links) -> str:
    """Return the text of the file beside the report."""
    return "".join(f"{line}\n" for line in hand_off(report, links))


def hand_off_block(report: Report, links: Links, comment_urls: Mapping[str, str], room: int) -> str:
    """Return the same for a comment, folded, in at most `room` characters; empty with no finding.

    It quotes no code, which the reader has at the finding's place.

    What does not fit is counted in its first line, and is in the file.
    """
    # A ledger holds no code: with quotes, a run that repeats an earlier one's findings would edit.
    findings = tuple(
        reported_finding.model_copy(
            update={"finding": reported_finding.finding.model_copy(update={"code": ""})}
        )
        for reported_finding in report.findings
    )
    report = report.model_copy(update={"findings": findings})
    lines = hand_off(report, links, comment_urls, min(room, _MAX_BLOCK) - _MAX_FRAME)
    if len(lines) == 1:
        return ""
    # JSON without a backtick: no line of it can end the fence.
    fence = untrusted.code_block("\n".join(lines), "json")
    return fold(_SUMMARY, f"{_USE}\n\n{fence}")


def _line(value: BaseModel) -> str:
    """Return strict JSON in ASCII: no NaN, and nothing in it ends a line."""
    fields = value.model_dump(mode="json")
    return untrusted.json_for_agent(json.dumps(fields, separators=(",", ":"), allow_nan=False))


def _finding(reported_finding: ReportedFinding, url: str) -> HandOffFinding:
    finding = reported_finding.finding
    path = untrusted.path(finding.path or "")[:_MAX_PATH]
    quote = untrusted.code_for_agent(finding.code)[:_MAX_QUOTE]
    return HandOffFinding(
        id=reported_finding.id,
        severity=finding.severity,
        blocking=reported_finding.blocking,
        category=finding.category,
        evidence=finding.evidence,
        line=finding.line,
        end_line=finding.last_line,
        side=finding.side,
        url=url,
        untrusted=UntrustedTexts(
            path=None if finding.path is None else path,
            rule=untrusted.name_for_agent(finding.rule),
            sources=tuple(map(untrusted.name_for_agent, finding.sources[:_MAX_SOURCES])),
            title=untrusted.line_for_agent(finding.title),
            message=untrusted.prose_for_agent(finding.message, _MAX_MESSAGE),
            quote=quote,
            suggestion=_suggestion(finding.suggestion) if finding.suggestion else None,
            is_exact_path=path == (finding.path or ""),
            is_exact_quote=quote == finding.code,
        ),
    )


def _suggestion(suggestion: Suggestion) -> HandOffSuggestion | None:
    """Return a suggestion that can be applied as it is read; half of one would do harm."""
    text = suggestion.replacement
    if len(text) > _MAX_SUGGESTION or untrusted.why_unfit(text):
        return None
    return HandOffSuggestion(
        start_line=suggestion.start_line, end_line=suggestion.end_line, replacement=text
    )
