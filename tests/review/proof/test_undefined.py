"""Undefined: proven where no statement can bind the name, refuted where one in sight does."""

# ruff: noqa: E501 - a snippet is read best on its line

import builtins

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.review.proof.proving import outcome, verdict

USE = "def f(a):\n    return total(a)\n"

PYTHON = [
    # nothing binds it
    ("total", 2, USE, "proven"),
    ("total()", 2, USE, "proven"),
    ("`total`", 2, USE, "proven"),
    ("np", 1, "x = np.zeros(3)\n", "proven"),
    ("np.zeros", 1, "x = np.zeros(3)\n", "proven"),
    ("List", 1, "def f(a: List) -> int: ...\n", "proven"),
    ("Base", 1, "class A(Base):\n    pass\n", "proven"),
    ("cached", 1, "@cached\ndef f(): ...\n", "proven"),
    # said in a comment alone: a hint that somebody thought of it
    ("total", 2, USE + "# total is a global\n", "may come from elsewhere"),
    # in sight, and always there
    ("total", 3, "from a import total\n" + USE, "refuted"),
    ("total", 3, "import a as total\n" + USE, "refuted"),
    ("total", 2, USE + "def total(a): ...\n", "refuted"),
    ("total", 2, USE + "class total: ...\n", "refuted"),
    ("a", 2, USE, "refuted"),
    ("x", 3, "def f():\n    x = 1\n    return x\n", "refuted"),
    ("x", 3, "def f(ys):\n    for x in ys:\n        print(x)\n", "refuted"),
    ("x", 3, "def f(ys):\n    with ys as x:\n        print(x)\n", "refuted"),
    ("x", 5, "def f():\n    try:\n        pass\n    except E as x:\n        print(x)\n", "refuted"),
    ("len", 1, "len(a)\n", "refuted"),
    ("__file__", 1, "print(__file__)\n", "refuted"),
    (
        "self.g",
        3,
        "class A:\n    def f(self):\n        self.g()\n    def g(self): ...\n",
        "refuted",
    ),
    (
        "cls.g",
        3,
        "class A:\n    def f(cls):\n        cls.g()\n    def g(cls): ...\n",
        "refuted",
    ),
    ("total", 3, "from a import total, other\n" + USE, "refuted"),
    ("x", 4, "def f():\n    x = 1\n\n    return x\n", "refuted"),
    ("x", 4, "def f(\n    x,\n):\n    return x\n", "refuted"),
    ("x", 5, "def f():\n    x = 1\n    xy = 2\n    del xy\n    return x\n", "refuted"),
    # bound, but not always, or not yet, or not there
    ("total", 5, "if A:\n    from a import total\nx = 1\n" + USE, "may be bound in the file"),
    (
        "total",
        6,
        "try:\n    import total\nexcept ImportError:\n    pass\n" + USE,
        "may be bound in the file",
    ),
    ("T", 4, "if TYPE_CHECKING:\n    from a import T\n\nx = T()\n", "may be bound in the file"),
    ("total", 1, "total(1)\ndef total(a): ...\n", "may be bound in the file"),
    ("total", 1, "total(1)\nfrom a import total\n", "may be bound in the file"),
    ("x", 4, "def f():\n    x = 1\ndef g():\n    return x(1)\n", "may be bound in the file"),
    (
        "x",
        5,
        "def f(a):\n    if a:\n        x = 1\n    else:\n        return x\n",
        "may be bound in the file",
    ),
    ("x", 4, "def f(a):\n    if a:\n        x = 1\n    return x\n", "may be bound in the file"),
    (
        "x",
        4,
        "def f(ys):\n    for x in ys:\n        pass\n    return x\n",
        "may be bound in the file",
    ),
    ("x", 4, "def f():\n    x = 1\n    del x\n    return x\n", "may be bound in the file"),
    ("x", 3, "class A:\n    x = 1\n    def f(self): return x\n", "may be bound in the file"),
    (
        "g",
        4,
        "class A:\n    def g(self): ...\n    def f(self):\n        g()\n",
        "may be bound in the file",
    ),
    ("x", 2, "def f(ys):\n    x = x + 1\n", "may be bound in the file"),
    ("x", 2, "y = [x for x in z]\nprint(x)\n", "may be bound in the file"),
    ("x", 2, "f = lambda x: x\nprint(x)\n", "may be bound in the file"),
    (
        "self.g",
        3,
        "class A:\n    def f(self):\n        self.g()\n",
        "a member that this class does not define by name",
    ),
    (
        "self.g",
        3,
        "class A:\n    def f(self):\n        self.g()\nclass B:\n    def g(self): ...\n",
        "a member that this class does not define by name",
    ),
    ("x", 1, "x = x + 1\n", "may be bound in the file"),
    ("x", 2, "print([x for x in y],\n      x(1))\n", "may be bound in the file"),
    ("x", 2, "def f(b=lambda x: 1):\n    return x\n", "may be bound in the file"),
    ("a", 1, "def f(a, b=g(a)):\n    pass\n", "may be bound in the file"),
    ("x", 2, "if [x for x in y]:\n    x(1)\n", "may be bound in the file"),
    ("x", 2, "for a in [x for x in y]:\n    x(1)\n", "may be bound in the file"),
    ("x", 2, "with f(lambda x: 1) as y:\n    x(1)\n", "may be bound in the file"),
    ("x", 2, "def f(b=[x for x in y]):\n    return x\n", "may be bound in the file"),
    ("total", 2, "class A:\n    b = total(1)\ndef total(): ...\n", "may be bound in the file"),
    ("total", 2, "class A:\n    b = total(1)\nimport total\n", "may be bound in the file"),
    ("total", 3, "import total\ndel total\ntotal(1)\n", "may be bound in the file"),
    ("total", 1, "total(1); import total\n", "may be bound in the file"),
    ("total", 3, "if A:\n    def total(): ...\ntotal(1)\n", "may be bound in the file"),
    # what may lack is the member
    ("np.zeros", 2, "import numpy as np\nx = np.zeros(3)\n", "a member of something"),
    ("str.total", 1, "x = str.total(a)\n", "a member of something"),
    # said in a text, which is no use and no hint
    ("total", 1, 'print("the total")\nx = total(1)\n', "may be bound in the file"),
    ("total", 2, 'print("the total")\nx = total(1)\n', "proven"),
    ("total", 2, 'print("total of it")\nx = total(1)\n', "proven"),
    # of another line
    ("total", 2, "import os  # noqa\nx = total(1)\n", "proven"),
    # ways in which a name comes from elsewhere
    ("total", 3, "from a import *\n" + USE, "may be bound in the file"),
    ("total", 3, "globals().update(b)\n" + USE, "may come from elsewhere"),
    ("total", 3, "exec(code)\n" + USE, "may come from elsewhere"),
    ("total", 3, "names = ['total']\n" + USE, "may come from elsewhere"),
    ("total", 1, "x = total(1)  # noqa: F821\n", "may come from elsewhere"),
    ("total", 1, "x = total(1)  # type: ignore[name-defined]\n", "may come from elsewhere"),
    ("unicode", 1, "x = unicode(1)\n", "predeclared in some versions"),
    ("_", 1, "x = _('hello')\n", "predeclared in some versions"),
    # forms of binding that are easily forgotten
    ("x", 4, "match a:\n    case [x, *_]:\n        pass\nx(1)\n", "may be bound in the file"),
    ("x", 4, "match a:\n    case Foo(k=x):\n        pass\nx(1)\n", "may be bound in the file"),
    ("x", 3, "def f():\n    global x\n    x(1)\n", "may be bound in the file"),
    ("x", 2, "(a, (b, [c, x])) = y\nx(1)\n", "may be bound in the file"),
    ("x", 3, "with y as (a, x):\n    pass\nx(1)\n", "may be bound in the file"),
    ("x", 2, "if (x := y):\n    x(1)\n", "refuted"),
    ("T", 1, "def f[T](a: T) -> T: ...\n", "may be bound in the file"),
    ("X", 2, "type X = int\nX(1)\n", "refuted"),
    ("a", 2, "import a.b\na.b(1)\n", "refuted"),
    # no use of the name
    ("total", 1, "x = a.total(1)\n", "not used on the quoted lines"),
    ("total", 1, "f(total=1)\n", "not used on the quoted lines"),
    ("total", 1, "print('total')\n", "may be bound in the file"),
    ("elsewhere", 1, "x = 1\n", "not used on the quoted lines"),
    # not to be read
    ("total", 2, USE + "def broken(:\n", "not all could be read"),
    ("the total", 2, USE, "no syntax to ask"),
    ("", 2, USE, "no syntax to ask"),
]


