"""Not handled in caller: every call of the one function of that name is looked at."""

# ruff: noqa: E501 - a snippet is read best on its line

import pytest

from tests.review.proof.proving import outcome, verdict

DEF = "def load(a):\n    raise ValueError(a)\n"
TRY = "def run():\n    try:\n        load(1)\n    except {}:\n        pass\n"
FINALLY = "def run():\n    try:\n        load(1)\n    finally:\n        pass\n"

PYTHON = [
    ("def run():\n    load(1)\n", "proven"),
    ("load(1)\n", "proven"),
    ("def run():\n    if a:\n        load(1)\n", "proven"),  # in a block that is no `try`
    (TRY.format("Exception"), "refuted"),
    (TRY.format("Exception as e"), "refuted"),
    (
        "def run():\n    try:\n        if a:\n            load(1)\n    except:\n        pass\n",
        "refuted",
    ),
    (TRY.format("KeyError"), "no call, or not plain how it is handled"),
    (FINALLY, "no call, or not plain how it is handled"),
    (
        TRY.format("Exception") + TRY.format("KeyError"),
        "no call, or not plain how it is handled",
    ),
    (TRY.format("Exception") + "def go():\n    load(2)\n", "proven"),
    (TRY.format("Exception") + "later = load\n", "no call, or not plain how it is handled"),
    # in the handler, not in what it guards
    (
        "def run():\n    try:\n        a()\n    except Exception:\n        load(1)\n",
        "no call, or not plain how it is handled",
    ),
    (
        "def run():\n    with suppress(E):\n        load(1)\n",
        "no call, or not plain how it is handled",
    ),
    ("def run():\n    go(lambda: load(1))\n", "no call, or not plain how it is handled"),
    # the `try` is around the definition of the function, not around its call
    ("try:\n    def run():\n        load(1)\nexcept Exception:\n    pass\n", "proven"),
    ("try:\n    load(1)\nexcept Exception:\n    pass\n", "refuted"),
    (
        "def run():\n    try:\n\n        load(1)\n\n    except KeyError:\n        pass\n    except Exception:\n        pass\n",
        "refuted",
    ),
    (
        "def run():\n    try:\n        load(1)\n    except KeyError:\n        pass\n    try:\n        a()\n    except Exception:\n        pass\n",
        "no call, or not plain how it is handled",
    ),
    (
        "def run():\n    try:\n        a()\n    except Exception:\n        pass\n    load(1)\n",
        "proven",
    ),
    (
        "def run():\n    try:\n        a()\n    except Exception:\n        pass\n    else:\n        load(1)\n",
        "no call, or not plain how it is handled",
    ),
    (
        "def run():\n    try:\n        a()\n    except Exception:\n        pass\n    if b:\n        load(1)\n",
        "proven",
    ),
    ("x = 1\n", "no call, or not plain how it is handled"),
    ("# load(1)\n", "no call, or not plain how it is handled"),
    ("def load(): ...\nload(1)\n", "not the only function of that name"),
    ("def broken(:\n    load(1)\n", "no call, or not plain how it is handled"),
]


@pytest.mark.parametrize(("caller", "expected"), PYTHON)
def test_in_python(caller, expected):
    assert outcome("not_handled_in_caller", "load", 1, {"a.py": DEF, "b.py": caller}) == expected


