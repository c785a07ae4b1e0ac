"""Gives a report's findings the line hashes that code scanning knows them by."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.ports import Tree
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.integrations.line_hashes import line_hashes
from codeflow_action.integrations.sarif import line_of
from codeflow_action.review.secret_reports import tells_of_a_secret

_MAX_FILES = 500
_MAX_FILE = 1_000_000  # bytes; longer files are data


async def with_line_hashes(report: Report, head: Tree) -> Report:
    """Return the report with hashes where head's files are at hand: no request is worth one.

    An upload to code scanning works out those that lack. A secret's line has none here: short
    values could be told from it.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in report.findings:
        if one.finding.path and not tells_of_a_secret(one.finding):
            wanted[one.finding.path].add(line_of(one.finding))
    if not wanted or isinstance(head, ApiTree):
        return report
    try:
        contents = await head.read_many(list(wanted)[:_MAX_FILES])
    except (GitHubError, RepositoryError):
        return report
    texts = {
        path: content.decode("utf-8", "replace")
        for path, content in contents.items()
        if isinstance(content, bytes) and len(content) <= _MAX_FILE
    }
    hashes = await asyncio.to_thread(
        lambda: {path: line_hashes(text, wanted[path]) for path, text in texts.items()}
    )
    return _filled(report, hashes)


def _filled(report: Report, by_path: Mapping[str, Mapping[int, str]]) -> Report:
    findings = tuple(_with_hash(one, by_path) for one in report.findings)
    return report.model_copy(update={"findings": findings})


def _with_hash(one: ReportedFinding, by_path: Mapping[str, Mapping[int, str]]) -> ReportedFinding:
    line_hash = by_path.get(one.finding.path or "", {}).get(line_of(one.finding))
    if line_hash is None or tells_of_a_secret(one.finding):
        return one
    return one.model_copy(update={"line_hash": line_hash})
