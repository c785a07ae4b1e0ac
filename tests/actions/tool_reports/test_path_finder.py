"""A path that a tool wrote on another machine leads to the file it means, or to none."""

import time

import pytest

from codeflow_action.actions.tool_reports.path_finder import PathFinder

KNOWN = [
    "setup.py",
    "src/shop/cart.py",
    "src/shop/__init__.py",
    "src/app/__init__.py",
    "web/src/index.js",
    "web/app.js",
    "dir with space/ü.py",
]
ROOTS = ("/home/runner/work/shop/shop", "/github/workspace/", "")


def find(*paths, **more):
    return PathFinder(KNOWN, ROOTS, **more).find(paths)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("src/shop/cart.py", "src/shop/cart.py"),
        ("./src/shop/cart.py", "src/shop/cart.py"),
        ("src/../src/shop/cart.py", "src/shop/cart.py"),
        ("dir with space/ü.py", "dir with space/ü.py"),
        ("/github/workspace/setup.py", "setup.py"),
        ("/home/runner/work/shop/shop/src/shop/cart.py", "src/shop/cart.py"),
        ("/builds/group/project/src/shop/cart.py", "src/shop/cart.py"),  # a root nobody told of
        ("C:/code/src/shop/cart.py", "src/shop/cart.py"),
        ("/usr/lib/python3/setup.py", None),  # one name alone is no proof
        ("shop/cart.py", "src/shop/cart.py"),  # run in `src`
        ("index.js", "web/src/index.js"),
        ("__init__.py", None),  # of two
        ("shop/__init__.py", "src/shop/__init__.py"),
        ("project/src/shop/cart.py", "src/shop/cart.py"),  # run above the checkout
        ("../../etc/passwd", None),
        ("../src/shop/cart.py", None),
        ("/etc/passwd", None),
        ("/", None),
        ("", None),
        (".", None),
        ("cart", None),
    ],
)
def test_a_path_leads_to(path, found):
    assert find(path) == found


def test_a_path_with_one_folder_is_enough_and_a_root_takes_its_slash_along():
    assert PathFinder(["a/b.py"], []).find(("/x/a/b.py",)) == "a/b.py"
    assert PathFinder(["a/b.py", "setup.py"], ["/w/"]).find(("/w/setup.py",)) == "setup.py"
    assert PathFinder(["setup.py"], ["/w"]).find(("/work/setup.py",)) is None


def test_a_path_out_of_the_checkout_is_none_even_if_its_end_is_known():
    assert find("../web/src/index.js") is None
    assert find("/github/workspace/../web/src/index.js") == "web/src/index.js"  # another root


def test_a_name_that_three_files_share_is_of_none():
    assert PathFinder(["a/x.py", "b/x.py", "c/x.py"], []).find(("x.py",)) is None


def test_the_first_reading_that_is_a_file_wins():
    assert find("nowhere/x.py", "cart.py", "web/app.js") == "web/app.js"
    assert find("nowhere/x.py", "cart.py", "app.js") == "src/shop/cart.py"


def test_where_not_all_files_are_known_a_name_alone_leads_nowhere():
    assert find("index.js", is_whole=False) is None


def test_a_file_of_the_checkout_that_git_does_not_know_is_not_taken_for_another():
    there = {"node_modules/x/src/index.js", "build/src/shop/cart.py"}

    def found(path):
        return find(path, is_in_checkout=there.__contains__)

    assert found("node_modules/x/web/src/index.js") == "web/src/index.js"
    assert found("build/src/shop/cart.py") is None
    assert found("/github/workspace/build/src/shop/cart.py") is None


def test_a_checkout_is_learned_from_a_reports_other_paths():
    resolver = PathFinder(KNOWN, ROOTS)
    assert resolver.find(("/builds/9/setup.py",)) is None
    resolver.learn([("/builds/9/src/shop/cart.py",), ("relative.py",)])
    assert resolver.find(("/builds/9/setup.py",)) == "setup.py"
    assert resolver.find(("/usr/lib/setup.py",)) is None


def test_a_path_with_its_base_goes_before_the_same_path_without_it():
    known = ["src/a.ts", "web/src/a.ts", "web/src/b.ts"]
    for root in ("/home/runner/work/shop/shop", "D:/a/shop/shop"):
        based = (f"{root}/web/src/a.ts", "src/a.ts")
        assert PathFinder(known, [root]).find(based) == "web/src/a.ts"
        learned = PathFinder(known, ())
        learned.learn([(f"{root}/web/src/b.ts",)])
        assert learned.find(based) == "web/src/a.ts"
        assert learned.find(("/elsewhere/web/src/a.ts", "src/a.ts")) == "src/a.ts"


def test_only_so_many_checkouts_are_learned_and_only_ends_of_a_sane_depth_are_looked_at():
    resolver = PathFinder(KNOWN, ())
    resolver.learn((f"/{at}/src/shop/cart.py",) for at in range(100))
    found = [resolver.find((f"/{at}/setup.py",)) for at in range(100)]
    assert found == ["setup.py"] * 20 + [None] * 80
    deep = "x/" * 2_000
    assert resolver.find((f"/{deep}src/shop/cart.py",)) == "src/shop/cart.py"
    below = "y/" * 45
    assert PathFinder([f"{below}a.py"], ()).find((f"/x/{below}a.py",)) is None


def test_a_name_that_is_everywhere_says_nothing():
    many = [f"{at}/index.js" for at in range(600)]
    assert PathFinder([*many, "only/one/index.js"], ()).find(("one/index.js",)) is None
    assert PathFinder([*many[:400], "only/one/index.js"], ()).find(("one/index.js",)) is not None


def test_a_hostile_report_takes_no_long_time():
    resolver = PathFinder([f"{at}/index.js" for at in range(400)], ())
    started = time.process_time()
    paths = [(f"/{at}/{'d/' * 500}index.js", f"{at}x/index.js") for at in range(3_000)]
    resolver.learn(paths)
    assert {resolver.find(path) for path in paths} == {None}
    assert time.process_time() - started < 20
