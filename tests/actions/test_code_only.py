"""Strings and comments are blanked; lines and columns stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates.code_only import code_only

SUFFIXES = [".js", ".py", ".rb", ".rs", ".php", ".go", ".cs", ".c", ".ex", ".pl", ".txt", ""]


@given(
    text=st.text(alphabet="ab\"'`#/*\\\n<!-> =r@", max_size=80), suffix=st.sampled_from(SUFFIXES)
)
def test_every_character_keeps_its_place(text, suffix):
    code = code_only(text, suffix)
    assert len(code) == len(text)
    assert all(b in (a, " ") for a, b in zip(text, code, strict=True))


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".js", "f('here'); // here\n/* here\n here */ g(`here ${x} here`)"),
        (".js", "f(\"a \\\" here\")\nx = 'it\\'s here'"),
        (".py", '"""here\nhere"""\nx = "here" # here\n'),
        (".rb", "=begin\nhere\n=end\nx = 'here' # here"),
        (".rs", 'let a = r#"here " here"#; // here\nlet b = "two\nhere";'),
        (".go", "x := `here\nhere` /* here */"),
        (".cs", 'var x = @"here ""here"" here";'),
        (".pl", "=pod\nhere\n=cut\nprint 'here'; # here"),
        (".ex", '@doc """\nhere\n"""\n# here'),
        (".c", 'f("here"); /* here */ // here'),
    ],
)
def test_what_is_said_is_not_code(suffix, text):
    assert "here" not in code_only(text, suffix)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".js", 'f("//"); here()'),
        (".js", "f('it\\'s'); here()"),
        (".js", "<p>Don't</p>\nhere()"),
        (".rs", "fn f<'a>(x: &'a str) { here() }"),
        (".py", "x = '#'; here()"),
        (".py", "x = 'not closed\nhere()"),
        (".c", "char q = '\"'; here();"),
        (".go", "c := '\"'; here()"),
    ],
)
def test_code_stays(suffix, text):
    assert "here()" in code_only(text, suffix)
