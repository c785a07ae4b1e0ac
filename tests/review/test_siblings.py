"""What else speaks of a name that an added line uses: shown where few do, in every language."""

import pytest

from codeflow_action.review.context.shared_names import shared_names
from tests.review.changes import source
from tests.review.test_context import titles

# Each: the changed file, an added line, another file, its line that speaks of the same.
SIBLINGS = {
    "a constant in Go": (
        "cmd/serve.go",
        "\trun(base.TokenVarName)",
        "cmd/root.go",
        "\tread(base.TokenVarName)",
    ),
    "a call in Python": (
        "shop/pay.py",
        "    charge_card(order, retry=False)",
        "shop/refund.py",
        "    charge_card(order)",
    ),
    "a call in TypeScript": (
        "web/pay.ts",
        "  chargeCard(order)",
        "web/refund.ts",
        "  await chargeCard(order)",
    ),
    "a call in Java": (
        "a/Pay.java",
        "    gate.chargeCard(order);",
        "a/Refund.java",
        "    if (x) gate.chargeCard(order, true);",
    ),
    "a member in C#": (
        "A/Pay.cs",
        "    Run(OrderState.PartlyPaid);",
        "A/Refund.cs",
        "    if (s == OrderState.PartlyPaid) Stop();",
    ),
    "a variable, in a workflow": (
        "shop/pay.py",
        '    os.environ["SHOP_TOKEN"]',
        "deploy.yml",
        "  SHOP_TOKEN: abc",
    ),
    "a variable, in a script's text": (
        "sh/init.go",
        "\ts := `export SHOP_BIN_DIR=1`",
        "sh/env.go",
        '\tset("SHOP_BIN_DIR", dir)',
    ),
    "a key, in JSON": ("shop/pay.php", "$x['retry_count'];", "settings.json", '  "retry_count": 3'),
    "a dotted key": (
        "src/Pay.java",
        '    get("shop.retry.limit");',
        "app.yaml",
        "shop.retry.limit: 3",
    ),
    "a route": (
        "web/pay.ts",
        "  get(`/api/orders/${id}`)",
        "shop/urls.py",
        "    path('/api/orders/<id>', view),",
    ),
    "a route in a template": (
        "shop/urls.py",
        "    path('/api/orders/', view),",
        "pages/a.html",
        '<a href="/api/orders/3">',
    ),
}


def around(path, line):
    """Return a file in which the line stands in a function."""
    heads = {
        "go": "func run() {",
        "py": "def run():",
        "ts": "function run() {",
        "cs": "class A { void Run() {",
    }
    heads |= {"java": "class A { void run() {", "php": "<?php function run() {"}
    head = heads.get(path.rpartition(".")[2], "")
    closing = {"go": "}", "ts": "}", "java": "}}", "cs": "}}", "php": "}"}
    return "\n".join([head, line, closing.get(path.rpartition(".")[2], ""), ""])


@pytest.mark.parametrize("name", SIBLINGS)
def test_another_use_of_what_an_added_line_uses_is_shown(name):
    path, line, other, use = SIBLINGS[name]
    new = around(path, line)
    (title,) = titles(source("", new, path), {path: new, other: around(other, use)})
    assert title.startswith(f"{other} (also uses ")


@pytest.mark.parametrize(
    ("other", "use"),
    [
        ("shop/refund.py", "    # charge_card(order) is called elsewhere"),
        ("shop/refund.py", "import charge_card"),
        ("tests/test_refund.py", "    charge_card(order)"),
        ("README.md", "    charge_card(order)"),
        ("web/refund.ts", "  charge_card(order)"),  # another language's function of that name
        ("shop/refund.py", "    charge_card = 1"),
    ],
)
def test_what_is_no_use_of_it_is_not_shown(other, use):
    path, new = "shop/pay.py", around("shop/pay.py", "    charge_card(order, retry=False)")
    assert titles(source("", new, path), {path: new, other: around(other, use)}) == []


def test_a_name_that_many_lines_use_is_not_compared():
    path, new = "shop/pay.py", around("shop/pay.py", "    charge_card(order)")
    files = {f"shop/a{at}.py": around("a.py", "    charge_card(order)") for at in range(7)}
    assert titles(source("", new, path), {path: new, **files}) == []
    few = dict(list(files.items())[:6])
    assert len(titles(source("", new, path), {path: new, **few})) == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('x = "retry_count"', [("retry_count", "retry_count")]),
        ('x = "retryCount"', [("retryCount", "retryCount")]),
        ('x = "retry"', []),  # everybody's word
        ('x = "shop.retry.limit"', [("retry", "shop.retry.limit")]),
        ("echo $SHOP_BIN_DIR", [("SHOP_BIN_DIR", "SHOP_BIN_DIR")]),
        ("get('/api/orders/{id}/lines')", [("orders", "/api/orders")]),
        ("get('/orders')", []),  # one part: any word after a slash
        ("get('/a/b')", []),
        ('x = "the quick brown fox"', []),
    ],
)
def test_a_shared_name_has_two_words_or_parts(line, expected):
    assert list(shared_names("a.py", [line])) == expected
