"""How large the change is, and whether tests changed with it: one line, never a finding."""

from collections.abc import Sequence

from codeflow_action.actions.quality_gates.gate import GateLevel, GateResult, GateSubject, LineGate
from codeflow_action.engine.files import is_code, is_foreign, is_test, language
from codeflow_action.engine.pull_request import ChangedFile

_UNTESTED = frozenset({"dockerfile", "hcl", "make", "sql"})  # code that seldom has tests beside it
_TELLING = 10  # added lines of code: fewer may well do without a test


class Size(LineGate):
    """How much code changed, and whether tests changed with it: a line in the summary."""

    name = "size"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Count lines of code, without tests, documents, data, and what tools write."""
        files = [one.file for one in subject.changes if not is_foreign(one.path)]
        code = [file for file in files if _needs_test(file.path) and not is_test(file.path)]
        added, removed = _lines(code)
        if added < _TELLING:
            return GateResult()
        tests = [file for file in files if is_test(file.path) and file.hunks]
        return GateResult(notes=(f"{_counted(code, added, removed)} {_said(tests)}",))


def _needs_test(path: str) -> bool:
    return is_code(path) and language(path) not in _UNTESTED


def _lines(files: Sequence[ChangedFile]) -> tuple[int, int]:
    added = sum(len(file.added_lines) for file in files)
    return added, sum(len(file.removed_lines) for file in files)


def _counted(files: Sequence[ChangedFile], added: int, removed: int) -> str:
    name = "file" if len(files) == 1 else "files"
    return f"{len(files)} code {name}, +{added:,} -{removed:,} lines;"


def _said(tests: Sequence[ChangedFile]) -> str:
    if not tests:
        return "no tests changed"
    added, removed = _lines(tests)
    return f"tests: +{added:,} -{removed:,}"
