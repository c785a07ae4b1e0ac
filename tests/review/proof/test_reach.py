"""Reach: whom a language, its custom or a framework lets call a definition."""

import pytest

from codeflow_action.review.proof.proof_facts import SourceText
from codeflow_action.review.proof.reach import is_private, is_registered


def found(path, name, content):
    text = SourceText(path=path, content=content.encode())
    (one,) = text.defines(name)
    return text, one


@pytest.mark.parametrize(
    ("path", "name", "content", "is_one"),
    [
        ("a.py", "_f", "def _f(): ...\n", True),
        ("a.py", "f", "def f(): ...\n", False),
        ("a.py", "f_", "def f_(): ...\n", False),
        # another class may override it, or call it
        ("a.py", "_f", "class A:\n    def _f(self): ...\n", False),
        ("a.py", "__f", "class A:\n    def __f(self): ...\n", True),
        ("a.ts", "f", "import a from 'a';\nfunction f() {}\n", True),
        ("a.js", "f", "function f() {}\nexport { g };\n", True),
        ("a.tsx", "f", "import a from 'a';\nfunction f() {}\n", True),
        ("a.ts", "f", "import a from 'a';\nexport function f() {}\n", False),
        # a script's names are everybody's
        ("a.js", "f", "function f() {}\n", False),
        ("a.js", "f", "imported();\nfunction f() {}\n", False),
        ("a.ts", "f", "export class A {\n  private f() {}\n}\n", True),
        ("a.ts", "f", "export class A {\n  f() {}\n}\n", False),
        ("a.ts", "f", "import a from 'a';\nclass A {\n  f() {}\n}\n", False),
        ("a.go", "f", "package p\nfunc f() {}\n", True),
        ("a.go", "F", "package p\nfunc F() {}\n", False),
        ("a.go", "f", "package p\nfunc (a A) f() {}\n", False),
        ("a.rs", "f", "fn f() {}\n", True),
        ("a.rs", "f", "pub(crate) fn f() {}\n", False),
        ("a.rs", "f", "impl A {\n    fn f() {}\n}\n", False),
        ("a.c", "f", "static int f(void) { return 1; }\n", True),
        ("a.c", "f", "int f(void) { return 1; }\n", False),
        ("A.java", "f", "class A {\n  private int f() { return 1; }\n}\n", True),
        ("A.java", "f", "class A {\n  int f() { return this.private_; }\n}\n", False),
        ("A.cs", "F", "class A {\n  private int F() { return 1; }\n}\n", True),
        ("A.kt", "f", "private fun f() = 1\n", True),
        ("A.kt", "f", "fun f() = 1\n", False),
        ("a.php", "f", "<?php\nclass A {\n  private function f() {}\n}\n", True),
        # `private` is a call in Ruby, and stands elsewhere
        ("a.rb", "f", "private def f\nend\n", False),
    ],
)
def test_what_others_cannot_use(path, name, content, is_one):
    assert is_private(*found(path, name, content)) is is_one


@pytest.mark.parametrize(
    ("path", "name", "content", "is_one"),
    [
        ("a.py", "f", "def f(): ...\n", False),
        ("a.py", "main", "def main(): ...\n", True),
        ("a.py", "maintain", "def maintain(): ...\n", False),
        ("tests/a.py", "f", "def f(): ...\n", True),
        ("a.py", "f", "@app.route('/')\ndef f(): ...\n", True),
        # the mark of the one before, and of the one after
        ("a.py", "f", "@mark\ndef g(): ...\n\ndef f(): ...\n@mark\ndef h(): ...\n", False),
        ("a.py", "f", "x = 1\n\ndef f(): ...\n", False),
        ("A.cs", "F", "class A {\n  [HttpGet]\n  public int F() { return 1; }\n}\n", True),
        ("a.rs", "f", "#[no_mangle]\nfn f() {}\n", True),
        ("a.ts", "f", "export default function f() {}\n", True),
        ("a.ts", "f", "export function f() {}\nexport default g;\n", False),
    ],
)
def test_what_others_call_by_themselves(path, name, content, is_one):
    assert is_registered(*found(path, name, content)) is is_one
