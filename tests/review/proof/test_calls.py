"""Never called, and missing test: told by who names the function, in the whole tree."""

# ruff: noqa: E501 - a snippet is read best on its line

import pytest

from codeflow_action.engine.diff import Side
from tests.review.proof.proving import outcome, verdict

DEF = "def total(cart):\n    return sum(cart)\n"

CALLED = [
    ({"a.py": DEF}, "proven"),
    ({"a.py": DEF + "x = total([])\n"}, "refuted"),
    ({"a.py": DEF, "b.py": "from a import total\nprint(total([]))\n"}, "refuted"),
    ({"a.py": DEF, "b.py": "import a\nmap(a.total, x)\n"}, "refuted"),
    ({"a.py": DEF, "b.py": "from a import total\n"}, "named elsewhere"),
    ({"a.py": DEF, "b.py": "# total is gone\n"}, "named elsewhere"),
    ({"a.py": DEF, "b.py": "getattr(a, 'total')()\n"}, "named elsewhere"),
    ({"a.py": DEF, "b.yml": "handler: a.total\n"}, "named elsewhere"),
    ({"a.py": DEF, "b.html": "{{ total(cart) }}\n"}, "named elsewhere"),
    # the name is another's too
    ({"a.py": DEF, "b.py": "def total(): ...\ntotal()\n"}, "named elsewhere"),
    # calls itself only
    ({"a.py": "def total(n):\n    return total(n - 1)\n"}, "proven"),
    ({"a.py": DEF + "def broken(:\n"}, "not all was searched"),
    # two of that name
    ({"a.py": DEF + "class A:\n    def total(self): ...\n"}, "no such function in the file"),
    ({"a.py": "x = 1\n" + DEF + DEF}, "no such function in the file"),
    ({"a.py": "total = 1\n"}, "no such function in the file"),
    ({"a.py": DEF, "b.py": "total(1)\n" + "#" * 1_000_000}, "named elsewhere"),
    ({"a.py": "x = 1\n"}, "no such function in the file"),
]


@pytest.mark.parametrize(("files", "expected"), CALLED)
def test_who_calls_it(files, expected):
    assert outcome("never_called", "total", 1, files) == expected


@pytest.mark.parametrize(
    ("path", "name", "line", "text"),
    [
        ("a.py", "main", 1, "def main(): ...\n"),
        ("a.py", "__enter__", 2, "class A:\n    def __enter__(self): ...\n"),
        ("a.py", "save", 2, "class A(B):\n    def save(self): ...\n"),
        ("a.py", "total", 2, "@app.route('/')\ndef total(): ...\n"),
        ("a.py", "on_push", 1, "def on_push(): ...\n"),
        ("test_a.py", "check", 1, "def check(): ...\n"),
        ("a.js", "total", 1, "export default function total() { return 1; }\n"),
        ("A.java", "total", 3, "class A {\n  @Bean\n  public int total() { return 1; }\n}\n"),
        ("A.cs", "Total", 3, "class A {\n  [HttpGet]\n  public int Total() { return 1; }\n}\n"),
        ("a.go", "ServeHTTP", 2, "package p\nfunc (a A) ServeHTTP() { }\n"),
        ("a.rs", "total", 2, "#[no_mangle]\npub fn total() -> u8 { 1 }\n"),
    ],
)
def test_what_others_call_by_themselves_is_not_never_called(path, name, line, text):
    assert outcome("never_called", name, line, {path: text}) == "may be called without its name"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "export function total() { return 1; }\n"),
        ("a.go", "package p\nfunc total() int { return 1 }\n"),
        ("a.rs", "fn total() -> u8 { 1 }\n"),
        ("a.c", "int total(void) { return 1; }\n"),
        ("a.rb", "def total\n  1\nend\n"),
        ("a.php", "<?php\nfunction total() { return 1; }\n"),
        ("a.lua", "function total() return 1 end\n"),
        ("a.sh", "total() { echo 1; }\n"),
        ("A.java", "class A {\n  private int total() { return 1; }\n}\n"),
        ("A.kt", "fun total() = 1\n"),
        ("a.swift", "func total() -> Int { 1 }\n"),
        ("a.scala", "def total = 1\n"),
    ],
)
def test_proof_in_other_languages(path, text):
    line = next(at for at, each in enumerate(text.split("\n"), 1) if "total" in each)
    assert outcome("never_called", "total", line, {path: text}) == "proven"


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
@pytest.mark.parametrize("kind", ["never_called", "missing_test"])
def test_what_was_not_searched_whole_is_no_proof(kind, limits):
    files = {"a.py": DEF, "tests/test_b.py": "x = 1\n"}
    assert outcome(kind, "total", 1, files, **limits) == "not all was searched"


TESTED = [
    # tests exist, and none speaks of it
    ({"a.py": DEF, "tests/test_b.py": "x = 1\n"}, "proven"),
    ({"a.py": DEF, "tests/test_a.py": "from a import total\nassert total([1])\n"}, "refuted"),
    ({"a.py": DEF, "a_test.py": "import a\nassert a.total([1])\n"}, "refuted"),
    (
        {"a.py": DEF, "b.py": "from a import total\ntotal([1])\n", "tests/c.py": ""},
        "tests may reach it through others",
    ),
    (
        {"a.py": DEF, "tests/test_b.py": "from a import other\n"},
        "tests name it, its class or its file",
    ),
    ({"a.py": DEF, "tests/test_b.py": "# total\n"}, "tests name it, its class or its file"),
    (
        {"a.py": DEF, "tests/test_b.py": "def total(): ...\ntotal()\n"},
        "tests name it, its class or its file",
    ),
    ({"a.py": DEF, "tests/test_b.py": "import a\n"}, "tests name it, its class or its file"),
    (
        {"a.py": DEF + "def b():\n    return total(1)\n", "tests/c.py": ""},
        "tests may reach it through others",
    ),
    ({"a.py": DEF + "# #[cfg(test)]\n", "tests/c.py": ""}, "proven"),
    ({"a.py": DEF + DEF, "tests/c.py": ""}, "no such function in the file"),
    # no tests at all: where they are, nobody knows
    ({"a.py": DEF}, "no tests that their paths would tell"),
    ({"a.py": DEF, "latest.py": "total([1])\n"}, "no tests that their paths would tell"),
    ({"tests/test_a.py": DEF}, "about a test"),
]


