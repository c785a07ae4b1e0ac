"""From a model's remarks to candidates: anchored by quote, suggestions checked, the rest listed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.remarks import Remark
from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Suggestion,
)
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.anchoring import Anchor, WholeFile, find_anchor
from codeflow_action.review.guidelines import ProjectRule
from codeflow_action.review.proof import ClaimKind
from codeflow_action.review.suggestions import check_suggestion
from codeflow_action.review.syntax import innermost_definition
from codeflow_action.review.units import SourceFile, Unit
from codeflow_action.security.untrusted import one_line

_MAX_SPAN = 30  # lines; a longer range is shown by its first lines
_MAX_PLACES = 10  # lines that a finding about several places names
_NO_CASE = regex(r"\W*(?:n/?a|none|null|not applicable|unknown|unclear|-)?\W*\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A finding that is anchored, and what it claims.

    `subject` and `counterpart` are the names that the claim is about. `proof` is what code found
    in its support, as a sentence of Markdown; empty without. `rule` is the id of the project's rule
    or check that it cites, empty for none.
    """

    finding: Finding
    claim: ClaimKind
    subject: str
    counterpart: str = ""
    proof: str = ""
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """The candidates that still stand, and the record of those that do not."""

    candidates: tuple[Candidate, ...]
    drops: tuple[DroppedFinding, ...]

    @classmethod
    def of(cls, entries: Iterable[Candidate | DroppedFinding]) -> "Shortlist":
        """Sort the entries into the two."""
        candidates: list[Candidate] = []
        drops: list[DroppedFinding] = []
        for entry in entries:
            match entry:
                case Candidate():
                    candidates.append(entry)
                case DroppedFinding():
                    drops.append(entry)
        return cls(candidates=tuple(candidates), drops=tuple(drops))


def place_remarks(
    remarks: Iterable[Remark],
    sources: Mapping[str, SourceFile],
    rules: Mapping[str, Lens | ProjectRule],
    units: Sequence[Unit] = (),
) -> Shortlist:
    """Return a candidate for each remark whose quote stands in the file that it names.

    `sources` are by the path that the model was shown; `rules` are what may be cited, by id;
    `units` are what it was shown of the change, where also lines beside the diff may be quoted.
    """
    return Shortlist.of(_place(remark, sources, rules, units) for remark in remarks)


def _place(
    remark: Remark,
    sources: Mapping[str, SourceFile],
    rules: Mapping[str, Lens | ProjectRule],
    units: Sequence[Unit],
) -> Candidate | DroppedFinding:
    # Models decorate a path as they saw it in a diff or in Markdown.
    plain_path = remark.path.strip().removeprefix("=== ").strip("`").removeprefix("./")
    source = sources.get(remark.path) or sources.get(plain_path)
    if source is None:
        return _drop(remark, DropStage.ANCHOR, "names a file that it was not shown")
    anchor = find_anchor(source, remark.quote, remark.side.side, remark.line)
    if anchor is None:
        return _drop(remark, DropStage.ANCHOR, "quotes code that is not in the file")
    # What a change breaks may show on a line that it left alone, of the code that it is part of.
    is_shown = any(_shows(unit, source, anchor) for unit in units)
    if isinstance(anchor, Anchor) and not (anchor.in_diff or is_shown):
        return _drop(remark, DropStage.SCOPE, "about lines outside this change", anchor)
    if reason := _emptiness(remark):
        return _drop(remark, DropStage.SHAPE, reason, anchor)
    rule = rules.get(_plain_name(remark.rule))
    match rule:
        case Lens() if not rule.looks_at(source.file.path):
            reason = f"{rule.rule} does not apply to this file"
            return _drop(remark, DropStage.SCOPE, reason, anchor)
        case ProjectRule() if not rule.scope.holds_for(source.file.path):
            rule = None
        case _:
            pass
    return Candidate(
        finding=_finding(remark, source, anchor, rule),
        claim=remark.claim,
        subject=_plain_name(remark.subject),
        counterpart=_plain_name(remark.other),
        rule=_plain_name(remark.rule) if rule else "",
    )


