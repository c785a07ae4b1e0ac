"""Code that a grammar read before and no longer does, where the file itself is at fault."""

import time

import pytest

from codeflow_action.engine.findings import Severity
from codeflow_action.review.syntax.bracket_scan import odd_bracket_line
from codeflow_action.review.syntax.breaks import SyntaxBreak, find_break, find_code_lines
from tests.actions.gating import check, only

ALONE = only("broken_files")
BROKEN = [  # path, before, what is replaced, by what, on which lines it may be reported
    ("a.js", "function f() {\n  return g(1);\n}\nf();\n", "1)", "1", (1, 4)),
    ("a.jsx", "const a = <b>x</b>;\nlet c = {d: [1]};\n", "]", "", (1, 2)),
    (
        "a.ts",
        "interface A { a: string }\nconst f = (a: A): string => {\n  return a;\n};\n",
        "};",
        "",
        (1, 4),
    ),
    ("a.tsx", "const f = () => (\n  <b>x</b>\n);\n", ");", ";", (1, 3)),
    ("a.tsx", "const f = () => (\n  <A.B>\n    x\n  </A.B>\n);\n", "</A.B>", "</A>", (4, 4)),
    ("a.jsx", "const f = <>\n  <b>x</b>\n</>;\n", "</b>", "</i>", (2, 2)),
    ("a.kt", "fun f(a: Int): Int {\n    return a + 1\n}\n", "1\n}", "1\n}}", (1, 3)),
    ("a.swift", "func f(a: Int) -> Int {\n    return a + 1\n}\n", "Int)", "Int", (1, 3)),
    ("a.go", "package a\n\nfunc f() int {\n\treturn 1\n}\n", "f()", "f(", (3, 5)),
    ("a.rs", "fn f() -> u8 {\n    let a = [1, 2];\n    a[0]\n}\n", "2]", "2", (1, 3)),
    ("A.java", "class A {\n  int f() {\n    return 1;\n  }\n}\n", "1;", "1 +;", (1, 4)),
    ("A.cs", "class A {\n  int F() {\n    return 1;\n  }\n}\n", "F()", "F(", (1, 3)),
    ("a.rb", "def f(a)\n  if a\n    1\n  end\nend\n", "  end\n", "", (1, 5)),
    ("a.php", "<?php\nfunction f($a) {\n  return $a[1];\n}\n", "1]", "1", (2, 4)),
    (
        "a.cpp",
        "int f(int a) {\n  if (a > 1) {\n    return 2;\n  }\n  return a;\n}\n",
        "1)",
        ")",
        (1, 4),
    ),
    ("a.sh", 'for x in a b; do\n  echo "$x"\ndone\n', "done\n", "", (1, 4)),
    ("a.scala", "object A {\n  def f(a: Int) = {\n    a\n  }\n}\n", "  }\n", "", (1, 4)),
    ("a.ex", "defmodule A do\n  def f(a) do\n    a\n  end\nend\n", "  end\n", "", (1, 4)),
    ("a.lua", "function f()\n  return 1\nend\n", "end\n", "", (1, 2)),
    ("a.tf", 'resource "a" "b" {\n  c = [1]\n}\n', "1]", "1", (1, 3)),
]


