"""A suggestion is shown only when it applies and leaves a file that parses."""

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.review.anchoring import find_anchor
from codeflow_action.review.suggestions import check_suggestion
from tests.review.changes import numbered, source

OLD = "def f(a):\n    return a\n"
NEW = "def f(a):\n    return a / 0\n\nKEY = '[redacted]'\n"


def check(replacement, quote="    return a / 0", path="a.py", old=OLD, new=NEW, side=Side.RIGHT):
    anchor = find_anchor(source(old, new, path), quote, side)
    return check_suggestion(replacement, anchor, path, new)


def test_a_good_one_replaces_the_quoted_lines():
    suggestion, why = check("    return a / 2\n")
    assert why == ""
    assert (suggestion.start_line, suggestion.end_line) == (2, 2)
    assert suggestion.replacement == "    return a / 2"


@pytest.mark.parametrize(
    ("replacement", "arguments", "why"),
    [
        ("    return a / 0  \n", {}, "changes nothing"),
        ("", {}, "empty"),
        ("  \n", {}, "empty"),
        ("return a / 2", {}, "indentation"),
        ("    return (a / 2", {}, "no longer parse"),
        ("    return a / 2", {"quote": "return a /"}, "other lines"),
        ("KEY = 'x'", {"quote": "KEY = '[redacted]'"}, "secret"),
        ("    return '[redacted]'", {}, "secret"),
        ("    return a", {"quote": "    return a", "side": Side.LEFT}, "not on lines of the head"),
        ("    return a / 2", {"path": "a.unknown"}, "no parser"),
    ],
)
def test_why_one_is_not_shown(replacement, arguments, why):
    suggestion, reason = check(replacement, **arguments)
    assert suggestion is None
    assert why in reason


def test_one_outside_the_diff_is_not_shown():
    old, new = numbered(60), numbered(60, l50="changed")
    suggestion, why = check("x", quote="line 5", old=old, new=new)
    assert suggestion is None
    assert "diff" in why


@pytest.mark.parametrize(
    ("path", "text", "quote", "good", "bad"),
    [
        ("a.json", '{\n"a": 1,\n"b": 2\n}\n', '"a": 1,', '"a": 3,', '"a": 3'),
        ("a.toml", 'a = "x"\nb = 1\n', "b = 1", "b = 2", "b = = 2"),
        ("a.yaml", "a: 1\nb: 2\n", "b: 2", "b: [2]", "b: [2"),
    ],
)
def test_data_is_parsed_too(path, text, quote, good, bad):
    assert check(good, quote=quote, path=path, old="", new=text)[0] is not None
    assert check(bad, quote=quote, path=path, old="", new=text)[0] is None


@pytest.mark.parametrize(
    ("path", "text", "quote", "good", "bad"),
    [
        ("a.go", "package a\nfunc f() {\n\treturn 1\n}\n", "\treturn 1", "\treturn", "\treturn ("),
        ("a.ts", "function f(a: T){\n  return a\n}\n", "  return a", "  return 1", "  return a +}"),
        ("a.rb", "def f\n  1\nend\n", "  1", "  2", "  if 2"),
        ("a.rs", "fn f() -> u8 {\n    1\n}\n", "    1", "    2", "    {"),
        ("a.java", "class A {\n  int f = 1;\n}\n", "  int f = 1;", "  int f = 2;", "  int f = ;"),
        ("a.sh", "f() {\n  a\n}\n", "  a", "  b", '  b "'),
    ],
)  # fmt: skip
def test_code_is_read_by_its_grammar(path, text, quote, good, bad):
    assert check(good, quote=quote, path=path, old="", new=text)[1] == ""
    suggestion, why = check(bad, quote=quote, path=path, old="", new=text)
    assert (suggestion, why) == (None, "the file would no longer parse")


def test_where_the_grammar_is_lost_only_lines_that_it_reads_may_change():
    text = "package a\n\nvar x = = 1\n\nvar y = 1\n"
    why = check("var y = 2", quote="var y = 1", path="a.go", old="", new=text)[1]
    assert why == ""
    why = check("var x = = 2", quote="var x = = 1", path="a.go", old="", new=text)[1]
    assert "as they stand" in why


def test_a_file_that_kills_a_parser_is_no_crash():
    deep = "x = " + "(" * 5_000 + ")" * 5_000
    assert check(f"    {deep}")[0] is None
    assert check("    return '\0'")[0] is None
