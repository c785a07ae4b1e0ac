"""What a change does to functions and classes, as the file's grammar names them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.review.symbol_changes import SymbolChanges, old_lines, symbol_changes
from codeflow_action.review.units import split_lines
from tests.review.changes import changed

OLD = """\
import os


class Cart:
    def total(self):
        return sum(self.prices)

    def clear(self):
        self.prices = []


def load(path):
    return os.stat(path)
"""
NEW = """\
import os


class Cart:
    def total(self):
        return round(sum(self.prices), 2)

    def mean(self):
        return self.total() / len(self.prices)


class Basket(Cart):
    def weigh(self):
        return 0


def load(path):
    return os.stat(path)
"""


def changes(old, new, path="shop/cart.py", **fields):
    return symbol_changes(changed(old, new, path, **fields), new.encode())


def test_functions_and_classes_are_named_with_what_is_around_them():
    assert changes(OLD, NEW) == SymbolChanges(
        added=("Cart.mean", "Basket"), removed=("Cart.clear",), changed=("Cart.total",)
    )


def test_what_is_inside_of_a_new_class_is_not_named_besides():
    assert changes("", NEW).added == ("Cart", "Basket", "load")
    assert changes(NEW, "", status=FileStatus.REMOVED).removed == ("Cart", "Basket", "load")


def test_a_removed_line_changes_the_function_that_it_stood_in():
    longer = NEW.replace("    return os", "    check(path)\n    return os")
    assert changes(longer, NEW).changed == ("load",)


def test_a_line_outside_of_all_functions_changes_none():
    assert changes(NEW, NEW.replace("import os", "import os, sys")) == SymbolChanges()


@pytest.mark.parametrize(("path", "text"), [("notes.txt", NEW), ("a.unknown", NEW)])
def test_without_a_grammar_nothing_is_told(path, text):
    assert changes(OLD, text, path) is None


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            "a.ts",
            "export function a() { return 1 }\n",
            "export function a() { return 2 }\nexport class B { c() {} }\n",
            SymbolChanges(added=("B",), changed=("a",)),
        ),
        (
            "a.go",
            "package a\n\nfunc (c *Cart) Total() int { return 1 }\n",
            "package a\n\nfunc (c *Cart) Total() int { return 2 }\n",
            SymbolChanges(changed=("Cart.Total",)),
        ),
        (
            "a.rs",
            "fn a() -> u8 { 1 }\n",
            "fn b() -> u8 { 1 }\n",
            SymbolChanges(added=("b",), removed=("a",)),
        ),
    ],
)
def test_other_languages_are_told_alike(path, old, new, expected):
    assert changes(old, new, path) == expected


LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "x\x0cy"]), max_size=40)


@given(LINES, LINES)
def test_the_hunks_undone_are_the_version_before(old, new):
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    file = changed(before, after)
    assert old_lines(file, split_lines(after)) == split_lines(before)
