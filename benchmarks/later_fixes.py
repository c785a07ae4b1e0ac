"""Holds what `codeflow backtest` finds against 50 fixes that were read: `make bench-fixes`.

REPOS=DIR holds clones as `owner/name` or `owner+name`. Each row of `later_fixes.json` is a fix and
a change that it was said to point back to. It is right when the fix mends a fault that these lines
had, and that the change brought; else `why` says what it was. Rows were drawn at random, as evenly
from the repositories as can be, before anybody looked at them, and none was taken out.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from codeflow_action.evaluation.backtest import is_bug_fix, telling_fixes
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.evaluation.later_fixes import past_changes
from codeflow_action.hosts.laptop import open_repository

type Row = Mapping[str, Any]

_ROWS = TypeAdapter(list[Row])
_FILE = Path(__file__).with_suffix(".json")


def main(arguments: Sequence[str]) -> int:
    """Print how many of the rows are found now, and how many of these are right."""
    folder = Path(arguments[0]) if arguments and arguments[0] else None
    if folder is None or not folder.is_dir():
        sys.stderr.write("name a folder with clones: make bench-fixes REPOS=DIR\n")
        return 2
    by_repository: dict[str, list[Row]] = defaultdict(list)
    for row in _ROWS.validate_json(_FILE.read_text(encoding="utf-8")):
        by_repository[row["repository"]].append(row)
    print("| repository | read | right | found now | right |\n| --- | --- | --- | --- | --- |")
    total = [0, 0, 0, 0]
    for name, rows in sorted(by_repository.items()):
        clone = find_clone(folder, name)
        if clone is None:
            sys.stderr.write(f"{absence(folder, name)}\n")
            continue
        pairs = found_pairs(clone, rows)
        found = [row for row in rows if _key(row) in pairs]
        counts = [len(rows), _right(rows), len(found), _right(found)]
        total = [left + right for left, right in zip(total, counts, strict=True)]
        print(f"| {name} | {' | '.join(map(str, counts))} |")
    print(f"| all | {' | '.join(map(str, total))} |")
    return 0 if total[0] else 2


def found_pairs(clone: Path, rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    """Return the pairs that are found up to the newest fix of these rows."""
    repository = asyncio.run(open_repository(clone, os.environ))
    pairs = set()
    for head in {row["fix"] for row in rows}:
        past = past_changes(repository.git, head, last=1_000, is_fix=is_bug_fix, ignore_space=True)
        pairs |= {
            (change.sha, fix.sha, fix.old_path)
            for change in past.changes
            for fix in telling_fixes(change, past)
            if fix.sha == head
        }
    return pairs


def _key(row: Row) -> tuple[str, str, str]:
    return row["change"], row["fix"], row["path"]


def _right(rows: Sequence[Row]) -> int:
    return sum(row["right"] for row in rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