@pytest.mark.parametrize(("subject", "line", "text", "expected"), PYTHON)
def test_in_python(subject, line, text, expected):
    assert outcome("undefined", subject, line, {"a.py": text}) == expected


TS_USE = 'import { a } from "./a";\nexport const b = () => load(a);\n'
EXPORTS = {"lib/load.ts": "export function load(x) {\n  return x;\n}\n"}

OTHERS = [
    # exported elsewhere, not imported here
    ("a.ts", "load", 2, TS_USE, EXPORTS, "proven"),
    ("a.js", "load", 2, TS_USE, {"load.js": "export const load = (x) => x;\n"}, "proven"),
    ("a.ts", "load", 2, TS_USE + "const c = 1;\n", EXPORTS, "proven"),
    ("a.ts", "load", 2, TS_USE, EXPORTS | {"b.ts": 'import { load } from "./lib/load";\nload(1);\n'}, "proven"),
    ("a.ts", "load", 2, TS_USE, {"load.ts": "function load(x) { return x; }\n"}, "the language does not decide it from one file"),
    ("a.ts", "load", 2, TS_USE, {"load.py": "def load(x): ...\n"}, "the language does not decide it from one file"),
    ("a.ts", "x", 2, "if (a.some((x) => x)) {\n  g(x);\n}\n", {}, "may be bound in the file"),
    ("a.ts", "B", 2, "interface A {\n  b: B;\n}\ninterface B {}\n", {}, "refuted"),
    ("a.rb", "B", 2, "class A\n  b = B\nend\nclass B\nend\n", {}, "may be bound in the file"),
    ("a.js", "x", 2, "a.then(function (x) { return x },\n  x(1));\n", {}, "may be bound in the file"),
    ("a.ts", "x", 2, "a.map((x) => {\n  g(x);\n});\n", {}, "refuted"),
    ("a.ts", "this.g", 3, "class A {\n  f() {\n    this.g();\n  }\n  g() {}\n}\n", {}, "refuted"),
    # a global of the browser, or of a tool: nobody can list them all
    ("a.ts", "load", 2, TS_USE, {}, "the language does not decide it from one file"),
    ("a.ts", "load", 2, TS_USE, {"g.d.ts": "declare function load(x: string): void;\n"}, "may come from elsewhere"),
    ("a.ts", "load", 2, TS_USE, EXPORTS | {"b.ts": "window.load = 1;\n"}, "may come from elsewhere"),
    # a tool imports it: another file uses it without a word
    ("a.ts", "load", 2, TS_USE, EXPORTS | {"b.ts": "load(1);\n"}, "the language does not decide it from one file"),
    # a script, where scripts share their names
    ("a.js", "load", 1, "load(1);\n", {"load.js": "export const load = (x) => x;\n"}, "the language does not decide it from one file"),
    ("a.ts", "load", 3, 'import { load } from "./l";\n' + TS_USE, EXPORTS, "refuted"),
    ("a.ts", "load", 3, 'import load from "./l";\n' + TS_USE, EXPORTS, "refuted"),
    ("a.ts", "load", 3, 'const { load } = require("./l");\n' + TS_USE, EXPORTS, "refuted"),
    ("a.ts", "load", 2, TS_USE + "function load(x) { return x; }\n", EXPORTS, "refuted"),
    ("a.ts", "Promise", 1, "await Promise.all(a);\n", {}, "refuted"),
    ("a.ts", "x", 2, "function f(x) {\n  return g(x);\n}\n", {}, "refuted"),
    ("a.ts", "x", 3, "function f() {\n  const x = 1;\n  return x;\n}\n", {}, "refuted"),
    ("a.ts", "x", 4, "function f(a) {\n  if (a) {\n    const x = 1;\n  } else { g(x); }\n}\n", {}, "may be bound in the file"),
    # the language's packages share their names
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b.go": "package p\nfunc load(x int) int { return x }\n"}, "refuted"),
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"q/b.go": "package p\nfunc load(x int) int { return x }\n"}, "may be bound in the file"),
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b_test.go": "package p\nfunc load(x int) int { return x }\n"}, "may be bound in the file"),
    ("p/a_test.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b_test.go": "package p\nfunc load(x int) int { return x }\n"}, "refuted"),
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b_windows.go": "package p\nfunc load(x int) int { return x }\n"}, "may be bound in the file"),
    ("p/a_test.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b_windows.go": "package p\nfunc load(x int) int { return x }\n"}, "may be bound in the file"),
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b.go": "\n" "package p\nfunc load(x int) int { return x }\n"}, "refuted"),
    ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {}, "may be bound in the file"),
    ("p/a.go", "append", 2, "package p\nvar b = append(c, 1)\n", {}, "refuted"),
    ("p/A.java", "Tool", 3, "package p;\nclass A {\n  Tool t = new Tool();\n}\n", {"p/Tool.java": "package p;\nclass Tool {\n}\n"}, "refuted"),
    ("p/A.java", "Tool", 3, "package p;\nclass A {\n  Tool t = new Tool();\n}\n", {"q/Tool.java": "package q;\nclass Tool {\n}\n"}, "may be bound in the file"),
    ("p/A.java", "Tool", 3, "package p;\nclass A {\n  Tool t = new Tool();\n}\n", {"p/Tool.java": "package q;\nclass Tool {\n}\n"}, "may be bound in the file"),
    ("A.java", "Tool", 2, "class A {\n  Tool t = new Tool();\n}\n", {"Tool.java": "class Tool {\n}\n"}, "may be bound in the file"),
    ("p/A.java", "Tool", 4, "package p;\nimport q.Tool;\nclass A {\n  Tool t = new Tool();\n}\n", {}, "refuted"),
    ("p/A.java", "String", 3, "package p;\nclass A {\n  String s;\n}\n", {}, "refuted"),
    ("A.kt", "tool", 2, "package p\nval x = tool()\n", {"B.kt": "package p\nfun tool() = 1\n"}, "refuted"),
    ("A.kt", "tool", 2, "package p\nval x = tool()\n", {"my_tools.kt": "package p\nfun tool() = 1\n"}, "refuted"),
    ("A.cs", "Tool", 2, "namespace P;\nclass A { Tool t; }\n", {"Tool.cs": "namespace P;\nclass Tool { }\n"}, "refuted"),
    ("a.rs", "load", 2, "use crate::x::load;\nfn f() { load(); }\n", {}, "refuted"),
    ("a.rs", "Vec", 1, "fn f() -> Vec<u8> { g() }\n", {}, "refuted"),
    ("a.rs", "Tool", 2, "impl Tool { fn a() {} }\nfn f(t: Tool) {}\n", {}, "may be bound in the file"),
    ("a.rs", "load", 1, "fn f() { load(); }\n", {}, "may be bound in the file"),
    ("a.rb", "load_all", 1, "load_all(1)\n", {}, "may be bound in the file"),
    ("a.c", "load", 1, "int f(void) { return load(); }\n", {}, "may be bound in the file"),
    ("a.php", "load", 1, "<?php load();\n", {}, "may be bound in the file"),
    ("a.sh", "load", 1, "load x\n", {}, "may be bound in the file"),
    # a stub says nothing of what is there when it runs
    ("a.pyi", "load", 1, "x: load\n", {}, "the language does not decide it from one file"),
    ("a.txt", "load", 1, "load x\n", {}, "no syntax to ask"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "subject", "line", "text", "others", "expected"), OTHERS)
