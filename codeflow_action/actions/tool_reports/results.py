"""Other tools' results as our findings: on head's lines, of this change, each once."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from codeflow_action.actions.tool_reports.filtering import Lines, qualifies
from codeflow_action.actions.tool_reports.lines import LineMap
from codeflow_action.engine.findings import Category, Evidence, Finding
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.tool_results import Filter, Spot, ToolResult
from codeflow_action.review.secret_reports import (
    is_about_a_secret,
    is_scanner,
    may_quote_a_secret,
    without_values,
)
from codeflow_action.security.redaction import MASK
from codeflow_action.security.untrusted import one_line, visible_text

MAX_FINDINGS = 300  # a reader's and the ledger's measure; the gravest stay
_MAX_TITLE = 120  # characters
_MAX_MESSAGE = 2_000
_MAX_CODE_LINES = 5  # of a longer stretch the first line stands for all: the rest often changes
_MAX_CODE = 400  # characters of one line
_SENTENCE = re.compile(r"(?<=[^.])\.\s+(?=[A-Z])")
_IS_A_FIELD = re.compile(r"[A-Z][A-Za-z ]{0,30}: [^\n]*\n")  # of a form, as Trivy writes
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")
_TAGS = {
    "security": Category.SECURITY,
    "vulnerability": Category.SECURITY,
    "correctness": Category.CORRECTNESS,
    "reliability": Category.CORRECTNESS,
    "performance": Category.PERFORMANCE,
    "concurrency": Category.CONCURRENCY,
}
_SECURITY_TOOLS = frozenset(
    "bandit brakeman checkov gosec grype kics njsscan tfsec trivy zizmor".split()  # noqa: SIM905
)


@dataclass(frozen=True, kw_only=True)
class Version:
    """A file at head as it may be shown, and where the lines that a tool saw stand in it.

    `lines` is None where the tool's copy is not in the workspace: then its numbers are taken for
    head's, if the text that it quotes does not say otherwise. `raw` holds the `secrets` too.
    """

    shown: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    lines: LineMap | None = None

    def without_secrets(self, text: str) -> str:
        """Return a text about this file without what was found to be a secret in it."""
        for value in self.secrets:
            text = text.replace(value, MASK)
        return text


@dataclass(frozen=True, kw_only=True)
class Left:
    """How many results are no findings, and why."""

    elsewhere: int = 0  # not about this change
    moved: int = 0  # in changed files, but without a line that head has
    twins: int = 0  # the same result again
    over: int = 0  # past `MAX_FINDINGS`


@dataclass(frozen=True, kw_only=True)
class Folded:
    """Findings, gravest first."""

    findings: tuple[Finding, ...] = ()
    left: Left = field(default_factory=Left)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What results are held against. `find` returns the path that a spot's readings lead to."""

    filter: Filter
    files: Mapping[str, ChangedFile]
    find: Callable[[tuple[str, ...]], str | None]

    def paths(self, results: Sequence[ToolResult]) -> tuple[str, ...]:
        """Return the files that must be read to place the results, each once."""
        found = (self.find(spot.paths) for result in results for spot in result.spots)
        every = self.filter is Filter.NOFILTER
        return tuple(
            dict.fromkeys(path for path in found if path and (every or path in self.files))
        )


def fold(results: Sequence[ToolResult], change: Change, versions: Mapping[str, Version]) -> Folded:
    """Return what is about this change. `versions` holds the files that `change.paths` names."""
    placed: dict[tuple[object, ...], _Placed] = {}
    counts: Counter[str] = Counter()
    for result in results:
        place = _place(result, change, versions)
        if isinstance(place, str):
            counts[place] += 1
            continue
        key = (_rule_of(result), place.path, place.lines, result.message, result.about)
        if key in placed:
            counts["twins"] += 1
        else:
            placed[key] = _Placed(result, place)
    # Only what is shown is made: cleaning 4,000 characters takes milliseconds.
    ordered = sorted(placed.values(), key=_order)
    made = [_make(one.result, one.place) for one in ordered[:MAX_FINDINGS]]
    kept = {(one.rule, one.path, one.line, one.end_line, one.message): one for one in made[::-1]}
    counts["twins"] += len(made) - len(kept)
    over = len(ordered) - len(made)
    findings = sorted(kept.values(), key=lambda one: one.order)
    return Folded(findings=tuple(findings), left=Left(**counts, over=over))


class _Placed(NamedTuple):
    result: ToolResult
    place: "_Place"


def _order(placed: _Placed) -> tuple[int, str, int, str]:
    """Return what sorts a result as its finding will be sorted."""
    line = placed.place.lines[0] if placed.place.lines else 0
    severity = placed.result.severity.rank
    return severity, placed.place.path or "", line, _rule_of(placed.result)


@dataclass(frozen=True, kw_only=True)
class _Place:
    path: str | None
    lines: Lines | None
    version: Version


