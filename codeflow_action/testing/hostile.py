"""Files that a stranger could write to stop a run: made on demand, of any size.

None of them is kept in the repository. Each grows by one part that is repeated. Measured at twice
the size, it shows whether its reader takes time in proportion.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from codeflow_action.engine.files import USUAL_SUFFIXES
from codeflow_action.review.syntax.grammar_list import LANGUAGES, Language


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A text of one part that is repeated, between a beginning and an end."""

    name: str
    part: str
    before: str = ""
    after: str = ""

    def of_size(self, size: int) -> bytes:
        """Return it with about so many bytes."""
        count = max(1, (size - len(self.before) - len(self.after)) // len(self.part))
        return (self.before + self.part * count + self.after).encode()


# What is deep, wide or never closed in most languages. Grammars recurse where these nest, and
# error recovery of a parser may start anew at every part.
CHAINS: tuple[Chain, ...] = (
    Chain(name="members", before="x = (a", part=".b"),
    Chain(name="calls", before="x = a", part="()"),
    Chain(name="indexes", before="x = a", part="[0]"),
    Chain(name="operators", before="x = a", part=" + a"),
    Chain(name="comparisons", before="x = a", part=" < a"),
    Chain(name="strings", before='x = "a"', part=' + "a"'),
    Chain(name="ternaries", before="x = a", part=" ? b : c"),
    Chain(name="negations", before="x = ", part="!", after="a"),
    Chain(name="assignments", part="a = "),
    Chain(name="arrows", part="a => "),
    Chain(name="parentheses", before="x = ", part="("),
    Chain(name="brackets", before="x = ", part="["),
    Chain(name="braces", before="x = ", part="{"),
    Chain(name="generics", before="x = ", part="a<"),
    Chain(name="call in call", before="x = ", part="f("),
    Chain(name="else if", before="if (a) { } ", part="else if (a) { } "),
    Chain(name="block in block", part="if (a) {\n"),
    Chain(name="open strings", part='"a\n'),
    Chain(name="open templates", part="`${"),
    Chain(name="open substitutions", part="$("),
    Chain(name="open interpolations", part='"#{'),
    Chain(name="open heredocs", part="<<A\n"),
    Chain(name="open comments", part="/* "),
    Chain(name="open tags", part="<a>"),
    Chain(name="one line", part="a "),
    Chain(name="one word", part="a"),
    Chain(name="backslashes", part="\\"),
    Chain(name="macros", part="#if a\n"),
    Chain(name="separators", part=","),
)

# How a language writes a function of one line, and the start of a type or function within another.
_FUNCTION: Mapping[str, str] = {
    "bash": "f{n}() {{ :; }}\n",
    "c": "int f{n}(void) {{ return 1; }}\n",
    "c_sharp": "class C{n} {{ int F() {{ return 1; }} }}\n",
    "cpp": "int f{n}() {{ return 1; }}\n",
    "elixir": "def f{n}(), do: 1\n",
    "go": "func f{n}() int {{ return 1 }}\n",
    "hcl": 'resource "a" "r{n}" {{ b = 1 }}\n',
    "java": "class C{n} {{ int f() {{ return 1; }} }}\n",
    "javascript": "function f{n}() {{ return 1 }}\n",
    "kotlin": "fun f{n}() = 1\n",
    "lua": "function f{n}() return 1 end\n",
    "php": "function f{n}() {{ return 1; }}\n",
    "python": "def f{n}(): return 1\n",
    "ruby": "def f{n}; 1; end\n",
    "rust": "fn f{n}() -> i32 {{ 1 }}\n",
    "scala": "def f{n}() = 1\n",
    "swift": "func f{n}() -> Int {{ return 1 }}\n",
    "typescript": "function f{n}(): number {{ return 1 }}\n",
    "tsx": "function f{n}(): number {{ return 1 }}\n",
}
_NEST: Mapping[str, str] = {
    "bash": "f() {\n",
    "c": "void f() {\n",
    "c_sharp": "class C {\n",
    "cpp": "class C {\n",
    "elixir": "defmodule M do\n",
    "go": "func() {\n",
    "hcl": "a {\n",
    "java": "class C {\n",
    "javascript": "function f() {\n",
    "kotlin": "class C {\n",
    "lua": "function f()\n",
    "php": "function f() {\n",
    "python": "lambda: ",
    "ruby": "class C\n",
    "rust": "fn f() {\n",
    "scala": "class C {\n",
    "swift": "class C {\n",
    "typescript": "namespace N {\n",
    "tsx": "function f() {\n",
}


def functions(language: Language, count: int) -> bytes:
    """Return so many functions or blocks, one a line, none within another."""
    line = _FUNCTION[language.name]
    before = "<?php\n" if language.name == "php" else ""
    return (before + "".join(line.format(n=number) for number in range(count))).encode()


def chains(language: Language) -> Iterator[Chain]:
    """Yield the chains as files of that language have them, its own nesting among them."""
    before = "<?php\n" if language.name == "php" else ""
    for chain in (*CHAINS, Chain(name="definitions", part=_NEST[language.name])):
        yield Chain(
            name=chain.name, part=chain.part, before=before + chain.before, after=chain.after
        )


def path_of(language: Language) -> str:
    """Return a path whose name says that language."""
    return f"src/hostile{USUAL_SUFFIXES[language.name]}"


def sources(size: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield name, path and content for every language and chain, and functions without depth."""
    for language in LANGUAGES:
        for chain in chains(language):
            yield f"{language.name}, {chain.name}", path_of(language), chain.of_size(size)
        flat = functions(language, size // len(_FUNCTION[language.name]))
        yield f"{language.name}, functions", path_of(language), flat


# Texts that are read by parsers of their own: of configuration, data, and Python's.
DATA: Mapping[str, Callable[[int], bytes]] = {
    "deep.json": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "wide.json": lambda size: b"[" + b"[]," * (size // 3) + b"[]]",
    "open.json": lambda size: b'{"a":' * (size // 5),
    "comments.jsonc": lambda size: b"/*" * (size // 2),
    "commas.jsonc": lambda size: b"," * size,
    "spaces.jsonc": lambda size: b"[1," + b" " * size + b"x]",
    "flow.yaml": lambda size: b"[" * size,
    "block.yaml": lambda size: b"- " * (size // 2),
    "keys.yaml": lambda size: b"? " * (size // 2),
    "wide.yaml": lambda size: b"a: [" + b"b, " * (size // 3) + b"]\n",
    "anchors.yaml": lambda size: b"a: &a [x]\n" + b"- *a\n" * (size // 5),
    # The "billion laughs" of XML, with YAML's aliases: https://en.wikipedia.org/wiki/Billion_laughs_attack
    "merged.yaml": lambda size: b"".join(
        b"a%d: &a%d [%s]\n"
        % (number, number, b", ".join([b"*a%d" % (number - 1)] * 9) if number else b"x")
        for number in range(max(1, size // 60))
    ),
    "quotes.yaml": lambda size: b"a: '" + b"''" * (size // 2),
    "dotted.toml": lambda size: b"a" + b".a" * (size // 2) + b" = 1\n",
    "arrays.toml": lambda size: b"a = " + b"[" * size,
    "tables.toml": lambda size: b"".join(b"[a%d]\n" % number for number in range(size // 8)),
    "inline.toml": lambda size: b"a = {" * (size // 5),
    "names.py": lambda size: b"a," * (size // 2),
    "sums.py": lambda size: b"a+" * (size // 2) + b"a\n",
    "calls.py": lambda size: b"a" + b"()" * (size // 2),
    "nots.py": lambda size: b"not " * (size // 4) + b"a\n",
    "lambdas.py": lambda size: b"lambda: " * (size // 8) + b"a\n",
    "strings.py": lambda size: b"'a' " * (size // 4),
    "fstrings.py": lambda size: b"f'{" * (size // 3),
    "blocks.py": lambda size: b"".join(
        b" " * depth + b"if a:\n" for depth in range(int((2 * size) ** 0.5))
    ),
    "digits.json": lambda size: b"1" * size,
    "digits.py": lambda size: b"x = " + b"1" * size + b"\n",
}


def spin(_content: bytes, _name: str) -> None:
    """Never end, as a parser with a fault may."""
    while time.monotonic() >= 0:
        pass


def hoard(_content: bytes, _name: str) -> int:
    """Take all the memory there is."""
    chunks = []
    while True:
        chunks.append(bytes(50_000_000))
