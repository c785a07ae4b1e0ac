"""A file that somebody broke is an error; what is broken on purpose, or is no file yet, is not."""

import json
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.review.well_formed import ParseResult, parse
from codeflow_action.review.worker import UnreadableText
from tests.actions.gating import check, only
from tests.actions.test_quality_gates import run
from tests.properties import examples
from tests.review.changes import changed, numbered

ALONE = only("broken_files")
PYTHON = "def f(x):\n    return [x]\n"


def broken(path, new, old=""):
    return [(one.line, one.title) for one in check(path, new, old, **ALONE)]


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "language"),
    [
        ("a.json", '{"a": 1}\n', '{"a": 1,\n "b" 2}\n', 2, "JSON"),
        ("package.json", '{"a": 1}\n', '{"a": 1,}\n', 1, "JSON"),
        ("bower.json", '{"a": 1}\n', '{"a": 1 // b\n}\n', 1, "JSON"),
        ("locale/en.json", '{"a": "x",\n"b": 1}\n', '{"a": "x,\n"b": 1}\n', 1, "JSON"),
        ("a.ipynb", '{"cells": []}\n', '{"cells": [}\n', 1, "JSON"),
        ("tsconfig.json", '{"a": 1, // x\n}\n', '{"a": 1 "b"}\n', 1, "JSON with comments"),
        ("a.yml", "a: 1\n", "a: 1\n b: 2\n", 2, "YAML"),
        ("a.yaml", "a: [1]\n", "a: [1\nb: 2\n", 2, "YAML"),
        (".github/workflows/a.yml", "a: ${{ b }}\n", "a: '${{ b }}\n", 1, "YAML"),
        ("a.yml", "a: 1\n" + "b: 2\n" * 30, 'a: "1\n' + "b: 2\n" * 30, 1, "YAML"),
        ("pyproject.toml", "a = 1\n", "a = \n", 1, "TOML"),
        ("a.py", PYTHON, PYTHON.replace("]", ""), 2, "Python"),
        ("tests/test_a.py", PYTHON, PYTHON.replace("):", ")"), 1, "Python"),
        ("src/errors.py", PYTHON, PYTHON.replace("]", ""), 2, "Python"),
    ],
)
def test_what_parsed_before_and_no_longer_does(path, old, new, line, language):
    (finding,) = check(path, new, old, **ALONE)
    assert (finding.line, finding.severity) == (line, Severity.ERROR)
    assert finding.title == f"This does not parse as {language}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"a": 1 "b"}\n'),
        ("package.json", '{"a": 1,}\n'),
        ("a.yml", "a: [1\n"),
        ("a.toml", "a = \n"),
        ("a.py", "x = (1\n"),
        ("a.py", "def f(x)\n    return x\n"),
        ("a.py", "try:\n    f()\nx = 1\n"),
        ("badges.json", "{"),
    ],
)
def test_a_new_file_that_does_not_parse(path, text):
    assert broken(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/data/bad.json", "{"),
        ("spec/fixtures/a.yml", "a: ["),
        ("examples/a.json", "{"),
        ("invalid_syntax.py", "x = (1"),
        ("templates/a.yaml", "a: ["),
        ("{{cookiecutter.name}}/a.py", "x = (1"),
        ("a.yml", "{% if x %}\na: [\n"),
        ("chart.yaml", "a: {{ .Values.a }}\n b: 1\n"),
        ("a.json", '{"a": 1, // why\n}\n'),
        ("a.jsonc", '{"a": 1, /* why */}\n'),
        ("a.json", '{"a": 1}\n{"a": 2}\n'),
        ("a.json", "\ufeff{}\n"),
        ("a.json", ""),
        ("a.json", '{"a": 1, "a": 2, "b": NaN, "c": ' + "9" * 5_000 + "}\n"),
        ("a.yml", "a: !Ref b\n---\nc: !Sub [d]\n"),
        ("a.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
        ("a.py", "print 'Python 2'\n"),
        ("a.py", "try:\n    x\nexcept A, e:\n    pass\n"),
        ("a.py", "%matplotlib inline\nx = (1\n"),
        ("a.py", "x = '\\d'\n"),
        ("a.json5", "{a: 1"),
        ("a.js", "x = (1"),
    ],
)
def test_new_files_of_which_it_is_not_certain(path, text):
    assert broken(path, text) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.json", "{", "{\n"),  # it never parsed
        ("tsconfig.json", '{"a": 1}\n', '{"a": 1, // why\n}\n'),
        (".vscode/settings.json", "{}\n", "{/* a */}\n"),
        ("web/angular.json", '{"a": 1}\n', '{"a": 1,}\n'),
        (".eslintrc.json", "{}\n", "{/* a */}\n"),
        (".babelrc", "{}\n", "{/* a */}\n"),
        (".devcontainer/devcontainer.json", "{}\n", "{ // a\n}\n"),
        ("a.jsonc", "{}\n", "{ // a\n}\n"),
        ("tests/fixtures/bad.json", "{}\n", "{\n"),
        ("a.yml", "a: 1\n", "a: 1\n{% for x in y %}\n"),
        ("a.py", PYTHON, "try:\n    f(x)\nexcept A, B:\n    pass\n"),  # Python 3.14
        ("a.py", PYTHON, "lazy import json\n"),  # Python 3.15
        ("a.py", PYTHON, "x = t'{y}'\n"),  # Python 3.14, to an older one
        ("a.py", PYTHON, "x = [*y for y in z]\n"),  # Python 3.15
        # A reader that nobody knows may take these.
        ("data/a.json", '{"a": 1}\n', '{"a": 1,}\n'),
        ("data/a.json", '{"a": 1}\n', "{a: +.5, 'b': 0xFF}\n"),
        ("data/a.json", '{"a": 1}\n', '{"a": 1}{"a": 2}\n[3]\n'),
    ],
)
def test_changed_files_that_nobody_broke(path, old, new):
    assert broken(path, new, old) == []


def test_a_line_far_from_the_change_is_named_and_not_marked():
    old = "x = (\n" + numbered(30).replace("line ", "0 + ").replace("\n", " +\n") + "1)\n"
    (finding,) = check("a.py", old.removesuffix("1)\n"), old, **ALONE)
    assert finding.line is None
    assert finding.message.startswith("line 1: '(' was never closed.")


def test_a_renamed_file_is_compared_with_what_it_was():
    file = changed("x\n", "y\n", "b.py", status=FileStatus.RENAMED, previous_path="a.py")
    bodies = [b"x = (\n", b"x = 1\n"]
    found = [
        run([file], {"b.py": b"x = (2\n"}, options=ALONE, base={"a.py": old}).findings
        for old in bodies
    ]
    assert [len(one) for one in found] == [0, 1]


def test_a_conflict_is_reported_by_its_own_gate_alone():
    conflict = "{\n" + "<" * 7 + " HEAD\n" + "=" * 7 + "\n" + ">" * 7 + " main\n}\n"
    assert [one.rule for one in check("a.json", conflict)] == ["conflict_markers"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", "[" * 1_000_000),
        ("a.json", '"a\\' * 500_000),
        ("a.json", "/*" * 500_000),
        ("a.json", "," * 1_000_000),
        ("a.yml", "a: " + "[" * 100_000),
        ("a.yml", "a: " + "{" * 100_000),
        ("a.yml", "- " * 100_000),
        ("a.yml", "a: &a [*a]\n" * 20_000),
        ("a.yml", "a: \0\n"),
        ("a.toml", "a" + ".a" * 50_000 + " = 1"),
        ("a.toml", "a = " + "[" * 100_000),
        ("a.toml", "a = " + "9" * 100_000),
        ("a.py", "(" * 100_000),
        ("a.py", "-" * 100_000 + "1"),
        ("a.py", "x = 1" + " + 1" * 50_000),
        ("a.py", "if 1:\n pass\n" + "elif 1:\n pass\n" * 20_000),
        ("a.py", "\0"),
    ],
    ids=lambda text: text[:12],
)
def test_made_up_files_take_little_time_and_break_nothing(path, text):
    """Fault 13: they are read where the kernel counts; no parser here takes our own time."""
    started = time.process_time()
    parse(path, text.encode())
    assert time.process_time() - started < 5


@pytest.mark.promise("A file that was given up is named, and no gate passes it.")
@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("a.yml", "- " * 100_000, "it is nested too deeply"),  # levels of a list
        ("a.json", "[" * 100_000, "it is nested too deeply"),  # levels of an array
        ("a.py", "-" * 100_000 + "1", "it takes too much memory to parse"),  # operators
        ("a.toml", "a = " + "[" * 100_000, "it is nested too deeply"),  # levels of an array
    ],
)
def test_a_file_that_is_given_up_on_has_not_passed(path, text, reason):
    """Fault 13: what the gate could not read is named, and the run ends with 3."""
    done = run([changed("", text, path)], {path: text.encode()}, options=ALONE)
    (short,) = done.shortfalls
    assert short.detail == f"broken_files gave up on {path}: {reason}"
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.ERROR)


