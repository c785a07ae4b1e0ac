"""The first lines of every text: the verdict with its sign, and what was not done."""

from codeflow_action.engine.headline import gaps, outcome
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.report import Report

# Signs that are drawn in colour without a selector, and whose names a screen reader speaks
# (https://unicode.org/Public/emoji/latest/emoji-test.txt): check mark button, cross mark,
# construction, minus.
SIGNS = {
    Verdict.PASS: "\N{WHITE HEAVY CHECK MARK}",
    Verdict.FAIL: "\N{CROSS MARK}",
    Verdict.INCOMPLETE: "\N{CONSTRUCTION SIGN}",
    Verdict.SKIPPED: "\N{HEAVY MINUS SIGN}",
}


def verdict_lines(report: Report) -> str:
    """Return the verdict in bold, and beneath it what was not done, in words that are all ours."""
    first = f"**{SIGNS[report.verdict]} CodeFlow: {outcome(report)}**"
    sentences = " ".join(f"{gap[:1].upper()}{gap[1:]}." for gap in gaps(report))
    # Two spaces break the line: https://spec.commonmark.org/0.31.2/#hard-line-breaks
    return f"{first}  \n{sentences}" if sentences else first