def _place(result: ToolResult, change: Change, versions: Mapping[str, Version]) -> _Place | str:
    """Return the first of the result's places that counts, or why there is none."""
    if result.is_old and change.filter in (Filter.ADDED, Filter.DIFF_CONTEXT):
        return "elsewhere"
    why = "elsewhere"
    for place in _places(result, change, versions):
        file = change.files.get(place.path or "")
        if qualifies(change.filter, file, place.lines):
            return place
        if file is not None and place.lines is None:
            why = "moved"
    return why


def _places(
    result: ToolResult, change: Change, versions: Mapping[str, Version]
) -> Iterator[_Place]:
    for spot in result.spots:
        path = change.find(spot.paths)
        version = versions.get(path or "", Version())
        yield _Place(path=path, lines=_lines(spot, version) if path else None, version=version)
    if not result.spots:
        yield _Place(path=None, lines=None, version=Version())


def _lines(spot: Spot, version: Version) -> Lines | None:
    """Return the spot's lines at head, None where they are not there."""
    if spot.line is None:
        return None
    first, last = spot.line, spot.end_line or spot.line
    if version.lines is not None:
        return version.lines.span(first, last)
    last = min(last, len(version.raw))
    if first > last or not _agrees(spot.snippet, version.raw[first - 1 : last]):
        return None
    return first, last


def _agrees(snippet: str, lines: Sequence[str]) -> bool:
    """True when the text that a tool quotes may be from those lines."""
    quoted = snippet.strip().partition("\n")[0].strip()
    masked = quoted.isupper()  # as `REDACTED` is
    return not quoted or masked or any(quoted in line for line in lines)


def _make(result: ToolResult, place: _Place) -> Finding:
    tool, rule = _tool(result), _rule_of(result)
    first, last = place.lines or (None, None)
    raw = place.version.raw[first - 1 : last] if first else ()
    said, about = (
        place.version.without_secrets(visible_text(text).strip())
        for text in (result.message, result.about)
    )
    code = "" if is_scanner(tool) or not place.lines else _code(place.lines, place.version.shown)
    secret = is_about_a_secret(rule, said, result.tags)
    if secret or may_quote_a_secret(rule, said):
        quoted = [line for spot in result.spots for line in spot.snippet.split("\n") if line]
        for lines in (raw, quoted) if quoted else (raw,):
            said, about = (without_values(text, lines) for text in (said, about))
    about = about if _explains(about, result.rule) else ""
    where = _elsewhere(result, place)
    return Finding(
        severity=result.severity,
        category=Category.SECURITY if secret else _category(tool, result),
        path=place.path,
        line=first,
        end_line=last if first != last else None,
        title=_title(about if about and _IS_A_FIELD.match(said) else said) or rule,
        message=_message(said, about, where),
        evidence=Evidence.DETERMINISTIC,
        sources=(one_line(result.tool, 60),),
        rule=rule,
        code=without_values(code, raw) if secret else code,
    )


def _tool(result: ToolResult) -> str:
    return _NOT_IN_A_NAME.sub("-", result.tool.lower()).strip("-") or "tool"


def _rule_of(result: ToolResult) -> str:
    tool, rule = _tool(result), one_line(result.rule, 120)
    return rule if rule.startswith(f"{tool}/") else f"{tool}/{rule}" if rule else tool


def _title(message: str) -> str:
    first = message.partition("\n")[0]
    return one_line(_SENTENCE.split(first, maxsplit=1)[0].rstrip("."), _MAX_TITLE)


def _message(said: str, about: str, elsewhere: str) -> str:
    more = about if about.casefold().rstrip(".") not in said.casefold() else ""
    return "\n\n".join(part for part in (elsewhere, said, more) if part)[:_MAX_MESSAGE]


def _explains(about: str, rule: str) -> bool:
    """True for a sentence about the rule: not its name again, nor a form to be filled in."""
    return " " in about and "{" not in about and (not rule or rule not in about)


def _elsewhere(result: ToolResult, place: _Place) -> str:
    """Return where the tool has seen it, if that is no file of the repository."""
    if place.path or not result.spots:
        return ""
    spot = result.spots[0]
    return one_line(f"In {spot.paths[0]}{f', line {spot.line}' if spot.line else ''}:")


def _code(lines: Lines, shown: Sequence[str]) -> str:
    first, last = lines
    if last - first >= _MAX_CODE_LINES:
        last = first
    return "\n".join(line[:_MAX_CODE] for line in shown[first - 1 : last])


def _category(tool: str, result: ToolResult) -> Category:
    if result.has_security_severity or any("cwe-" in tag for tag in result.tags):
        return Category.SECURITY
    named = (_TAGS[tag] for tag in result.tags if tag in _TAGS)
    default = Category.SECURITY if tool in _SECURITY_TOOLS else Category.MAINTAINABILITY
    return next(named, default)
