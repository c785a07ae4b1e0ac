"""Strings and comments are blanked; lines and columns stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates.code_only import (
    code_and_strings,
    code_only,
    comments_only,
)

LANGUAGES = [
    "javascript",
    "python",
    "ruby",
    "rust",
    "php",
    "go",
    "c_sharp",
    "c",
    "elixir",
    "perl",
    "unheard_of",
    "",
]
LANGUAGES += ["java", "yaml", "bash", "dockerfile", "hcl", "css"]


@given(
    text=st.text(alphabet="ab\"'`#/*\\\n<!-> =r@", max_size=80), language=st.sampled_from(LANGUAGES)
)
def test_every_character_keeps_its_place(text, language):
    code = code_only(text, language)
    assert len(code) == len(text)
    assert all(b in (a, " ") for a, b in zip(text, code, strict=True))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "f('here'); // here\n/* here\n here */ g(`here ${x} here`)"),
        ("javascript", "f(\"a \\\" here\")\nx = 'it\\'s here'"),
        ("python", '"""here\nhere"""\nx = "here" # here\n'),
        ("ruby", "=begin\nhere\n=end\nx = 'here' # here"),
        ("rust", 'let a = r#"here " here"#; // here\nlet b = "two\nhere";'),
        ("go", "x := `here\nhere` /* here */"),
        ("c_sharp", 'var x = @"here ""here"" here";'),
        ("perl", "=pod\nhere\n=cut\nprint 'here'; # here"),
        ("elixir", '@doc """\nhere\n"""\n# here'),
        ("c", 'f("here"); /* here */ // here'),
    ],
)
def test_what_is_said_is_not_code(language, text):
    assert "here" not in code_only(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", 'f("//"); here()'),
        ("javascript", "f('it\\'s'); here()"),
        ("javascript", "<p>Don't</p>\nhere()"),
        ("rust", "fn f<'a>(x: &'a str) { here() }"),
        ("python", "x = '#'; here()"),
        ("python", "x = 'not closed\nhere()"),
        ("c", "char q = '\"'; here();"),
        ("go", "c := '\"'; here()"),
    ],
)
def test_code_stays(language, text):
    assert "here()" in code_only(text, language)


@given(
    text=st.text(alphabet="ab\"'`#/*\\\n<!-> =r@", max_size=80), language=st.sampled_from(LANGUAGES)
)
def test_code_strings_and_comments_are_the_whole(text, language):
    said, rest = comments_only(text, language), code_and_strings(text, language)
    assert len(said) == len(rest) == len(text)
    if language not in ("unheard_of", ""):
        both = [a if a != " " else b for a, b in zip(said, rest, strict=True)]
        assert "".join(both) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "f('no'); // yes\n/* yes\n yes */ g(`no ${no} no`)"),
        ("python", '"""no\nno"""\nx = "# no" # yes\n'),
        ("rust", 'let a = r#"// no"#; // yes'),
        ("c_sharp", 'var x = @"// no"; // yes'),
        ("java", 'String x = "// no"; // yes\nchar c = \'"\'; /* yes */'),
        ("yaml", "a#no: b # yes"),
        ("bash", "x=${y#no} # yes"),
        ("hcl", 'a = "# no" # yes'),
        ("css", "a { b: url(//no) } /* yes */"),
    ],
)
def test_what_is_said_is_a_comment(language, text):
    said = comments_only(text, language)
    assert said.count("yes") == text.count("yes")
    assert "no" not in said
    assert "yes" not in code_and_strings(text, language)


def test_a_file_without_known_comments_has_none():
    assert comments_only("# yes", "unheard_of") == "     "
    assert code_and_strings("# yes", "unheard_of") == "# yes"
