"""Coverage in lines of text: lcov's tracefiles and Go's cover profiles."""

import re

from codeflow_action.engine.lazy import regex
from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.line_hits import (
    MAX_LINES,
    LineHits,
    Spellings,
    hit_of,
    line_number,
)
from codeflow_action.integrations.reports.report_json import NotAReport

# `name.go:line.column,line.column statements count` (golang.org/x/tools/cover, ParseProfiles).
_BLOCK = regex(r"(.+):(\d+)\.\d+,(\d+)\.\d+ (\d+) (\S+)", re.ASCII)
_MODE = regex(r"mode: ?(?:set|count|atomic)\s*")


def read_lcov(text: str) -> CoverageLog:
    """Return which lines were run. Raises `NotAReport`.

    `SF:` begins a file, `DA:line,hits` says how often one of its lines was run (geninfo(1)).
    """
    hits = LineHits()
    file: Spellings = ()
    names_a_file = False
    records = text.split("\n", MAX_LINES)
    for record in records[:MAX_LINES]:
        kind, _, value = record.strip().partition(":")
        if kind == "SF" and value.strip():
            file = hits.open_file(value)
            names_a_file = True
        elif kind == "DA":
            number, count, *_ = [*value.split(",", 2), ""]
            hits.add(file, number, hit_of(count))
        elif kind == "end_of_record":
            file = ()
    if not names_a_file:
        raise NotAReport("it is no lcov tracefile: it names no file (`SF:`)")
    hits.excess_count += sum(record.count("\nDA:") for record in records[MAX_LINES:])
    return hits.log()


def read_go_profile(text: str) -> CoverageLog:
    """Return which lines were run: all from the first to the last of a block. Raises `NotAReport`.

    Files are named by their module's path, as imports are.
    """
    hits = LineHits()
    blocks = 0
    for record in text.split("\n", MAX_LINES)[:MAX_LINES]:
        plain = record.strip()
        if not plain or _MODE.fullmatch(plain):  # profiles are often joined
            continue
        block = _BLOCK.fullmatch(plain)
        blocks += 1
        if block is None:
            name, _, place = plain.rpartition(":")
            hits.add(hits.open_file(name), place, None)
            continue
        first, last = line_number(block[2]), line_number(block[3])
        if first is None or last is None or last - first > hits.room:
            hits.add((), plain, None)
        elif block[4].strip("0"):  # a block without statements is nothing that could be run
            file = hits.open_file(block[1])
            is_hit = hit_of(block[5])
            for line in range(first, last + 1):
                hits.add(file, line, is_hit)
    if not blocks:
        raise NotAReport("it is a Go profile without a block")
    return hits.log()