def _shows(unit: Unit, source: SourceFile, anchor: Anchor | WholeFile) -> bool:
    return (
        isinstance(anchor, Anchor)
        and unit.path == source.shown_path
        and all(unit.holds(anchor.side, line, line) for line in (anchor.line, anchor.end_line))
    )


def _emptiness(remark: Remark) -> str:
    """Return why a remark says nothing, empty for one that says something."""
    if _NO_CASE.match(remark.trigger):
        return "names no case in which the code goes wrong"
    if _NO_CASE.match(remark.effect):
        return "does not say what happens when the code goes wrong"
    scenario = {_words(remark.trigger), _words(remark.effect)}
    if scenario <= {_words(remark.message), _words(remark.title)}:
        return "names no case in which the code goes wrong, and only repeats itself"
    return ""


def _words(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _plain_name(text: str | None) -> str:
    return (text or "").strip().strip("`").removesuffix("()")


def _drop(
    remark: Remark, stage: DropStage, reason: str, anchor: Anchor | WholeFile | None = None
) -> DroppedFinding:
    line = anchor.line if isinstance(anchor, Anchor) else None
    return DroppedFinding(
        stage=stage, reason=reason, title=remark.title, path=one_line(remark.path), line=line
    )


def _finding(
    remark: Remark,
    source: SourceFile,
    anchor: Anchor | WholeFile,
    rule: Lens | ProjectRule | None,
) -> Finding:
    """Return the finding. `rule` is what it cites: one of the project's checks or rules."""
    check = rule if isinstance(rule, Lens) else None
    citation = rule.citation if isinstance(rule, ProjectRule) else None
    paragraphs = [remark.message, remark.scenario]
    if check:
        paragraphs.append(f"Project check: {check.text.partition(':')[0]}")
    if citation:
        paragraphs.append(f"Project rule, `{citation.place}`: {citation.text}")
    line = end_line = suggestion = None
    match anchor:
        case Anchor():
            line = anchor.line
            last_line = min(anchor.end_line, anchor.line + _MAX_SPAN - 1)
            end_line = last_line if last_line > anchor.line else None
            suggestion = checked_suggestion(remark.suggestion, source, anchor)
        case WholeFile(lines=lines):
            # Empty where the trouble is another than several places.
            if lines:
                places = ", ".join(map(str, lines[:_MAX_PLACES]))
                rest = ", …" if len(lines) > _MAX_PLACES else ""
                paragraphs.append(f"The quoted code appears on lines {places}{rest}.")
        case _:
            assert_never(anchor)
    return Finding(
        severity=check.severity if check and check.severity else remark.severity,
        category=remark.category,
        path=source.file.path,
        line=line,
        end_line=end_line,
        side=anchor.side,
        title=remark.title.removesuffix("."),
        message="\n\n".join(paragraphs),
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule=f"pr_reviewer/{check.rule if check else remark.category}",
        citation=citation,
        suggestion=suggestion,
        code=anchor.code,
        symbol=_symbol(source, anchor),
        confidence=remark.confidence,
    )


def _symbol(source: SourceFile, anchor: Anchor | WholeFile) -> str:
    """Return the name of what the code stands in; of code that is gone nobody parses any."""
    if not isinstance(anchor, Anchor) or anchor.side is not Side.RIGHT or not source.syntax:
        return ""
    around = source.syntax.definitions_around(anchor.line, anchor.end_line)
    definition = innermost_definition(around, anchor.line, anchor.end_line)
    return definition.qualified_name if definition else ""


def checked_suggestion(
    replacement: str | None, source: SourceFile, anchor: Anchor
) -> Suggestion | None:
    """Return what a model would write in the place of the code, None unless it can be shown."""
    if replacement is None or anchor.end_line - anchor.line >= _MAX_SPAN:
        return None
    # Applied, it would write our mask in place of the secret.
    if "[redacted" in replacement:
        return None
    suggestion, _reason = check_suggestion(replacement, anchor, source.file.path, source.text)
    return suggestion
