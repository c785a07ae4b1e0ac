"""Strings and comments are blanked; lines and columns stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates.code_only import (
    code_and_strings,
    code_only,
    comments_only,
    language,
)

SUFFIXES = [".js", ".py", ".rb", ".rs", ".php", ".go", ".cs", ".c", ".ex", ".pl", ".txt", ""]
SUFFIXES += [".java", ".yml", ".sh", ".dockerfile", ".tf", ".css"]


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


@given(
    text=st.text(alphabet="ab\"'`#/*\\\n<!-> =r@", max_size=80), suffix=st.sampled_from(SUFFIXES)
)
def test_code_strings_and_comments_are_the_whole(text, suffix):
    said, rest = comments_only(text, suffix), code_and_strings(text, suffix)
    assert len(said) == len(rest) == len(text)
    if suffix not in (".txt", ""):
        both = [a if a != " " else b for a, b in zip(said, rest, strict=True)]
        assert "".join(both) == text


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".js", "f('no'); // yes\n/* yes\n yes */ g(`no ${no} no`)"),
        (".py", '"""no\nno"""\nx = "# no" # yes\n'),
        (".rs", 'let a = r#"// no"#; // yes'),
        (".cs", 'var x = @"// no"; // yes'),
        (".java", 'String x = "// no"; // yes\nchar c = \'"\'; /* yes */'),
        (".yml", "a#no: b # yes"),
        (".sh", "x=${y#no} # yes"),
        (".tf", 'a = "# no" # yes'),
        (".css", "a { b: url(//no) } /* yes */"),
    ],
)
def test_what_is_said_is_a_comment(suffix, text):
    said = comments_only(text, suffix)
    assert said.count("yes") == text.count("yes")
    assert "no" not in said
    assert "yes" not in code_and_strings(text, suffix)


def test_a_file_without_known_comments_has_none():
    assert comments_only("# yes", ".txt") == "     "
    assert code_and_strings("# yes", ".txt") == "# yes"


def test_a_dockerfile_has_a_language_without_a_suffix():
    assert language("a/Dockerfile") == language("Dockerfile.dev") == ".dockerfile"
    assert (language("a/B.PY"), language("a.b/c")) == (".py", "")
