"""What grammars say of files: definitions, imports, names on lines; nothing breaks them."""

# ruff: noqa: E501 - a snippet is read best on its line

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.syntax import (
    DefinitionKind,
    ImportedName,
    Mention,
    MentionRole,
    Syntax,
    UnreadableText,
    grammars,
    indented_block,
    innermost_definition,
    language_of,
    read_syntax,
)
from codeflow_action.review.syntax.grammar_list import LANGUAGES, Language
from codeflow_action.review.syntax.grammars import MAX_BYTES, QuerySection, parse, patterns
from tests.properties import examples
from tests.review.definition import outline, read

PYTHON = next(one for one in LANGUAGES if one.name == "python")

DEFINITIONS = {
    "a.sh": (
        "function build() {\n  run\n}\ndeploy() { :; }\nREGION=eu\n",
        ["function build 1-3", "function deploy 4-4", "value REGION 5-5"],
    ),
    "a.c": (
        (
            "static int *add(int a,\n    foo_t *b) {\n  int local = 1;\n  return 0;\n}\n"
            "struct point { int x; };\ntypedef unsigned u8;\n#define MAX(a) a\nint later(void);\n"
        ),
        [
            "function add 1-5",
            "type point 6-6",
            "value point.x 6-6",
            "type u8 7-7",
            "function MAX 8-8",
            "function later 9-9",
        ],
    ),
    "A.cs": (
        (
            "namespace N {\n  class A : B {\n    public int P { get; set; }\n    int f = 1;\n"
            "    public A() {}\n    void M(Foo x) {\n      int Local(int q) => q;\n    }\n  }\n"
            "  record R(int a);\n  enum Z { One }\n}\n"
        ),
        [
            "module N 1-12",
            "type N.A 2-9",
            "function N.A.P 3-3",
            "value N.A.f 4-4",
            "function N.A.A 5-5",
            "function N.A.M 6-8",
            "function N.A.M.Local 7-7",
            "type N.R 10-10",
            "type N.Z 11-11",
            "value N.Z.One 11-11",
        ],
    ),
    "a.cpp": (
        (
            "namespace ns {\nclass A : public B {\n  void go(int x) {\n    foo(x);\n  }\n};\n"
            "template <typename T>\nT A<T>::run(Foo& f) {\n  return f.bar();\n}\n"
            "int& A::ref() { return x; }\nauto twice = [](int a) { return a * 2; };\n}\n"
        ),
        [
            "module ns 1-13",
            "type ns.A 2-6",
            "function ns.A.go 3-5",
            "function ns.A.run 7-10",
            "function ns.A.ref 11-11",
            "function ns.twice 12-12",
        ],
    ),
    "a.ex": (
        (
            "defmodule Shop.Cart do\n  @rate 5\n  def total(items) when items != [] do\n    sum(items)\n"
            '  end\n  defp short(a), do: a.price\nend\ntest "adds" do\n  assert true\nend\n'
        ),
        [
            "type Shop.Cart 1-7",
            "value Shop.Cart.rate 2-2",
            "function Shop.Cart.total 3-5",
            "function Shop.Cart.short 6-6",
            "block adds 8-10",
        ],
    ),
    "a.go": (
        (
            "package a\ntype T struct {\n\tA int\n}\ntype I interface{ M() }\n"
            "func (t *T) Go(x Foo) error {\n\treturn nil\n}\nfunc (l List[K]) Len() int { return 0 }\n"
            "var handler = func(a int) {\n}\nconst X = 1\n"
            'func TestA(t *testing.T) {\n\tt.Run("adds", func(t *testing.T) {\n\t})\n}\n'
        ),
        [
            "type T 2-4",
            "value T.A 3-3",
            "type I 5-5",
            "function I.M 5-5",
            "function T.Go 6-8",
            "function List.Len 9-9",
            "function handler 10-11",
            "value X 12-12",
            "function TestA 13-16",
            "block TestA.adds 14-15",
        ],
    ),
    "a.tf": (
        (
            'resource "aws_s3_bucket" "logs" {\n  name = var.name\n}\nlocals {\n  z = 1\n}\n'
            'variable "name" {}\n'
        ),
        [
            "block resource.aws_s3_bucket.logs 1-3",
            "block locals 4-6",
            "value locals.z 5-5",
            "block variable.name 7-7",
        ],
    ),
    "A.java": (
        (
            "class A extends B {\n  private int f = 1;\n  A() {}\n  @Override\n  void go(Foo x) {\n"
            "    int local = 1;\n  }\n  enum E { X }\n  record R(int a) {}\n}\n"
        ),
        [
            "type A 1-10",
            "value A.f 2-2",
            "function A.A 3-3",
            "function A.go 4-7",
            "type A.E 8-8",
            "value A.E.X 8-8",
            "type A.R 9-9",
        ],
    ),
    "a.js": (
        (
            "export const k = async (x) => {\n  return x\n}\nclass C extends D {\n  static z = 1\n"
            "  m = () => 1\n  go() {}\n}\nconst o = {\n  n() {},\n  p: function () {},\n}\n"
            "module.exports.q = () => {}\nexport default function () {}\n"
            'it("adds 1.5", () => {\n})\nconst Row = memo((props) => {\n})\n'
        ),
        [
            "function k 1-3",
            "type C 4-8",
            "value C.z 5-5",
            "function C.m 6-6",
            "function C.go 7-7",
            "value o 9-12",
            "function o.n 10-10",
            "function o.p 11-11",
            "function module.exports.q 13-13",
            "function  14-14",
            "block adds 1.5 15-16",
            "function Row 17-18",
        ],
    ),
    "a.ts": (
        (
            "export interface I {\n  a: Foo\n  m(): void\n}\ntype U = V | W\nabstract class C<X> {\n"
            "  private a: Foo = 1\n  abstract q(): void\n}\nnamespace N {\n"
            "  export function f(): void {}\n}\nexport enum E { A }\n"
        ),
        [
            "type I 1-4",
            "value I.a 2-2",
            "function I.m 3-3",
            "type U 5-5",
            "type C 6-9",
            "value C.a 7-7",
            "function C.q 8-8",
            "module N 10-12",
            "function N.f 11-11",
            "type E 13-13",
            "value E.A 13-13",
        ],
    ),
    "a.tsx": (
        "export const Page: FC = () => {\n  return <Div a={b} />\n}\n",
        ["function Page 1-3"],
    ),
    "a.kt": (
        (
            "class A(val p: Int) : B() {\n  val f: Foo = 1\n  fun go(x: Foo): Bar {\n    return x\n  }\n"
            "}\nobject O {\n}\nfun String.ext() = 1\n"
        ),
        [
            "type A 1-6",
            "value A.f 2-2",
            "function A.go 3-5",
            "type O 7-8",
            "function ext 9-9",
        ],
    ),
    "a.lua": (
        (
            "local function f(a)\n  local x = 1\n  return x\nend\nfunction M:me()\nend\n"
            "M.k = function()\nend\nlocal t = { z = function() end }\n"
        ),
        [
            "function f 1-4",
            "function M.me 5-6",
            "function M.k 7-8",
            "value t 9-9",
            "function t.z 9-9",
        ],
    ),
    "a.php": (
        (
            "<?php\nclass C extends D {\n  private int $f = 1;\n  const K = 1;\n"
            "  public function go(Foo $x): Bar {\n    return $x;\n  }\n}\nfunction top($a) {\n}\n"
            "$l = fn($x) => $x;\n"
        ),
        [
            "type C 2-8",
            "value C.f 3-3",
            "value C.K 4-4",
            "function C.go 5-7",
            "function top 9-10",
            "function l 11-11",
        ],
    ),
    "a.py": (
        (
            "RATE = 1\n@dec\nclass C(D):\n    f: int = 1\n\n    @property\n    async def go(self, x):\n"
            "        local = 1\n        return local\n\ntwice = lambda a: a\n"
        ),
        [
            "value RATE 1-1",
            "type C 2-9",
            "value C.f 4-4",
            "function C.go 6-9",
            "function twice 11-11",
        ],
    ),
    "a.rb": (
        (
            "module M\n  class C < D\n    K = 1\n    def go(x)\n      x\n    end\n    def self.s; end\n"
            "    L = ->(x) { x }\n  end\nend\nit 'adds' do\nend\n"
        ),
        [
            "module M 1-10",
            "type M.C 2-9",
            "value M.C.K 3-3",
            "function M.C.go 4-6",
            "function M.C.s 7-7",
            "function M.C.L 8-8",
            "block adds 11-12",
        ],
    ),
    "a.rs": (
        (
            "pub struct S<T> {\n    a: Foo,\n}\nimpl<T> Tr for S<T> {\n    fn go(&self) -> Bar {\n"
            "        let c = |a| a;\n        c\n    }\n}\ntrait Tr {\n    fn z(&self);\n}\n"
            "const K: u8 = 1;\nmod n {\n    fn q() {}\n}\nmacro_rules! mr { () => {} }\n"
        ),
        [
            "type S 1-3",
            "value S.a 2-2",
            "extension S 4-9",
            "function S.go 5-8",
            "function S.go.c 6-6",
            "type Tr 10-12",
            "function Tr.z 11-11",
            "value K 13-13",
            "module n 14-16",
            "function n.q 15-15",
            "function mr 17-17",
        ],
    ),
    "a.scala": (
        (
            "class A(p: Int) extends B {\n  val f: Foo = 1\n  def go(x: Foo): Bar = {\n    x.run\n  }\n"
            "}\nobject O { def m = 1 }\ntrait T\n"
        ),
        [
            "type A 1-6",
            "value A.f 2-2",
            "function A.go 3-5",
            "type O 7-7",
            "function O.m 7-7",
            "type T 8-8",
        ],
    ),
    "a.swift": (
        (
            "class A: B {\n  var f: Foo = 1\n  init(x: Int) { y() }\n  func go(_ x: Foo) -> Bar {\n"
            "    return x\n  }\n  var comp: Int { return 1 }\n}\nextension A {\n  func e() {}\n}\n"
            "protocol P { func q() }\n"
        ),
        [
            "type A 1-8",
            "value A.f 2-2",
            "function A. 3-3",
            "function A.go 4-6",
            "function A.comp 7-7",
            "extension A 9-11",
            "function A.e 10-10",
            "type P 12-12",
            "function P.q 12-12",
        ],
    ),
}


