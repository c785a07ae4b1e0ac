"""Other tools' results as our findings: on head's lines, of this change, each once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from codeflow_action.actions.tool_reports.line_map import LineMap
from codeflow_action.actions.tool_reports.result_filter import Lines, qualifies
from codeflow_action.engine.findings import Category, Evidence, Finding
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.tool_results import Filter, OffsetRegion, Spot, ToolResult
from codeflow_action.review.secret_reports import (
    is_about_a_secret,
    is_scanner,
    may_quote_a_secret,
    without_values,
)
from codeflow_action.security.invisible import visible_text
from codeflow_action.security.redaction import MASK
from codeflow_action.security.untrusted import one_line

MAX_FINDINGS = 300  # a reader's and the ledger's measure; the gravest stay
_MAX_NAMES = 3  # files that are named though they are not in the repository
_MAX_NAME = 80  # characters
_MAX_TITLE = 120
_MAX_MESSAGE = 2_000
_MAX_CODE_LINES = 5  # of a longer stretch the first line stands for all: the rest often changes
_MAX_CODE = 400  # characters of one line
_SENTENCE = regex(r"(?<=[^.])\.\s+(?=[A-Z])")
_IS_A_FIELD = regex(r"[A-Z][A-Za-z ]{0,30}: [^\n]*\n")  # of a form, as Trivy writes
_NOT_IN_A_NAME = regex(r"[^a-z0-9._-]+")
_TAGS = {
    "security": Category.SECURITY,
    "vulnerability": Category.SECURITY,
    "correctness": Category.CORRECTNESS,
    "reliability": Category.CORRECTNESS,
    "performance": Category.PERFORMANCE,
    "concurrency": Category.CONCURRENCY,
}
# Their results are about security, even those without a tag that says so.
_SECURITY_TOOLS = frozenset(
    "bandit brakeman checkov gosec grype kics njsscan tfsec trivy zizmor".split()  # noqa: SIM905
)


@dataclass(frozen=True, kw_only=True)
class HeadFile:
    """A file at head as it may be shown, and where the lines that a tool saw stand in it.

    `line_map` is None where the tool's copy is not in the workspace: then its numbers are taken for
    head's, if the text that it quotes does not say otherwise. `raw_lines` hold the `secrets` too.
    """

    visible_lines: tuple[str, ...] = ()
    raw_lines: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    line_map: LineMap | None = None
    lines_of_regions: Mapping[OffsetRegion, Lines] = field(default_factory=dict)

    def span(self, spot: Spot) -> Lines | None:
        """Return the spot's lines at head, None where they are not there."""
        if spot.line is not None:
            first, last = spot.line, spot.end_line or spot.line
        elif spot.region and spot.region in self.lines_of_regions:
            first, last = self.lines_of_regions[spot.region]
        else:
            return None
        if self.line_map is not None:
            return self.line_map.span(first, last)
        last = min(last, len(self.raw_lines))
        if first > last:
            return None
        snippet = spot.snippet.strip().partition("\n")[0].strip()
        is_masked = snippet.isupper()  # as `REDACTED` is
        may_be_here = (
            not snippet
            or is_masked
            or any(snippet in line for line in self.raw_lines[first - 1 : last])
        )
        return (first, last) if may_be_here else None

    def without_secrets(self, text: str) -> str:
        """Return a text about this file without what is a secret in it."""
        for value in self.secrets:
            text = text.replace(value, MASK)
        return text


@dataclass(frozen=True, kw_only=True)
class OmittedResults:
    """How many results are no findings, and why."""

    elsewhere: int = 0  # not about this change
    unplaced: int = 0  # in files that the repository does not hold
    unplaced_names: str = ""  # of some of those files
    without_line: int = 0  # in changed files, but without a line that head has
    twins: int = 0  # the same result again
    past_limit: int = 0  # past `MAX_FINDINGS`


@dataclass(frozen=True, kw_only=True)
class FoldedResults:
    """Findings, gravest first."""

    findings: tuple[Finding, ...] = ()
    omissions: OmittedResults = field(default_factory=OmittedResults)


@dataclass(frozen=True, kw_only=True)
class ResultScope:
    """What results are held against. `find` returns the path that a spot's spellings lead to.

    `knows_all_files` is False where what is not found may yet be in the repository.
    """

    filter: Filter
    files: Mapping[str, ChangedFile]
    find: Callable[[tuple[str, ...]], str | None]
    knows_all_files: bool = False

    def offset_regions(
        self, results: Sequence[ToolResult]
    ) -> Mapping[str, Collection[OffsetRegion]]:
        """Return the regions of each file that are named by offsets."""
        regions: dict[str, set[OffsetRegion]] = defaultdict(set)
        for spot in (spot for result in results for spot in result.spots):
            if spot.region and (path := self.find(spot.paths)):
                regions[path].add(spot.region)
        return regions

    def paths(self, results: Sequence[ToolResult]) -> tuple[str, ...]:
        """Return the files that must be read to place the results, each once."""
        paths = (self.find(spot.paths) for result in results for spot in result.spots)
        takes_all = self.filter is Filter.NOFILTER
        return tuple(
            dict.fromkeys(path for path in paths if path and (takes_all or path in self.files))
        )


class _PlacedResult(NamedTuple):
    result: ToolResult
    path: str | None
    lines: Lines | None
    head: HeadFile

    @property
    def order(self) -> tuple[int, str, int, str]:
        """What sorts a result as its finding will be sorted."""
        line = self.lines[0] if self.lines else 0
        return self.result.severity.rank, self.path or "", line, _rule_name(self.result)


