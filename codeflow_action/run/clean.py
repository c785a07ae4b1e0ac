"""Takes secrets out of what a run starts from, and out of its report."""

from collections.abc import Callable
from functools import cache

from codeflow_action.engine.report import Report
from codeflow_action.run.round import Start
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.walk import rewrite_texts

# The change itself is searched file by file, where what stands around a secret tells of it, and
# gates look for secrets in it. The configuration is what it is. Shas are compared.
_NOT_OF_A_START = frozenset(
    {"files", "effective", "digest", "base_sha", "head_sha", "merge_base_sha", "repository"}
)
# What names a thing on GitHub or in an earlier run must stay what it is; we have made it.
_NOT_OF_A_REPORT = frozenset(
    {
        "id",
        "url",
        "line_hash",
        "version",
        "base_sha",
        "head_sha",
        "merge_base_sha",
        "digest",
        "rule",
    }
)


def clean_start(start: Start, redactor: Redactor) -> Start:
    """Return it with strangers' words as everybody may see them: titles, descriptions, comments."""
    return rewrite_texts(start, cache(redactor.try_redact), _NOT_OF_A_START)


def clean_report(report: Report, clean: Callable[[str], str]) -> Report:
    """Return it with every text clean; the suggestion is gone that would write a mask."""
    once = cache(clean)
    findings = tuple(
        one.model_copy(update={"finding": one.finding.model_copy(update={"suggestion": None})})
        if (old := one.finding.suggestion) and once(old.replacement) != old.replacement
        else one
        for one in report.findings
    )
    return rewrite_texts(report.model_copy(update={"findings": findings}), once, _NOT_OF_A_REPORT)
