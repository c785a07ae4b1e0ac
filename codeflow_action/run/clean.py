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
    {
        "files",
        "shard",
        "effective",
        "digest",
        "base_sha",
        "head_sha",
        "merge_base_sha",
        "repository",
        # What names a comment or a thread to GitHub, and when it was written.
        "node_id",
        "finding_id",
        "time",
        "url",
        # Hashes, and what says that a renamed file is the one that it was.
        "fingerprint",
        "line_hashes",
        "reviewed_units",
        "origins",
    }
)
# What names a thing on GitHub or in an earlier run must stay what it is; we have made it.
_NOT_OF_A_REPORT = frozenset(
    {
        "id",
        "url",
        "line_hash",
        "key",
        "commit",
        "version",
        "base_sha",
        "head_sha",
        "merge_base_sha",
        "digest",
        "plan",
        "seal",
        "rule",
        "units",
        "revisited",
    }
)


def clean_start(start: Start, redactor: Redactor) -> Start:
    """Return the start with no secret in strangers' words: titles, descriptions, comments."""
    return rewrite_texts(start, cache(redactor.try_redact), _NOT_OF_A_START)


def clean_report(report: Report, clean: Callable[[str], str]) -> Report:
    """Return the report with every text clean, and without suggestions that held a secret."""
    clean = cache(clean)  # paths and titles stand in a report many times
    findings = tuple(
        reported_finding.model_copy(
            update={"finding": reported_finding.finding.model_copy(update={"suggestion": None})}
        )
        # A suggestion with a mask in it would write that mask into the author's file.
        if (suggestion := reported_finding.finding.suggestion)
        and clean(suggestion.replacement) != suggestion.replacement
        else reported_finding
        for reported_finding in report.findings
    )
    return rewrite_texts(report.model_copy(update={"findings": findings}), clean, _NOT_OF_A_REPORT)
