"""A region that is given by an offset is on the lines that the tool has seen."""

import time

import pytest

from codeflow_action.actions.tool_reports.offsets import lines_of_regions
from codeflow_action.engine.tool_results import OffsetRegion, OffsetUnit

TEXT = "a😀é\r\nbc\nd".encode()


def lines(start, length=0, unit=OffsetUnit.UTF16, content=TEXT):
    region = OffsetRegion(start=start, length=length, unit=unit)
    return lines_of_regions(content, [region]).get(region)


@pytest.mark.parametrize(
    ("unit", "second", "third", "end"),
    [
        (OffsetUnit.UTF16, 6, 9, 10),  # the face has two units
        (OffsetUnit.CODE_POINTS, 5, 8, 9),
        (OffsetUnit.BYTES, 9, 12, 13),
    ],
)
def test_an_offset_counts_in_its_unit(unit, second, third, end):
    assert lines(0, 0, unit) == (1, 1)
    assert lines(second - 1, 0, unit) == (1, 1)
    assert lines(second, 0, unit) == (2, 2)
    assert lines(second, 3, unit) == (2, 2)  # with the line's break
    assert lines(second, 4, unit) == (2, 3)
    assert lines(0, third + 1, unit) == (1, 3)
    assert lines(end, 0, unit) == (3, 3)
    assert lines(end + 9, 0, unit) is None
    assert lines(0, 99, unit) is None


def test_a_byte_order_mark_is_no_character_and_three_bytes():
    content = b"\xef\xbb\xbfa\nb\n"
    assert lines(2, content=content) == (2, 2)
    assert lines(2, unit=OffsetUnit.BYTES, content=content) == (1, 1)
    assert lines(5, unit=OffsetUnit.BYTES, content=content) == (2, 2)


def test_a_large_file_with_many_regions_takes_no_long_time():
    content = b"x = 1\n" * 500_000
    regions = [OffsetRegion(start=at, unit=OffsetUnit.UTF16) for at in range(0, 3_000_000, 100)]
    started = time.process_time()
    assert len(lines_of_regions(content, regions)) == len(regions)
    assert time.process_time() - started < 10