def test_in_other_languages(path, subject, line, text, others, expected):
    assert outcome("undefined", subject, line, {path: text, **others}) == expected


@pytest.mark.parametrize(
    ("subject", "line", "last", "expected"),
    [
        ("total", 1, 2, "proven"),
        ("total", 2, 3, "proven"),
        ("total", 1, 1, "not used on the quoted lines"),
        ("a", 2, 2, "refuted"),
        # some of the lines are not in the function
        ("a", 2, 3, "may be bound in the file"),
    ],
)
def test_claims_about_several_lines(subject, line, last, expected):
    assert outcome("undefined", subject, line, {"a.py": USE + "b = 1\n"}, last=last) == expected


@pytest.mark.parametrize(
    ("subject", "line", "last", "text", "expected"),
    [
        ("total", 1, 2, "total(1)\ndef total(): ...\n", "may be bound in the file"),
        (
            "total",
            2,
            3,
            "def f():\n    total(1)\ntotal(2)\ndef total(): ...\n",
            "may be bound in the file",
        ),
        (
            "total",
            2,
            3,
            "def f():\n    total(1)\ntotal(2)\nfrom a import total\n",
            "may be bound in the file",
        ),
        ("x", 3, 4, "if a:\n    x = 1\n    g()\nprint(x)\n", "may be bound in the file"),
        ("x", 3, 4, "if a:\n    x = 1\n\nprint(x)\n", "may be bound in the file"),
        ("x", 2, 4, "x = 1\n\ndel x\nprint(x)\n", "may be bound in the file"),
        (
            "self.g",
            3,
            5,
            "class A:\n    def f(self):\n        self.g()\n    def g(self): ...\nself.g()\n",
            "a member that this class does not define by name",
        ),
    ],
)
def test_some_of_several_lines_may_not_see_the_binding(subject, line, last, text, expected):
    assert outcome("undefined", subject, line, {"a.py": text}, last=last) == expected


