"""A suggestion is shown only when it applies and leaves a file that parses."""

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity, Suggestion
from codeflow_action.review.anchoring import Anchor, find_anchor
from codeflow_action.review.suggestions import check_suggestion, has_parser, without_overlaps
from codeflow_action.security.untrusted import code_block
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
        ("    print a", {}, "no longer parse"),  # a grammar may read what the language does not
        ("    print a", {"path": "a.pyi"}, "no longer parse"),
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
        ("tsconfig.json", '{\n"a": 1, // why\n}\n', '"a": 1, // why', '"a": 2, // why', '"a": {'),
        (".vscode/tasks.json", '{\n"a": 1,\n}\n', '"a": 1,', '"a": 2,', '"a" 2'),
        ("a.jsonc", '/* a */\n{\n"a": 1\n}\n', '"a": 1', '"a": 2,', '"a": 2]'),
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


TABLE = "<table>\n  <tr>\n    <td>a</td>\n    <td>b</td>\n  </tr>\n</table>\n"
ROWS = "    <td>a</td>\n    <td>b</td>"
LIST = "- one\n  - two\n- three\n"
QUERY = "select a\n  from t\n where b = 1;\n"


@pytest.mark.parametrize("path", ["a.html", "a.vue", "a.svelte", "a.md", "a.txt", "a.sql", "a.x"])
@pytest.mark.parametrize(
    ("text", "quote", "replacement", "why"),
    [
        (TABLE, ROWS, "    <td>a</td>\n    <td>c</td>", ""),
        (TABLE, ROWS, "    <th>\n      <td>a</td>\n      <td>b</td>\n    </th>", ""),
        (TABLE, ROWS, "    <td>b</td>", ""),
        (TABLE, ROWS, "    <td>a</td>\n  <td>c</td>", "stands left of"),
        (TABLE, ROWS, "    <td>a</td>\n      <td>b</td>", "moves lines against each other"),
        (TABLE, ROWS, "    <td>c</td>\n\t    <td>d</td>", "stands left of"),
        (TABLE, ROWS, "    <td>c</td>\n    \t<td>d</td>", "other white space"),
        (TABLE, ROWS, "<td>a</td>\n<td>c</td>", "indentation of its first line"),
        (TABLE, ROWS, ROWS, "changes nothing"),
        (LIST, "- one\n  - two", "- one\n  - 2", ""),
        (LIST, "- one\n  - two", "- one\n- two", "moves lines against each other"),
        (QUERY, " where b = 1;", " where b = 2;", ""),
        (QUERY, "select a\n  from t", "select b\n  from t", ""),
    ],
)
def test_without_a_parser_white_space_has_to_fit(path, text, quote, replacement, why):
    """Fault 12: these languages had no suggestions at all."""
    suggestion, reason = check(replacement, quote=quote, path=path, old="", new=text)
    assert (suggestion is not None) is (why == "")
    assert why in reason
    assert not has_parser(path)


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


def test_half_a_character_is_no_crash():
    text = "let a = ''\n"
    why = check("let a = '\ud800'", quote="let a = ''", path="a.ts", old="", new=text)[1]
    assert "cannot be seen" in why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("let a = '\u200b'", "cannot be seen"),
        ("let a = '\U000e0041\ufe0f'", "cannot be seen"),
        ("let a = '\u2028'", "cannot be seen"),
        ("let a = 1 // <!-- codeflow:x:finding:1 -->", "a bot would obey"),
    ],
)
def test_what_cannot_be_shown_sign_for_sign_is_not_suggested(line, why):
    """Fault 5: a suggestion was altered by stripping after it had been proven."""
    text = "let a = ''\n"
    assert why in check(line, quote="let a = ''", path="a.ts", old="", new=text)[1]


def test_what_no_grammar_may_be_asked_about_is_not_shown():
    given = {"quote": "let a = 1", "path": "a.ts", "old": "", "new": "let a = 1\n"}
    assert "too deep to be parsed" in check("let a = 1" + "+1" * 2_000, **given)[1]