@pytest.mark.parametrize(("files", "expected"), TESTED)
def test_whether_a_test_uses_it(files, expected):
    assert outcome("missing_test", "total", 1, files) == expected


@pytest.mark.parametrize(
    ("path", "text", "test", "call"),
    [
        ("a.ts", "export const total = () => 1;\n", "a.spec.ts", "expect(total()).toBe(1);\n"),
        ("a.js", "export function total() {}\n", "__tests__/a.js", "total();\n"),
        ("a.go", "package p\nfunc total() {}\n", "a_test.go", "package p\nvar x = total()\n"),
        ("A.java", "class A {\n void total() {}\n}\n", "ATest.java", "class T { void f() { a.total(); } }\n"),
        ("A.cs", "class A {\n void total() {}\n}\n", "ATests.cs", "class T { void F() { a.total(); } }\n"),
        ("a.rb", "def total\nend\n", "spec/a_spec.rb", "total()\n"),
        ("A.kt", "fun total() = 1\n", "ATest.kt", "fun t() { total() }\n"),
        ("a.php", "<?php\nfunction total() {}\n", "tests/ATest.php", "<?php\ntotal();\n"),
        ("a.rs", "fn total() {}\n", "tests/a.rs", "fn t() { total(); }\n"),
        ("a.c", "int total(void) { return 1; }\n", "test/a.c", "int x(void) { return total(); }\n"),
    ],
)  # fmt: skip
def test_tests_of_other_languages_refute(path, text, test, call):
    line = next(at for at, each in enumerate(text.split("\n"), 1) if "total" in each)
    assert outcome("missing_test", "total", line, {path: text, test: call}) == "refuted"
    assert outcome("missing_test", "total", line, {path: text, test: ""}) == "proven"


def test_a_test_inside_a_rust_file_counts():
    text = "fn total() -> u8 { 1 }\n#[cfg(test)]\nmod tests {\n    fn t() { total(); }\n}\n"
    assert outcome("missing_test", "total", 1, {"a.rs": text}) == "refuted"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fn total() {}\n#[cfg(test)]\nmod tests {}\n", "tests in the same file"),
        ("fn total() {}\nmod others {\n    fn t() { total(); }\n}\n", "tests may reach it through others"),
    ],
)  # fmt: skip
def test_rust_files_may_have_their_tests_in_them(text, expected):
    assert outcome("missing_test", "total", 1, {"a.rs": text, "tests/b.rs": ""}) == expected


def test_a_class_that_tests_name_may_be_tested():
    files = {"a.py": "class Cart:\n    def total(self): ...\n", "tests/b.py": "Cart\n"}
    assert outcome("missing_test", "Cart.total", 2, files) == "tests name it, its class or its file"


@pytest.mark.parametrize(
    ("name", "expected"), [("adds", "refuted"), ("add", "tests name it, its class or its file")]
)
def test_short_names_are_too_common_to_refute(name, expected):
    files = {"a.py": f"def {name}(): ...\n", "tests/b.py": f"x.{name}()\n"}
    assert outcome("missing_test", name, 1, files) == expected


def test_evidence_counts_what_was_searched():
    files = {"a.py": DEF, "tests/test_b.py": "x = 1\n", "tests/test_c.py": "x = 1\n"}
    assert verdict("missing_test", "total", 1, files).evidence == (
        "None of 2 test files names `total` or `a.py`."
    )


@pytest.mark.parametrize(
    ("kind", "files", "evidence"),
    [
        ("never_called", {"a.py": DEF}, "No file names `total` but `a.py:1`."),
        ("never_called", {"a.py": DEF + "x = total([])\n"}, "`total` is used at `a.py:3`."),
        ("never_called", {"a.py": DEF, "b.py": "import a\na.total([])\n"}, "`total` is used at `b.py:2`."),
        ("missing_test", {"a.py": DEF, "test_a.py": "import a\na.total([])\n"}, "A test uses `total`: `test_a.py:2`."),
        ("missing_test", {"a.rs": "fn total() {}\nmod tests {\n    fn t() { total(); }\n}\n"}, "A test uses `total`: `a.rs:3`."),
    ],
)  # fmt: skip
def test_evidence_says_where_it_is_used(kind, files, evidence):
    assert verdict(kind, "total", 1, files).evidence == evidence


def test_a_coverage_report_comes_before_what_names_say():
    files = {"a.py": DEF, "test_a.py": "import a\na.total([])\n"}
    not_run = verdict("missing_test", "total", 1, files, last=2, not_run=[2, 9])
    assert not_run.evidence == "By the coverage report no test ran `a.py:2`."
    assert outcome("missing_test", "total", 1, files, last=2, not_run=[9]) == "refuted"
    old = outcome("missing_test", "total", 1, files, last=2, not_run=[2], side=Side.LEFT)
    assert old == "refuted"
