"""An evaluation as Markdown tables, which read well in a terminal too. Pure."""

from collections.abc import Sequence

from codeflow_action.config.pages import markdown_table
from codeflow_action.evaluation.planted_claims import ProofCount
from codeflow_action.evaluation.results import (
    Evaluation,
    FindingReach,
    SampleResult,
    tokens_per_line,
)
from codeflow_action.evaluation.scoring import Score
from codeflow_action.evaluation.survival import Survival
from codeflow_action.security.untrusted import one_line

_NO_VALUE = "–"  # noqa: RUF001 - an en dash: nothing to divide by


def to_tables(evaluation: Evaluation) -> str:
    """Return context recall, the review where there was one, and what was not done."""
    blocks = [_context(evaluation), _levels(evaluation)]
    # Listed one by one: whoever improves the context looks at these.
    gaps = [
        f"- {_gap(sample, finding)}"
        for sample in evaluation.samples
        for finding in sample.context.findings
        if not finding.is_whole
    ]
    if gaps:
        blocks.append("Not shown whole:\n\n" + "\n".join(gaps))
    if evaluation.survival is not None:
        blocks.append(_survival(evaluation.survival))
    if evaluation.proofs:
        title = "Planted claims, and how many of them code calls proven:"
        blocks.append(f"{title}\n\n{proof_table(evaluation.proofs)}")
    if evaluation.by_lines is not None:
        blocks.append(_review(evaluation))
    if evaluation.not_done:
        lines = [f"- {_text(gap.label)}: {_text(gap.reason)}" for gap in evaluation.not_done]
        blocks.append("Not done, and counted nowhere:\n\n" + "\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _context(evaluation: Evaluation) -> str:
    rows = [
        (
            _text(sample.label),
            _text(sample.language),
            f"{context.changed_lines:,}",
            f"{context.read_share:.0%}",
            str(context.prompts),
            f"{context.tokens:,}",
            f"{context.second_tokens:,}",
            _decimal(tokens_per_line([sample])),
            f"{sum(finding.is_whole for finding in findings)} of {len(findings)}",
        )
        for sample in evaluation.samples
        for context in [sample.context]
        for findings in [[finding for finding in context.findings if not finding.is_misplaced]]
    ]
    contexts = [sample.context for sample in evaluation.samples]
    levels = evaluation.levels
    rows.append(
        (
            "all",
            "",
            f"{sum(context.changed_lines for context in contexts):,}",
            "",
            str(sum(context.prompts for context in contexts)),
            f"{sum(context.tokens for context in contexts):,}",
            f"{sum(context.second_tokens for context in contexts):,}",
            _decimal(evaluation.tokens_per_line),
            f"{sum(level.whole for level in levels)} of {sum(level.findings for level in levels)}",
        )
    )
    head = (
        "pull request",
        "language",
        "changed lines",
        "read",
        "prompts",
        "tokens",
        "second look",
        "tokens a line",
        "findings shown",
    )
    title = f"Context, no model asked; limits and estimates as for {_text(evaluation.stand_in)}"
    return f"{title}:\n\n{markdown_table(head, rows)}\n\n{_kinds(evaluation)}"


def _kinds(evaluation: Evaluation) -> str:
    contexts = [sample.context for sample in evaluation.samples]
    size = sum(context.size for context in contexts)
    if not size:
        return "No prompt was made."
    changed_share = sum(context.changed_size for context in contexts) / size
    unchanged_share = sum(context.unchanged_size for context in contexts) / size
    return (
        f"Of the prompts' bytes {changed_share:.0%} are changed lines, "
        f"{unchanged_share:.0%} unchanged ones, {1 - changed_share - unchanged_share:.0%} "
        f"instructions, schema, guidelines and the description."
    )


def _levels(evaluation: Evaluation) -> str:
    head = (
        *("level", "findings", "shown whole", "lines", "lines shown", "in the second look"),
        *("needs", "needs shown", "in the second look"),
    )
    rows = [
        (
            recall.level.value,
            str(recall.findings)
            + (
                f" (and {recall.misplaced_findings} misplaced)" if recall.misplaced_findings else ""
            ),
            share(recall.whole, recall.findings),
            str(recall.lines),
            share(recall.lines_shown, recall.lines),
            share(recall.second_lines_shown, recall.lines),
            str(recall.needs),
            share(recall.needs_shown, recall.needs),
            share(recall.second_needs_shown, recall.needs),
        )
        for recall in evaluation.levels
    ]
    block_lines = sum(recall.block_lines for recall in evaluation.levels)
    shown_count = sum(recall.second_block_lines for recall in evaluation.levels)
    text = f"Context recall:\n\n{markdown_table(head, rows)}"
    return text + (
        f"\n\nThe second look sees {share(shown_count, block_lines)} of the {block_lines:,} lines "
        f"that the first one sees in one piece around the findings."
        if block_lines
        else ""
    )


def _survival(survival: Survival) -> str:
    kinds = (("accepted", survival.accepted), ("rejected", survival.rejected))
    stages = sorted({stage for _, count in kinds for stage in count.lost})
    rows = [
        (
            name,
            str(count.made),
            str(count.merged),
            share(count.kept, count.made - count.merged),
            *(str(count.lost.get(stage, 0)) for stage in stages),
        )
        for name, count in kinds
    ]
    head = (
        "comments of people",
        "made",
        "merged",
        "kept of the others",
        *(f"lost to {stage}" for stage in stages),
    )
    return f"What outlives the stages of code, all confirmed:\n\n{markdown_table(head, rows)}"


def proof_table(counts: Sequence[ProofCount]) -> str:
    """Return a row for each kind of claim."""
    head = ("claim", "true", "of them proven", "false", "of them proven")
    rows = [
        (
            f"`{count.kind.value}`",
            *map(str, (count.true, count.true_proven, count.false, count.false_proven)),
        )
        for count in counts
    ]
    return markdown_table(head, rows)


def _gap(sample: SampleResult, finding: FindingReach) -> str:
    lines = f":{finding.first}-{finding.last}" if finding.first else ""
    place = f"{_text(sample.label)} {_text(finding.path)}{lines} ({finding.level.value})"
    if finding.is_misplaced:
        return f"{place}: the dataset names lines that are not there"
    reason = f" ({_text(finding.reason)})" if finding.reason else ""
    return f"{place}: {finding.lines_shown} of {finding.lines} lines{reason}"


def _review(evaluation: Evaluation) -> str:
    reviews = [
        (sample.label, sample.review) for sample in evaluation.samples if sample.review is not None
    ]
    rows = [
        (
            _text(label),
            *_score_cells(review.by_lines),
            *(_score_cells(review.by_meaning)[2:] if evaluation.by_meaning else ()),
            f"{review.tokens:,}",
            money(review.cost_usd),
            f"{review.seconds:.1f}",
            _text(review.incomplete),
        )
        for label, review in reviews
    ]
    costs = [review.cost_usd for _, review in reviews]
    # A sum without the reviews whose price nobody knows would look like the whole.
    prices = [cost for cost in costs if cost is not None]
    rows.append(
        (
            "all",
            *_score_cells(evaluation.by_lines),
            *(_score_cells(evaluation.by_meaning)[2:] if evaluation.by_meaning else ()),
            f"{sum(review.tokens for _, review in reviews):,}",
            money(sum(prices) if len(prices) == len(costs) else None),
            f"{sum(review.seconds for _, review in reviews):.1f}",
            "",
        )
    )
    shares = ("matched", "precision", "recall", "F1")
    meaning = tuple(f"{name} (meaning)" for name in shares) if evaluation.by_meaning else ()
    head = (
        "pull request",
        "known",
        "reported",
        *shares,
        *meaning,
        "tokens",
        "cost",
        "s",
        "not done",
    )
    text = f"Review by {_text(evaluation.model)}; lines at most {evaluation.distance} apart match:"
    text += f"\n\n{markdown_table(head, rows)}"
    if evaluation.judge:
        cost, judge = money(evaluation.judge_cost_usd), _text(evaluation.judge)
        text += f"\n\nMeaning was judged by {judge}: {evaluation.judge_tokens:,} tokens, {cost}."
    return text


def _score_cells(score: Score | None) -> tuple[str, ...]:
    if score is None:
        return (_NO_VALUE,) * 6
    shares = (score.precision, score.recall, score.f1)
    return (
        str(score.known),
        str(score.reported),
        str(score.matched),
        *(_NO_VALUE if share is None else f"{share:.2f}" for share in shares),
    )


def share(part: int, whole: int) -> str:
    """Return a count and its share."""
    return f"{part} ({part / whole:.0%})" if whole else _NO_VALUE


def _decimal(number: float | None) -> str:
    return _NO_VALUE if number is None else f"{number:.1f}"


def money(usd: float | None) -> str:
    """Return dollars, or that nobody knows."""
    return "unknown" if usd is None else f"${usd:.4f}"


def _text(text: str) -> str:
    # Names and texts come from the dataset.
    return one_line(text)
