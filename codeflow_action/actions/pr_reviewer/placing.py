"""From a model's remarks to findings: anchored by quote, suggestions checked, the rest listed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from codeflow_action.actions.pr_reviewer.reply import Remark
from codeflow_action.engine.findings import Dropped, Evidence, Finding, Stage, Suggestion
from codeflow_action.review.anchoring import Anchor, WholeFile, find_anchor
from codeflow_action.review.suggestions import check_suggestion
from codeflow_action.review.units import Source
from codeflow_action.security.untrusted import one_line

_MAX_SPAN = 30  # lines; a longer range is shown by its first lines
_MAX_NAMED = 10  # lines, of a finding about several places


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What could be placed, and what could not."""

    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]


def place(remarks: Iterable[Remark], sources: Mapping[str, Source]) -> Placed:
    """Return a finding for each remark whose quote stands in the file that it names.

    `sources` are by path as it was shown.
    """
    findings: list[Finding] = []
    gone: list[Dropped] = []
    for remark in remarks:
        placed = _place(remark, sources)
        if isinstance(placed, Finding):
            findings.append(placed)
        else:
            gone.append(placed)
    return Placed(findings=tuple(findings), dropped=tuple(gone))


def _place(remark: Remark, sources: Mapping[str, Source]) -> Finding | Dropped:
    source = sources.get(remark.path) or sources.get(_bare(remark.path))
    if source is None:
        return _drop(remark, Stage.ANCHOR, "names a file that it was not shown")
    anchor = find_anchor(source, remark.quote, remark.side.side)
    if anchor is None:
        return _drop(remark, Stage.ANCHOR, "quotes code that is not in the file")
    if isinstance(anchor, Anchor) and not anchor.in_diff:
        return _drop(remark, Stage.SCOPE, "about lines outside this change", anchor)
    if not remark.failure_scenario:
        return _drop(remark, Stage.SHAPE, "names no case in which it goes wrong", anchor)
    return _finding(remark, source, anchor)


def _bare(path: str) -> str:
    return path.strip().removeprefix("=== ").strip("`").removeprefix("./")


def _drop(
    remark: Remark, stage: Stage, reason: str, anchor: Anchor | WholeFile | None = None
) -> Dropped:
    line = anchor.line if isinstance(anchor, Anchor) else None
    return Dropped(
        stage=stage, reason=reason, title=remark.title, path=one_line(remark.path), line=line
    )


def _finding(remark: Remark, source: Source, anchor: Anchor | WholeFile) -> Finding:
    finding = Finding(
        severity=remark.severity,
        category=remark.category,
        path=source.file.path,
        side=anchor.side,
        title=remark.title.removesuffix("."),
        message=f"{remark.message}\n\n{remark.failure_scenario}",
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule=f"pr_reviewer/{remark.category}",
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


def _suggestion(remark: Remark, source: Source, anchor: Anchor) -> Suggestion | None:
    if remark.suggestion is None or anchor.end_line - anchor.line >= _MAX_SPAN:
        return None
    head = "\n".join(source.lines) + "\n"
    suggestion, _why_not = check_suggestion(remark.suggestion, anchor, source.file.path, head)
    return suggestion
