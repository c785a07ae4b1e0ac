"""Comments and attributes that switch off a tool's warning: counted once a pull request."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.code_only import (
    C_FAMILY,
    LANGUAGES,
    code_only,
    comments_only,
)
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.engine.files import is_foreign, language

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
# One of these stands in each match. To look for plain words is much faster than an expression that
# begins anew at each word of each line: it was a tenth of a run over 1,500 files.
_COMMENT_WORDS = (
    *("noqa", "ignore", "disable", "nosec", "NOSONAR", "@ts-", "nolint", "NOLINT", "rubocop:"),
    *("suppress", "nosemgrep", "checkov:skip", ":allow", "allowlist"),
)
_CODE_WORDS = ("[allow(", "[expect(", "Suppress", "#pragma")
# Where each kind is looked for, and in which languages: a mention in a string is not one.
_SEARCHES = (
    (comments_only, _COMMENT_WORDS, _IN_COMMENTS, LANGUAGES),
    (code_only, _CODE_WORDS, _IN_CODE, C_FAMILY | {"rust", "java", "kotlin", "scala", "c_sharp"}),
)
_MAX_FILES = 5


@dataclass(frozen=True, kw_only=True)
class _Suppression:
    path: str
    line: int
    kind: str
    text: str  # without the rest of its line, so that it stays the same where it is moved to


class Suppressions(ThreadedGate):
    """A tool's warning was switched off in the code, and a reviewer should know why."""

    name = "suppressions"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Report those that were added, less those that were removed or only moved."""
        changes = [change for change in subject.changes if not is_foreign(change.path)]
        removals = Counter(
            (suppression.kind, suppression.text)
            for change in changes
            for hunk in change.file.hunks
            for line in hunk.removed
            if len(line.text) <= MAX_LINE
            # Each line is read alone, as the old file is not at hand.
            for suppression in _suppressions(change.merge_base_path, {1: line.text}, line.text)
        )
        additions = (
            suppression
            for change in changes
            if change.has_text
            for suppression in _suppressions(change.path, dict(change.added_lines), change.text)
        )
        new = []
        for suppression in additions:
            key = suppression.kind, suppression.text
            if removals[key]:
                removals[key] -= 1
            else:
                new.append(suppression)
        if not new:
            return GateResult()
        kinds = Counter(suppression.kind for suppression in new)
        paths = list(dict.fromkeys(suppression.path for suppression in new))
        files = ", ".join(paths[:_MAX_FILES]) + (", …" if len(paths) > _MAX_FILES else "")
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        finding = self.finding(
            new[0].path,
            new[0].line,
            title=f"{len(new)} suppression{'s' if len(new) > 1 else ''} added",
            message=(
                f"Added: {counts}, in {files}. Each one hides a tool's warning. Fix the cause, or "
                "say in a comment why the warning does not apply."
            ),
            code=", ".join(sorted(kinds)),
        )
        return GateResult(findings=(finding,))


def _suppressions(path: str, lines: Mapping[int, str], text: str) -> Iterator[_Suppression]:
    """Yield each suppression in these lines of a text, by their numbers."""
    searched_text = "\n".join(lines.values())
    for part_of, words, pattern, languages in _SEARCHES:
        if language(path) not in languages or not any(word in searched_text for word in words):
            continue
        numbers = [number for number, line in lines.items() if pattern.search(line)]
        # Telling code from comments takes time, and in most files nothing matches.
        if not numbers:
            continue
        part = part_of(text, language(path)).split("\n")
        for number in numbers:
            for match in pattern.finditer(part[number - 1] if number <= len(part) else ""):
                kind = (match.lastgroup or "").replace("_", " ")
                yield _Suppression(path=path, line=number, kind=kind, text=match[0])