def fold_results(
    results: Sequence[ToolResult], scope: ResultScope, heads: Mapping[str, HeadFile]
) -> FoldedResults:
    """Return what is about this change. `heads` holds the files that `scope.paths` names."""
    unique: dict[tuple[object, ...], _PlacedResult] = {}
    counts: Counter[str] = Counter()
    foreign_names: dict[str, None] = {}
    for result in results:
        place = _place(result, scope, heads)
        if isinstance(place, str):
            counts[place] += 1
            if place == "unplaced" and len(foreign_names) <= _MAX_NAMES:
                foreign_names[one_line(result.spots[0].paths[-1], _MAX_NAME)] = None
            continue
        key = (_rule_name(result), place.path, place.lines, result.message, result.purpose)
        counts["twins"] += key in unique
        unique.setdefault(key, place)
    # Only what is shown is made: cleaning 4,000 characters takes milliseconds.
    by_rank = sorted(unique.values(), key=lambda place: place.order)
    findings = [_finding(place) for place in by_rank[:MAX_FINDINGS]]
    # Cleaned, two results may read the same; the first stays.
    distinct = {
        (finding.rule, finding.path, finding.line, finding.end_line, finding.message): finding
        for finding in reversed(findings)
    }
    counts["twins"] += len(findings) - len(distinct)
    return FoldedResults(
        findings=tuple(sorted(distinct.values(), key=lambda finding: finding.order)),
        omissions=OmittedResults(
            **counts,
            unplaced_names=", ".join(
                [
                    *list(foreign_names)[:_MAX_NAMES],
                    *("…" for _ in list(foreign_names)[_MAX_NAMES:]),
                ]
            ),
            past_limit=len(by_rank) - len(findings),
        ),
    )


def _place(
    result: ToolResult, scope: ResultScope, heads: Mapping[str, HeadFile]
) -> _PlacedResult | str:
    """Return the first of the result's places that counts, or why there is none."""
    if result.is_old and scope.filter in (Filter.ADDED, Filter.DIFF_CONTEXT):
        return "elsewhere"
    reason = "elsewhere"
    places = []
    for spot in result.spots:
        path = scope.find(spot.paths)
        head = heads.get(path or "", HeadFile())
        places.append(_PlacedResult(result, path, head.span(spot) if path else None, head))
    for place in places or [_PlacedResult(result, None, None, HeadFile())]:
        file = scope.files.get(place.path or "")
        if qualifies(scope.filter, file, place.lines):
            return place
        if file is not None and place.lines is None:
            reason = "without_line"
    if scope.knows_all_files and places and not any(place.path for place in places):
        return "unplaced"
    return reason


def _finding(place: _PlacedResult) -> Finding:
    result, head, rule = place.result, place.head, _rule_name(place.result)
    first, last = place.lines or (None, None)
    raw = head.raw_lines[first - 1 : last] if first else ()
    message, purpose = (
        head.without_secrets(visible_text(text).strip())
        for text in (result.message, result.purpose)
    )
    is_secret = is_about_a_secret(rule, message, result.tags)
    if is_secret or may_quote_a_secret(rule, message):
        snippets = [line for spot in result.spots for line in spot.snippet.split("\n") if line]
        for lines in (raw, snippets) if snippets else (raw,):
            message, purpose = (without_values(text, lines) for text in (message, purpose))
    # A sentence about the rule: not its name again, nor a form to be filled in.
    if " " not in purpose or "{" in purpose or (result.rule and result.rule in purpose):
        purpose = ""
    title = (purpose if purpose and _IS_A_FIELD.match(message) else message).partition("\n")[0]
    title = _SENTENCE.split(title, maxsplit=1)[0].rstrip(".")
    code = ""
    if first and last and not is_scanner(_tool_name(result)):
        end = last if last - first < _MAX_CODE_LINES else first
        code = "\n".join(line[:_MAX_CODE] for line in head.visible_lines[first - 1 : end])
    return Finding(
        severity=result.severity,
        category=Category.SECURITY if is_secret else _category(result),
        path=place.path,
        line=first,
        end_line=last if first != last else None,
        title=one_line(title, _MAX_TITLE) or rule,
        message=_message(place, message, purpose),
        evidence=Evidence.DETERMINISTIC,
        sources=(one_line(result.tool, 60),),
        rule=rule,
        code=without_values(code, raw) if is_secret else code,
    )


def _tool_name(result: ToolResult) -> str:
    return _NOT_IN_A_NAME.sub("-", result.tool.lower()).strip("-") or "tool"


def _rule_name(result: ToolResult) -> str:
    tool, rule = _tool_name(result), one_line(result.rule, 120)
    return rule if rule.startswith(f"{tool}/") else f"{tool}/{rule}" if rule else tool


def _message(place: _PlacedResult, message: str, purpose: str) -> str:
    """Return what the tool says, what its rule is for, and where, if in no file of ours."""
    parts = [message]
    if place.path is None and place.result.spots:
        spot = place.result.spots[0]
        line = f", line {spot.line}" if spot.line else ""
        parts.insert(0, one_line(f"In {spot.paths[0]}{line}:"))
    if purpose.casefold().rstrip(".") not in message.casefold():
        parts.append(purpose)
    return "\n\n".join(filter(None, parts))[:_MAX_MESSAGE]


def _category(result: ToolResult) -> Category:
    # GitHub's own property of security queries, and MITRE's catalogue of weaknesses:
    # https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    if result.has_security_severity or any("cwe-" in tag for tag in result.tags):
        return Category.SECURITY
    categories = (_TAGS[tag] for tag in result.tags if tag in _TAGS)
    is_security_tool = _tool_name(result) in _SECURITY_TOOLS
    default = Category.SECURITY if is_security_tool else Category.MAINTAINABILITY
    return next(categories, default)
