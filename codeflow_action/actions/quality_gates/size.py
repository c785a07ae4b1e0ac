"""How large the change is, and whether tests changed with it: one line, never a finding."""

from collections.abc import Sequence

from codeflow_action.actions.quality_gates.gate import (
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.engine.files import is_code, is_foreign, is_test, language
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.quantities import count

# Code that seldom has tests beside it.
_WITHOUT_TESTS = frozenset({"dockerfile", "hcl", "make", "sql"})
_LEAST_LINES = 10  # added lines of code: a smaller change may well do without a test


class Size(ThreadedGate):
    """How much code changed, and whether tests changed with it: a line in the summary."""

    name = "size"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Count lines of code, without tests, documents, data, and what tools write."""
        files = [change.file for change in subject.changes if not is_foreign(change.path)]
        code = [
            file
            for file in files
            if is_code(file.path)
            and language(file.path) not in _WITHOUT_TESTS
            and not is_test(file.path)
        ]
        additions, removals = _line_counts(code)
        if additions < _LEAST_LINES:
            return GateResult()
        tests = [file for file in files if is_test(file.path) and file.hunks]
        note = f"{count(len(code), 'code file')}, +{additions:,} -{removals:,} lines; "
        if tests:
            additions, removals = _line_counts(tests)
            note += f"tests: +{additions:,} -{removals:,}"
        else:
            note += "no tests changed"
        return GateResult(notes=(note,))


def _line_counts(files: Sequence[ChangedFile]) -> tuple[int, int]:
    """Return how many lines were added, and how many removed."""
    additions = sum(len(file.added_lines) for file in files)
    return additions, sum(len(file.removed_lines) for file in files)
