"""Whether a result is about this change, by reviewdog's rules for its four filters.

https://github.com/reviewdog/reviewdog#filter-mode
"""

from typing import assert_never

from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.tool_results import Filter

type Lines = tuple[int, int]  # first and last at head, both included


def qualifies(filter_: Filter, file: ChangedFile | None, lines: Lines | None) -> bool:
    """True when a result counts. `file` is None for one outside of the diff.

    Of several lines any one is enough. A result without lines, or whose lines are not at head,
    counts only where lines are not asked for.
    """
    match filter_:
        case Filter.NOFILTER:
            return True
        case Filter.FILE:
            return file is not None
        case Filter.ADDED if file and lines:
            first, last = lines
            # A report may name a stretch of billions of lines: the shorter side is walked.
            if last - first < len(file.added_lines):
                return any(line in file.added_lines for line in range(first, last + 1))
            return any(first <= line <= last for line in file.added_lines)
        case Filter.DIFF_CONTEXT if file and lines:
            first, last = lines
            return any(
                first < hunk.new_start + hunk.new_count and hunk.new_start <= last
                for hunk in file.hunks
                if hunk.new_count
            )
        case Filter.ADDED | Filter.DIFF_CONTEXT:
            return False
        case _:
            assert_never(filter_)
