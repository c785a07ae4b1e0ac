"""Unused: refuted by a use, proven for what can only be used where its name stands."""

import pytest

from tests.review.proof.proving import outcome, verdict

ROWS = [
    # what a file imports
    ("a.py", "os", 1, "import os\nx = 1\n", "proven"),
    ("a.py", "os", 1, "import os\nx = os.sep\n", "refuted"),
    ("a.py", "b", 1, "from a import b\nx: b\n", "refuted"),
    ("a.py", "b", 1, "from a import (\n    b,\n    c,\n)\nc()\n", "proven"),
    ("a.py", "b", 1, "from a import b as c\nb()\n", "not bound on the quoted lines"),
    ("a.py", "os", 1, "import os\nx = y.os\n", "may be used where no syntax shows it"),
    ("a.py", "os", 1, "import os\nf(os=1)\n", "may be used where no syntax shows it"),
    ("a.py", "os", 1, "import os\ndef f(os):\n    return os\n", "bound a second time"),
    ("a.py", "B", 1, "from a import B\nx: 'B'\n", "may be used where no syntax shows it"),
    (
        "a.py",
        "B",
        1,
        "from a import B\nx = None  # type: B\n",
        "may be used where no syntax shows it",
    ),
    (
        "a.py",
        "b",
        1,
        "from a import b\n__all__ = [*names]\n",
        "may be used where no syntax shows it",
    ),
    ("a.py", "b", 1, "from a import b as b\n", "may be used where no syntax shows it"),
    ("a.py", "b", 1, "from a import b  # noqa: F401\n", "may be used where no syntax shows it"),
    (
        "a.py",
        "b",
        2,
        "try:\n    import b\nexcept ImportError:\n    pass\n",
        "may be used where no syntax shows it",
    ),
    (
        "a.py",
        "annotations",
        1,
        "from __future__ import annotations\n",
        "may be used where no syntax shows it",
    ),
    ("a.py", "b", 1, "from a import b\neval(code)\n", "may be used where no syntax shows it"),
    (
        "a.py",
        "b",
        1,
        "from a import b\ndef broken(:\n",
        "the language lets an import do more than name",
    ),
    ("p/__init__.py", "b", 1, "from a import b\n", "may be used where no syntax shows it"),
    ("conftest.py", "b", 1, "from a import b\n", "may be used where no syntax shows it"),
    ("a.pyi", "b", 1, "from a import b\n", "may be used where no syntax shows it"),
    ("a.ts", "b", 1, "import { b } from './b';\nexport const c = 1;\n", "proven"),
    ("a.ts", "b", 1, "import { b } from './b';\nb();\n", "refuted"),
    ("a.ts", "B", 1, "import { B } from './b';\nlet c: B;\n", "refuted"),
    ("a.tsx", "B", 1, "import { B } from './b';\nexport const c = <B/>;\n", "refuted"),
    (
        "a.ts",
        "B",
        1,
        "import { B } from './b';\n/** @see {B} */\nlet c;\n",
        "may be used where no syntax shows it",
    ),
    (
        "a.jsx",
        "React",
        1,
        "import React from 'react';\nexport const c = <a/>;\n",
        "may be used where no syntax shows it",
    ),
    ("index.ts", "b", 1, "import { b } from './b';\n", "may be used where no syntax shows it"),
    ("A.java", "List", 1, "import java.util.List;\nclass A {\n}\n", "proven"),
    ("A.java", "List", 1, "import java.util.List;\nclass A {\n  List x;\n}\n", "refuted"),
    (
        "A.java",
        "List",
        1,
        "import java.util.List;\n/** {@link List} */\nclass A {\n}\n",
        "may be used where no syntax shows it",
    ),
    ("a.php", "B", 2, "<?php\nuse A\\B;\n$x = 1;\n", "proven"),
    (
        "a.rs",
        "Read",
        1,
        "use std::io::Read;\nfn f() {}\n",
        "the language lets an import do more than name",
    ),
    (
        "a.go",
        "yaml",
        2,
        'package p\nimport "gopkg.in/yaml"\nvar x = 1\n',
        "the language lets an import do more than name",
    ),
    ("a.go", "fmt", 2, 'package p\nimport "fmt"\nvar x = fmt.Sprint(1)\n', "refuted"),
    (
        "A.kt",
        "getValue",
        1,
        "import a.getValue\nval x by y\n",
        "the language lets an import do more than name",
    ),
    ("a.py", "b", 2, "from a import (\n    b,\n    c,\n)\nc()\n", "proven"),
    ("a.py", "b", 4, "from a import (\n    b,\n    c,\n)\nc()\n", "proven"),
    ("a.py", "b", 5, "from a import (\n    b,\n    c,\n)\nc()\n", "not bound on the quoted lines"),
    ("a.py", "_b", 1, "from a import _b\n", "may be used where no syntax shows it"),
    ("a.d.ts", "b", 1, "import { b } from './b';\n", "may be used where no syntax shows it"),
    ("a.rs", "b", 1, "pub use a::b;\n", "may be used where no syntax shows it"),
    ("a.py", "b", 1, "from a import b as b, c\n", "may be used where no syntax shows it"),
    ("a.py", "b", 2, "from a import (\n    b as b,\n)\n", "may be used where no syntax shows it"),
    ("a.py", "c", 1, "from a import b as c\n", "proven"),
    (
        "a.py",
        "b",
        1,
        "from a import (\n    b,  # noqa: F401\n    c,\n)\nc()\n",
        "may be used where no syntax shows it",
    ),
    (
        "a.py",
        "b",
        2,
        "__all__ = [*names]\nfrom a import b\n",
        "may be used where no syntax shows it",
    ),
    ("a.py", "os", 1, b"import os\n# \xff\n", "proven"),
    ("a.py", "os", 1, b"import os\n# \xff __all__\n", "may be used where no syntax shows it"),
    # variables of a function
    ("a.py", "x", 2, "def f():\n    x = 1\n    g(x)\n    x = 2\n", "refuted"),
    ("a.py", "x", 2, "def f():\n    x = 1\nx = 2\nprint(x)\n", "proven"),
    ("a.py", "x", 2, "def f():\n    x = g()  # noqa: F841\n", "may be kept for what it does"),
    ("a.py", "x", 2, "def f():\n    x = g()\ndef broken(:\n", "may be kept for what it does"),
    ("a.py", "x", 2, "def f():\n    x: int = g()\n", "proven"),
    ("a.py", "x", 2, "def f():\n    x = g()\n    return 1\n", "proven"),
    ("a.py", "x", 2, "def f():\n    x = g()\n    return x\n", "refuted"),
    ("a.py", "x", 2, "def f():\n    x = g()\n    return lambda: x\n", "refuted"),
    (
        "a.py",
        "x",
        2,
        "def f():\n    x = 1\n    x = 2\n    return x\n",
        "named more than once, or no plain variable",
    ),
    (
        "a.py",
        "x",
        2,
        "def f():\n    x = 1\n    return 'x'\n",
        "named more than once, or no plain variable",
    ),
    ("a.py", "x", 2, "def f():\n    x = 1\n    return locals()\n", "may be kept for what it does"),
    ("a.py", "_x", 2, "def f():\n    _x = 1\n    return 2\n", "may be kept for what it does"),
    ("a.py", "x", 1, "def f(x):\n    return 1\n", "named more than once, or no plain variable"),
    ("a.py", "x", 2, "def f(\n    x: int = 1,\n):\n    return 1\n", "may be kept for what it does"),
    (
        "a.py",
        "x",
        2,
        "def f():\n    x, y = g()\n    return y\n",
        "named more than once, or no plain variable",
    ),
    (
        "a.py",
        "x",
        2,
        "def f():\n    for x in g():\n        pass\n",
        "named more than once, or no plain variable",
    ),
    ("a.py", "x", 1, "x = 1\n", "others may use it"),
    ("a.ts", "x", 2, "function f() {\n  const x = g();\n  return 1;\n}\n", "proven"),
    ("a.ts", "x", 2, "function f() {\n  const x = g();\n  return { x };\n}\n", "refuted"),
    ("A.java", "x", 3, "class A {\n  void f() {\n    int x = g();\n  }\n}\n", "proven"),
    ("a.rs", "guard", 2, "fn f() {\n    let guard = lock();\n}\n", "may be kept for what it does"),
    (
        "a.cpp",
        "guard",
        2,
        "void f() {\n  auto guard = lock();\n}\n",
        "may be kept for what it does",
    ),
    ("a.py", "x", 2, "def f():\n    x = 1\n    g(x)\n    x = 2\n    g(x)\n", "refuted"),
    (
        "a.py",
        "x",
        2,
        "def f():\n    x = 1\n    x = 2; g(x)\n",
        "named more than once, or no plain variable",
    ),
    (
        "a.py",
        "x",
        2,
        "def f():\n    x = g()\n    return y.x\n",
        "named more than once, or no plain variable",
    ),
    ("a.py", "x", 2, "def f():  # x\n    x = g()\n", "named more than once, or no plain variable"),
    ("a.py", "x", 2, "def f(x):\n    x = g()\n", "named more than once, or no plain variable"),
    ("a.py", "x", 2, "def f():\n    x = x\n", "may be kept for what it does"),
    ("a.py", "x", 2, "def f(a,\n      x=1):\n    return 1\n", "may be kept for what it does"),
    ("a.py", "x", 2, "class A:\n    for x in y:\n        pass\n", "not local to a function"),
    ("a.py", "x", 1, "for x in y:\n    pass\n", "not local to a function"),
    # it may be another's, or a key
    ("a.ts", "x", 2, "function f() {\n  x = g();\n}\n", "not bound on the quoted lines"),
    (
        "A.java",
        "x",
        3,
        "class A {\n  void f() {\n    x = g();\n  }\n}\n",
        "not bound on the quoted lines",
    ),
    ("a.go", "x", 3, "package p\nfunc f() {\n\tx = g()\n}\n", "not bound on the quoted lines"),
    ("a.go", "x", 3, "package p\nfunc f() {\n\tx := g()\n}\n", "proven"),
    (
        "a.ts",
        "x",
        3,
        "function f() {\n  return {\n    x: a.map((b) => b),\n  };\n}\n",
        "named more than once, or no plain variable",
    ),
    # definitions
    ("a.py", "_f", 1, "def _f():\n    return 1\n", "proven"),
    ("a.py", "_f", 1, "def _f(n):\n    return _f(n - 1)\n", "proven"),
    ("a.py", "_f", 1, "def _f():\n    return 1\nx = _f()\n", "refuted"),
    ("a.py", "_f", 1, "def _f(): ...\nx._f()\n", "named elsewhere"),
    ("a.py", "_f", 1, "@register\ndef _f(): ...\n", "others may use it"),
    (
        "A.java",
        "g",
        2,
        "class A {\n  private int g() { return 1; }\n  int h() { return this.g(); }\n}\n",
        "refuted",
    ),
    ("a.py", "f", 1, "def f():\n    return 1\n", "others may use it"),
    ("a.py", "_f", 2, "@register\ndef _f():\n    return 1\n", "others may use it"),
    ("a.py", "_f", 1, "def _f():\n    return 1\n# _f is for later\n", "named elsewhere"),
    ("a.py", "_f", 2, "class A(B):\n    def _f(self):\n        return 1\n", "others may use it"),
    ("a.py", "_LIMIT", 1, "_LIMIT = 3\n", "proven"),
    ("a.py", "_LIMIT", 1, "_LIMIT = 3\nx = _LIMIT\n", "refuted"),
    ("a.ts", "g", 2, "import a from 'a';\nfunction g() { a(); }\n", "proven"),
    ("a.ts", "g", 2, "import a from 'a';\nexport function g() { a(); }\n", "others may use it"),
    (
        "a.ts",
        "g",
        2,
        "import a from 'a';\nfunction g() { a(); }\nexport { g };\n",
        "named elsewhere",
    ),
    ("a.js", "g", 1, "function g() { a(); }\n", "others may use it"),
    ("A.java", "g", 2, "class A {\n  private int g() { return 1; }\n}\n", "proven"),
    ("A.java", "g", 2, "class A {\n  int g() { return 1; }\n}\n", "others may use it"),
    (
        "A.java",
        "g",
        3,
        "class A {\n  @Scheduled\n  private int g() { return 1; }\n}\n",
        "others may use it",
    ),
    ("a.go", "g", 2, "package p\nfunc g() int { return 1 }\n", "proven"),
    ("a.go", "G", 2, "package p\nfunc G() int { return 1 }\n", "others may use it"),
    ("a.go", "init", 2, "package p\nfunc init() { }\n", "others may use it"),
    ("a.c", "g", 1, "static int g(void) { return 1; }\n", "proven"),
    ("a.c", "g", 1, "int g(void) { return 1; }\n", "others may use it"),
    ("a.rs", "g", 1, "fn g() -> u8 { 1 }\n", "proven"),
    ("a.rs", "g", 1, "pub fn g() -> u8 { 1 }\n", "others may use it"),
    ("a.py", "A._f", 2, "class A:\n    def _f(self):\n        return 1\n", "others may use it"),
    # nothing of the kind
    ("a.py", "os", 2, "import os\nx = 1\n", "not bound on the quoted lines"),
    ("a.txt", "os", 1, "import os\n", "no syntax to ask"),
]


