"""What the words of real review comments can decide: `python -m benchmarks.remark_words DIR`.

DIR holds a clone of AACR-Bench as `alibaba/aacr-bench` or `alibaba+aacr-bench`: comments on pull
requests that people have accepted or rejected. Half of the pull requests, by a hash of their
address, is what a rule may be fitted on; figures are of the other half. No model is asked.

Survival is the share of comments that a rule lets pass. Wanted are at least .97 of the accepted and
at most .75 of the rejected ones. `merged` counts pairs of accepted comments whose lines overlap and
which the reviewer would take for one; `--pairs` prints those, for somebody to read.
"""

import argparse
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.measure import git
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.review.wording import Wording, have_one_subject, says_the_same, wording

_SAMPLES = TypeAdapter(list[dict[str, Any]])
# The rule that was taken out: a remark that begins so gives its author an errand.
_ERRAND = re.compile(
    r"\W*(?:please\s+|you (?:may|might|should) (?:want to )?)?"
    r"(?:consider|verify|ensure|make sure|confirm|double[- ]check|it (?:may|might) be"
    r"|check (?:that|for|if|whether|the))\b",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\b(?:if|when|whenever|once|while|unless|after|before|empty|null|none|nil|undefined|zero"
    r"|negative|missing|invalid|concurrent\w*|without|large)\b",
    re.IGNORECASE,
)
_EFFECT = re.compile(
    r"\b(?:crash\w*|throw\w*|rais\w+|fail\w*|errors?|exceptions?|panic\w*|leak\w*|los[ets]\w*"
    r"|break\w*|wrong|incorrect\w*|return\w*|never|corrupt\w*|overflow\w*|races?|deadlock\w*"
    r"|block\w*|duplicat\w*|ignor\w*|skip\w*|caus\w+|lead\w*|result\w*)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z]+|\d+|[`?!]")
_LEAST_COMMENTS = 8  # that a word must stand in to be weighed
_TARGET = 0.97  # of the accepted comments must survive
_PASSES = 60  # over the fitted half


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One comment, and what people made of it."""

    pull_request: str
    path: str
    lines: range
    category: str
    text: str
    accepted: bool

    @property
    def is_held_out(self) -> bool:
        """True when no rule may be fitted on it."""
        return hashlib.sha256(self.pull_request.encode()).digest()[-1] % 2 == 1


def read_comments(folder: Path) -> list[Comment]:
    """Return all comments of the dataset, the accepted ones first."""
    clone = find_clone(folder, "alibaba/aacr-bench")
    if clone is None:
        raise SystemExit(absence(folder, "alibaba/aacr-bench"))
    comments = []
    for name in ("positive", "negative"):
        text = git(clone, "show", f"HEAD:dataset/{name}_samples.json")
        for sample in _SAMPLES.validate_json(text):
            for comment in sample["comments"]:
                first, last = int(comment["from_line"] or 0), int(comment["to_line"] or 0)
                comments.append(
                    Comment(
                        pull_request=sample["githubPrUrl"],
                        path=f"{comment['side']}:{comment['path']}",
                        lines=range(first, max(first, last) + 1),
                        category=comment["category"],
                        text=comment["note"],
                        accepted=name == "positive",
                    )
                )
    return comments


def fitted_score(comments: Sequence[Comment], decay: float) -> Callable[[str], float]:
    """Return how much a text looks like an accepted one: logistic regression over its words.

    Pairs of words count too. The larger `decay`, the fewer words have a say.
    """
    counts = Counter(token for comment in comments for token in _tokens(comment.text))
    known = {token for token, count in counts.items() if count >= _LEAST_COMMENTS}
    rows = [(_tokens(comment.text) & known, comment.accepted) for comment in comments]
    weights: dict[str, float] = dict.fromkeys(known, 0.0)
    bias = 0.0
    for number in range(_PASSES):
        step = 0.05 / (1 + number / 10)
        for tokens, accepted in rows:
            total = bias + sum(weights[token] for token in tokens)
            error = accepted - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
            bias += step * error
            for token in tokens:
                weights[token] += step * (error - decay * weights[token])

    def score(text: str) -> float:
        return sum(weights[token] for token in _tokens(text) & known)

    return score


def _ranked_right(score: Callable[[str], float], comments: Sequence[Comment]) -> float:
    """Return the share of pairs in which the accepted comment scores higher; 0.5 is chance."""
    accepted, rejected = (
        [score(comment.text) for comment in comments if comment.accepted is kind]
        for kind in (True, False)
    )
    wins = sum((high > low) + (high == low) / 2 for high in accepted for low in rejected)
    return wins / (len(accepted) * len(rejected))


def _tokens(text: str) -> set[str]:
    words = _TOKEN.findall(text.lower())
    return {*words, *(f"{first} {second}" for first, second in pairwise(words))}


def overlapping_pairs(comments: Sequence[Comment]) -> Iterator[tuple[Comment, Comment]]:
    """Yield pairs of accepted comments on one pull request whose lines overlap."""
    by_file: dict[tuple[str, str], list[Comment]] = {}
    for comment in comments:
        if comment.accepted:
            by_file.setdefault((comment.pull_request, comment.path), []).append(comment)
    for group in by_file.values():
        for first, second in combinations(group, 2):
            if first.lines.start < second.lines.stop and second.lines.start < first.lines.stop:
                yield first, second


def survival_table(comments: Sequence[Comment]) -> Iterator[str]:
    """Yield the rows of what each rule lets pass."""
    fitted = [comment for comment in comments if not comment.is_held_out]
    held_out = [comment for comment in comments if comment.is_held_out]
    rules: dict[str, Callable[[str], bool]] = {
        "begins with no errand (taken out)": lambda text: not _ERRAND.match(text),
        "names a state": lambda text: bool(_STATE.search(text)),
        "names an effect": lambda text: bool(_EFFECT.search(text)),
        "names a state and an effect": lambda text: bool(
            _STATE.search(text) and _EFFECT.search(text)
        ),
    }
    scores = {decay: fitted_score(fitted, decay) for decay in (0.01, 0.1, 1.0)}
    for decay, score in scores.items():
        accepted_scores = sorted(score(comment.text) for comment in fitted if comment.accepted)
        least = accepted_scores[int((1 - _TARGET) * len(accepted_scores))]
        rules[f"fitted on words, decay {decay}"] = partial(_at_least, score, least)
    yield "| rule | fitted half: accepted | rejected | other half: accepted | rejected |"
    yield "| --- | --- | --- | --- | --- |"
    for name, rule in rules.items():
        cells = []
        for half in (fitted, held_out):
            for accepted in (True, False):
                texts = [comment.text for comment in half if comment.accepted is accepted]
                cells.append(f"{sum(map(rule, texts)) / len(texts):.3f} of {len(texts)}")
        yield f"| {name} | {' | '.join(cells)} |"

    for decay, score in scores.items():
        halves = " and ".join(f"{_ranked_right(score, half):.2f}" for half in (fitted, held_out))
        yield f"\nDecay {decay}: of accepted and rejected pairs ranked right, {halves}."


def _at_least(score: Callable[[str], float], least: float, text: str) -> bool:
    return score(text) >= least


def merge_table(comments: Sequence[Comment], *, shows_pairs: bool) -> Iterator[str]:
    """Yield the rows of what would be merged, and on request the pairs themselves."""
    pairs = list(overlapping_pairs(comments))
    yield "| rule | fitted half: merged | other half: merged |"
    yield "| --- | --- | --- |"
    for name, rule in (
        ("words in common (taken out)", _had_words_in_common),
        ("one subject and words in common", lambda *pair: have_one_subject(*_wordings(pair))),
    ):
        merged = [pair for pair in pairs if rule(*pair)]
        cells = []
        for is_held_out in (False, True):
            of_half, merged_of_half = (
                sum(first.is_held_out is is_held_out for first, _second in some)
                for some in (pairs, merged)
            )
            cells.append(f"{merged_of_half} of {of_half} pairs")
        yield f"| {name} | {' | '.join(cells)} |"
        if shows_pairs:
            yield from (
                f"\n{first.pull_request} {first.path}\n- {first.text}\n- {second.text}"
                for first, second in merged
            )


def _wordings(pair: Sequence[Comment]) -> tuple[Wording, Wording]:
    first, second = (wording(comment.text) for comment in pair)
    return first, second


def _had_words_in_common(first: Comment, second: Comment) -> bool:
    ours, theirs = _wordings((first, second))
    shared = len(ours.words & theirs.words)
    is_alike = first.category == second.category and shared >= 3
    share = shared / max(1, min(len(ours.words), len(theirs.words)))
    return (is_alike and share >= 0.4) or says_the_same(ours, theirs)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pairs", action="store_true")
    arguments = parser.parse_args()
    comments = read_comments(arguments.folder)
    print(*survival_table(comments), "", sep="\n")
    print(*merge_table(comments, shows_pairs=arguments.pairs), sep="\n")


if __name__ == "__main__":
    main()
