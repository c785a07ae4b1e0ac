"""How many findings of a rule a reader is shown: one more finding counts the rest.

A file of 10,000 debugger statements is one thing to fix, and nobody reads 10,000 annotations.
"""

from collections import Counter
from collections.abc import Iterable

from codeflow_action.engine.findings import Finding

MAX_IN_FILE = 20  # of one rule
MAX_IN_RUN = 200  # of one rule


def limit_per_rule(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first findings of each rule in each file, then one that counts the others.

    Beyond `MAX_IN_RUN` of a rule, one finding counts the rest of all files. A finding that counts
    others is as severe as the worst of them, so that it blocks where they would. Findings are
    taken one at a time, and those that are not shown are not kept: a generator may yield millions.
    """
    first: list[Finding] = []
    in_file: Counter[tuple[str, str | None]] = Counter()
    in_run: Counter[str] = Counter()
    worst: dict[tuple[str, str | None], Finding] = {}
    counts: Counter[tuple[str, str | None]] = Counter()
    for finding in findings:
        is_over = in_run[finding.rule] >= MAX_IN_RUN
        key = (finding.rule, None if is_over else finding.path)
        if not is_over and in_file[key] < MAX_IN_FILE:
            in_file[key] += 1
            in_run[finding.rule] += 1
            first.append(finding)
        else:
            counts[key] += 1
            if key not in worst or finding.severity.rank < worst[key].severity.rank:
                worst[key] = finding
    return (*first, *(_summary(worst[key], counts[key], path=key[1]) for key in worst))


def _summary(worst: Finding, count: int, path: str | None) -> Finding:
    """Return one finding that stands for `count` that are not shown."""
    advice = "Fix these first, then look at what is left."
    place, limit = ("this file", MAX_IN_FILE) if path else ("other files", MAX_IN_RUN)
    return Finding(
        severity=worst.severity,
        category=worst.category,
        path=path,
        title=f"{count:,} more {worst.rule} finding{'s' if count > 1 else ''} in {place}",
        message=(
            f"At most {limit} findings of one rule are shown {'in a file' if path else 'in a run'}."
            f" {advice}"
        ),
        advice=advice,
        evidence=worst.evidence,
        sources=worst.sources,
        rule=worst.rule,
    )
