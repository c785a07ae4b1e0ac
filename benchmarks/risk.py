"""Holds the risk lane against what became of changes: `python -m benchmarks.risk DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`, with their history. The page `risk.md` is
written from them; `--check` ends with 1 when a target is missed on the repositories held out.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Figure, print_table
from codeflow_action.config.pages import markdown_table
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.files import is_documentation
from codeflow_action.engine.risk import ChangeRisk, FileRisk, Lane, Purpose, assess
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.evaluation.later_fixes import PastChange, past_changes
from codeflow_action.hosts.laptop import open_repository
from codeflow_action.review.change_risk import areas_of, purpose_of

_FOLDER = Path(__file__).with_name("risk")
_DAYS = 365  # in which a fix counts
_MAX_RATIO = 0.25  # of the average rate
_MIN_SHARE = 0.3  # of changes in `low`
_MIN_REPOSITORIES = 8
_PAGES = "`low`: documentation and translations"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One line of the list."""

    is_held_out: bool
    name: str
    head: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class JudgedChange:
    """A past change with its lane, and whether it was fixed: what runs in it, or any line."""

    lane: Lane
    group: str
    is_fixed: bool
    has_fixed_lines: bool


@dataclass(frozen=True, kw_only=True)
class History:
    """The changes of one repository that are old enough."""

    subject: Subject
    changes: tuple[JudgedChange, ...]

    def share(self, lane: Lane) -> float:
        """Return how many of the changes are in the lane."""
        return _rate(self.changes, lambda change: change.lane is lane)

    @property
    def low(self) -> tuple[JudgedChange, ...]:
        """Those in the lane `low`."""
        return tuple(change for change in self.changes if change.lane is Lane.LOW)

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        average, low = _rate(self.changes, _is_fixed), _rate(self.low, _is_fixed)
        average_of_lines, low_of_lines = (
            _rate(changes, _has_fixed_lines) for changes in (self.changes, self.low)
        )
        return (
            self.subject.name,
            self.subject.kind,
            "held out" if self.subject.is_held_out else "fit",
            f"{len(self.changes):,}",
            f"{self.share(Lane.LOW):.0%}, {self.share(Lane.UNKNOWN):.0%}",
            f"{average:.1%}, {low:.1%}: {_ratio(low, average)}",
            _ratio(low_of_lines, average_of_lines),
        )


def main(arguments: Sequence[str]) -> int:
    """Measure, write the page, print the figures; 1 when one is missed, 2 without clones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.risk")
    parser.add_argument("repos", metavar="DIR")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    options = parser.parse_args(arguments)
    folder = Path(options.repos or "nowhere")
    if not folder.is_dir():
        sys.stderr.write("name a folder with clones: make bench-risk REPOS=DIR\n")
        return 2
    histories = list(_measure(folder))
    if not any(history.subject.is_held_out for history in histories):
        sys.stderr.write("none of the repositories held out is there: see risk/repositories.txt\n")
        return 2
    _FOLDER.with_suffix(".md").write_text(page(histories))
    exit_code = print_table(figures(histories))
    return exit_code if options.check else 0


def read_subjects(text: str) -> Iterator[Subject]:
    """Yield the repositories of the list."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            use, name, head, kind = line.split(maxsplit=3)
            yield Subject(is_held_out=use == "held", name=name, head=head, kind=kind)


def _measure(folder: Path) -> Iterator[History]:
    for subject in read_subjects((_FOLDER / "repositories.txt").read_text()):
        clone = find_clone(folder, subject.name)
        if clone is None:
            sys.stderr.write(f"{absence(folder, subject.name)}\n")
            continue
        try:
            repository = asyncio.run(open_repository(clone, os.environ))
            past = past_changes(repository.git, subject.head)
        except RepositoryError:
            sys.stderr.write(f"left out: {subject.name} lacks the commit\n")
            continue
        yield History(subject=subject, changes=tuple(judged_changes(past.changes)))


def judged_changes(changes: Sequence[PastChange]) -> Iterator[JudgedChange]:
    """Yield the changes of people of which it is known what became of them."""
    end = max((change.time for change in changes), default=0)
    for change in changes:
        if change.is_by_bot or not change.files or end - change.time < _DAYS * 86_400:
            continue
        risk = risk_of(change)
        lane = assess(risk).lane
        fixes = [fix for fix in change.fixes if fix.days <= _DAYS]
        yield JudgedChange(
            lane=lane,
            group=_group(risk, lane),
            is_fixed=any(not is_documentation(fix.path) for fix in fixes),
            has_fixed_lines=bool(fixes),
        )


