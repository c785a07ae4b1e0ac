"""Regions that a tool names by offsets, as lines of the file that it has seen."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from itertools import accumulate

from codeflow_action.engine.tool_results import OffsetRegion, OffsetUnit

_MARK = b"\xef\xbb\xbf"

type Lines = tuple[int, int]


def lines_of_regions(
    content: bytes, regions: Collection[OffsetRegion]
) -> Mapping[OffsetRegion, Lines]:
    """Return the first and last line of each region that lies in the file."""
    spans: dict[OffsetRegion, Lines] = {}
    for unit in {region.unit for region in regions}:
        ends = _line_ends(content, unit)
        for region in regions:
            # A region that ends with its line's break ends on that line.
            last = region.start + max(region.length - 1, 0)
            if region.unit is unit and last <= ends[-1]:
                first_line = bisect_right(ends, region.start) + 1
                last_line = bisect_right(ends, last) + 1
                spans[region] = (min(first_line, len(ends)), min(last_line, len(ends)))
    return spans


def _line_ends(content: bytes, unit: OffsetUnit) -> list[int]:
    """Return the offsets behind each line, its break included."""
    if unit is OffsetUnit.BYTES:
        lengths = [len(line) for line in content.split(b"\n")]
    else:
        # The mark at the beginning is no character of the text (SARIF 2.1.0, 3.30.10).
        text = content.removeprefix(_MARK).decode("utf-8", "replace")
        lengths = [
            len(line) if unit is OffsetUnit.CODE_POINTS else len(line.encode("utf-16-le")) // 2
            for line in text.split("\n")
        ]
    return list(accumulate(length + 1 for length in lengths))