@pytest.mark.parametrize("path", DEFINITIONS)
def test_what_a_file_defines(path):
    text, expected = DEFINITIONS[path]
    assert outline(path, text) == expected
    assert read(path, text).errors == ()


def test_every_language_has_its_row():
    assert {language_of(path).name for path in DEFINITIONS} == {one.name for one in LANGUAGES}
    assert {language_of(path).name for path in MENTIONS} == {one.name for one in LANGUAGES}


MENTIONS = {  # one line: what it binds, calls, names as types, and reaches into
    "a.sh": ('total=$(count "$price")\n', "total", "count", "", ""),
    "a.c": ("foo_t t = make(cart->price);\n", "t", "make", "foo_t", "price"),
    "A.cs": ("class A { Foo t = Make(cart.Price); }\n", "A t", "Make", "Foo", "Price"),
    "a.cpp": ("Foo t = ns::make(cart.price);\n", "t", "make", "Foo", "price"),
    "a.ex": ("total = Cart.sum(item.price)\n", "total", "sum price", "Cart", ""),
    "a.go": ("package a\nvar t Foo = Make(cart.Price)\n", "a t", "Make", "Foo", "Price"),
    "a.tf": ("locals {\n  total = sum(var.prices)\n}\n", "total", "sum", "", "prices"),
    "A.java": ("class A { Foo t = make(cart.price); }\n", "A t", "make", "Foo", "price"),
    "a.js": ("const t = make(cart.price)\n", "t", "make", "", "price"),
    "a.ts": ("const t: Foo = make(cart.price)\n", "t", "make", "Foo", "price"),
    "a.tsx": ("const t: Foo = <Row a={make(cart.price)} />\n", "t", "make", "Foo Row", "a price"),
    "a.kt": ("val t: Foo = make(cart.price)\n", "t", "make", "Foo", "price"),
    "a.lua": ("local t = make(cart.price)\n", "t", "make", "", "price"),
    "a.php": ("<?php $t = make($cart->price, Foo::bar());\n", "t", "make bar", "Foo", "price"),
    "a.py": ("t: Foo = make(cart.price)\n", "t", "make", "Foo", "price"),
    "a.rb": ("t = Foo.make(@price)\n", "t", "make", "Foo", "@price"),
    "a.rs": ("fn t(c: Foo) { make(c.price) }\n", "t c", "make", "Foo", "price"),
    "a.scala": ("val t: Foo = make(cart.price)\n", "t", "make", "Foo", "price"),
    "a.swift": ("let t: Foo = make(cart.price)\n", "t", "make", "Foo", "price"),
}


