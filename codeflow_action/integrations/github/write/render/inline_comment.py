"""A comment on the diff: one finding, said to a person."""

from codeflow_action.engine.findings import Evidence, Finding
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.integrations.github.write.render.layout import (
    MAX_BODY,
    prose,
    small,
)
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

_OWN_ACTIONS = ("pr_reviewer", "quality_gates", "tool_reports")
_ACTION = regex(r"[a-z]{1,40}(?:_[a-z]{1,40}){0,3}")
_CERTAINTY = {
    Evidence.DETERMINISTIC: "Found by code, without a model.",
    Evidence.PROVEN: "Checked in the code: it is so.",
    Evidence.VERIFIED: "A second look confirmed this.",
    Evidence.QUOTED: "One reading of a model, which no second look has confirmed.",
}
_ANSWER = (
    "It closes itself when a push fixes it. If it is wrong, say why in a reply, or react with 👎."
)
_UNPARSED = "The suggestion was not parsed: there is no parser here for such a file."


def review_comment(reported_finding: ReportedFinding, mark: str, links: Links) -> str:
    """Return the body of an inline comment, short enough for GitHub and with every block closed.

    A later run recognises it by its `mark`.
    """
    finding = reported_finding.finding
    suggestion = _suggestion(finding)
    head = f"**{finding.severity.value.capitalize()}: {untrusted.inline(finding.title)}**"
    facts = (citation_text(finding, links), _certainty(reported_finding), _ANSWER)
    tail = [small(" ".join(filter(None, facts))), mark]
    tail = [suggestion, *tail] if suggestion else tail
    room = MAX_BODY - sum(len(part) + 2 for part in (head, *tail))
    return "\n\n".join((head, prose(finding.message, room), *tail))


def _suggestion(finding: Finding) -> str:
    """Return the suggestion as a click applies it, or why it is left out; empty without one."""
    if finding.suggestion is None:
        return ""
    block = untrusted.suggestion_block(finding.suggestion.replacement)
    if not block:
        return "A suggestion is left out: it cannot be shown sign for sign."
    if len(block) > MAX_BODY // 2:
        return "A suggestion is left out: it is too long for a comment."
    from codeflow_action.review.suggestions import (  # noqa: PLC0415 - few comments have one
        has_parser,
    )

    return block if has_parser(finding.path or "") else f"{block}\n\n{small(_UNPARSED)}"


def citation_text(finding: Finding, links: Links) -> str:
    """Return where the rule stands that the code breaks, empty where the finding cites none.

    The link is to the commit whose rules were in force, so that it shows what was broken.
    """
    citation = finding.citation
    if citation is None:
        return ""
    name = untrusted.code_span(citation.place, 160)
    address = links.blob(citation.sha, citation.path, citation.line)
    return f"It breaks a rule of {f'[{name}]({address})' if address else name}."


def _certainty(reported_finding: ReportedFinding) -> str:
    """Return how sure it is, and which other tools have found it."""
    finding = reported_finding.finding
    # Our own actions' names tell a reader nothing; a plug-in's or another tool's does.
    names = [name for name in finding.sources if name not in _OWN_ACTIONS]
    # An action is told by its name; a stranger's tool may have any, so its name is prose.
    shown_names = ", ".join(
        name.replace("_", r"\_") if _ACTION.fullmatch(name) else untrusted.inline(name, 80)
        for name in names
    )
    word = "Found" if len(names) == len(finding.sources) else "Also found"
    return f"{_CERTAINTY[finding.evidence]}{f' {word} by {shown_names}.' if names else ''}"


def review_body(number: int, sha: str) -> str:
    """Return the one line that heads a review."""
    return f"CodeFlow left {count(number, 'comment')} on {sha[:7]}."
