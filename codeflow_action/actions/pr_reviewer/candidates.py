"""From a model's remarks to candidates: anchored by quote, suggestions checked, the rest listed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.reply import Remark
from codeflow_action.engine.findings import (
    Dropped,
    Evidence,
    Finding,
    Severity,
    Stage,
    Suggestion,
)
from codeflow_action.review.anchoring import Anchor, WholeFile, find_anchor
from codeflow_action.review.proof import ClaimKind
from codeflow_action.review.suggestions import check_suggestion
from codeflow_action.review.units import Source
from codeflow_action.security.untrusted import one_line

_MAX_SPAN = 30  # lines; a longer range is shown by its first lines
_MAX_NAMED = 10  # lines, of a finding about several places
# What reviewers write who have found nothing: an errand for the author in place of a defect.
_ERRAND = re.compile(
    r"\W*(?:please\s+|you (?:may|might|should) (?:want to )?)?"
    r"(?:consider|verify|ensure|make sure|confirm|double[- ]check|it (?:may|might) be"
    r"|check (?:that|for|if|whether|the))\b",
    re.IGNORECASE,
)
_NO_CASE = re.compile(
    r"\W*(?:n/?a|none|null|not applicable|unknown|unclear|-)?\W*\Z", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A finding that is anchored, and what it claims.

    `proof` is what code found that speaks for it, in a sentence of Markdown; empty without.
    """

    finding: Finding
    claim: ClaimKind
    subject: str
    other: str = ""
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What could be placed, and what could not."""

    candidates: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...]


def place(
    remarks: Iterable[Remark], sources: Mapping[str, Source], rules: Mapping[str, Lens | None]
) -> Placed:
    """Return a candidate for each remark whose quote stands in the file that it names.

    `sources` are by path as it was shown; `rules` are what may be cited, by id, a check as its
    lens.
    """
    placed = [_place(remark, sources, rules) for remark in remarks]
    return Placed(
        candidates=tuple(one for one in placed if isinstance(one, Candidate)),
        dropped=tuple(one for one in placed if isinstance(one, Dropped)),
    )


def _place(
    remark: Remark, sources: Mapping[str, Source], rules: Mapping[str, Lens | None]
) -> Candidate | Dropped:
    source = sources.get(remark.path) or sources.get(_bare(remark.path))
    if source is None:
        return _drop(remark, Stage.ANCHOR, "names a file that it was not shown")
    anchor = find_anchor(source, remark.quote, remark.side.side, remark.line)
    if anchor is None:
        return _drop(remark, Stage.ANCHOR, "quotes code that is not in the file")
    if isinstance(anchor, Anchor) and not anchor.in_diff:
        return _drop(remark, Stage.SCOPE, "about lines outside this change", anchor)
    if why_not := _says_nothing(remark):
        return _drop(remark, Stage.SHAPE, why_not, anchor)
    rule = _bare_name(remark.rule)
    check = rules.get(rule)
    if check and not check.looks_at(source.file.path):
        return _drop(remark, Stage.SCOPE, f"{check.rule} is not for this file", anchor)
    return Candidate(
        finding=_finding(remark, source, anchor, (rule if rule in rules else "", check)),
        claim=remark.claim,
        subject=_bare_name(remark.subject),
        other=_bare_name(remark.other),
    )


def _says_nothing(remark: Remark) -> str:
    """Return why a remark is none, whatever its place; empty for one that says something."""
    if _NO_CASE.match(remark.failure_scenario):
        return "names no case in which it goes wrong"
    same = _plain(remark.failure_scenario) in (_plain(remark.message), _plain(remark.title))
    if same or _ERRAND.match(remark.failure_scenario):
        return "names no case in which it goes wrong, only the remark again"
    if _ERRAND.match(remark.title):
        return "gives the author an errand in place of a defect"
    return ""


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _bare_name(text: str | None) -> str:
    return (text or "").strip().strip("`").removesuffix("()")


def _bare(path: str) -> str:
    return path.strip().removeprefix("=== ").strip("`").removeprefix("./")


def _drop(
    remark: Remark, stage: Stage, reason: str, anchor: Anchor | WholeFile | None = None
) -> Dropped:
    line = anchor.line if isinstance(anchor, Anchor) else None
    return Dropped(
        stage=stage, reason=reason, title=remark.title, path=one_line(remark.path), line=line
    )


def _finding(
    remark: Remark, source: Source, anchor: Anchor | WholeFile, cited: tuple[str, Lens | None]
) -> Finding:
    rule, check = cited
    finding = Finding(
        severity=_severity(remark, check),
        category=remark.category,
        path=source.file.path,
        side=anchor.side,
        title=remark.title.removesuffix("."),
        message=_message(remark, rule, check),
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule=f"pr_reviewer/{check.rule if check else remark.category}",
        code=anchor.code,
        confidence=remark.confidence,
    )
    match anchor:
        case Anchor():
            placed = _on_lines(anchor, _suggestion(remark, source, anchor))
        case WholeFile():
            placed = {"message": f"{finding.message}{_where(anchor)}"}
        case _:
            assert_never(anchor)
    return finding.model_copy(update=placed)


def _message(remark: Remark, rule: str, check: Lens | None) -> str:
    paragraphs = [remark.message, remark.failure_scenario]
    if check:
        paragraphs.append(f"Project check: {check.text.partition(':')[0]}")
    elif rule:
        paragraphs.append(f"Project rule: `{rule}`")
    return "\n\n".join(paragraphs)


def _on_lines(anchor: Anchor, suggestion: Suggestion | None) -> dict[str, object]:
    last = min(anchor.end_line, anchor.line + _MAX_SPAN - 1)
    end_line = last if last > anchor.line else None
    return {"line": anchor.line, "end_line": end_line, "suggestion": suggestion}


def _where(anchor: WholeFile) -> str:
    """Return in which of several places the code stands, empty where that is not the trouble."""
    if not anchor.lines:
        return ""
    named = ", ".join(map(str, anchor.lines[:_MAX_NAMED]))
    more = ", …" if len(anchor.lines) > _MAX_NAMED else ""
    return f"\n\nThe quoted code stands at lines {named}{more}."


def _severity(remark: Remark, check: Lens | None) -> Severity:
    return check.severity if check and check.severity else remark.severity


def _suggestion(remark: Remark, source: Source, anchor: Anchor) -> Suggestion | None:
    replacement = remark.suggestion
    if replacement is None or anchor.end_line - anchor.line >= _MAX_SPAN:
        return None
    if "[redacted" in replacement:  # it would write our mask in place of the secret
        return None
    suggestion, _why_not = check_suggestion(replacement, anchor, source.file.path, source.text)
    return suggestion