@pytest.mark.parametrize("path", MENTIONS)
def test_what_a_line_binds_and_uses(path):
    text, *expected = MENTIONS[path]
    mentions = read(path, text).mentions(range(1, text.count("\n") + 1))
    roles = (MentionRole.BINDING, MentionRole.CALL, MentionRole.TYPE, MentionRole.ATTRIBUTE)
    found = [" ".join(one.name for one in mentions if one.role is role) for role in roles]
    assert found == expected


def test_only_the_asked_lines_are_read():
    syntax = read("a.py", "a = one()\nb = two()\nc = three(\n    four)\n")
    assert syntax.mentions([2, 4]) == (
        Mention(2, "b", MentionRole.BINDING),
        Mention(2, "two", MentionRole.CALL),
        Mention(4, "four", MentionRole.NAME),
    )
    assert [one.name for one in syntax.mentions([2]) if one.is_use] == ["two"]
    assert syntax.mentions([]) == ()


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.sh", "source ./lib.sh\n", "./lib.sh: "),
        ("a.c", '#include <stdio.h>\n#include "a.h"\n', "stdio.h: ; a.h: "),
        ("A.cs", "using System.Text;\nusing X = A.B;\n", "System.Text: ; A.B: X"),
        ("a.ex", "alias Foo.Bar\n", "Foo.Bar: Bar"),
        ("a.go", 'package a\nimport (\n\tf "fmt"\n\t"os/exec"\n)\n', "fmt: f; os/exec: exec"),
        ("A.java", "import java.util.List;\nimport a.*;\n", "java.util.List: List; a: *"),
        ("a.js", 'import d, {a as b, c} from "x"\n', "x: d, c, a as b"),
        ("a.js", 'const {p, q: r} = require("z")\n', "z: p, q as r"),
        ("a.ts", 'import type {T} from "x"\nimport * as n from "y"\nimport "z"\n', "x: T; y: n; z: "),
        ("a.kt", "import x.y.Z\nimport q.W as V\n", "x.y.Z: Z; q.W: V"),
        ("a.lua", 'local x = require("a.b")\n', "a.b: x"),
        ("a.php", "<?php\nuse X\\Y;\nuse P\\Q as R;\n", "X\\Y: Y; P\\Q: R"),
        ("a.py", "import os.path as p, sys\nfrom .a import b as c, d\n", "os.path: p; sys: sys; .a: b as c, d"),
        ("a.py", "from x import *\n", "x: *"),
        ("a.rb", 'require_relative "b"\n', "b: "),
        ("a.rs", "use a::b::{C, d as e};\nuse x::*;\nuse y::Z;\n", "a::b: C, d as e; x: *; y::Z: Z"),
        ("a.scala", "import x.y.{Z, W => V}\nimport q._\n", "x.y: Z, W as V; q: *"),
        ("a.swift", "import Foundation\n", "Foundation: "),
    ],
)  # fmt: skip
def test_what_a_file_imports(path, text, expected):
    def shown(name: ImportedName) -> str:
        return name.name if name.name == name.original else f"{name.original} as {name.name}"

    found = [
        f"{one.source}: {', '.join(shown(name) for name in one.names)}"
        for one in read(path, text).imports
    ]
    assert "; ".join(found) == expected


