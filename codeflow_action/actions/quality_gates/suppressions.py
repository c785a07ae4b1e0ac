"""Comments and attributes that silence a tool: counted once a pull request."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.code_only import (
    CFAMILY,
    KNOWN,
    code_only,
    comments_only,
)
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    LineGate,
)
from codeflow_action.engine.files import is_foreign, language
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.pull_request import ChangedFile

_IN_COMMENTS = re.compile(
    r"(?P<noqa>\bnoqa\b(?::[ ]?[A-Z]+[0-9]+)?)"
    r"|(?P<type_ignore>\b(?:type|pyright|ty|mypy):\s?ignore\b(?:\[[^\]]{0,80}\])?)"
    r"|(?P<pylint>\bpylint:\s?disable)"
    r"|(?P<nosec>\bnosec\b)"
    r"|(?P<NOSONAR>\bNOSONAR\b)"
    r"|(?P<eslint_disable>\b(?:eslint|oxlint|tslint|stylelint)[-:]disable(?:-next-line|-line)?)"
    r"|(?P<ts_ignore>@ts-(?:ignore|expect-error|nocheck)\b)"
    r"|(?P<biome_ignore>\b(?:biome|deno-lint)-ignore\b)"
    r"|(?P<nolint>\b(?:nolint|NOLINT(?:NEXTLINE|BEGIN)?)\b)"
    r"|(?P<rubocop_disable>\brubocop:(?:disable|todo)\b)"
    r"|(?P<phpcs_ignore>\bphpcs:(?:ignore|disable)\b)"
    r"|(?P<phpstan_ignore>@(?:phpstan-ignore|psalm-suppress)\b)"
    r"|(?P<swiftlint_disable>\bswiftlint:disable\b)"
    r"|(?P<shellcheck_disable>\bshellcheck disable=)"
    r"|(?P<hadolint_ignore>\bhadolint ignore=)"
    r"|(?P<nosemgrep>\bnosemgrep\b)"
    r"|(?P<checkov_skip>\bcheckov:skip=)"
    r"|(?P<trivy_ignore>\b(?:trivy|tfsec):ignore\b)"
    r"|(?P<zizmor_ignore>\bzizmor:\s?ignore\b)"
    r"|(?P<secret_scan_ignore>\b(?:kingfisher|trufflehog):ignore\b|\b(?:gitleaks|betterleaks):allow\b"
    r"|\bpragma: allowlist secret\b)"
)
_IN_CODE = re.compile(
    r"(?P<allow>#!?\[(?:allow|expect)\()"
    r"|(?P<Suppress>@SuppressWarnings\b|@(?:file:)?Suppress\()"
    r"|(?P<pragma>#pragma\s+(?:warning\s+disable|(?:GCC|clang)\s+diagnostic\s+ignored)\b)"
)
_READINGS = (
    (comments_only, _IN_COMMENTS, KNOWN),
    (code_only, _IN_CODE, CFAMILY | {"rust", "java", "kotlin", "scala", "c_sharp"}),
)
_MAX_FILES = 5


@dataclass(frozen=True, kw_only=True)
class _Place:
    path: str
    line: int
    kind: str
    text: str  # what silences, the same wherever it is moved to


class Suppressions(LineGate):
    """A tool's warning was switched off in the code, and a reviewer should know why."""

    name = "suppressions"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Report those that were added, less those that were removed or only moved."""
        changes = [change for change in subject.changes if not is_foreign(change.path)]
        removed = Counter(
            (kind, text) for change in changes for kind, text in _removed(change.file)
        )
        added = []
        for place in (place for change in changes for place in _added(change)):
            if removed[place.kind, place.text]:
                removed[place.kind, place.text] -= 1
            else:
                added.append(place)
        return GateResult(findings=(_finding(added),) if added else ())


def _added(change: FileChange) -> Iterator[_Place]:
    if not change.is_text:
        return
    spoken = language(change.path)
    for number, kind, text in _suppressions(dict(change.added), change.text, spoken):
        yield _Place(path=change.path, line=number, kind=kind, text=text)


def _removed(file: ChangedFile) -> Iterator[tuple[str, str]]:
    """Yield what removed lines silence; each is read alone, as its old file is not here."""
    gone = [line.text for hunk in file.hunks for line in hunk.removed if len(line.text) <= MAX_LINE]
    spoken = language(file.previous_path or file.path)
    for line in gone:
        for _, kind, text in _suppressions({1: line}, line, spoken):
            yield kind, text


def _suppressions(
    lines: Mapping[int, str], whole: str, spoken: str
) -> Iterator[tuple[int, str, str]]:
    """Yield line number, kind and text of each in these lines of a file."""
    for read, pattern, languages in _READINGS:
        hits = [number for number, line in lines.items() if pattern.search(line)]
        if not hits or spoken not in languages:  # most files: nothing to tell apart
            continue
        told = read(whole, spoken).split("\n")
        for number in hits:
            for match in pattern.finditer(told[number - 1] if number <= len(told) else ""):
                yield number, (match.lastgroup or "").replace("_", " "), match[0]


def _finding(added: list[_Place]) -> Finding:
    first = added[0]
    kinds = Counter(place.kind for place in added)
    paths = list(dict.fromkeys(place.path for place in added))
    files = ", ".join(paths[:_MAX_FILES]) + (", …" if len(paths) > _MAX_FILES else "")
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return Suppressions.finding(
        first.path,
        first.line,
        title=f"{len(added)} suppression{'s' if len(added) > 1 else ''} added",
        message=(
            f"Added: {counts}, in {files}. Each one hides a tool's warning. Fix the cause, or say "
            "in a comment why the warning does not apply."
        ),
        code=", ".join(sorted(kinds)),
    )