OTHERS = [
    ("ts", "export function load() { throw 1; }\n", "async function f() {\n  await load();\n}\n", "proven"),
    ("ts", "export function load() { throw 1; }\n", "async function f() {\n  try {\n    await load();\n  } catch (e) {\n    g(e);\n  }\n}\n", "refuted"),
    ("ts", "export function load() { throw 1; }\n", "function f() {\n  try {\n    load();\n  } catch (e) {\n    g(e);\n  }\n}\n", "no call, or not plain how it is handled"),
    ("ts", "export function load() { throw 1; }\n", "function f() {\n  load().catch(g);\n}\n", "no call, or not plain how it is handled"),
    ("ts", "export function load() { throw 1; }\n", "function f() {\n  go(() => load());\n}\n", "no call, or not plain how it is handled"),
    ("java", "class A {\n  void load() { throw e; }\n}\n", "class B {\n  void f() {\n    a.load();\n  }\n}\n", "proven"),
    ("java", "class A {\n  void load() { throw e; }\n}\n", "class B {\n  void f() {\n    try {\n      a.load();\n    } catch (Exception e) {\n      g();\n    }\n  }\n}\n", "refuted"),
    ("java", "class A {\n  void load() { throw e; }\n}\n", "class B {\n  void f() {\n    try {\n      a.load();\n    } catch (IOException e) {\n      g();\n    }\n  }\n}\n", "no call, or not plain how it is handled"),
    # in a block that is no `try`
    ("js", "export function load() { throw 1; }\n", "async function f() {\n  if (a) {\n    await load();\n  }\n}\n", "proven"),
    ("tsx", "export function load() { throw 1; }\n", "async function f() {\n  if (a) {\n    await load();\n  }\n}\n", "proven"),
    ("kt", "fun load() { throw e }\n", "fun f() {\n    if (a) {\n        load()\n    }\n}\n", "proven"),
    ("cs", "class A {\n  void load() { throw e; }\n}\n", "class B {\n  void F() {\n    if (a) {\n      a.load();\n    }\n  }\n}\n", "proven"),
    ("php", "<?php\nfunction load() { throw $e; }\n", "<?php\nfunction f() {\n  if ($a) {\n    load();\n  }\n}\n", "proven"),
    ("kt", "fun load() { throw e }\n", "fun f() {\n    load()\n}\n", "proven"),
    ("cs", "class A {\n  void load() { throw e; }\n}\n", "class B {\n  void F() {\n    try\n    {\n      a.load();\n    }\n    catch (Exception e)\n    {\n      g();\n    }\n  }\n}\n", "refuted"),
    ("tsx", "export function load() { throw 1; }\n", "function f() {\n  try {\n    load();\n  } catch (e) {\n    g(e);\n  }\n}\n", "no call, or not plain how it is handled"),
    ("js", "export function load() { throw 1; }\n", "async function f() {\n  try {\n    await load();\n  }\n  catch {\n    g();\n  }\n}\n", "refuted"),
    ("php", "<?php\nfunction load() { throw $e; }\n", "<?php\nfunction f() {\n  try {\n    load();\n  } catch (\\Throwable $e) {\n    g();\n  }\n}\n", "refuted"),
    ("go", "package p\nfunc load() error { return e }\n", "package p\nfunc f() {\n\tload()\n}\n", "no rules for the language"),
    ("rs", "fn load() -> R { e }\n", "fn f() { load(); }\n", "no rules for the language"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "definition", "caller", "expected"), OTHERS)
def test_in_other_languages(suffix, definition, caller, expected):
    files = {f"a.{suffix}": definition, f"b.{suffix}": caller}
    assert outcome("not_handled_in_caller", "load", 1, files) == expected


def test_a_call_of_itself_is_not_judged():
    recursive = "def load(a):\n    load(a - 1)\n"
    files = {"a.py": recursive, "b.py": "x = 1\n"}
    assert outcome("not_handled_in_caller", "load", 1, files) == (
        "no call, or not plain how it is handled"
    )


def test_a_caller_that_is_too_large_to_read_leaves_it_open():
    files = {"a.py": DEF, "b.py": "load(1)\n" + "#" * 1_000_000}
    assert outcome("not_handled_in_caller", "load", 1, files) == "not all callers were read"


def test_the_last_part_of_a_symbol_is_the_function():
    for caller in ("import a\na.load(1)\n", "load(1)\n"):
        files = {"a.py": DEF, "b.py": caller}
        assert outcome("not_handled_in_caller", "a.load", 1, files) == "proven"


def test_a_class_is_no_function():
    files = {"a.py": "class load: ...\n", "b.py": "load(1)\n"}
    assert outcome("not_handled_in_caller", "load", 1, files) == (
        "not the only function of that name"
    )


def test_tests_are_no_callers():
    files = {"a.py": DEF, "test_b.py": "def test_b():\n    load(1)\n"}
    assert (
        outcome("not_handled_in_caller", "load", 1, files)
        == "no call, or not plain how it is handled"
    )


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
def test_what_was_not_searched_whole_is_no_proof(limits):
    files = {"a.py": DEF, "b.py": TRY.format("Exception"), "c.py": "x = 1\n"}
    assert (
        outcome("not_handled_in_caller", "load", 1, files, **limits)
        == "not the only function of that name"
    )


def test_evidence_says_where_the_call_is():
    files = {"a.py": DEF, "b.py": "def run():\n    load(1)\n    load(2)\n"}
    assert verdict("not_handled_in_caller", "load", 1, files).evidence == (
        "`b.py:2` calls `load` outside of any `try`."
    )


def test_evidence_counts_the_calls_that_are_handled():
    files = {
        "a.py": DEF,
        "b.py": TRY.format("Exception"),
        "c.py": "x = 1\n" + TRY.format("Exception"),
    }
    assert verdict("not_handled_in_caller", "load", 1, files).evidence == (
        "Every call of `load` (2) is in a `try` that takes all exceptions, the first at `b.py:3`."
    )