def test_one_silenced_line_of_several_silences_them():
    text = "x = total(\n    1)  # noqa: F821\n"
    assert outcome("undefined", "total", 1, {"a.py": text}, last=2) == "may come from elsewhere"


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
def test_what_was_not_searched_whole_is_no_proof(limits):
    files = {"a.py": USE, "b.py": "x = 1\n"}
    assert outcome("undefined", "total", 2, files, **limits) == "not all could be read"


@pytest.mark.parametrize(
    "other", ["import builtins\nbuiltins.total = 1\n", "setattr(m, 'total', 1)\n"]
)
def test_a_name_that_another_file_may_inject_is_not_undefined(other):
    assert (
        outcome("undefined", "total", 2, {"a.py": USE, "b.py": other}) == "may come from elsewhere"
    )


@pytest.mark.parametrize("text", ["the total", "total of it"])
@pytest.mark.parametrize("mark", ["'", '"'])
def test_a_text_of_another_file_that_has_the_word_injects_nothing(text, mark):
    other = f"x = {mark}{text}{mark}\n"
    assert outcome("undefined", "total", 2, {"a.py": USE, "b.py": other}) == "proven"


@pytest.mark.parametrize(
    "others",
    [{"b.py": "class A:\n    def total(a): ...\n"}, {"b.rb": "def total\n  1\nend\n"}],
)
def test_what_cannot_be_imported_is_not_offered(others):
    assert verdict("undefined", "total", 2, {"a.py": USE, **others}).evidence == (
        "`total` is neither defined nor imported in `a.py`, and is used at `a.py:2`."
    )