def risk_of(change: PastChange) -> ChangeRisk:
    """Return what the lane is decided by, as far as a history tells it."""
    return ChangeRisk(
        files=tuple(
            FileRisk(
                path=file.path,
                purpose=purpose_of(file.path),
                added_count=file.added_count,
                removed_count=file.removed_count,
                areas=tuple({area for path in file.paths for area in areas_of(path)}),
                is_read=not file.is_binary,
            )
            for file in change.files
        )
    )


def _group(risk: ChangeRisk, lane: Lane) -> str:
    if lane is Lane.UNKNOWN:
        return "`unknown`: a binary, and nothing that needs a person"
    if risk.areas:
        return "`person`: a sensitive file"
    purposes = {file.purpose for file in risk.files}
    if lane is Lane.PERSON:
        is_test = purposes <= {Purpose.TEST, Purpose.EXAMPLE, Purpose.DOCUMENTATION}
        return "`person`: many lines of tests" if is_test else "`person`: more lines of what runs"
    if purposes <= {Purpose.DOCUMENTATION, Purpose.TRANSLATION}:
        return _PAGES
    is_test = purposes <= {Purpose.TEST, Purpose.EXAMPLE, Purpose.DOCUMENTATION}
    return "`low`: a few lines of tests" if is_test else "`low`: at most three lines of what runs"


def figures(histories: Sequence[History]) -> Iterator[Figure]:
    """Yield what is promised, beside what was measured."""
    count = len(histories)
    yield Figure(
        subject="repositories",
        target=f"≥ {_MIN_REPOSITORIES}",
        value=f"{count}, with {sum(len(history.changes) for history in histories):,} changes",
        is_met=count >= _MIN_REPOSITORIES,
    )
    for use, is_held_out in (("held out", True), ("fit", False)):
        group = [history for history in histories if history.subject.is_held_out is is_held_out]
        low, average = _mean_rates(group, _is_fixed)
        share = _mean(history.share(Lane.LOW) for history in group)
        yield Figure(
            subject=f"changes in `low`, repositories {use}",
            target=f"≥ {_MIN_SHARE:.0%}",
            value=f"{share:.1%}",
            is_met=share >= _MIN_SHARE,
        )
        yield Figure(
            subject=f"later-fix rate of `low` over the average, repositories {use}",
            target=f"≤ {_MAX_RATIO}",
            value=f"{_ratio(low, average)} ({low:.1%} of {average:.1%})",
            is_met=low <= _MAX_RATIO * average,
        )


def page(histories: Sequence[History]) -> str:
    """Return the page."""
    held = [history for history in histories if history.subject.is_held_out]
    rows = [figure.cells() for figure in figures(histories)]
    heading = ("repository", "what it is", "use", "changes", "lane", "fixed later", "all lines")
    changes = [change for history in histories for change in history.changes]
    others = [change for change in changes if change.lane is Lane.LOW and change.group != _PAGES]
    other_rate = _rate(others, _is_fixed)
    low_rate = _rate([change for history in histories for change in history.low], _is_fixed)
    return (
        (_FOLDER / "page.txt")
        .read_text()
        .format(
            targets=markdown_table(("what", "target", "measured", "met"), rows),
            days=_DAYS,
            any_ratio=_ratio(*_mean_rates(held, _has_fixed_lines)),
            other_rate=f"{other_rate:.1%}",
            other_ratio=_ratio(other_rate, _rate(changes, _is_fixed)),
            one_in=f"{1 / low_rate:.0f}" if low_rate else "none",
            repositories=markdown_table(heading, (history.cells() for history in histories)),
            groups=_groups(histories),
        )
    )


def _groups(histories: Sequence[History]) -> str:
    changes = [change for history in histories for change in history.changes]
    average = _rate(changes, _is_fixed)
    rows = []
    for name in sorted({change.group for change in changes}):
        group = [change for change in changes if change.group == name]
        rate = _rate(group, _is_fixed)
        share = len(group) / len(changes)
        rows.append((name, f"{share:.1%}", f"{rate:.1%}", _ratio(rate, average)))
    return markdown_table(("lane", "share", "fixed later", "over the average"), rows)


def _is_fixed(change: JudgedChange) -> bool:
    return change.is_fixed


def _has_fixed_lines(change: JudgedChange) -> bool:
    return change.has_fixed_lines


def _mean_rates(
    histories: Sequence[History], holds: Callable[[JudgedChange], bool]
) -> tuple[float, float]:
    """Return the rate of `low` and that of all changes; each repository counts alike."""
    low = _mean(_rate(history.low, holds) for history in histories)
    return low, _mean(_rate(history.changes, holds) for history in histories)


def _rate(changes: Sequence[JudgedChange], holds: Callable[[JudgedChange], bool]) -> float:
    return sum(map(holds, changes)) / max(1, len(changes))


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / max(1, len(numbers))


def _ratio(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
