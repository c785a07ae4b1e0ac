"""Measures which statements are taken for rules: `python -m benchmarks.guideline_rules DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`. `guideline_rules.tsv` says which
statements of their guidelines a line of code can break, as they were read one by one; the texts
stay where they are. The points of `breakable.py` are fitted on two thirds of the repositories and
measured on the third, each third in turn; the signs themselves were chosen with all in view. The
second table compares the tokens that a prompt spends on guidelines with what it would spend on
every statement.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path, PurePosixPath

from benchmarks.measure import Figure, git, print_table
from codeflow_action.actions.pr_reviewer.guideline_rules import PER_CHANGED_LINE
from codeflow_action.config.policy import DEFAULT_GUIDELINES
from codeflow_action.engine.files import is_data, is_documentation, is_test
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.review.guidelines import (
    ProjectRule,
    RuleFile,
    choose_rules,
    numbered,
    project_rules,
    rule_files,
    rules_of,
)
from codeflow_action.review.guidelines.breakable import ENOUGH, POINTS, Readership, signs_of
from codeflow_action.review.guidelines.refusals import speaks_of_review
from codeflow_action.review.guidelines.rule_files import split_front_matter
from codeflow_action.review.guidelines.statements import Statement, statements_of

_LABELS = Path(__file__).with_name("guideline_rules.tsv")
_THIRDS = 3
_LEAST = 0.8  # of precision, and of recall
_ROUNDS, _STEP, _PULL = 800, 1.5, 1.5  # of the fit: steps, their size, and how small points stay
_CHANGED_LINES = 400  # of the change whose prompt is measured
_FORMER_PER_LINE = 3  # tokens, when every statement was shown
_THRESHOLD = -0.35  # rules are fewer than other statements: so as many are missed as are invented
_FORMER = ("AGENTS.md", "CLAUDE.md", ".cursorrules", ".github/copilot-instructions.md")


@dataclass(frozen=True, kw_only=True)
class LabelledStatement:
    """A statement of a repository's guideline, and whether code can break it."""

    repository: str
    path: str
    statement: Statement
    is_rule: bool

    @property
    def signs(self) -> tuple[float, ...]:
        """What speaks for and against it; the last one is 1 for texts on contributing."""
        return (*signs_of(self.statement), float(self.readership is Readership.CONTRIBUTORS))

    @property
    def readership(self) -> Readership:
        """For whom its file is written."""
        is_on_contributing = PurePosixPath(self.path).name.lower() == "contributing.md"
        return Readership.CONTRIBUTORS if is_on_contributing else Readership.WRITERS

    @property
    def is_refused(self) -> bool:
        """True for what is no rule whatever its points are."""
        text = self.statement.text
        return text.endswith("?") or speaks_of_review(f"{self.statement.lead} {text}")


def read_labels(folder: Path) -> Iterator[LabelledStatement]:
    """Yield the statements of the clones that are there, at the commits that were read."""
    for row in _LABELS.read_text("utf-8").splitlines()[1:]:
        repository, commit, path, rules, others = row.split("\t")
        if (clone := find_clone(folder, repository)) is None:
            continue
        _, body, first_line = split_front_matter(git(clone, "show", f"{commit}:{path}"))
        by_line = {statement.line: statement for statement in statements_of(body, first_line)}
        for lines, is_rule in ((rules, True), (others, False)):
            for line in map(int, lines.split()):
                if line in by_line:
                    yield LabelledStatement(
                        repository=repository,
                        path=path,
                        statement=by_line[line],
                        is_rule=is_rule,
                    )


def fit(labelled: Sequence[LabelledStatement]) -> tuple[float, ...]:
    """Return points for each sign and a last one for having none: a logistic regression."""
    rows = [((*one.signs, 1.0), float(one.is_rule)) for one in labelled]
    points = [0.0] * len(rows[0][0])
    for _ in range(_ROUNDS):
        slopes = [-_PULL * point for point in points[:-1]] + [0.0]
        for signs, target in rows:
            error = target - 1 / (1 + math.exp(-sum(map(mul, signs, points))))
            for index, sign in enumerate(signs):
                if sign:
                    slopes[index] += error * sign
        points = [
            point + _STEP * slope / len(rows) for point, slope in zip(points, slopes, strict=True)
        ]
    return tuple(points)


