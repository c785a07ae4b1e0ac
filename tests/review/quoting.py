"""Generated changes, and quotes of them as models give them: nearly right in every known way."""

import unicodedata

from hypothesis import strategies as st

from codeflow_action.engine.diff import Side, parse_hunks
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.review.units import SourceFile, old_side, units_of
from tests.review.changes import patch

ROWS = (
    "",
    "    return None",
    "\treturn None",
    "}",
    "é = naïve(1)",
    unicodedata.normalize("NFD", "é = naïve(1)"),
    "a = 1  ",
    "a = 1",
    "...",
    "    ...  # and so on",
    "- item",
    "+ 1",
    "@@ -1 +1 @@",
    "\\ No newline at end of file",
    "    12 | code",
    "```",
    "first\u2028second",
    "\x0cdef f(a, b):",
    "call(a, b)",
    "call(a,  b)",
)
PATH = "shop/cart.py"

rows = st.one_of(st.sampled_from(ROWS), st.integers(0, 30).map("line {}".format))


@st.composite
def changes(draw):
    """Return a source with the bytes of its patch: a few edits in a file of up to 80 lines."""
    old = draw(st.lists(rows, max_size=80))
    new = list(old)
    for _edit in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(new)))
        new[at : at + draw(st.integers(0, 6))] = draw(st.lists(rows, max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    before, after = ("".join(f"{row}{end}" for row in text) for text in (old, new))
    if draw(st.booleans()):
        after = after.removesuffix(end)
    text = patch(before, after, draw(st.integers(0, 4)))
    file = ChangedFile(path=PATH, hunks=parse_hunks(text), status=FileStatus.MODIFIED)
    return SourceFile.of(file, after, old_side(file)), text


def _numbered(lines, at):
    return [f"  {at + row:>5} | {line}" for row, line in enumerate(lines)]


def _without_middle(lines, at):
    return [lines[0], ("...", "    # …")[at % 2], lines[-1]] if len(lines) > 2 else lines


BENT = (
    lambda lines, _at: [line.strip() for line in lines],
    lambda lines, _at: [line.replace("\t", "    ") for line in lines],
    lambda lines, _at: [f"{line}  \r" for line in lines],
    lambda lines, _at: [unicodedata.normalize("NFD", line) for line in lines],
    _numbered,
    lambda lines, _at: [f"+{line}" for line in lines],
    lambda lines, _at: [f"-{line}" for line in lines],
    lambda lines, _at: [f" {line}" for line in lines[:-1]] + [f"+{lines[-1]}"],
    lambda lines, _at: ["```python", *lines, "```"],
    _without_middle,
    lambda lines, at: [lines[0][at % 5 :], *lines[1:]],
    lambda lines, _at: [*lines[:-1], f"{lines[-1][:9]}..."],
    lambda lines, at: [line for row, line in enumerate(lines) if row != at % 7] or lines,
    lambda lines, _at: ["", *lines, " "],
)


def bent(draw, taken, at):
    """Return the lines as a model might write them down."""
    for way in draw(st.lists(st.sampled_from(BENT), max_size=2)):
        taken = way(taken, at)
    return "\n".join(taken)


@st.composite
def quotes(draw, source):
    """Return a quote of the source, a side and a line, all of them perhaps wrong."""
    side = draw(st.sampled_from(Side))
    hint = draw(st.one_of(st.none(), st.integers(-3, 120)))
    shown = [row.text for unit in units_of(source, 5) for row in unit.rows]
    told = draw(st.sampled_from([list(source.lines), list(source.old.values()), shown, None]))
    if not told:
        loose = st.one_of(st.text(max_size=60), st.lists(rows, max_size=5).map("\n".join))
        return draw(loose), side, hint
    at = draw(st.integers(0, len(told) - 1))
    taken = told[at : at + draw(st.sampled_from([1, 1, 2, 3, 5, 40, len(told)]))]
    near = st.integers(at - 3, at + 5)
    return bent(draw, taken, at + 1), side, draw(st.one_of(st.just(hint), near))
