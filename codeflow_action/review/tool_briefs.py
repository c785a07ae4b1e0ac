"""What other tools know of some files, as text for a prompt: a stranger's words, and not many."""

from collections.abc import Collection, Iterator, Sequence

from codeflow_action.engine.facts import LineCoverage, ToolFindings
from codeflow_action.security.untrusted import one_line

MAX_LINES = 60  # the code itself needs the room
_MAX_TEXT = 240  # characters of one remark
_MAX_STRETCHES = 40  # of one file


def brief_findings(fact: ToolFindings, paths: Collection[str], limit: int = MAX_LINES) -> str:
    """Return `path:line severity rule: message` for each finding in the files, gravest first.

    At most `limit` lines, and one that counts the rest; empty where there is nothing.
    """
    findings = [finding for finding in fact.findings if finding.path in paths]
    lines = [
        f"{finding.path}{f':{finding.line}' if finding.line else ''} {finding.severity}"
        f" {finding.rule}: {one_line(finding.message, _MAX_TEXT)}"
        for finding in findings[:limit]
    ]
    if (left_count := len(findings) - limit) > 0:
        lines.append(f"({left_count} more, none graver)")
    return "\n".join(lines)


def brief_coverage(fact: LineCoverage, paths: Collection[str], limit: int = MAX_LINES) -> str:
    """Return `path: lines 3-5, 9` for each file with added lines that no test has run."""
    files = [file for file in fact.files if file.path in paths and file.lines]
    lines = [
        f"{file.path}: {len(file.lines)} of {file.reachable} added lines were run by no test: "
        f"{', '.join(_stretches(file.lines))}"
        for file in files[:limit]
    ]
    if (left_count := len(files) - limit) > 0:
        lines.append(f"({left_count} more files)")
    return "\n".join(lines)


def coverage_line(fact: LineCoverage) -> str:
    """Return the whole in one sentence, empty where no report speaks of an added line."""
    if not fact.reachable_count:
        return ""
    if not fact.uncovered_count:
        return f"tests have run all {fact.reachable_count} added lines that they can reach"
    return (
        f"{fact.uncovered_count} of {fact.reachable_count} added lines that tests can reach are "
        "not covered"
    )


def _stretches(lines: Sequence[int]) -> Iterator[str]:
    """Yield `3-5` and `9` for rising line numbers."""
    spans: list[tuple[int, int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], line)
        else:
            spans.append((line, line))
    for first, last in spans[:_MAX_STRETCHES]:
        yield str(first) if first == last else f"{first}-{last}"
    if left_spans := len(spans[_MAX_STRETCHES:]):
        yield f"{left_spans} more stretches"
