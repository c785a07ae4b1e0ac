"""How many findings of a rule a reader is shown: one summing up stands for the rest.

A file of 10,000 debugger statements is one thing to mend, and nobody reads 10,000 annotations.
"""

from collections import Counter
from collections.abc import Iterable

from codeflow_action.engine.findings import Finding

MAX_IN_FILE = 20  # of one rule
MAX_IN_RUN = 200  # of one rule


def capped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first of each rule and file, and for the rest of a file one that counts them.

    Beyond `MAX_IN_RUN` of a rule one counts the rest of all files. What counts others is as grave
    as the gravest of them, so that it blocks where they would. Findings are taken one by one: of
    those that are not shown none is kept.
    """
    shown: list[Finding] = []
    in_file: Counter[tuple[str, str | None]] = Counter()
    in_run: Counter[str] = Counter()
    rest: dict[tuple[str, str | None], Finding] = {}
    counts: Counter[tuple[str, str | None]] = Counter()
    for finding in findings:
        is_over = in_run[finding.rule] >= MAX_IN_RUN
        key = (finding.rule, None if is_over else finding.path)
        if not is_over and in_file[key] < MAX_IN_FILE:
            in_file[key] += 1
            in_run[finding.rule] += 1
            shown.append(finding)
        else:
            counts[key] += 1
            rest[key] = min(rest.get(key, finding), finding, key=lambda one: one.severity.rank)
    return (*shown, *(_sum(one, counts[key], path=key[1]) for key, one in rest.items()))


def _sum(gravest: Finding, count: int, path: str | None) -> Finding:
    """Return what stands for the findings that are not shown."""
    where = "this file" if path else "other files"
    most = MAX_IN_FILE if path else MAX_IN_RUN
    return Finding(
        severity=gravest.severity,
        category=gravest.category,
        path=path,
        title=f"And {count:,} more of {gravest.rule} in {where}",
        message=f"Of one rule no more than {most} are shown here. Mend these and see what is left.",
        evidence=gravest.evidence,
        sources=gravest.sources,
        rule=gravest.rule,
    )
