"""Facts: names in what models wrote, paths of tests, and what one file says of a name."""

import pytest

from codeflow_action.engine.ports import Hit
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of, stem_of


@pytest.mark.parametrize(
    ("subject", "parts"),
    [
        ("total", ("total",)),
        (" `Cart.add()` ", ("Cart", "add")),
        ("a::b", ("a", "b")),
        ("a->b", ("a", "b")),
        ("A#b", ("A", "b")),
        ("A\\B", ("A", "B")),
        ("@cached", ("cached",)),
        ("total;", ("total",)),
        ("add(a, b) ", ("add",)),
        ("'quoted'", ("quoted",)),
        ("été", ("été",)),
        ("a" * 120, ("a" * 120,)),
        # longer than what trees can be searched for
        ("a" * 121, ()),
        ("two words", ()),
        ("1st", ()),
        ("a.1st", ()),
        ("", ()),
    ],
)
def test_names_of_a_symbol(subject, parts):
    assert parts_of(subject) == parts


@pytest.mark.parametrize(
    ("path", "stem"), [("a/b.spec.ts", "b"), ("b.py", "b"), ("a.d/b", "b"), (".env", "")]
)
def test_stem_ends_at_the_first_dot(path, stem):
    assert stem_of(path) == stem


def text(content, path="a.py"):
    return SourceText(path=path, content=content.encode())


@pytest.mark.parametrize(
    ("line", "is_free"),
    [
        ("x(1)", True),
        ("f(x)", True),
        ("x == 1", True),
        ("x => 1", True),
        ("x::y", True),
        ("x = 1", False),
        ("x: 1", False),
        ("f(x=1)", False),
        ("a.x", False),
        ("a->x", False),
        ("a::x", False),
        ("$x", False),
        ("xs", False),
        ("x$", False),
    ],
)
def test_where_a_name_stands_free(line, is_free):
    assert text(line).stands_free("x", 1) is is_free


def test_whole_words_are_found_with_their_lines():
    assert text("x\nxs\n# x\n$x\nx$\n'x'\n").with_word("x") == (1, 3, 6)
    assert text("a.b\naxb\n").with_word("a.b") == (1,)


@pytest.mark.parametrize(
    ("path", "content", "lines"),
    [
        ("a.py", "x = 1\nfrom a import (\n    b,\n)\nb()\n", {2, 3, 4}),
        ("a.ts", "const a = 1;\nexport {\n  a,\n};\na();\n", {2, 3, 4}),
        ("a.ts", "let a;\nexport type { A };\n", {2}),
        ("a.js", "f();\nmodule.exports = {\n  a,\n};\n", {2, 3, 4}),
        ("a.js", "f();\nexports.a = a;\n", {2}),
        ("a.py", "exports = a\n", set()),
        ("a.txt", "import a\n", set()),
    ],
)
def test_lines_that_only_pass_names_on(path, content, lines):
    assert text(content, path).handed_on_lines == lines


def test_imports_are_no_uses():
    file = text("from a import b\nb = 1\nb()\nc.b\n")
    assert [one.line for one in file.uses("b")] == [3, 4]
    assert [one.line for one in file.mentions("b")] == [1, 2, 3, 4]


def test_what_is_around_a_line():
    file = text("class A:\n    def f(self):\n        x = 1\n    y = 2\nz = 3\n")
    assert file.scope(3, 3).name == "f"
    assert file.scope(3, 4).name == "A"
    assert file.scope(5, 5) is None
    (inner,) = file.defines("f")
    assert file.scope_of(inner).name == "A"
    assert file.scope_of(file.defines("A")[0]) is None


def test_what_is_around_one_on_the_same_line():
    file = text("class A { f() { return 1; } }\n", "a.js")
    assert file.scope_of(file.defines("f")[0]).name == "A"
    assert file.scope_of(file.defines("A")[0]) is None


def test_depth_counts_columns():
    file = text("a\n  b\n\tc\n \td\n\n")
    assert [file.depth(line) for line in range(1, 5)] == [0, 2, 8, 8]
    assert file.depth(0) == file.depth(5) == file.depth(9) == 0


def test_a_file_without_grammar_says_little():
    file = text("x\n", "a.txt")
    assert (file.language, file.syntax, file.definitions, file.mentions("x")) == ("", None, (), ())


def facts(hits, *files):
    return ProofFacts(
        head={one.path: one for one in files},
        base={},
        listing=None,
        hits={"x": tuple(hits)},
        is_whole=True,
        changed_files={},
    )


def test_files_with_a_name():
    first, second = text("def x(): ...\n", "b.py"), text("x()\nx\n", "a.py")
    hits = [Hit(path=one.path, line=1, text="x", name="x") for one in (first, second, second)]
    known = facts(hits, first, second)
    assert known.files_with("x") == ("b.py", "a.py")
    assert known.files_with("y") == ()
    assert known.texts_with("x") == (first, second)
    assert known.texts_with("x", besides="b.py") == (second,)
    assert known.texts_with("y") == ()
    assert [path for path, _one in known.definitions("x")] == ["b.py"]
    assert facts(hits, second).texts_with("x") is None


def test_a_name_that_was_cut_short_is_told_by_no_file():
    file = text("x\n")
    hit = Hit(path="a.py", line=1, text="x", name="x")
    assert facts([hit] * 99, file).texts_with("x") == (file,)
    assert facts([hit] * 100, file).texts_with("x") is None


def test_definitions_come_in_the_order_of_paths():
    known = facts([], text("def x(): ...\n", "b.py"), text("def x(): ...\n", "a.py"))
    assert [path for path, _one in known.definitions("x")] == ["a.py", "b.py"]
