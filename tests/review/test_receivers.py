"""Whose member a use means is told by the word before its dot, where names alone lead anywhere."""

import pytest

from codeflow_action.review.context.receivers import resembles, types_of
from tests.review.changes import source
from tests.review.test_context import titles

# Each: the changed file, and one that defines the method in a type of that name.
LANGUAGES = {
    "go": (
        "package shop\n\nfunc run(m Model) int {\n\treturn m.ContextSize()\n}\n",
        "package NAME\n\ntype NAME struct{}\n\nfunc (x *NAME) ContextSize() int {\n\treturn 1\n}\n",
    ),
    "ts": (
        "export function run(m: Model) {\n  return m.ContextSize();\n}\n",
        "export class NAME {\n  ContextSize() {\n    return 1;\n  }\n}\n",
    ),
    "py": (
        "def run(m: Model):\n    return m.ContextSize()\n",
        "class NAME:\n    def ContextSize(self):\n        return 1\n",
    ),
    "java": (
        "class Run {\n  int run(Model m) {\n    return m.ContextSize();\n  }\n}\n",
        "class NAME {\n  int ContextSize() {\n    return 1;\n  }\n}\n",
    ),
    "cs": (
        "class Run {\n int Go() {\n  var m = new Model();\n  return m.ContextSize();\n }\n}\n",
        "class NAME {\n  public int ContextSize() {\n    return 1;\n  }\n}\n",
    ),
    "php": (
        "<?php\nfunction run(Model $m) {\n  return $m->ContextSize();\n}\n",
        "<?php\nclass NAME {\n  function ContextSize() {\n    return 1;\n  }\n}\n",
    ),
    "rs": (
        "fn run(m: &Model) -> u32 {\n    m.ContextSize()\n}\n",
        "pub struct NAME;\nimpl NAME {\n  pub fn ContextSize(&self) -> u32 {\n    1\n  }\n}\n",
    ),
}


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_of_many_namesakes_the_receivers_type_is_shown(suffix):
    new, other = LANGUAGES[suffix]
    path = f"shop/run.{suffix}"
    names = ("Alpha", "Beta", "Gamma", "Model", "Omega")
    files = {
        f"{name.lower()}/{name.lower()}.{suffix}": other.replace("NAME", name) for name in names
    }
    shown = titles(source("", new, path), {path: new, **files})
    assert any(title.startswith(f"model/model.{suffix} (definition of ") for title in shown)
    assert not any(title.startswith("alpha/") for title in shown)


def test_without_a_type_nobody_is_guessed_at():
    new = "def run(m):\n    return m.ContextSize()\n"
    other = LANGUAGES["py"][1]
    files = {f"{name}/a.py": other.replace("NAME", name) for name in ("Alpha", "Beta", "Model")}
    assert titles(source("", new, "shop/run.py"), {"shop/run.py": new, **files}) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m = Model(1)", {"Model"}),
        ("m, err := llm.NewModel(1)", {"Model"}),
        ("const m: shop.Model = x", {"Model"}),
        ("private readonly Model<int> m;", {"Model"}),
        ("mm: Model", set()),
        ("m.Model = 1", set()),
        ("return m", set()),
    ],
)
def test_a_declaration_says_the_type(line, expected):
    assert types_of("m", (line,)) == expected


def test_a_word_is_called_like_a_type():
    assert all(resembles(word, "ShopMoney") for word in ("getShopMoney", "shop_money", "money"))
    assert not any(resembles(word, "ShopMoney") for word in ("x", "cart", "getCart"))
