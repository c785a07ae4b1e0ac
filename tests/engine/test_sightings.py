"""Where quoted code stands in a later head, and which file a renamed one was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.ledger import Entry
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.sightings import FileText, find_again, origins_of
from tests.engine.test_values import finding

CODE = "    total = sum(prices)\n\n    return total / len(prices)"
LINES = CODE.split("\n")


def entry(name="a" * 16, **fields):
    fields = {"line": 10, "end_line": 12, "code": CODE, "path": "a.py"} | fields
    return Entry.of(name, finding(**fields))


def text(*lines):
    return FileText(head=dict(enumerate(lines, start=1)))


def sight(one, texts, origins=None):
    search = find_again([one], texts, origins or {})
    return search.sightings[0] if search.sightings else one.fingerprint in search.gone_ids


@given(
    st.lists(st.sampled_from(["", "x = 1", "def f():", "    return 2"]), max_size=30),
    st.lists(st.sampled_from(["", "x = 1", "y = 2"]), max_size=5),
    st.sampled_from(["", "  ", "\t\t"]),
)
def test_code_is_found_again_wherever_it_was_moved_and_however_it_is_indented(above, below, indent):
    lines = [*above, *(f"{indent}{line}" if line else "" for line in LINES), *below]
    place = sight(entry(), {"a.py": text(*lines)})
    assert (place.line, place.end_line) == (len(above) + 1, len(above) + 3)
    assert place.is_whole
    assert place.code == "\n".join(lines[len(above) : len(above) + 3])


def test_of_equal_pieces_of_code_it_is_the_one_that_stood_nearest():
    lines = [*LINES, *["x"] * 6, *LINES, *["x"] * 9, *LINES]
    assert sight(entry(), {"a.py": text(*lines)}).line == 10


@pytest.mark.parametrize(
    ("texts", "is_gone"),
    [
        ({"a.py": text("x = 1")}, True),
        ({}, True),  # the file is not there any more
        ({"a.py": text()}, True),
        ({"a.py": None}, False),  # it could not be read, so nobody knows
    ],
)
def test_code_that_is_not_there_is_gone_and_what_cannot_be_read_is_not(texts, is_gone):
    assert sight(entry(), texts) is is_gone


def test_of_code_that_was_edited_the_rest_is_found_where_enough_of_it_stands():
    code = "a = 1\nb = 2\nc = 3\nd = 4"
    one = entry(code=code, line=1, end_line=4)
    place = sight(one, {"a.py": text("x", "a = 1", "b = 3", "c = 3", "d = 4")})
    assert (place.line, place.end_line, place.is_whole) == (2, 5, False)
    assert sight(one, {"a.py": text("a = 1", "b = 3", "c = 4")}) is True
    # of one line nothing is left once it is another
    assert sight(entry(code="a = 1", end_line=None), {"a.py": text("a = 2")}) is True


def test_a_line_with_a_masked_secret_is_any_line_and_nothing_else_is_known_of_it():
    one = entry(code="key = '[redacted: token]'\nsend(key)", end_line=11)
    assert sight(one, {"a.py": text("key = 'abc'", "send(key)")}).is_whole
    assert sight(entry(code="k = '[redacted: token]'"), {"a.py": text("y")}) is False


def test_a_rename_that_was_taken_back_hides_no_code():
    """Another entry may still say that the file was renamed: name and code are gone."""
    back = entry(path="first.py")
    texts = {"first.py": text(*LINES)}
    assert sight(back, texts, {"second.py": "first.py"}).path == "first.py"
    # and of two renames the later one holds
    again = {"third.py": "first.py", "second.py": "first.py"}
    assert sight(back, {"third.py": text(*LINES)}, again).path == "third.py"


def test_removed_lines_are_looked_for_among_those_that_are_removed_now():
    one = entry(side=Side.LEFT, code="check(user)", line=4, end_line=None)
    removed = FileText(head={1: "check(user)"}, removed_lines={7: "check(user)"})
    assert sight(one, {"a.py": removed}).line == 7
    assert sight(one, {"a.py": text("check(user)")}) is True  # it stands there again


def changed(path, status=FileStatus.ADDED, previous=None):
    return ChangedFile(path=path, status=status, previous_path=previous)


def test_a_renamed_file_is_what_it_was_at_the_merge_base():
    files = [changed("new.py", FileStatus.RENAMED, "old.py"), changed("c.py", FileStatus.COPIED)]
    assert origins_of(files, [], {}) == {"new.py": "old.py"}
    # and so is what was said under its first name, and what was said since
    earlier = entry(path="old.py")
    place = sight(earlier, {"new.py": text(*LINES)}, {"new.py": "old.py"})
    assert place.path == "new.py"


def test_a_new_file_keeps_the_path_under_which_it_was_first_seen():
    """Though nobody can tell from the merge base that a later push has renamed it."""
    earlier = entry(path="first.py")
    texts = {"second.py": text("import x", *LINES), "other.py": text("import x")}
    files = [changed("second.py"), changed("other.py")]
    origins = origins_of(files, [earlier], texts)
    assert origins == {"second.py": "first.py"}
    assert sight(earlier, texts, origins).path == "second.py"
    # and through a third name, by the ledger alone
    moved = earlier.model_copy(update={"path": "second.py", "origin": "first.py"})
    third = origins_of([changed("third.py")], [moved], {"third.py": text(*LINES)})
    assert third["third.py"] == "first.py"
    assert origins_of([changed("second.py")], [moved], None) == {"second.py": "first.py"}


@pytest.mark.parametrize(
    "texts",
    [
        {"second.md": text(*LINES)},  # another kind of file
        {"first.py": text("x"), "second.py": text(*LINES)},  # the first is still there
        {"first.py": None, "second.py": text(*LINES)},  # or nobody knows
    ],
)
def test_a_file_that_only_has_the_same_code_is_not_taken_for_a_renamed_one(texts):
    files = [changed(path) for path in texts if path.startswith("second")]
    assert origins_of(files, [entry(path="first.py")], texts) == {}


def test_a_line_that_stands_anywhere_says_nothing_of_a_file():
    earlier = entry(path="first.py", code="return None", end_line=None)
    texts = {"second.py": text("return None")}
    assert origins_of([changed("second.py")], [earlier], texts) == {}


def test_a_short_line_in_a_function_of_the_same_name_says_which_file_it_is():
    earlier = entry(
        path="first.py", code="stock[item] -= 1", symbol="Shelf.take", line=3, end_line=None
    )
    moved = {"second.py": text("class Shelf:", "    def take(self, item):", "  stock[item] -= 1")}
    assert origins_of([changed("second.py")], [earlier], moved) == {"second.py": "first.py"}
    elsewhere = {"second.py": text("def sell(item):", "    stock[item] -= 1")}
    assert origins_of([changed("second.py")], [earlier], elsewhere) == {}