def applied(suggestion, head):
    lines = head.split("\n")
    lines[suggestion.start_line - 1 : suggestion.end_line] = suggestion.replacement.split("\n")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("new", "quote", "replacement", "expected"),
    [
        ("a = 1\r\nb = 2\r\n", "b = 2", "b = 3", "b = 3"),  # a CR is not the model's to keep
        ("a = 1\nb = 2\n", "b = 2", "b = 3\r\nc = 4\r\n", "b = 3\nc = 4"),
        ("a = 1\nb = 2", "b = 2", "b = 3", "b = 3"),  # no newline at the end of the file
        ("a = 1\nb = 2\n", "b = 2", "b = 3\n", "b = 3"),
        ("a = 1\nb = 2\n", "b = 2", "b = 3\n\n", "b = 3\n"),
        ("a = 1\nb = 2\n", "a = 1\nb = 2", "a = 2", "a = 2"),  # fewer lines
        ("a = 1\nb = 2\n", "a = 1", "a = 1\n\nb = 3", "a = 1\n\nb = 3"),  # more lines
        ("def f():\n\treturn 1\n", "    return 1", "\treturn 2", "\treturn 2"),
    ],
)
def test_what_is_shown_stands_in_the_place_of_the_lines(new, quote, replacement, expected):
    suggestion, why = check(replacement, quote=quote, old="", new=new)
    assert why == ""
    assert suggestion.replacement == expected


@pytest.mark.parametrize(
    ("new", "quote", "replacement", "why"),
    [
        ("a = 1\r\nb = 2\r\n", "b = 2", "b = 2\r\n", "changes nothing"),
        ("a = 1\r\nb = 2\r\n", "b = 2", "b = 2", "changes nothing"),
        ("a = 1\nb = 2", "b = 2", "b = 2\n", "changes nothing"),
        ("def f():\n\treturn 1\n", "\treturn 1", "    return 2", "indentation"),
        ("def f():\n    return 1\n", "    return 1", "        return 2", "indentation"),
        ("def f():\n    return 1\n", "    return 1", "\n    return 2", "indentation"),
        ("a = 1\nb = 2\nc = 3\n", "a = 1\n...\nc = 3", "a = 2", "other lines"),
        ("a = 1\nb = 2\nc = 3\n", "b = 2", "b = [redacted]", "secret"),
        ("if a:\n    b = 1\n", "if a:\n    b = 1", "if a:", "no longer parse"),
    ],
)
def test_what_would_not_apply_is_not_shown(new, quote, replacement, why):
    suggestion, reason = check(replacement, quote=quote, old="", new=new)
    assert suggestion is None
    assert why in reason


def test_a_clipped_quote_and_one_found_by_its_line_carry_none():
    old, new = numbered(60, l1="x = 1"), numbered(60, l1="x = 1", l10="ten", l40="forty")
    anchor = find_anchor(source(old, new, "a.py"), new, Side.RIGHT)
    assert "other lines" in check_suggestion("line = 7", anchor, "a.py", new)[1]
    new = "abc = 1\nb = 2\n"
    anchor = find_anchor(source("", new, "a.py"), "abc = 1\ngone()", Side.RIGHT, 1)
    assert "other lines" in check_suggestion("a = 2", anchor, "a.py", new)[1]


def test_a_file_that_did_not_parse_before_takes_what_mends_it():
    new = "def f(:\n    return 1\n"
    assert check("def f():", quote="def f(:", old="", new=new)[1] == ""
    assert "no longer" in check("    return 2", quote="    return 1", old="", new=new)[1]


def test_one_new_error_in_a_grammar_that_swallows_lines_is_seen():
    new = "package a\n\nfunc f() {\n\ta()\n}\n\nfunc g() {\n\tb()\n}\n"
    assert check("\ta(", quote="\ta()", path="a.go", old="", new=new)[0] is None
    assert check("func f() {{", quote="func f() {", path="a.go", old="", new=new)[0] is None
    assert check("\ta(1)", quote="\ta()", path="a.go", old="", new=new)[0] is not None


