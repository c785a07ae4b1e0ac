"""What is shown beside a change: resolved, ranked, within its budget, and nothing kept back."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.evaluation.prompt_view import PromptView
from codeflow_action.review.context import (
    ContextRequest,
    Material,
    around,
    budget_for,
    gather,
    pick,
    render,
)
from codeflow_action.review.context.import_paths import PathIndex, files_of_import
from codeflow_action.review.context.needs import receiver_of
from codeflow_action.review.context.neighbourhood import search_order
from codeflow_action.review.units import units_of
from tests.actions.gating import Files
from tests.properties import examples
from tests.review.changes import source
from tests.review.methods import METHODS

USE = "from shop.money import cents\n\n\ndef mean(prices):\n    return cents(prices) / 2\n"
MONEY = "def cents(prices):\n    return sum(prices) * 100\n"


async def keep(files):
    return {path: content.decode("utf-8", "replace") for path, content in files.items()}


def gathered(change, files, /, *, mask=keep, tree=None, **wanted):
    tree = tree or Files({path: text.encode() for path, text in files.items()})
    return asyncio.run(gather(tree, [change], ContextRequest(**wanted), mask))


def shown(change, files, /, **wanted):
    return gathered(change, files, **wanted).for_chunk(units_of(change, 12), len)


def titles(change, files, /, **wanted):
    return re.findall(r"^=== (.*)$", shown(change, files, **wanted), re.MULTILINE)


def test_an_imported_definition_is_shown_with_the_numbers_it_has_at_head():
    change = source("", USE)
    text = shown(change, {"shop/cart.py": USE, "shop/money.py": MONEY})
    assert text == (
        "=== shop/money.py (definition of cents)\n"
        "1  def cents(prices):\n"
        "2      return sum(prices) * 100"
    )
    reading = PromptView.of([text], tokens=0, size=0)
    assert reading.head_line("shop/money.py", 1, "def cents(prices):")
    assert all(row.is_unchanged for row in reading.rows)


@pytest.mark.parametrize(
    ("path", "new", "files"),
    [
        ("a/b.py", "from .money import cents\n\nx = cents(1)\n", {"a/money.py": MONEY}),
        ("a/b.py", "from ..money import cents\n\nx = cents(1)\n", {"money.py": MONEY}),
        (
            "web/cart.ts",
            'import { cents } from "./money.js";\nexport const half = () => cents(1);\n',
            {"web/money.ts": "export function cents(a: number) {\n  return a;\n}\n"},
        ),
        (
            "web/cart.js",
            'const { cents } = require("../lib/money");\nmodule.exports = () => cents(1);\n',
            {"lib/money/index.js": "function cents(a) {\n  return a;\n}\n"},
        ),
        (
            "cmd/main.go",
            'package main\nimport "x.com/shop/money"\nfunc run() int { return money.Cents(1) }\n',
            {"money/cents.go": "package money\n\nfunc Cents(a int) int {\n\treturn a\n}\n"},
        ),
        (
            "src/main/java/a/Cart.java",
            "package a;\nimport b.Money;\nclass Cart {\n int run() { return Money.cents(1); }\n}\n",
            {
                "src/main/java/b/Money.java": "package b;\npublic class Money {\n"
                "  public static int cents(int a) {\n    return a;\n  }\n}\n"
            },
        ),
        (
            "src/cart.rs",
            "use crate::money::cents;\n\npub fn run() -> u32 {\n    cents(1)\n}\n",
            {"src/money.rs": "pub fn cents(a: u32) -> u32 {\n    a\n}\n"},
        ),
        (
            "App/Cart.cs",
            "namespace App;\nclass Cart {\n  int Run() { return Money.Cents(1); }\n}\n",
            {"App/Money.cs": "class Money {\n static int Cents(int a) {\n return a;\n }\n}\n"},
        ),
    ],
)
def test_a_used_name_is_found_in_each_language(path, new, files):
    decoys = {f"far/away{at}/other{at}{path[path.rindex('.') :]}": "x\n" for at in range(3)}
    text = shown(source("", new, path), {path: new, **files, **decoys})
    assert f"=== {next(iter(files))} (" in text
    assert re.search(r"^\d+  .*cents", text, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize(
    ("said", "name", "importer", "found"),
    [
        ("shop.money", "cents", "shop/cart.py", ["shop/money.py"]),
        (".money", "cents", "shop/cart.py", ["shop/money.py"]),
        ("@/shop/money", "cents", "web/cart.ts", ["shop/money.ts"]),
        ("../shop/money", "cents", "web/cart.ts", ["shop/money.ts"]),
        ("crate::shop::money", "Cents", "src/x.rs", ["shop/money.rs"]),
        ("nowhere", "cents", "shop/cart.py", []),
        ("../../../../etc", "passwd", "a.ts", []),
        ("", "", "a.py", []),
    ],
)
def test_an_import_leads_to_files(said, name, importer, found):
    index = PathIndex([f"shop/money{end}" for end in (".py", ".ts", ".rs")])
    assert files_of_import(said, name, importer, index) == found


def test_callers_of_a_changed_signature_come_before_definitions():
    old = "def total(items):\n    return sum(items)\n\n\ndef other():\n    return 1\n"
    new = old.replace("total(items)", "total(items, tax)").replace("return 1", "return tally(1)")
    files = {
        "shop/cart.py": new,
        "shop/page.py": "from shop.cart import total\n\n\ndef page():\n    return total([1])\n",
        "shop/tally.py": "def tally(a):\n    return a\n",
    }
    context = gathered(source(old, new), files)
    assert [one.kind for one in context.snippets[:2]] == [
        ContextKind.CALLER,
        ContextKind.DEFINITION,
    ]
    assert (5, "    return total([1])") in context.snippets[0].lines


def test_uses_of_a_removed_name_are_shown_and_those_of_a_new_one_are_not():
    old = "def gone_price():\n    return 1\n\n\ndef kept():\n    return 2\n"
    new = "def fresh_price():\n    return 1\n\n\ndef kept():\n    return 2\n"
    files = {"shop/cart.py": new, "shop/page.py": "a = gone_price()\n\n\n\nb = fresh_price()\n"}
    assert titles(source(old, new), files) == ["shop/page.py (uses gone_price)"]


@pytest.mark.parametrize("path", METHODS)
def test_a_line_that_defines_the_name_again_takes_no_callers_place(path):
    text, other, uses = METHODS[path]
    new = text.replace("VERSION", "2")
    change = source(text.replace("VERSION", "1"), new, path)
    files = {path: new, other: uses}
    (caller,) = gathered(change, files, kinds=frozenset({ContextKind.CALLER})).snippets
    (row,) = re.findall(r".*Cart(?:\(\))?(?:->|\.)load_?All.*", uses, re.IGNORECASE)
    assert caller.lines[1][1] == row


def test_uses_of_a_namesake_give_way_to_those_of_the_changed_method():
    new = "class Cart:\n    def total_of(self):\n        return 2\n"
    files = {
        "shop/cart.py": new,
        # It has one of its own.
        "shop/bill.py": "class Bill:\n    def total_of(self): ...\n\n    def sum(self):\n"
        "        return self.total_of()\n",
        # Another module's.
        "shop/page.py": "from shop import bill\n\n\ndef page():\n    return bill.total_of()\n",
        "far/away/shelf.py": "from shop.cart import Cart\n\n\ndef shelf():\n"
        "    return Cart().total_of()\n",
    }
    change = source(new.replace("2", "1"), new)
    assert titles(change, files) == ["far/away/shelf.py (uses total_of)"]


@pytest.mark.parametrize(
    ("path", "old", "new", "user"),
    [
        (
            "a/cart.py",
            "class Cart:\n    net_sum = 1\n",
            "class Cart:\n    gross = 1\n",
            "c.net_sum\n",
        ),
        (
            "a/cart.go",
            "package a\n\ntype Cart struct {\n\tNetSum int\n\tB int\n}\n",
            "package a\n\ntype Cart struct {\n\tGross int\n\tB int\n}\n",
            "package b\n\nvar x = cart.NetSum\n",
        ),
        (
            "a/Cart.java",
            "class Cart {\n  int netSum;\n}\n",
            "class Cart {\n  int gross;\n}\n",
            "class Page {\n  int x = cart.netSum;\n}\n",
        ),
        (
            "a/kind.ts",
            "export enum Kind {\n  NetSum,\n  B,\n}\n",
            "export enum Kind {\n  B,\n}\n",
            "const x = Kind.NetSum;\n",
        ),
        (
            "a/Kind.cs",
            "enum Kind {\n  NetSum,\n  B\n}\n",
            "enum Kind {\n  B\n}\n",
            "class P {\n  Kind x = Kind.NetSum;\n}\n",
        ),
    ],
)
def test_users_of_a_field_or_member_that_is_gone_are_shown(path, old, new, user):
    other = f"b/page{path[path.rindex('.') :]}"
    text = shown(source(old, new, path), {path: new, other: user})
    assert re.search(r"=== b/page\.\w+ \(uses (?:net_sum|[nN]etSum)\)", text)


def test_readers_of_a_changed_constant_are_shown():
    old, new = "MAX_WAIT = 5\n", "MAX_WAIT = 5_000\n"
    files = {
        "shop/cart.py": new,
        "shop/page.py": "from shop.cart import MAX_WAIT\n\nx = MAX_WAIT\n",
    }
    assert titles(source(old, new), files) == ["shop/page.py (uses MAX_WAIT)"]


GONE = {
    # By import, include or require of each language.
    "shop/money.py": ("web/page.py", "from shop.money import cents\n"),
    "shop/rates.py": ("shop/page.py", "from . import rates\n"),
    "web/money.ts": ("web/page.ts", "import { cents } from './money.js';\n"),
    "lib/money.js": ("web/page.js", "const money = require('../lib/money');\n"),
    "src/main/java/b/Money.java": ("src/main/java/a/Page.java", "package a;\nimport b.Money;\n"),
    "src/money.h": ("src/page.c", '#include "money.h"\n'),
    "src/shop/money.rs": ("src/shop/mod.rs", "pub mod money;\n"),
    "inc/money.php": ("page.php", "<?php\nrequire __DIR__ . '/inc/money.php';\n"),
    "lib/cash/money.rb": ("lib/page.rb", "require_relative 'cash/money'\n"),
    "money/cents.go": ("cmd/main.go", 'package main\n\nimport "x.com/shop/money"\n'),
    # By a path in a text.
    "shop/templates/cart/show.html": ("shop/page.py", 'render("cart/show.html")\n'),
    "scripts/build.sh": (".github/workflows/ci.yml", "steps:\n  - run: ./scripts/build.sh --all\n"),
    "scripts/common.sh": ("build.sh", "#!/bin/sh\n. scripts/common.sh\n"),
    "shop/middleware.py": ("shop/settings.py", 'MIDDLEWARE = ["shop.middleware.Auth"]\n'),
}


def gone(path, user, text, status=FileStatus.REMOVED, **files):
    """Return the titles for a change of `kept.py` that deletes or renames `path`."""
    old = {"previous_path": path} if status in (FileStatus.RENAMED, FileStatus.COPIED) else {}
    file = ChangedFile(path="new/place.py" if old else path, status=status, hunks=(), **old)
    change = source("a = 1\n", "a = 2\n", "kept.py")
    return titles(change, {"kept.py": "a = 2\n", user: text, **files}, files=(change.file, file))


@pytest.mark.parametrize("path", GONE)
def test_who_still_uses_a_deleted_file_is_shown(path):
    user, text = GONE[path]
    assert gone(path, user, text) == [f"{user} (uses deleted {path})"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (FileStatus.REMOVED, ["web/page.py (uses deleted shop/money.py)"]),
        (FileStatus.RENAMED, ["web/page.py (uses renamed shop/money.py)"]),
        (FileStatus.COPIED, []),  # the first one stays
        (FileStatus.ADDED, []),
        (FileStatus.MODIFIED, []),
        (FileStatus.TYPE_CHANGED, []),
    ],
)
def test_each_status_of_a_file_is_told_apart(status, said):
    assert gone("shop/money.py", *GONE["shop/money.py"], status=status) == said


@pytest.mark.parametrize(
    ("user", "text", "others"),
    [
        # Another file answers to the import, or to the path.
        ("web/page.py", "from shop.money import cents\n", {"shop/money/__init__.py": ""}),
        ("web/page.py", "from shop.money import cents\n", {"lib/shop/money.py": ""}),
        ("web/page.py", 'x = open("other/money.py")\n', {"other/money.py": ""}),
        # It is no path.
        ("web/page.py", "money = 1\n# see shop/money.py\n", {}),
        ("web/page.py", 'x = "all the money.python"\n', {}),
        ("README.md", "Look into shop/money.py.\n", {}),
    ],
)
def test_what_leads_elsewhere_is_no_use_of_a_deleted_file(user, text, others):
    assert gone("shop/money.py", user, text, **others) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "user", "text"),
    [
        # A key of data, a field of a contract between languages, and its name in another style.
        (
            "a/c.json",
            '{\n "net_sum": 1,\n "b": 2\n}\n',
            '{\n "b": 2\n}\n',
            "b/p.py",
            "x = c['net_sum']\n",
        ),
        ("a/c.yml", "net_sum: 1\nb: 2\n", "b: 2\n", "b/p.ts", "const x = config.netSum;\n"),
        (
            "a/c.proto",
            "message Cart {\n  int32 net_sum = 1;\n  int32 b = 2;\n}\n",
            "message Cart {\n  int32 b = 2;\n}\n",
            "b/p.ts",
            "const x = cart.netSum;\n",
        ),
        (
            "a/c.graphql",
            "type Cart {\n  netSum(a: Int): Int\n  b: Int\n}\n",
            "type Cart {\n  b: Int\n}\n",
            "b/p.tsx",
            "export const P = () => <b>{cart.netSum}</b>;\n",
        ),
        # What JavaScript calls `netSum` is `net_sum` elsewhere.
        (
            "a/c.ts",
            "export const c = {\n  netSum: 1,\n  b: 2,\n};\n",
            "export const c = {\n  b: 2,\n};\n",
            "b/p.proto",
            "message Cart {\n  optional int32 net_sum = 1;\n}\n",
        ),
        (
            "a/c.ts",
            "export interface C {\n  netSum?: number;\n  b: number;\n}\n",
            "export interface C {\n  b: number;\n}\n",
            "b/p.py",
            'x = c["net_sum"]\n',
        ),
        ("db/2.sql", "", "ALTER TABLE carts DROP COLUMN net_sum;\n", "b/p.py", "x = row.net_sum\n"),
        ("db/2.rb", "", "remove_column :carts, :net_sum\n", "b/p.erb", "<%= cart.net_sum %>\n"),
        # A variable of the environment, an attribute that a template shows.
        ("a/c.py", 'x = env["NET_SUM"]\n', 'x = env["GROSS"]\n', ".env.example", "NET_SUM=1\n"),
        (
            "a/c.py",
            "class C:\n    def __init__(self):\n        self.net_sum = 1\n        self.b = 1\n",
            "class C:\n    def __init__(self):\n        self.b = 1\n",
            "b/p.html",
            "{{ cart.net_sum }}\n",
        ),
    ],
)
def test_a_key_that_is_gone_is_looked_up_in_every_language(path, old, new, user, text):
    (title,) = titles(source(old, new, path), {path: new, user: text})
    assert re.fullmatch(rf"{re.escape(user)} \(uses (?:net_sum|netSum|NET_SUM)\)", title)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('x = c["net_sum"]\n', 'y = c["net_sum"]\n'),  # it only moved
        ('x = c["total"]\n', "x = 1\n"),  # one word: every program has it
        ('x = "a net_sum of it"\n', "x = 1\n"),  # prose
    ],
)
def test_what_is_no_lost_key_is_looked_up_nowhere(old, new):
    text = "x = c['net_sum'] + c['total']\n"
    files, kinds = {"a/c.py": new, "b/p.py": text}, frozenset({ContextKind.CALLER})
    assert titles(source(old, new, "a/c.py"), files, kinds=kinds) == []


def test_the_word_before_a_names_dot_is_told_and_long_lines_are_not_looked_through():
    line = "a.load(1) + b?.load(2) + shop.cart().total->sum + first[0]::second"
    names = ("load", "cart", "total", "sum", "second", "shop")
    assert [receiver_of(name, line) for name in names] == [
        "a",
        "shop",
        "cart",
        "total",
        "first",
        "",
    ]
    assert receiver_of("load", "a.load(1);" * 60) == ""


LOAD = "def load(path):\n    return path\n"


@pytest.mark.parametrize(
    ("path", "new", "source_path", "definition"),
    [
        # The import binds the name, or what stands before its dot.
        ("a/b.py", "from shop.store import load\n\nx = load(1)\n", "shop/store.py", LOAD),
        ("a/b.py", "from shop import store\n\nx = store.load(1)\n", "shop/store.py", LOAD),
        (
            "web/b.ts",
            "import { parse } from './rows';\nexport const x = parse(1);\n",
            "web/rows.ts",
            "export function parse(a: number) {\n  return a;\n}\n",
        ),
        (
            "cmd/b.go",
            'package cmd\n\nimport "x.com/shop/store"\n\nvar x = store.Open(1)\n',
            "store/store.go",
            "package store\n\nfunc Open(a int) int {\n\treturn a\n}\n",
        ),
    ],
)
def test_an_everyday_name_is_looked_up_where_an_import_says_whose_it_is(
    path, new, source_path, definition
):
    decoys = {f"z{at}/other{at}{path[path.rindex('.') :]}": definition for at in range(4)}
    files = {path: new, source_path: definition, **decoys}
    assert list(titles(source("", new, path), files)) == [
        f"{source_path} (definition of {re.search('load|parse|Open', new)[0]})"
    ]
    without = "\n".join(line for line in new.split("\n") if "import" not in line)
    assert titles(source("", without, path), files) == []


def test_the_test_that_speaks_of_the_change_is_shown():
    old, new = "def price():\n    return 1\n", "def price():\n    return 2\n"
    files = {
        "shop/cart.py": new,
        "tests/test_cart.py": "def test_other():\n    pass\n\n\ndef test_price():\n"
        "    assert price() == 1\n",
    }
    text = shown(source(old, new), files)
    assert "=== tests/test_cart.py (test of price)" in text
    assert "assert price() == 1" in text
    assert "test_other" not in text


@pytest.mark.parametrize("kind", list(ContextKind))
def test_each_kind_can_be_switched_off(kind):
    old = "def price(a):\n    return 1\n"
    new = "def price(a, b):\n    return cents(b)\n"
    files = {
        "shop/cart.py": new,
        "shop/money.py": MONEY,
        "shop/page.py": "x = price(1)\n",
        "shop/half.py": "x = cents(2)\n",
        "tests/test_cart.py": "def test_price():\n    assert price(1)\n",
    }
    kinds = {one.kind for one in gathered(source(old, new), files).snippets}
    assert kinds == set(ContextKind)
    rest = gathered(source(old, new), files, kinds=frozenset(ContextKind) - {kind})
    assert {one.kind for one in rest.snippets} == set(ContextKind) - {kind}


def test_a_name_that_many_files_define_is_not_guessed_at():
    new = "def mean(prices):\n    return cents(prices)\n"
    files = {f"other{at}/money.py": MONEY for at in range(4)}
    assert shown(source("", new), {"shop/cart.py": new, **files}) == ""
    assert shown(source("", new), {"shop/cart.py": new, "shop/money.py": MONEY}) != ""


def test_what_the_chunk_shows_is_not_shown_again():
    new = "def cents(a):\n    return a\n\n\ndef mean(prices):\n    return cents(prices)\n"
    assert shown(source("", new), {"shop/cart.py": new}) == ""


@pytest.mark.parametrize("kept_back", ["shop/money.py", "shop/", "**/money.py"])
def test_what_must_not_be_sent_is_neither_read_nor_shown(kept_back):
    old = "def price(a):\n    return 1\n"
    new = "from shop.money import cents\n\n\ndef price(a, b):\n    return cents(b)\n"
    secret = MONEY + "\nx = price(1)\n"
    tests = {"shop/money_test.py": secret} if kept_back == "shop/" else {}
    asked: list[str] = []

    class Watched(Files):
        async def read_many(self, paths):
            asked.extend(paths)
            return await super().read_many(paths)

        async def search(self, names, within):
            asked.extend(within)
            return await super().search(names, within)

    files = {"shop/money.py": secret, **tests}
    change = source(old, new, "web/cart.py")
    tree = Watched({path: text.encode() for path, text in {"web/cart.py": new, **files}.items()})
    assert gathered(change, {}, tree=tree).snippets
    asked.clear()
    assert not gathered(change, {}, tree=tree, never_send=(kept_back,)).snippets
    assert set(asked) <= {"web/cart.py"}


def test_context_is_masked_and_what_cannot_be_masked_is_not_shown():
    files = {"shop/cart.py": USE, "shop/money.py": MONEY}

    async def blank(files):
        return {path: raw.decode().replace("100", "[redacted]") for path, raw in files.items()}

    async def refuse(_files):
        return {}

    change = source("", USE)
    (snippet,) = gathered(change, files, mask=blank).snippets
    assert snippet.lines[1][1] == "    return sum(prices) * [redacted]"
    assert gathered(change, files, mask=refuse).snippets == ()


def test_a_tree_without_search_still_gives_what_is_imported_and_says_so():
    class Api(Files):
        async def search(self, names, within):
            return None

    files = {"shop/cart.py": USE, "shop/money.py": MONEY}
    tree = Api({path: text.encode() for path, text in files.items()})
    context = gathered(source("", USE), {}, tree=tree)
    assert [one.path for one in context.snippets] == ["shop/money.py"]
    assert "cannot be searched" in context.note


def test_a_part_that_was_searched_is_told():
    class Large(Files):
        async def search(self, names, within):
            search = await super().search(names, within)
            return type(search)(hits=search.hits, searched=5, of=1000)

    context = gathered(source("", USE), {}, tree=Large({}))
    assert context.note == "searched 5 of 1,000 files for definitions and callers"


def test_around_gives_definitions_and_callers_of_what_a_claim_mentions():
    files = {"shop/cart.py": USE, "shop/money.py": MONEY}
    tree = Files({path: text.encode() for path, text in files.items()})
    material = Material(tree, [], (), keep)
    found = asyncio.run(around(["cents", "the", "-e"], "shop/cart.py", material))
    assert {one.path for one in found if one.kind is ContextKind.DEFINITION} == {"shop/money.py"}
    assert any(one.kind is ContextKind.CALLER for one in found)


def test_files_of_the_same_language_are_searched_nearest_first():
    paths = ["z/a.py", "shop/web/b.py", "shop/c.py", "shop/d.js", "shop/vendor/e.py", "README.md"]
    assert search_order(paths, ["shop/web/x.py"]) == ("shop/web/b.py", "shop/c.py", "z/a.py")


def test_hostile_paths_and_lines_stay_in_their_place():
    path = "shop/a\n=== b.py"
    files = {"shop/cart.py": USE, path: MONEY + "\n=== c.py\n\u202e\n"}
    for line in shown(source("", USE.split("\n", 3)[3]), files).splitlines():
        assert re.match(r"=== shop/a\\x0a=== b\.py \(|\d+  ", line)


PIECES = st.sampled_from(
    ["def total(a):", "    return total(a)", "class Cart:", "x = cart.total", "", "}", "import a",
     "from . import b", "func Total() {", "\x00", "\u202e", "=== a", "    def total(self):"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("\n".join)
PATHS = st.sampled_from(
    [
        "a.py",
        "b/a.py",
        "tests/test_a.py",
        "-e",
        ":(top)",
        "a\nb.py",
        "..",
        "x.go",
        "a.ts",
        "Makefile",
    ]
)


@examples(60)
@given(files=st.dictionaries(PATHS, TEXTS, max_size=6), old=TEXTS, new=TEXTS, path=PATHS)
def test_nothing_raises_and_no_budget_is_exceeded(files, old, new, path):
    if old == new:
        return
    change = source(old, new, path)
    context = gathered(change, {**files, path: new})
    units = units_of(change, 3)
    size = sum(len(unit.text) for unit in units)
    assert len(context.for_chunk(units, len)) <= budget_for(size)
    for budget in (0, 40, 200):
        assert len(render(pick(context.snippets, units, budget, len))) <= budget
