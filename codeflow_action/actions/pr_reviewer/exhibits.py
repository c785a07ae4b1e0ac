"""What the second round is shown with each finding: all that the first one saw, and the other end.

That is the whole unit around it, code from elsewhere that concerns it, what code has proven of it,
and the rule that it cites, in full.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from codeflow_action.actions.pr_reviewer.candidates import Candidate
from codeflow_action.actions.pr_reviewer.first_round import ChunkReview
from codeflow_action.actions.pr_reviewer.subject import ReviewSubject
from codeflow_action.engine.action import Task
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.context import Material, Snippet, around, budget_for, pick, render
from codeflow_action.review.packing import Chunk
from codeflow_action.review.units import SourceFile, Unit
from codeflow_action.review.verification import code_around, unseen
from codeflow_action.security.untrusted import for_model, one_line

_MAX_QUOTE = 400  # characters; the code itself is shown beside it
_MAX_SNIPPETS = 3
_MAX_TOKENS = 300  # of code that one remark names, beyond what the first round was shown
_MAX_NAMES = 8
_CODE_SPAN = regex(r"`([^`\n]{1,200})`")
_CALL = regex(r"([A-Za-z_$][\w$]{2,79})\s*\(")
_WORD = regex(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A finding and what is shown with it. `index` is its place among those that are judged.

    `units` are what the first round read of its file with it. `code` is from elsewhere. `proof` is
    what code found in its support, `rule` what it says is broken, in full; both may be empty.
    """

    index: int
    finding: Finding
    source: SourceFile | None
    units: tuple[Unit, ...] = ()
    code: tuple[Snippet, ...] = ()
    proof: str = ""
    rule: str = ""


async def gather_exhibits(
    candidates: Sequence[Candidate],
    reviews: Iterable[ChunkReview],
    subject: ReviewSubject,
    task: Task,
) -> tuple[Exhibit, ...]:
    """Return an exhibit for each candidate, in their order. Raises as the tree's reading does."""
    units = tuple(dict.fromkeys(unit for review in reviews for unit in review.chunk.units))
    by_path = subject.by_path
    exhibits = [
        Exhibit(
            index=index,
            finding=candidate.finding,
            source=(source := by_path.get(candidate.finding.path or "")),
            units=_units_with(candidate.finding, source, units),
            proof=candidate.proof,
            rule=subject.rule_text(candidate.rule),
        )
        for index, candidate in enumerate(candidates)
    ]
    # Where the tree cannot be listed it cannot be searched: each file would be a request.
    can_search = bool(exhibits) and await task.head.list() is not None
    material = Material(task.head, subject.sources.sources, task.guidance.never_send, subject.mask)
    code_of_names = await asyncio.gather(
        *(_named_code(exhibit, material, task) for exhibit in exhibits if can_search)
    )
    return tuple(
        replace(exhibit, code=(*_shown_code(exhibit, subject, task), *of_exhibit))
        for exhibit, of_exhibit in zip(exhibits, code_of_names or [()] * len(exhibits), strict=True)
    )


def _units_with(
    finding: Finding, source: SourceFile | None, units: Iterable[Unit]
) -> tuple[Unit, ...]:
    """Return the units that show the finding's lines; of a finding about a file, all of it."""
    first, path = finding.line, source.shown_path if source else None
    return tuple(
        unit
        for unit in units
        if unit.path == path
        and (first is None or unit.holds(finding.side, first, finding.last_line or first))
    )


def _shown_code(exhibit: Exhibit, subject: ReviewSubject, task: Task) -> tuple[Snippet, ...]:
    """Return what the first round could see beside these units, as far as it concerns them."""
    count, finding = task.models.count_tokens, exhibit.finding
    remark_words = set(_WORD.findall(f"{finding.title}\n{finding.message}\n{finding.code}"))
    size = sum(count(unit.text) for unit in exhibit.units)
    words = {word for unit in exhibit.units for word in _WORD.findall(unit.text)}
    relevant = [
        snippet
        for snippet in subject.context.snippets
        if snippet.name in remark_words
        # Who else uses a name helps to find a defect; to judge this one, what it names does.
        or (snippet.name in words and snippet.kind is not ContextKind.SIBLING)
    ]
    relevant.sort(key=lambda snippet: snippet.name not in remark_words)
    return pick(relevant, exhibit.units, budget_for(size), count)