def test_what_a_function_keeps_to_itself_is_no_definition():
    assert outline("a.py", "def f():\n    class C:\n        x = 1\n") == [
        "function f 1-3",
        "type f.C 2-3",
    ]


def test_a_signature_ends_before_the_body():
    python = read("a.py", "@dec\ndef f(\n    a,\n    b,\n) -> int:\n    return 1\n").definitions[0]
    assert (python.line, python.name_line, python.signature_end) == (1, 2, 5)
    braces = read("a.js", "function f(\n  a,\n) {\n  return 1\n}\n").definitions[0]
    assert braces.signature_end == 3
    alone = read("a.c", "int f(void)\n{\n  return 1;\n}\n").definitions[0]
    assert alone.signature_end == 1


def test_the_innermost_definition_encloses():
    definitions = read("a.py", DEFINITIONS["a.py"][0]).definitions
    assert innermost_definition(definitions, 9, 9).name == "go"
    assert innermost_definition(definitions, 4, 4).name == "C"
    assert innermost_definition(definitions, 4, 9).name == "C"
    assert innermost_definition(definitions, 1, 1) is None
    assert innermost_definition(definitions, 1, 1, frozenset({DefinitionKind.VALUE})).name == "RATE"


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ("a:\n  b: 1\n  c: 2\nd: 3\n", 2, 2, (1, 3)),  # ends before the next key
        ("f {\n  a\n\n  b\n}\ng\n", 4, 4, (1, 5)),  # ends with what closes it
        ("f\n  a\n    b\n  c\n", 3, 3, (2, 3)),  # the nearest line further left
        ("a\nb\nc\n", 2, 2, (2, 2)),  # at the margin
        ("f\n  a\n\n\n", 2, 2, (1, 2)),  # blank lines at its end are none of it
        ("", 1, 1, (1, 1)),
    ],
)
def test_blocks_by_indentation(text, first, last, expected):
    assert indented_block(text.split("\n"), first, last) == expected