@pytest.mark.parametrize(("path", "subject", "line", "text", "expected"), ROWS)
def test_whether_anything_uses_it(path, subject, line, text, expected):
    assert outcome("unused", subject, line, {path: text}) == expected


def test_lines_that_leave_a_function_are_not_local_to_it():
    files = {"a.py": "def f():\n    x = g()\ny = 1\n"}
    assert outcome("unused", "x", 2, files, last=3) == "not local to a function"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("from a import _f\n_f()\n", "refuted"),
        ("# _f does it\n", "named elsewhere"),
        ("x = '_f'\n", "named elsewhere"),
        ("_f()\n" + "#" * 1_000_000, "named elsewhere"),
        # somebody else's of the same name
        ("def _f(): ...\n_f()\n", "named elsewhere"),
        ("x = 1\n", "proven"),
    ],
)
def test_other_files_may_use_a_definition(other, expected):
    assert outcome("unused", "_f", 1, {"a.py": "def _f(): ...\n", "b.py": other}) == expected


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
def test_what_was_not_searched_whole_is_no_proof(limits):
    files = {"a.py": "def _f(): ...\n", "b.py": "x = 1\n"}
    assert outcome("unused", "_f", 1, files, **limits) == "others may use it"


@pytest.mark.parametrize(
    ("subject", "line", "text", "evidence"),
    [
        ("os", 1, "import os\n\nx = os.sep\ny = os.sep\n", "`os` is used at `a.py:3`."),
        ("os", 2, "\nimport os\n", "`os` stands nowhere in `a.py` but where line 2 imports it."),
        (
            "x",
            2,
            "def f():\n    x = g()\n",
            "`x` stands nowhere in `f` but where it is set at `a.py:2`.",
        ),
        ("x", 2, "def f():\n    x = g()\n    h(x)\n    return x\n", "`x` is used at `a.py:3`."),
        (
            "b",
            3,
            "from a import (\n    c,\n    b)\nc()\n",
            "`b` stands nowhere in `a.py` but where line 1 imports it.",
        ),
        ("_f", 1, "def _f(): ...\n", "No file names `_f` but `a.py:1`."),
        ("_f", 1, "def _f(): ...\n_f()\n_f()\n", "`_f` is used at `a.py:2`."),
    ],
)
def test_evidence_names_the_use(subject, line, text, evidence):
    assert verdict("unused", subject, line, {"a.py": text}).evidence == evidence


def test_evidence_names_the_first_use_in_another_file():
    files = {"a.py": "def _f(): ...\n", "b.py": "from a import _f\n_f()\n_f()\n"}
    assert verdict("unused", "_f", 1, files).evidence == "`_f` is used at `b.py:2`."


def test_a_function_without_a_name_is_told_as_one():
    files = {"a.ts": "export default function () {\n  const x = g();\n}\n"}
    assert verdict("unused", "x", 2, files).evidence == (
        "`x` stands nowhere in `the function` but where it is set at `a.ts:2`."
    )
