"""Context recall: did a known finding's lines, and what it needs besides, reach a prompt?"""

import re
from collections.abc import Iterator, Mapping, Sequence

from codeflow_action.engine.diff import Side
from codeflow_action.engine.lazy import dataclass
from codeflow_action.evaluation.dataset import FindingNeed, KnownFinding
from codeflow_action.evaluation.prompt_view import PromptView, Row

type Contents = Mapping[str, tuple[str, ...]]  # lines by path; a file that is not there is missing


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How much of one finding could be read.

    `lines` are those that are not blank; 0 where the dataset names lines that do not exist, and
    such a finding says nothing about the reviewer. `tokens` are of the prompts with its lines.
    """

    lines: int
    lines_shown: int
    tokens: int
    needs: tuple[bool, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when every line could be read."""
        return 0 < self.lines == self.lines_shown


def find_reach(
    finding: KnownFinding, prompts: Sequence[PromptView], head: Contents, before: Contents
) -> Reach:
    """Return what the prompts show of the finding. `before` is the version at the merge base."""
    needs = tuple(_is_met(need, finding, prompts, head) for need in finding.needs)
    if finding.lines is None:  # about the file as a whole: any line of it will do
        with_file = [
            prompt for prompt in prompts if any(row.is_of(finding.path) for row in prompt.rows)
        ]
        tokens = sum(prompt.tokens for prompt in with_file)
        return Reach(lines=1, lines_shown=int(bool(with_file)), tokens=tokens, needs=needs)
    on_head = finding.side is Side.RIGHT
    version = head if on_head else before
    lines = list(_lines(version.get(finding.path, ()), *finding.lines))
    seen_by_prompt = [
        {
            number
            for number, text in lines
            if (
                # An old line has no number of its own in a prompt, so its text has to do.
                prompt.head_line(finding.path, number, text)
                if on_head
                else prompt.old_line(finding.path, text)
            )
        }
        for prompt in prompts
    ]
    return Reach(
        lines=len(lines),
        # A finding may be read in pieces, from several prompts.
        lines_shown=len(set().union(*seen_by_prompt)),
        tokens=sum(
            prompt.tokens
            for prompt, numbers in zip(prompts, seen_by_prompt, strict=True)
            if numbers
        ),
        needs=needs,
    )


@dataclass(frozen=True, kw_only=True)
class SecondReach:
    """What the second round's prompts show of a finding that was made in the first.

    `block_lines` are those that the first round showed without a gap around the finding, blank
    ones left out; `block_lines_shown` are those of them that the second round shows too.
    """

    reach: Reach
    block_lines: int
    block_lines_shown: int


def shown_rows(finding: KnownFinding, view: PromptView) -> list[Row]:
    """Return those of the finding's lines that a prompt shows."""
    first, last = finding.lines or (0, -1)
    return [
        row
        for row in view.rows
        if row.is_of(finding.path) and first <= (row.number or -1) <= last and row.code.strip()
    ]


def find_second_reach(
    finding: KnownFinding,
    rounds: tuple[Sequence[PromptView], Sequence[PromptView]],
    head: Contents,
    before: Contents,
) -> SecondReach:
    """Return what the second of the rounds shows of a finding, in the prompts with a line of it.

    In a prompt about other findings nobody looks for what this one needs.
    """
    places = ((view, row) for view in rounds[0] for row in shown_rows(finding, view)[:1])
    view, start = next(places, (None, None))
    prompts = [prompt for prompt in rounds[1] if shown_rows(finding, prompt)]
    rows = [row for prompt in prompts for row in prompt.rows]
    block = [
        row
        for row in (view.rows if view and start else ())
        if start and row.block == start.block and row.code.strip()
    ]
    return SecondReach(
        reach=find_reach(finding, prompts, head, before),
        block_lines=len(block),
        block_lines_shown=sum(any(candidate.repeats(row) for candidate in rows) for row in block),
    )


def _lines(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, or else those there are."""
    # Blank lines say nothing, and a prompt may leave them out at the edge of a hunk.
    rows = list(enumerate(lines[first - 1 : last], start=first))
    yield from [(number, text) for number, text in rows if text.strip()] or rows


def _is_met(
    need: FindingNeed, finding: KnownFinding, prompts: Sequence[PromptView], head: Contents
) -> bool:
    for place in need.places:
        lines = list(_lines(head.get(place.path, ()), *place.lines))
        # Half of a definition may lack the half that matters.
        if lines and all(
            any(prompt.head_line(place.path, number, text) for prompt in prompts)
            for number, text in lines
        ):
            return True
    if need.places:
        return False
    # Without places the name has to do. It may stand in a longer name, so only as a whole word.
    word = re.compile(rf"(?<!\w){re.escape(need.name)}(?!\w)")
    first, last = finding.lines or (0, 0)
    return any(
        row.is_unchanged
        and word.search(row.code)
        # The finding's own lines use the name; they do not say what it is.
        and not (row.is_of(finding.path) and first <= (row.number or 0) <= last)
        for prompt in prompts
        for row in prompt.rows
    )