@pytest.mark.parametrize(
    ("path", "new", "quote", "replacement"),
    [
        ("a.rb", "def f\n  b\nend\nx = = 2\n", "end", "end("),  # one error, but a longer one
        (
            "a.go",
            "package a\nfunc f() {\n\tb()\n}\nvar z = = 1\n\tb()]\n}\n",
            "\tb()\n}",
            "\tb()\n)(",
        ),  # more errors, but shorter ones
        (
            "a.ts",
            "function f() {\n  b()end\nlet q = = 2\nfunction g() {\n  c()\n}\n",
            "function f() {",
            "function f() {}}",
        ),  # fewer errors, but a longer one
    ],
)
def test_a_file_that_did_not_parse_before_may_not_become_worse(path, new, quote, replacement):
    assert "no longer" in check(replacement, quote=quote, path=path, old="", new=new)[1]


@pytest.mark.parametrize("line", [1, 2, 3])
def test_lines_beside_what_the_grammar_cannot_read_may_change(line):
    new = "package a\nvar y = 1\nvar x = = 1\nvar z = 1\n"
    quote = new.split("\n")[line]
    suggestion, why = check(quote.replace("1", "2"), quote=quote, path="a.go", old="", new=new)
    assert (suggestion is None) is (line == 2)
    assert ("as they stand" in why) is (line == 2)


def test_the_ending_of_a_name_says_the_language_in_any_case():
    assert check('"a": 2', quote='"a": 1', path="A.JSON", old="", new='{\n"a": 1\n}\n')[1] == ""
    assert check("a: [", quote="a: 1", path="A.YML", old="", new="a: 1\n")[0] is None
    assert check("def f(", quote="x = 1", path="a.pyi", old="", new="x = 1\n")[0] is None


def test_odd_escapes_in_the_rest_of_the_file_are_no_error():
    assert check("b = 2", quote="b = 1", old="", new="a = '\\d'\nb = 1\n")[1] == ""


codes = st.sampled_from(["a = 1", "    b = 2", "if a:", "", "    return", "x = (", ")", "é = '`'"])
blocks = st.lists(codes, max_size=6).map("\n".join)


@given(new=blocks, quote=blocks, replacement=blocks, ends=st.sampled_from(["", "\n", "\r\n"]))
def test_whatever_is_suggested_what_is_shown_applies_changes_and_parses(
    new, quote, replacement, ends
):
    one = source("", f"{new}\n", "a.py")
    anchor = find_anchor(one, quote, Side.RIGHT)
    if not isinstance(anchor, Anchor):
        return
    suggestion, why = check_suggestion(f"{replacement}{ends}", anchor, "a.py", f"{new}\n")
    assert (suggestion is None) is bool(why)
    if suggestion is None:
        return
    after = applied(suggestion, f"{new}\n")
    ast.parse(after)
    assert after != f"{new}\n"
    old_line, new_line = anchor.code.split("\n")[0], suggestion.replacement.split("\n")[0]
    assert re.match(r"\s*", old_line)[0] == re.match(r"\s*", new_line)[0]
    assert (suggestion.start_line, suggestion.end_line) == (anchor.line, anchor.end_line)


def carrying(path, first, last):
    return Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path=path,
        line=first,
        end_line=last,
        title="A title",
        message="A message",
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="r",
        suggestion=Suggestion(start_line=first, end_line=last, replacement="x"),
    )


def test_of_suggestions_for_one_line_the_first_stays():
    given = [
        carrying("a.py", 3, 5),
        carrying("a.py", 5, 9),  # shares line 5
        carrying("a.py", 6, 9),  # free, as the one before does not apply
        carrying("b.py", 3, 5),
        carrying("a.py", 1, 2),
        carrying("a.py", 2, 2),
        carrying("a.py", 4, 4).model_copy(update={"suggestion": None}),
    ]
    settled = without_overlaps(given)
    assert [one.suggestion is not None for one in settled] == [
        True, False, True, True, True, False, False,
    ]  # fmt: skip
    assert [(one.path, one.line) for one in settled] == [(one.path, one.line) for one in given]


@given(st.text(alphabet="`~a \n", max_size=40))
def test_no_text_ends_its_own_fence(text):
    first, *body, last = code_block(text, "suggestion").split("\n")
    fence = first.removesuffix("suggestion")
    assert fence == last
    assert set(fence) == {"`"}
    assert "\n".join(body) == text
    assert all(not line.strip().startswith(fence) for line in body)
