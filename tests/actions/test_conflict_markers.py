"""A conflict is one finding, from its first to its last marker."""

import pytest

from codeflow_action.engine.findings import Severity
from tests.actions.gating import check as check_all
from tests.actions.gating import only

OURS, MIDDLE, THEIRS = "<" * 7 + " HEAD", "=" * 7, ">" * 7 + " main"
WHOLE = f"a\n{OURS}\nb\n{MIDDLE}\nc\n{THEIRS}\nd\n"


def check(*arguments):
    return check_all(*arguments, **only("conflict_markers"))


def lines(*arguments, **options):
    return [(one.line, one.last_line) for one in check(*arguments, **options)]


@pytest.mark.parametrize("path", ["a.py", "Makefile", "README.md", "a.yaml"])
def test_a_whole_conflict(path):
    (finding,) = check(path, WHOLE)
    assert (finding.line, finding.end_line, finding.severity) == (2, 6, Severity.ERROR)


def test_each_conflict_is_one_finding():
    assert lines("a.py", WHOLE * 2) == [(2, 6), (9, 13)]


def test_other_styles():
    diff3 = f"{OURS}\na\n{'|' * 7} 1234\nb\n{MIDDLE}\nc\n{THEIRS}\n"
    assert lines("a.py", diff3) == [(1, 7)]
    windows = WHOLE.replace("\n", "\r\n")
    assert lines("a.py", windows) == [(2, 6)]


def test_what_a_careless_hand_left():
    assert lines("a.py", f"a\n{OURS}\nb\n") == [(2, 2)]
    assert lines("a.py", f"a\nb\n{THEIRS}\n") == [(3, 3)]
    assert lines("a.py", f"{OURS}\na\n{OURS}\nb\n{MIDDLE}\n{THEIRS}\n") == [(1, 1), (3, 6)]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.go", "package a\n", "func f() {}\n"),
        ("a.py", "x = 1\n", "y = 2\n"),
        ("a.sh", "echo a\n", "echo b\n"),
        ("a.kt", "class A\n", "class B\n"),
        ("a.rs", "/// A\n", "fn a() {}\n"),
        ("a.scss", "/* a */\n", "a { b: c }\n"),
        ("a.json", '{\n"a": 1,\n', '"b": 2\n}\n'),
        ("a.yaml", "a: 1\n", "b: 2\n"),
        ("a.toml", "a = 1\n", "b = 2\n"),
        ("Makefile", "a:\n", "b:\n"),
        ("Dockerfile", "FROM a\n", "RUN b\n"),
        (".gitignore", "a\n", "b\n"),
        ("requirements.txt", "a==1\n", "b==2\n"),
        ("a.dart", "/* a */\n", "var b = 1;\n"),
    ],
)
@pytest.mark.parametrize("middle", [MIDDLE, f"{'|' * 7} 1a2b3c4"])
def test_a_lone_middle_counts_where_no_text_can_hold_it(path, before, after, middle):
    line = before.count("\n") + 1
    assert lines(path, f"{before}{middle}\n{after}") == [(line, line)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.rst", f"Title\n{MIDDLE}\n"),
        ("a.md", ">>>>>>> quoted in quotes\n"),
        # A row of signs may underline a heading.
        ("a.py", f'"""Summary\n{MIDDLE}\n"""\n'),
        ("a.js", f"/*\n{MIDDLE}\n*/\nlet a = `\n{MIDDLE}\n`;\n"),
        ("a.rb", f"=begin\n{MIDDLE}\n=end\n"),
        ("a.css", f"/* Buttons\n{MIDDLE}\n*/\n"),
        ("a.yaml", f"a: |\n  b\n{MIDDLE}\n".replace("\n=", "\n  =")),
        ("a.vue", f"<pre>\n{MIDDLE}\n</pre>\n"),
        ("a.dart", f"/*\n{MIDDLE}\n*/\n"),
        ("a.sql", f"select '\n{MIDDLE}\n';\n"),
        ("a.py", f"x = '{OURS}'\n"),
        ("a.py", f"  {OURS}\n"),
        ("a.c", "x <<<<<<< y;\n"),
    ],
)
def test_left_alone(path, text):
    assert check(path, text) == ()


def test_a_conflict_that_was_there_before_is_not_this_ones():
    assert check("a.py", WHOLE + "x\n", WHOLE) == ()


def test_a_conflict_in_a_very_long_line_is_seen():
    assert lines("a.js", f"{OURS}{'x' * 5_000}\na\n{MIDDLE}\nb\n{THEIRS}\n") == [(1, 5)]
