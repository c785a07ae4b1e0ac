"""What code could tell accepted comments by: `python -m benchmarks.remark_signals DIR`.

DIR holds clones as `owner/name` or `owner+name`: that of AACR-Bench, and for the second table those
of the pull requests in `eval/`. The first table takes all comments, in the halves of
`remark_words`; the second one those whose commits are at hand, tuned-on and held-out list apart.
For each signal it gives the share of accepted and of rejected comments that have it: a stage that
kept these alone would let so many survive. No model is asked.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.measure import git
from benchmarks.remark_words import Comment, fitted_score, read_comments
from codeflow_action.config.pages import markdown_table
from codeflow_action.engine.files import is_documentation, is_test
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.evaluation.dataset import KnownFinding, Sample, read_dataset

_TARGET = 0.97  # of the accepted comments must survive
_LONG = 5  # lines
_WORDS = 40  # in a long comment

type _Signals[T] = Mapping[str, Callable[[T], bool]]


def comment_signals(comments: Sequence[Comment]) -> _Signals[Comment]:
    """Return what can be told of a comment without its pull request's files."""
    places = Counter((comment.pull_request, comment.path) for comment in comments)
    exact = Counter(
        (comment.pull_request, comment.path, comment.lines.start) for comment in comments
    )

    def path(comment: Comment) -> str:
        return comment.path.partition(":")[2]

    signals: dict[str, Callable[[Comment], bool]] = {
        f"category is {category}": partial(_is_of, category)
        for category in sorted({comment.category for comment in comments})
    }
    return signals | {
        "one line": lambda comment: len(comment.lines) == 1,
        f"at most {_LONG} lines": lambda comment: len(comment.lines) <= _LONG,
        "names code in backticks": lambda comment: "`" in comment.text,
        "brings a suggestion or code block": lambda comment: "```" in comment.text,
        f"at most {_WORDS} words": lambda comment: len(comment.text.split()) <= _WORDS,
        "another comment begins on the same line": lambda comment: (
            exact[comment.pull_request, comment.path, comment.lines.start] > 1
        ),
        "at most three comments on the file": lambda comment: (
            places[comment.pull_request, comment.path] <= 3
        ),
        "not in a test": lambda comment: not is_test(path(comment)),
        "not in prose": lambda comment: not is_documentation(path(comment)),
    }


def _is_of(category: str, comment: Comment) -> bool:
    return comment.category == category


def comment_rows(comments: Sequence[Comment]) -> Iterator[tuple[str, ...]]:
    """Yield the first table's rows, the last ones of all signals weighed together."""
    halves = [
        [comment for comment in comments if comment.is_held_out is is_held_out]
        for is_held_out in (False, True)
    ]
    signals = comment_signals(comments)

    def as_words(comment: Comment) -> str:
        # The regression over words takes a word for each signal that is there.
        names = (f"signal{'x' * at}" for at, has in enumerate(signals.values()) if has(comment))
        return " ".join(names)

    for name, has in signals.items():
        yield (name, *_shares(halves, lambda comment: comment.accepted, has))
    encoded = [replace(comment, text=as_words(comment)) for comment in halves[0]]
    for decay in (0.1, 1.0):
        score = fitted_score(encoded, decay)
        scores = sorted(score(comment.text) for comment in encoded if comment.accepted)
        least = scores[int((1 - _TARGET) * len(scores))]
        passes = partial(_is_at_least, score, as_words, least)
        yield (
            f"all weighed, decay {decay}, .97 of the fitted half's accepted",
            *_shares(halves, lambda comment: comment.accepted, passes),
        )


def _is_at_least(
    score: Callable[[str], float], text: Callable[[Comment], str], least: float, comment: Comment
) -> bool:
    return score(text(comment)) >= least


def _shares[T](
    halves: Sequence[Sequence[T]], is_accepted: Callable[[T], bool], has: Callable[[T], bool]
) -> Iterator[str]:
    for half in halves:
        for kind in (True, False):
            marks = [has(entry) for entry in half if is_accepted(entry) is kind]
            yield f"{sum(marks) / len(marks):.2f} of {len(marks)}"


@dataclass(frozen=True, kw_only=True)
class _PlacedComment:
    """A comment with the lines of its file at head, and those of them that the change added."""

    finding: KnownFinding
    accepted: bool
    lines: Sequence[str]
    added: frozenset[int]

    @property
    def span(self) -> range:
        """The comment's lines."""
        first, last = self.finding.lines or (0, -1)
        return range(first, last + 1)

    @property
    def quote(self) -> str:
        """The first of them."""
        return "".join(self.lines[self.span.start - 1 : self.span.start]).strip()


_PLACE_SIGNALS: _Signals[_PlacedComment] = {
    "a changed line among its lines": lambda comment: any(
        line in comment.added for line in comment.span
    ),
    "changed lines alone": lambda comment: all(line in comment.added for line in comment.span),
    "its first line stands once in the file": lambda comment: (
        sum(line.strip() == comment.quote for line in comment.lines) == 1
    ),
    "its first line is no comment or brace": lambda comment: (
        len(comment.quote) > 3 and not comment.quote.startswith(("//", "#", "*", "/*"))
    ),
    "of the level of the diff": lambda comment: comment.finding.context.value == "diff",
    "in a file of at most 300 lines": lambda comment: len(comment.lines) <= 300,
}


def placed_comments(sample: Sample, folder: Path) -> Iterator[_PlacedComment]:
    """Yield the comments of one pull request that stand on lines of its head."""
    clone = find_clone(folder, sample.repository)
    if clone is None:
        return
    base = git(clone, "merge-base", sample.base, sample.head)
    for findings, accepted in ((sample.findings, True), (sample.rejected, False)):
        for finding in findings:
            if finding.lines is None or finding.side.value != "RIGHT":
                continue
            diff = git(clone, "diff", "-U0", base, sample.head, "--", finding.path)
            try:
                text = git(clone, "show", f"{sample.head}:{finding.path}")
            except subprocess.CalledProcessError:  # a path that the head does not have
                continue
            yield _PlacedComment(
                finding=finding,
                accepted=accepted,
                lines=text.split("\n"),
                added=frozenset(_added_lines(diff)),
            )


def _added_lines(diff: str) -> Iterator[int]:
    for line in diff.split("\n"):
        if line.startswith("@@ "):
            start, _, count = line.split()[2].removeprefix("+").partition(",")
            yield from range(int(start), int(start) + int(count or 1))


def place_rows(sets: Sequence[Path], folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the second table's rows, a dataset for each half."""
    halves = [
        [
            comment
            for sample in read_dataset(file.read_text("utf-8"), str(file))
            for comment in placed_comments(sample, folder)
        ]
        for file in sets
    ]
    for name, has in _PLACE_SIGNALS.items():
        yield (name, *_shares(halves, lambda comment: comment.accepted, has))


def main() -> None:
    """Print both tables; `--sets` are the tuned-on and the held-out dataset of `convert_aacr`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--sets", type=Path, nargs=2, default=())
    arguments = parser.parse_args()
    rows = list(comment_rows(read_comments(arguments.folder)))
    sys.stdout.write(f"{markdown_table(_head('fitted', 'other'), rows)}\n\n")
    if arguments.sets:
        rows = list(place_rows(arguments.sets, arguments.folder))
        sys.stdout.write(f"{markdown_table(_head('tuned-on', 'held out'), rows)}\n")


def _head(*halves: str) -> tuple[str, ...]:
    return ("signal", *(f"{half}: {kind}" for half in halves for kind in ("accepted", "rejected")))


if __name__ == "__main__":
    main()