@pytest.mark.parametrize(
    ("path", "before", "old", "new", "lines"), BROKEN, ids=[row[0] for row in BROKEN]
)
def test_code_that_could_be_read_before_and_no_longer_can(path, before, old, new, lines):
    assert check(path, before, "x", **ALONE) == ()
    (finding,) = check(path, before.replace(old, new), before, **ALONE)
    assert finding.severity is Severity.ERROR
    assert lines[0] <= finding.line <= lines[1]
    assert "no longer can" in finding.message
    # Of a new file nobody can say that the grammar is not at fault.
    assert check(path, before.replace(old, new), **ALONE) == ()


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # What the grammars do not know yet, found in merged code.
        ("a.ts", "let a = 1;\n", "let a = await f<typeof import('x')>();\n"),
        ("a.ts", "let a = 1;\n", "using b = c();\nlet d = e satisfies F;\n"),
        ("a.go", "package a\n\nvar a = 1\n", "package a\n\nvar a = new(int64(8737))\n"),
        (
            "a.cs",
            "class A { }\n",
            "class A {\n#if X\n  void F() {\n#else\n  void G() {\n#endif\n  }\n}\n",
        ),
        # Not readable before, so that nobody broke it.
        ("a.js", "function f( {\n", "function f( {\n  g(;\n"),
        # Grammars that err often, with all brackets in order.
        ("a.kt", "class A\n", "class A { val a = * }\n"),
        ("a.swift", "let a = 1\n", "let a = (1 + * 2)\n"),
        # A language of macros.
        ("a.c", "int a;\n", "int a(;\n"),
        # Templates and files that others write.
        ("a.js", "let a = 1;\n", "let a = {% if x %}(1{% else %}2{% endif %};\n"),
        ("generators/app/templates/a.js", "let a = 1;\n", "let a = (1;\n"),
        ("vendor/a.js", "let a = 1;\n", "let a = (1;\n"),
        ("a.min.js", "let a = 1;\n", "let a = (1;\n"),
        # Brackets in texts and comments are none; a shell's `case` has them single.
        ("a.js", "let a = 1;\n", "let a = ')' + `(${b})` + /[(]/; // (\n"),
        ("a.sh", "echo\n", "case $x in\n  a) echo ;;\nesac\n"),
    ],
)
def test_code_of_which_it_is_not_certain(path, before, after):
    assert check(path, after, before, **ALONE) == ()


def test_a_bracket_counts_where_the_grammar_gave_up_too():
    """A grammar leaves out of its tree what it cannot read: only the text has all brackets."""
    newer = b"package a\n\nvar a = new(int64(8737))\n"
    assert find_break("a.go", newer) == SyntaxBreak(line=3, is_certain=False)
    assert find_break("a.go", newer.replace(b"))", b")")).is_certain


def test_lines_within_texts_are_told_from_code():
    content = b'x = """\na\n"""\ny = 1\n# b\nz = 2\n'
    assert find_code_lines("a.py", content, frozenset(range(1, 7))) == {4, 5, 6}
    assert find_code_lines("a.txt", content, frozenset({1})) is None


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.go", "package a\n\nfunc f() {\n\tx := []int{1, 2\n\ty := 1\n\tg(x)\n}\n", 4),
        ("a.js", "g(1]);\nlet a = 1;\n", 1),
        ("a.rs", "fn f() { g(1]); }\n", 1),
    ],
)
def test_an_odd_bracket_makes_an_error_certain(path, text, line):
    assert find_break(path, text.encode()) == SyntaxBreak(line, is_certain=True)


@pytest.mark.parametrize(
    ("text", "is_swift"),
    [
        ('val a = "(${f("}")}" /* ( /* ) */ { */ // [', False),
        ('val a = """ ( \\""" + \'(\' + \'"\' + \'\\u0028\'', False),
        ('val a = """["""" + "http://a/*("', False),
        ("fun `a ( b`() {} /* http://a.example */", False),
        ('let a = "\\(f("("))" + #"\\( ""# + #"\\#(g(")"))"#', True),
        ('let a = """\n ( " \\(b)\n """ + `in`', True),
        ("let a = f(/[(]/) + #/a/[{]/#", True),
        ("let a = b / c; let d = (e / f)", True),
    ],
)
def test_brackets_in_texts_and_comments_of_kotlin_and_swift_do_not_count(text, is_swift):
    assert odd_bracket_line(text.encode(), is_swift=is_swift) is None
    assert odd_bracket_line(f"\n{text}\n)".encode(), is_swift=is_swift) == text.count("\n") + 3


@pytest.mark.parametrize("part", ['"', "/*", "${", "\\(", "'", "#", "`", '"""', "(/", "#/"])
def test_brackets_are_scanned_in_linear_time(part):
    text = (part * (200_000 // len(part))).encode()
    began = time.process_time()
    for is_swift in (True, False):
        odd_bracket_line(text, is_swift=is_swift)
    assert time.process_time() - began < 3
