"""An evaluation as Markdown tables, which read well in a terminal too. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from codeflow_action.evaluation.results import Evaluation, FindingReach, Rates, SampleResult
from codeflow_action.security.untrusted import one_line

_NONE = "–"  # noqa: RUF001 - an en dash: nothing to divide by


def to_tables(evaluation: Evaluation) -> str:
    """Return context recall, the review where there was one, and what was not done."""
    blocks = [_context(evaluation), _levels(evaluation)]
    missed = list(_missed(evaluation.samples))
    if missed:
        blocks.append("Not shown whole:\n\n" + "\n".join(missed))
    if evaluation.by_lines is not None:
        blocks.append(_review(evaluation))
    if evaluation.not_done:
        lines = [f"- {_text(one.label)}: {_text(one.reason)}" for one in evaluation.not_done]
        blocks.append("Not done, and counted nowhere:\n\n" + "\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _context(evaluation: Evaluation) -> str:
    rows = [
        (
            _text(sample.label),
            _text(sample.language),
            f"{context.changed:,}",
            f"{context.covered:.0%}",
            str(context.prompts),
            f"{context.tokens:,}",
            f"{context.second_tokens:,}",
            _ratio(context.tokens + context.second_tokens, context.changed),
            f"{sum(one.is_whole for one in placed)} of {len(placed)}",
        )
        for sample in evaluation.samples
        for context in [sample.context]
        for placed in [[one for one in context.findings if not one.is_misplaced]]
    ]
    contexts = [sample.context for sample in evaluation.samples]
    levels = evaluation.levels
    rows.append(
        (
            "all",
            "",
            f"{sum(one.changed for one in contexts):,}",
            "",
            str(sum(one.prompts for one in contexts)),
            f"{sum(one.tokens for one in contexts):,}",
            f"{sum(one.second_tokens for one in contexts):,}",
            _NONE if evaluation.tokens_per_line is None else f"{evaluation.tokens_per_line:.1f}",
            f"{sum(one.whole for one in levels)} of {sum(one.findings for one in levels)}",
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
    said = f"Context, no model asked; limits and estimates as for {_text(evaluation.stand_in)}"
    return f"{said}:\n\n{_table(head, rows)}\n\n{_kinds(evaluation)}"


def _kinds(evaluation: Evaluation) -> str:
    contexts = [sample.context for sample in evaluation.samples]
    size = sum(one.size for one in contexts)
    if not size:
        return "No prompt was made."
    changed = sum(one.changed_size for one in contexts) / size
    unchanged = sum(one.unchanged_size for one in contexts) / size
    return (
        f"Of the prompts' bytes {changed:.0%} are changed lines, {unchanged:.0%} unchanged ones, "
        f"{1 - changed - unchanged:.0%} instructions, schema, guidelines and the description."
    )


def _levels(evaluation: Evaluation) -> str:
    head = ("level", "findings", "shown whole", "lines", "lines shown", "needs", "needs shown")
    rows = [
        (
            one.level.value,
            str(one.findings) + (f" (and {one.misplaced} misplaced)" if one.misplaced else ""),
            _share(one.whole, one.findings),
            str(one.lines),
            _share(one.lines_shown, one.lines),
            str(one.needs),
            _share(one.needs_shown, one.needs),
        )
        for one in evaluation.levels
    ]
    return f"Context recall:\n\n{_table(head, rows)}"


def _missed(samples: Iterable[SampleResult]) -> Iterator[str]:
    for sample in samples:
        for one in sample.context.findings:
            if not one.is_whole:
                yield f"- {_text(sample.label)} {_where(one)}: {_how(one)}"


def _where(one: FindingReach) -> str:
    lines = f":{one.first}-{one.last}" if one.first else ""
    return f"{_text(one.path)}{lines} ({one.level.value})"


def _how(one: FindingReach) -> str:
    if one.is_misplaced:
        return "the dataset names lines that are not there"
    said = f"{one.shown} of {one.lines} lines"
    return f"{said} ({_text(one.why)})" if one.why else said


def _review(evaluation: Evaluation) -> str:
    reviewed = [
        (sample.label, sample.review) for sample in evaluation.samples if sample.review is not None
    ]
    rows = [
        (
            _text(label),
            *_rates(review.by_lines),
            *(_rates(review.by_meaning)[2:] if evaluation.by_meaning else ()),
            f"{review.tokens:,}",
            _money(review.cost_usd),
            f"{review.seconds:.1f}",
            _text(review.incomplete),
        )
        for label, review in reviewed
    ]
    costs = [review.cost_usd for _, review in reviewed]
    known = [cost for cost in costs if cost is not None]
    rows.append(
        (
            "all",
            *_rates(evaluation.by_lines),
            *(_rates(evaluation.by_meaning)[2:] if evaluation.by_meaning else ()),
            f"{sum(review.tokens for _, review in reviewed):,}",
            _money(sum(known) if len(known) == len(costs) else None),
            f"{sum(review.seconds for _, review in reviewed):.1f}",
            "",
        )
    )
    shares = ("matched", "precision", "recall", "F1")
    meant = tuple(f"{name} (meaning)" for name in shares) if evaluation.by_meaning else ()
    head = ("pull request", "known", "reported", *shares, *meant, "tokens", "cost", "s", "not done")
    said = f"Review by {_text(evaluation.model)}; lines at most {evaluation.within} apart match:"
    return f"{said}\n\n{_table(head, rows)}{_judged(evaluation)}"


def _judged(evaluation: Evaluation) -> str:
    if not evaluation.judge:
        return ""
    cost = _money(evaluation.judge_cost_usd)
    judge = _text(evaluation.judge)
    return f"\n\nMeaning was judged by {judge}: {evaluation.judge_tokens:,} tokens, {cost}."


def _rates(rates: Rates | None) -> tuple[str, ...]:
    if rates is None:
        return (_NONE,) * 6
    shares = (rates.precision, rates.recall, rates.f1)
    return (
        str(rates.known),
        str(rates.reported),
        str(rates.matched),
        *(_NONE if one is None else f"{one:.2f}" for one in shares),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else _NONE


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.1f}" if whole else _NONE


def _money(usd: float | None) -> str:
    return "unknown" if usd is None else f"${usd:.4f}"


def _text(text: str) -> str:
    return one_line(text).replace("|", r"\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