def test_evidence_says_where_and_who_else_has_it():
    files = {"a.py": USE, "b`.py": "def total(a): ...\n"}
    assert verdict("undefined", "total", 2, files).evidence == (
        "`total` is neither defined nor imported in `a.py`, and is used at `a.py:2`; "
        "``b`.py:1`` defines one."
    )


@pytest.mark.parametrize(
    ("path", "subject", "line", "text", "others", "evidence"),
    [
        ("a.py", "total", 3, "from a import total\n" + USE, {}, "`total` is imported at `a.py:1`."),
        ("a.py", "total", 2, USE + "def total(a): ...\n", {}, "`total` is defined at `a.py:3`."),
        ("a.py", "a", 2, USE, {}, "`a` is a parameter at `a.py:1`."),
        ("a.py", "x", 3, "def f():\n    x = 1\n    return x\n", {}, "`x` is bound at `a.py:2`."),
        ("a.py", "len", 1, "len(a)\n", {}, "`len` is a name of the language (python)."),
        ("a.py", "self.g", 3, "class A:\n    def f(self):\n        self.g()\n    def g(self): ...\n", {}, "`g` is defined at `a.py:4`."),
        ("p/a.go", "load", 2, "package p\nvar b = load(1)\n", {"p/b.go": "package p\nfunc load(x int) int { return x }\n"}, "`load` is defined in the same package at `p/b.go:2`."),
        ("a.py", "total", 2, USE, {}, "`total` is neither defined nor imported in `a.py`, and is used at `a.py:2`."),
        ("a.ts", "load", 2, TS_USE, EXPORTS, "`load` is neither defined nor imported in `a.ts`, and is used at `a.ts:2`; `lib/load.ts:1` exports one."),
    ],
)  # fmt: skip
def test_evidence_says_where_it_is_bound(path, subject, line, text, others, evidence):
    assert verdict("undefined", subject, line, {path: text, **others}).evidence == evidence


