"""Files that were made to stop a run: every one of them ends in an answer or is given up on."""

from contextlib import closing

import pytest

from codeflow_action.actions.pr_reviewer.review_receipt import ReadingRecord
from codeflow_action.engine.diff import DiffLine, Hunk, LineKind, Side
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.review.anchoring import Anchor, find_anchor
from codeflow_action.review.context.review_context import _MAX_NEEDS, _needs
from codeflow_action.review.sources import Sources
from codeflow_action.review.syntax import Syntax, UnreadableText, read_syntax
from codeflow_action.review.syntax.grammar_list import LANGUAGES
from codeflow_action.review.syntax.grammars import MAX_DEPTH
from codeflow_action.review.units import SourceFile, units_of
from codeflow_action.review.well_formed import ParseResult, parse
from codeflow_action.review.worker import Worker
from codeflow_action.testing import hostile

PYTHON = next(one for one in LANGUAGES if one.name == "python")
DEEP = UnreadableText(reason=f"it is nested more than {MAX_DEPTH:,} levels deep")


def new_file(path, text):
    """Return a source of one hunk that adds all of a text."""
    lines = text.removesuffix("\n").split("\n")
    body = tuple(DiffLine(LineKind.ADDED, None, at, line) for at, line in enumerate(lines, 1))
    hunk = Hunk(old_start=0, old_count=0, new_start=1, new_count=len(lines), section="", lines=body)
    return SourceFile.of(ChangedFile(path=path, status=FileStatus.ADDED, hunks=(hunk,)), text, "")


def often_changed(path, count):
    """Return a source in which every other line was added, each in a hunk of its own."""
    hunks = tuple(
        Hunk(
            old_start=at,
            old_count=0,
            new_start=2 * at,
            new_count=1,
            section="",
            lines=(DiffLine(LineKind.ADDED, None, 2 * at, "  new"),),
        )
        for at in range(1, count + 1)
    )
    text = "  }\n  new\n" * count
    return SourceFile.of(ChangedFile(path=path, status=FileStatus.MODIFIED, hunks=hunks), text, "")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.py", b"x = (a" + b".b" * 200_000),  # members
        ("a.py", b"x = a" + b"()" * 100_000),  # calls
        ("a.js", b"x = a" + b" + a" * 100_000),  # operators
        ("a.rb", b"x = a" + b" ? b : c" * 20_000),  # choices
        ("a.go", b"x = " + b"!" * 200_000 + b"a"),  # signs before
    ],
)
def test_a_deep_chain_is_given_up_on(path, content):
    """Fault 13: before a query takes time by the square of the depth."""
    assert read_syntax(path, content) == DEEP


@pytest.fixture(scope="module")
def worker():
    with closing(Worker()) as shared:
        yield shared


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_no_chain_stops_the_next_file(worker, language):
    """Fault 13: in all 19 languages, each chain ends, and then an ordinary file is read."""
    for chain in hostile.chains(language):
        found = read_syntax(hostile.path_of(language), chain.of_size(2_000), worker)
        assert isinstance(found, Syntax | UnreadableText), chain.name
    assert isinstance(read_syntax("a.py", b"x = 1\n", worker), Syntax)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_functions_without_depth_are_read(language):
    """Fault 13: 500 functions are no attack."""
    found = read_syntax(hostile.path_of(language), hostile.functions(language, 500))
    assert isinstance(found, Syntax)
    assert len(found.definitions) >= 500


def test_of_20_000_functions_few_are_looked_at_for_a_line():
    """Fault 13: a name and a line lead to their definitions, without a look at all of them."""
    found = read_syntax("a.py", hostile.functions(PYTHON, 20_000))
    assert isinstance(found, Syntax)
    assert len(found.definitions) == 20_000
    assert [one.line for one in found.definitions_named("f19999")] == [20_000]
    assert [one.name for one in found.definitions_around(7, 7)] == ["f6"]
    assert max(map(len, found._index.in_block.values())) <= 64


def test_a_change_makes_a_reader_look_up_so_much_and_no_more():
    """Fault 13: 20,000 new names are 20,000 needs, of which the weightiest are looked up."""
    text = "".join(f"def f{at}(): return g{at}()\n" for at in range(10_000))
    needs = _needs([new_file("a.py", text)])
    assert len(needs) == _MAX_NEEDS


@pytest.mark.promise("A file that was given up is named, and no gate passes it.")
def test_what_was_given_up_on_is_named_in_the_receipt():
    """Fault 13: its hunks are read as the diff shows them, and the receipt says so."""
    source = new_file("a.py", "x = (a" + ".b" * 3_000 + "\n")
    assert source.syntax is None
    assert len(units_of(source, 8)) == 1
    sources = Sources(sources=(source, source), left_out=())
    (note,) = ReadingRecord(sources=sources).receipt(Memory()).notes
    assert note == (
        "no code was shown around the changes of a.py, nor around those of 1 more file: "
        f"{DEEP.reason}"
    )


@pytest.mark.parametrize("path", ["a.txt", "a.js"])
def test_thousands_of_hunks_are_widened_and_quoted(path):
    """Fault 13: a hunk is found by its place among others, a block within a thousand lines."""
    source = often_changed(path, 5_000)
    units = units_of(source, 8)
    assert sum(unit.changed_count for unit in units) == 5_000
    anchor = find_anchor(source, "  new", Side.RIGHT, 4_000)
    assert isinstance(anchor, Anchor)
    assert (anchor.line, anchor.in_diff) == (4_000, True)
    assert find_anchor(source, "}\n...\n  new\n...\n}", Side.RIGHT, 1) is not None


@pytest.fixture(scope="module")
def impatient_worker():
    with closing(Worker(seconds=0.2)) as shared:
        yield shared


@pytest.mark.parametrize("name", hostile.DATA)
def test_no_data_stops_the_next_file(impatient_worker, name):
    """Fault 13: what no parser ends is ended by the kernel."""
    found = parse(name, hostile.DATA[name](20_000), impatient_worker)
    assert found is None or isinstance(found, ParseResult | UnreadableText)
    assert parse("a.json", b"{}", impatient_worker) == ParseResult()


@pytest.mark.soak
@pytest.mark.parametrize("size", [100_000, 600_000, 1_000_000])
def test_the_whole_corpus_ends(size):
    """Fault 13: all chains in all languages, and all data, at the sizes that a run may meet."""
    with closing(Worker()) as worker:
        for name, path, content in hostile.sources(size):
            assert read_syntax(path, content, worker) is not None, name
        for name, make in hostile.DATA.items():
            parse(name, make(size), worker)
        assert isinstance(read_syntax("a.py", b"x = 1\n", worker), Syntax)