def test_a_file_that_is_too_large_to_parse_is_named():
    """Fault 13: a limit of ours is no fault of the change; it is said all the same."""
    text = "a: 1\n" * 110_000
    done = run([changed("", text, "a.yml")], {"a.yml": text.encode()}, options=ALONE)
    assert done.shortfalls == ()
    assert done.notes == ("broken_files does not parse files larger than 500 kB: a.yml",)


def test_bytes_of_another_encoding_are_not_judged():
    assert parse("a.json", b'{"a": "\xff"}') is None
    assert parse("a.toml", b'a = "\xff"') is None
    utf16 = json.dumps({"a": 1}).encode("utf-16")
    assert parse("a.json", utf16).error == ""


def test_recursion_that_ends_in_an_error_leaves_the_interpreter_well():
    depth = sys.getrecursionlimit()
    assert parse("a.json", b"[" * 100_000) == UnreadableText(reason="it is nested too deeply")
    assert sys.getrecursionlimit() == depth


PIECES = st.sampled_from(
    [
        *(
            "a",
            "[",
            "{",
            "}",
            ": ",
            "- ",
            "\n",
            '"',
            "'",
            "\\",
            "&x ",
            "*x",
            "!!int ",
            "=",
            "#",
            "1",
        ),
        *(".", ",", "/*", "//", "\0", "\x85", "\ufeff", "\ud800", "def ", "("),
    ]
)


@pytest.mark.parametrize("name", ["a.yml", "a.json", "a.jsonc", "a.toml", "a.py", "a.ipynb"])
@given(st.lists(PIECES, max_size=30).map("".join))
@examples(150)
def test_no_text_breaks_the_question_whether_it_parses(name, text):
    """Fault 14: an answer, or none, and never an exception."""
    answer = parse(name, text.encode("utf-8", "surrogatepass"))
    assert answer is None or isinstance(answer, ParseResult | UnreadableText)