BINDINGS = [
    "{} = 1",
    "{}: int = 1",
    "{} += 1",
    "for {} in y: pass",
    "for a, ({}, *b) in y: pass",
    "with y as {}: pass",
    "with y as (a, {}): pass",
    "try: pass\nexcept E as {}: pass",
    "import {}",
    "import {}.b",
    "import a as {}",
    "from a import {}",
    "from a import b as {}",
    "from a import *",
    "def {}(): pass",
    "async def {}(): pass",
    "class {}: pass",
    "def f({}): pass",
    "def f(*{}): pass",
    "def f(**{}): pass",
    "def f(a, {}: int = 1): pass",
    "def f[{}](a): pass",
    "class C[{}]: pass",
    "type {} = int",
    "lambda {}: 1",
    "lambda *{}: 1",
    "[1 for {} in y]",
    "{{1: 2 for a, {} in y}}",
    "print({} := 1)",
    "match y:\n    case {}: pass",
    "match y:\n    case {{'a': {}}}: pass",
    "match y:\n    case {{**{}}}: pass",
    "match y:\n    case [*{}]: pass",
    "match y:\n    case A(b={}) | {}: pass",
    "match y:\n    case 1 as {}: pass",
    "global {}",
    "del {}",
    "[a, [{}]] = y",
    "(a, {}), b = y",
    "*a, {} = y",
    "a = {} = y",
]
USES = ["{}(1)", "print({})", "y.z = {}", "{}.y = 1", "return_(a + {})", "if {}: pass", "y = {}[0]"]
NAMES = st.sampled_from(["total", "x", "self", "Ünïcode", "match", "type", "value2"])


@given(
    name=NAMES,
    binding=st.sampled_from(BINDINGS),
    use=st.sampled_from(USES),
    depth=st.integers(0, 2),
    is_first=st.booleans(),
)
@example(name="x", binding="with y as (a, {}): pass", use="{}(1)", depth=0, is_first=True)
def test_a_name_that_is_bound_anywhere_is_never_proven_undefined(
    name, binding, use, depth, is_first
):
    bound = binding.replace("{}", name).replace("{{", "{").replace("}}", "}")
    used = use.replace("{}", name)
    nested = "".join(f"{'    ' * at}def g{at}():\n" for at in range(depth)) + "".join(
        f"{'    ' * depth}{line}\n" for line in bound.split("\n")
    )
    text = f"{nested}{used}\n" if is_first else f"{used}\n{nested}"
    line = text.split("\n").index(used) + 1
    assert outcome("undefined", name, line, {"a.py": text}) != "proven"


def test_no_builtin_is_ever_proven_undefined():
    for name in dir(builtins):
        if name.isidentifier():
            assert outcome("undefined", name, 1, {"a.py": f"f({name})\n"}) != "proven"
