"""Counts which seeds the gates see, and which harmless ones they leave alone: `make bench-recall`.

Each seed of `seeds/` becomes two commits of one repository, and goes through `quality_gates` with
its defaults, in this process and without models. `recall.md` is written from the outcome.
`python -m benchmarks.recall ROW …` runs only some rows and writes no page; `--show` prints what the
gates said about each seed that is missed; `--check` ends with 1 when a target is missed.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Figure, git, print_table
from benchmarks.noise import Gates
from benchmarks.seed_files import Group, Row, Seed, read_rows
from codeflow_action.engine.findings import Finding

_PAGE = Path(__file__).with_name("recall.md")
_IDENTITY = b"Mona <mona@example.com> 1767225600 +0000"
_INTRODUCTION = """# Recall of the gates on seeds

`make bench-recall`. Seeds are small changes that were written before the rules that must see them:
attacks and faults, and harmless look-alikes of each. They lie in [seeds](seeds), one row in a file,
and none is changed because a gate misses it. What the gates say on real pull requests is in
[noise.md](noise.md).
"""


@dataclass(frozen=True, kw_only=True)
class GroupResult:
    """A group of a row, and what was said about each of its seeds that is missed."""

    row: Row
    group: Group
    missed: Mapping[str, tuple[Finding, ...]]

    def figure(self) -> Figure:
        """Return its line of the table."""
        count = len(self.group.seeds)
        met = count - len(self.missed)
        floor = self.group.floor
        return Figure(
            subject=f"{self.row.what}: {self.group.name}",
            target=f"≥ {floor} of {count}" if floor < count else f"all {count}",
            value=str(met),
            is_met=met >= floor,
        )


def main(arguments: list[str]) -> int:
    """Measure, print the table and the missed seeds, write the page; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="names of files in seeds/")
    parser.add_argument("--show", action="store_true", help="print what was said about the missed")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    options = parser.parse_args(arguments)
    all_rows = read_rows()
    rows = {name: all_rows[name] for name in options.rows or all_rows}
    results = asyncio.run(measure(rows))
    exit_code = print_table(result.figure() for result in results)
    sys.stdout.writelines(_missed(results, is_detailed=options.show))
    if not options.rows:
        _PAGE.write_text(_page(results))
    return exit_code if options.check else 0


async def measure(rows: Mapping[str, Row]) -> list[GroupResult]:
    """Run the gates on every seed of these rows."""
    gates = Gates.make()
    groups = [(row, group) for row in rows.values() for group in row.groups]
    seeds = [seed for _, group in groups for seed in group.seeds]
    results = []
    with tempfile.TemporaryDirectory(prefix="codeflow-recall-") as name:
        commits = iter(commit_all(Path(name), seeds))
        for row, group in groups:
            missed = {}
            for seed in group.seeds:
                checked = await gates.check("seeds", Path(name), next(commits), by_bot=False)
                if not (seed.want or group.want).is_met(checked.findings):
                    missed[seed.name] = checked.findings
            results.append(GroupResult(row=row, group=group, missed=missed))
    return results


def commit_all(folder: Path, seeds: Sequence[Seed]) -> list[str]:
    """Make a repository with two commits for each seed; return the later ones, in their order."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(
        part for number, seed in enumerate(seeds) for part in _commits(2 * number + 1, seed)
    )
    marks = folder / ".git" / "marks"
    # One process for all of them: hundreds of `git commit` take minutes.
    subprocess.run(
        ["git", "fast-import", "--quiet", f"--export-marks={marks}"],
        cwd=folder,
        input=stream,
        check=True,
    )
    shas = dict(line.split() for line in marks.read_text().splitlines())
    git(folder, "update-ref", "refs/heads/main", shas[":1"])
    return [shas[f":{2 * number + 2}"] for number in range(len(seeds))]


def _commits(mark: int, seed: Seed) -> Iterator[bytes]:
    """Yield a seed's two commits for `git fast-import`, the first of this mark."""
    for position, files in enumerate(seed.versions()):
        content = {"README.md": b"# Shop\n"} | files
        yield b"commit refs/seeds/%d\nmark :%d\n" % (mark, mark + position)
        yield b"committer %s\n%s" % (_IDENTITY, _block(seed.name.encode()))
        yield (b"from :%d\n" % mark if position else b"") + b"deleteall\n"
        for path, text in content.items():
            # Within quotes a path may hold any byte but these.
            quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            yield b'M 100644 inline "%s"\n%s' % (quoted.encode(), _block(text))


def _block(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _missed(results: Sequence[GroupResult], *, is_detailed: bool) -> Iterator[str]:
    """Yield a line for each missed seed, with what was said about it where that is asked for."""
    for result in results:
        for name, findings in result.missed.items():
            yield f"missed: {result.row.what}: {result.group.name}: {name}\n"
            for finding in findings if is_detailed else ():
                yield (
                    f"    {finding.severity.value} {finding.rule} {finding.path}:{finding.line}"
                    f" {finding.title}\n"
                )


def _page(results: Sequence[GroupResult]) -> str:
    table = "".join(f"| {' | '.join(result.figure().cells())} |\n" for result in results)
    missed = "".join(
        f"- {result.row.what}, {result.group.name}: {'; '.join(result.missed)}\n"
        for result in results
        if result.missed
    )
    return (
        f"{_INTRODUCTION}\n| what | target | measured | met |\n| --- | --- | --- | --- |\n{table}"
        f"\n## Missed seeds\n\n{missed or 'None.\n'}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
