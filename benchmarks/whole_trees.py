"""Counts which files of whole repositories the gates call broken: `make bench-files REPOS=DIR`.

DIR holds clones, bare or not. Each JSON, YAML, TOML, XML and Python file of their heads is given to
`broken_files` and `conflict_markers` as if a pull request had just added it, in this process. What
they report is in a table by language, and one by one with a verdict: `whole_trees.json` says by
hand of each what it is. A file that is merged and read every day is not broken, so what has no
verdict counts as false. `--check` ends with 1 when there is any.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import batched
from pathlib import Path

from benchmarks.measure import Figure, git, print_table
from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.gate import FileChange, GateSubject
from codeflow_action.engine.diff import DiffLine, Hunk, LineKind
from codeflow_action.engine.files import is_vendored
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.review.well_formed import language_of

_PAGE = Path(__file__).with_name("whole_trees.md")
_VERDICTS = _PAGE.with_suffix(".json")
_BATCH = 200  # files that are held in memory at a time
_MOST_BYTES = 2_000_000
_GATES = ("broken_files", "conflict_markers")
_INTRODUCTION = """# Files that are called broken

`make bench-files REPOS=DIR`. Every JSON, YAML, TOML, XML and Python file at the head of {count}
public repositories, as if a pull request had just added it. All of them are merged, so what
`broken_files` and `conflict_markers` say of them is a false alarm, unless the file is broken on
purpose or in truth. Vendored files are left out.
"""


class NoFiles:
    """The tree before a file was added."""

    sha = "0" * 40
    reads_singly = False

    async def read_many(self, paths: Sequence[str]) -> dict[str, Content]:
        """Return that none of them is there."""
        return dict.fromkeys(paths, Absent.MISSING)

    async def list(self) -> tuple[str, ...]:
        """Return no paths."""
        return ()

    async def sizes(self, paths: Sequence[str]) -> dict[str, int]:  # noqa: ARG002 - `Tree` has it
        """Return nothing."""
        return {}

    async def search(self, names: Sequence[str], within: Sequence[str]) -> None:
        """Say that it cannot be searched."""


def main(arguments: list[str]) -> int:
    """Measure, write the page, print the figures; 1 when a file is called broken and is not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_trees")
    parser.add_argument("repos", metavar="DIR")
    parser.add_argument("--only", default="", metavar="TEXT", help="of the clones' paths")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    options = parser.parse_args(arguments)
    heads = (*Path(options.repos).glob("*/HEAD"), *Path(options.repos).glob("*/*/HEAD"))
    clones = sorted(head.parent for head in heads if options.only in str(head))
    files: Counter[str] = Counter()
    findings: dict[str, Finding] = {}
    for clone in clones:
        name = clone.parent.name if clone.name in ("repo", ".git") else clone.name
        sys.stderr.write(f"{name}\n")
        for changes in batched(_files(clone), _BATCH, strict=False):
            files.update(language_of(change.path) for change in changes)
            for finding in asyncio.run(_check(changes)):
                findings[f"{name}:{finding.path}"] = finding
                sys.stderr.write(f"  {finding.path}:{finding.line} {finding.message[:120]}\n")
    verdicts = json.loads(_VERDICTS.read_bytes()) if _VERDICTS.is_file() else {}
    if not options.only:
        _PAGE.write_text(_page(len(clones), files, findings, verdicts))
    exit_code = print_table(_figures(files, findings, verdicts))
    return exit_code if options.check else 0


def _files(clone: Path) -> Iterator[FileChange]:
    """Yield the head's files that have a parser here, each as one that was just added."""
    listed = git(clone, "ls-tree", "-r", "-z", "HEAD").split("\0")
    rows = (row.partition("\t") for row in listed if row.startswith("100"))
    chosen = {
        path: fields.split(" ")[2]
        for fields, _, path in rows
        if language_of(path) and not is_vendored(path)
    }
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=clone, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as batch:
        for path, blob in chosen.items():
            if batch.stdin is None or batch.stdout is None:
                return
            batch.stdin.write(f"{blob}\n".encode())
            batch.stdin.flush()
            header = batch.stdout.readline().split()
            if header[1] == b"missing":
                continue
            content = batch.stdout.read(int(header[2]) + 1)[:-1]
            if len(content) <= _MOST_BYTES and b"\0" not in content:
                yield _added(path, content)


def _added(path: str, content: bytes) -> FileChange:
    text = content.decode("utf-8", "replace")
    lines = tuple(
        DiffLine(LineKind.ADDED, None, number, line)
        for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1)
    )
    hunk = Hunk(0, 0, 1, len(lines), "", lines)
    file = ChangedFile(path=path, status=FileStatus.ADDED, hunks=(hunk,))
    return FileChange(file=file, head=content)


async def _check(changes: Sequence[FileChange]) -> list[Finding]:
    """Return what the two gates say."""
    subject = GateSubject(
        changes=tuple(changes), head=NoFiles(), merge_base=NoFiles(), scanners=BundledScanners({})
    )
    gates = QualityGates()
    results = [await getattr(gates, name).check(subject) for name in _GATES]
    return [finding for result in results for finding in result.findings]


def _figures(
    files: Counter[str], findings: dict[str, Finding], verdicts: dict[str, str]
) -> Iterator[Figure]:
    for language in sorted(files):
        told = [
            key for key, finding in findings.items() if language_of(finding.path or "") == language
        ]
        wrong = [key for key in told if key not in verdicts]
        yield Figure(
            subject=f"{language}: {files[language]:,} files, {len(told)} called broken",
            target="none wrongly",
            value=str(len(wrong)),
            is_met=not wrong,
        )


def _page(
    count: int, files: Counter[str], findings: dict[str, Finding], verdicts: dict[str, str]
) -> str:
    figures = _figures(files, findings, verdicts)
    table = "".join(f"| {' | '.join(figure.cells())} |\n" for figure in figures)
    rows = "".join(
        f"- `{key}`: {finding.message.partition('. ')[0]}. {verdicts.get(key, 'False alarm.')}\n"
        for key, finding in sorted(findings.items())
    )
    return (
        f"{_INTRODUCTION.format(count=count)}\n"
        f"| what | target | measured | met |\n| --- | --- | --- | --- |\n{table}"
        f"\n## One by one\n\n{rows or 'None.\n'}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
