"""Our section of a description stands between its marks; the rest stays byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.description_parts import (
    MAX_DESCRIPTION,
    DescriptionParts,
    MarkProblem,
    read_description,
    without_sections,
)

BEGIN = "<!-- codeflow:codeflow:description -->"
END = "<!-- /codeflow:codeflow:description -->"


def written(body, text="New words", name="codeflow"):
    parts = read_description(body, name)
    assert isinstance(parts, DescriptionParts), parts
    return parts.with_section(name, text)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", f"{BEGIN}\nNew words\n{END}"),
        ("Fixes it.", f"Fixes it.\n\n{BEGIN}\nNew words\n{END}"),
        ("Fixes it.\n", f"Fixes it.\n\n{BEGIN}\nNew words\n{END}"),
        ("Fixes it.\n\n\n", f"Fixes it.\n\n\n{BEGIN}\nNew words\n{END}"),
        ("a\r\nb", f"a\r\nb\r\n\r\n{BEGIN}\r\nNew words\r\n{END}"),
        (f"a\n{BEGIN}\nOld\n{END}\nb", f"a\n{BEGIN}\nNew words\n{END}\nb"),
        (f"a{BEGIN}{END}b", f"a{BEGIN}\nNew words\n{END}b"),
        (f"a\r\n{BEGIN}\r\nOld\r\n{END} \r\n", f"a\r\n{BEGIN}\r\nNew words\r\n{END} \r\n"),
    ],
)
def test_a_section_is_written_between_its_marks(body, expected):
    assert written(body) == expected
    assert written(expected) == expected


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (f"a {BEGIN} b", MarkProblem.UNPAIRED),
        (f"a {END} b", MarkProblem.UNPAIRED),
        (f"{END}{BEGIN}", MarkProblem.UNPAIRED),
        (f"{BEGIN}x{END}{BEGIN}y{END}", MarkProblem.DOUBLED),
        (f"{BEGIN}{BEGIN}x{END}", MarkProblem.DOUBLED),
        (f"{BEGIN}x{END}{END}", MarkProblem.DOUBLED),
    ],
)
def test_marks_that_name_no_one_place_are_left_alone(body, problem):
    assert read_description(body, "codeflow") is problem


def test_each_name_has_a_section_of_its_own():
    first = written("a", "one", name="team-a")
    both = written(first, "two", name="team-b")
    assert both.startswith(first)
    assert written(both, "three", name="team-a") == both.replace("one", "three")
    assert without_sections(both) == "a"


def test_the_authors_words_are_those_outside_of_any_section():
    assert without_sections(f"a\r\n\r\n{BEGIN}\r\nours\r\n{END}\r\nb") == "a\r\nb"
    for body in ("", "a", f"a {BEGIN} b", f"{END} a {BEGIN}", "<!-- a comment -->"):
        assert without_sections(body) == body


def test_an_equal_section_is_known_whatever_its_line_ends():
    parts = read_description(f"a\r\n{BEGIN}\r\none\r\ntwo\r\n{END}", "codeflow")
    assert parts.holds("one\ntwo")
    assert not parts.holds("one\nthree")
    assert not read_description("a", "codeflow").holds("")


@given(st.sampled_from(["\n", "\r\n"]), st.integers(0, 300), st.integers(1, 40))
def test_what_fits_into_the_room_fits_into_a_description(line_end, length, lines):
    body = line_end.join(["x" * length] * 3)
    parts = read_description(body, "codeflow")
    room = parts.room("codeflow") - lines * len(line_end)
    text = "\n".join(["y" * (room // lines)] * lines)
    assert len(parts.with_section("codeflow", text)) <= MAX_DESCRIPTION


PIECES = st.lists(st.sampled_from([BEGIN, END, "a", "\n", "\r\n", "é", "<!--", "-->"]), max_size=9)


@given(PIECES.map("".join), st.text(alphabet="ab\n", max_size=9))
def test_nothing_outside_of_the_section_changes(body, text):
    parts = read_description(body, "codeflow")
    if isinstance(parts, DescriptionParts):
        new = parts.with_section("codeflow", text)
        assert new.startswith(parts.before)
        assert new.endswith(parts.after)
        assert read_description(new, "codeflow").holds(text)
        assert parts.with_section("codeflow", text) == read_description(
            new, "codeflow"
        ).with_section("codeflow", text)
