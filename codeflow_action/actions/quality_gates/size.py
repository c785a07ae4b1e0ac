"""How large the change is, and whether tests changed with it: one line, never a finding."""

import re
from collections.abc import Sequence

from codeflow_action.actions.quality_gates.code_only import DOCKERFILE, KNOWN, language
from codeflow_action.actions.quality_gates.gate import GateLevel, GateResult, GateSubject, LineGate
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.packing import is_test
from codeflow_action.review.scope import is_foreign

_NO_CODE = frozenset({".yml", ".yaml", ".toml", ".css", ".scss", ".less", ".tf", DOCKERFILE})
_TEST = re.compile(r"\w(?:Tests?|Spec)\.\w+$|\.Tests?/")  # as Java, C# and Swift name them
_TELLING = 10  # added lines of code: fewer may well do without a test


class Size(LineGate):
    """How much code changed, and whether tests changed with it: a line in the summary."""

    name = "size"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Count lines of code, without tests, documents, data, and what tools write."""
        files = [one.file for one in subject.changes if not is_foreign(one.path)]
        code = [file for file in files if _is_code(file.path) and not _is_test(file.path)]
        added, removed = _lines(code)
        if added < _TELLING:
            return GateResult()
        tests = [file for file in files if _is_test(file.path) and file.hunks]
        return GateResult(notes=(f"{_counted(code, added, removed)} {_said(tests)}",))


def _is_code(path: str) -> bool:
    return language(path) in KNOWN - _NO_CODE


def _is_test(path: str) -> bool:
    return is_test(path) or _TEST.search(path) is not None


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