def _accuracy(subject: str, judged: Sequence[tuple[bool, bool]]) -> Figure:
    """Return precision and recall of pairs of what was taken for a rule and what is one."""
    right = sum(is_taken and is_rule for is_taken, is_rule in judged)
    precision = right / max(1, sum(is_taken for is_taken, _ in judged))
    recall = right / max(1, sum(is_rule for _, is_rule in judged))
    return Figure(
        subject=f"{subject}: precision and recall of {len(judged)} statements",
        target=f"≥ {_LEAST} both",
        value=f"{precision:.3f} and {recall:.3f}",
        is_met=min(precision, recall) >= _LEAST,
    )


def accuracies(labelled: Sequence[LabelledStatement]) -> Iterator[Figure]:
    """Yield what the points come to on repositories that they were not fitted on, and on all."""
    names = sorted({one.repository for one in labelled})
    judged: list[tuple[bool, bool]] = []
    for third in range(_THIRDS):
        held_out = set(names[third::_THIRDS])
        points = fit([one for one in labelled if one.repository not in held_out])
        judged += [
            (
                not one.is_refused and sum(map(mul, (*one.signs, 1.0), points)) > _THRESHOLD,
                one.is_rule,
            )
            for one in labelled
            if one.repository in held_out
        ]
    yield _accuracy(f"fitted on two thirds of {len(names)} repositories, the third", judged)
    shipped = (*POINTS, Readership.CONTRIBUTORS.value)
    yield _accuracy(
        "as shipped, all",
        [
            (not one.is_refused and sum(map(mul, one.signs, shipped)) >= ENOUGH, one.is_rule)
            for one in labelled
        ],
    )


def tokens(folder: Path, repository: str, commit: str) -> tuple[int, int, int, int] | None:
    """Return tokens and number of all statements that fit, then of the rules that are shown."""
    clone = find_clone(folder, repository)
    if clone is None:
        return None
    links = {
        line.split("\t")[1]
        for line in git(clone, "ls-tree", "-r", commit).splitlines()
        if line.startswith("120000")
    }
    paths = git(clone, "ls-tree", "-r", "--name-only", commit).splitlines()
    code = [
        path for path in paths if not (is_documentation(path) or is_test(path) or is_data(path))
    ]
    if not code:
        return None
    changed = {code[len(code) * part // 4] for part in (1, 2, 3)}
    room = _FORMER_PER_LINE * _CHANGED_LINES
    before = after = 0
    statements: list[str] = []
    rules: list[ProjectRule] = []
    for file in rule_files(DEFAULT_GUIDELINES, paths, changed):
        if file.path in links:
            continue
        text = git(clone, "show", f"{commit}:{file.path}")
        rules += rules_of(file, text, commit)
        if PurePosixPath(file.path).name in _FORMER or file.path in (*_FORMER, "CONTRIBUTING.md"):
            statements += _statement_lines(file, text)
    shown = 0
    for line in statements:
        if _count(line) <= room:
            room -= _count(line)
            before += _count(line)
            shown += 1
    chosen = choose_rules(numbered(rules), changed, "", PER_CHANGED_LINE * _CHANGED_LINES, _count)
    after = _count(project_rules(chosen))
    return before, shown, after, len(chosen)


def _statement_lines(file: RuleFile, text: str) -> list[str]:
    return [
        f"[{file.path}#{number}] {': '.join((*statement.headings[-1:], statement.text))}"[:440]
        for number, statement in enumerate(statements_of(text), 1)
    ]


def _count(text: str) -> int:
    return -(-len(text.encode()) // 4)


def main(folder: Path) -> int:
    """Print both tables; return 1 when a target is missed."""
    labelled = list(read_labels(folder))
    if not labelled:
        sys.stderr.write(f"{folder} holds none of the repositories of {_LABELS.name}\n")
        return 2
    code = print_table(accuracies(labelled))
    commits = dict(row.split("\t")[:2] for row in _LABELS.read_text("utf-8").splitlines()[1:])
    sys.stdout.write(
        "\n| repository | every statement, tokens | statements | rules, tokens | rules |\n"
        "| --- | --- | --- | --- | --- |\n"
    )
    totals = [0, 0, 0, 0]
    for repository, commit in sorted(commits.items()):
        if counts := tokens(folder, repository, commit):
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            sys.stdout.write(f"| {repository} | {' | '.join(map(str, counts))} |\n")
    sys.stdout.write(f"| all | {' | '.join(map(str, totals))} |\n")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