async def _named_code(exhibit: Exhibit, material: Material, task: Task) -> tuple[Snippet, ...]:
    """Return definitions and callers of what the remark names, and of what its code calls."""
    finding = exhibit.finding
    if finding.path is None or exhibit.source is None:
        return ()
    # What the remark names comes before what its code calls.
    spans = (_WORD.findall(span) for span in _CODE_SPAN.findall(finding.message))
    names = (*chain.from_iterable(spans), *_CALL.findall(finding.code))
    names = tuple(dict.fromkeys(names))[:_MAX_NAMES]
    # Each name once: three callers of the first one say less than what the others are.
    weightiest: dict[str, Snippet] = {}
    for snippet in await around(names, finding.path, material):
        weightiest.setdefault(snippet.name, snippet)
    in_order = sorted(weightiest.values(), key=lambda snippet: names.index(snippet.name))
    snippets = []
    room = _MAX_TOKENS
    for snippet in in_order[:_MAX_SNIPPETS]:
        room -= task.models.count_tokens(render((snippet,)))
        if room < 0:
            break
        snippets.append(snippet)
    return tuple(snippets)


def code_of(exhibits: Iterable[Exhibit], *, is_narrow: bool = False) -> list[str]:
    """Return the code of each file; a narrow one has the lines around each finding alone.

    Where the first round's units are not known, there are only these.
    """
    by_source: dict[str, list[Exhibit]] = {}
    for exhibit in exhibits:
        if exhibit.source:
            by_source.setdefault(exhibit.source.shown_path, []).append(exhibit)
    texts: list[str] = []
    for of_source in by_source.values():
        units = dict.fromkeys(unit for exhibit in of_source for unit in exhibit.units)
        without_units = [exhibit for exhibit in of_source if is_narrow or not exhibit.units]
        if units and not is_narrow:
            in_order = sorted(units, key=lambda unit: next(filter(None, _numbers(unit)), 0))
            texts.append(Chunk(units=tuple(in_order)).text)
        if without_units and (source := without_units[0].source):
            texts.append(code_around([exhibit.finding for exhibit in without_units], source))
    return [text for text in texts if text]


def _numbers(unit: Unit) -> Iterable[int]:
    return (row.number for row in unit.rows)


def material_of(
    by_number: Mapping[int, Exhibit], *, is_narrow: bool = False
) -> tuple[list[str], Collection[str]]:
    """Return what a prompt shows of the exhibits, by number, and the paths that they are about.

    A narrow one goes without code from elsewhere, and with less around each finding.
    """
    exhibits = by_number.values()
    texts = code_of(exhibits, is_narrow=is_narrow)
    snippets = dict.fromkeys(snippet for exhibit in exhibits for snippet in exhibit.code)
    elsewhere = "" if is_narrow else render(tuple(unseen(snippets, texts)))
    parts = [for_model("code", text) for text in texts]
    if elsewhere:
        parts.append(for_model("code from elsewhere in the repository", elsewhere))
    for number, exhibit in by_number.items():
        # The maintainers' own words, from where the head configures nothing: in no envelope.
        if exhibit.rule:
            parts.append(f"The rule of the project that remark {number} cites: {exhibit.rule}")
        parts.append(for_model(f"remark {number}", _remark_text(number, exhibit.finding)))
        # In an envelope of its own, so that no remark can pretend to be proven.
        if exhibit.proof:
            parts.append(for_model(f"what a program found about remark {number}", exhibit.proof))
    return parts, {exhibit.source.shown_path for exhibit in exhibits if exhibit.source}


def _remark_text(number: int, finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    lines = [
        f"id: {number}",
        f"at: {one_line(str(place))}",
        f"severity: {finding.severity.value}",
        f"title: {finding.title}",
        f"message: {finding.message}",
        f"quoted code:\n{finding.code[:_MAX_QUOTE]}",
    ]
    if finding.suggestion:
        lines.append(f"suggested in its place:\n{finding.suggestion.replacement}")
    return "\n".join(lines)