def test_line_ends_and_encodings_do_not_matter():
    assert outline("a.py", b"def f():\r\n    return 1\r\n") == ["function f 1-2"]
    assert outline("a.py", b"x = '\xff\xfe'\ndef f():\n    pass") == [
        "value x 1-1",
        "function f 2-3",
    ]
    assert outline("a.py", b"") == []
    assert outline("a.py", "é = 1; ü = 2\n".encode()) == ["value é 1-1", "value ü 1-1"]


def test_errors_are_where_the_grammar_gave_up():
    assert read("a.go", "package a\n\nfunc f() {\n\treturn ((1\n}\n").errors != ()
    assert [one.line for one in read("a.js", "let a = 1\nlet = = 2\n").errors] == [2]


def test_what_has_no_grammar_has_no_syntax():
    assert read_syntax("a.unknown", b"x") is None
    assert read_syntax("README", b"x") is None
    broken = Language(name="x", module="no_such_grammar", queries=())
    assert parse(b"x", broken) is None
    wrong = Language(name="x", module="json", queries=())
    assert parse(b"x", wrong) is None


def test_a_file_that_is_too_large_is_not_parsed():
    largest = parse(b"x = 1\n" * (MAX_BYTES // 6), PYTHON, lambda: 0.0)
    assert isinstance(largest, grammars.SyntaxTree)
    assert read_syntax("a.py", b"#" * (MAX_BYTES + 1)) == UnreadableText(
        reason="it is larger than 1,000,000 bytes"
    )


def test_what_takes_too_long_is_given_up():
    late = iter([0.0, *[9.0] * 1_000])
    given = parse(b"x = 1\n" * 1_000, PYTHON, lambda: next(late))
    assert given == UnreadableText(reason="it takes too long to parse")
    assert isinstance(parse(b"x = 1\n", PYTHON), grammars.SyntaxTree)  # and the parser works on


def test_a_tree_that_takes_too_long_to_walk_is_given_up():
    """Fault 13: the clock runs out after the parse, in the walk that looks for depth."""
    calls = 0

    def clock():
        nonlocal calls
        calls += 1
        return 0.0 if calls < parse_calls else 9.0

    parse_calls = 1_000_000
    parse(b"x = 1\n" * 1_000, PYTHON, clock)
    parse_calls, calls = calls, 0  # the walk's last look at the clock is too late
    assert isinstance(parse(b"x = 1\n" * 1_000, PYTHON, clock), UnreadableText)


def test_what_would_take_all_memory_is_given_up():
    assert isinstance(read_syntax("a.cs", b"a<" * 50_000), UnreadableText)
    assert isinstance(read_syntax("a.cs", b"if (a < b) { a = c < d; }\n" * 2_000), Syntax)


@pytest.mark.parametrize("path", DEFINITIONS)
def test_deep_nesting_is_no_crash(path):
    for opening, closing in (("(", ")"), ("{", "}"), ("[", "]"), ("if a {\n", "}")):
        syntax = read_syntax(path, (opening * 3_000 + closing * 3_000).encode())
        if isinstance(syntax, Syntax):
            assert syntax.definitions is not None
            assert syntax.mentions([1]) is not None
            assert syntax.errors is not None


WORDS = (
    "class def fn func function end do if x y = ( ) { } [ ] : ; , . -> => < > ' \" ` # // /* */ "
    "import from use const let var struct impl enum type @ $ \\ \r\n é \0 \n \t"
)
words = st.sampled_from(WORDS.split(" "))
code = st.one_of(
    st.binary(max_size=200),
    st.lists(words, max_size=60).map(lambda some: " ".join(some).encode()),
    st.sampled_from([text.encode() for text, _ in DEFINITIONS.values()]),
)


@examples(60)
@given(content=code)
@pytest.mark.parametrize("path", DEFINITIONS)
def test_whatever_the_bytes_answers_lie_in_the_file(path, content):
    syntax = read_syntax(path, content)
    assert isinstance(syntax, Syntax)
    count = content.count(b"\n") + 1
    for one in syntax.definitions:
        assert 1 <= one.line <= one.name_line <= one.signature_end <= one.end_line <= count
        around = innermost_definition(
            syntax.definitions, one.line, one.line, frozenset(DefinitionKind)
        )
        assert around is not None
        assert around.holds(one.line, one.line)
    for line in range(1, count + 1):
        around = innermost_definition(syntax.definitions, line, line)
        assert around is None or around.holds(line, line)
    assert all(1 <= one.line <= one.end_line <= count for one in (*syntax.imports, *syntax.errors))
    assert all(1 <= one.line <= count for one in syntax.mentions(range(1, count + 1)))


@given(st.lists(st.sampled_from(["", "a", "  a", "    a", "\ta", "}", "  }", " "]), min_size=1))
def test_an_indented_block_holds_its_lines(lines):
    for line in range(1, len(lines) + 1):
        first, last = indented_block(lines, line, line)
        assert 1 <= first <= line <= last <= len(lines)


def test_nothing_is_loaded_before_it_is_needed():
    script = (
        "import sys\nimport codeflow_action.review.suggestions\n"
        "from codeflow_action.review.syntax import read_syntax\n"
        "assert not [one for one in sys.modules if one.startswith('tree_sitter')]\n"
        "from codeflow_action.review.syntax.file import find_answers\n"
        "assert read_syntax('a.go', b'package a')  # in another process\n"
        "assert not [one for one in sys.modules if one.startswith('tree_sitter')]\n"
        "find_answers(b'package a', 'a.go')\n"
        "print(*sorted(one for one in sys.modules if one.startswith('tree_sitter_') and '.' not in one))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["tree_sitter_go"]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_every_query_compiles_and_every_file_is_used(language):
    for section in QuerySection:
        is_optional = section in (QuerySection.IMPORTS, QuerySection.READS)
        assert list(patterns(language, section)) or is_optional
        grammars._query(language, section)
