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
        ("../src/shop/cart.py", "src/shop/cart.py"),  # run in a folder of the checkout
        ("../../src/shop/cart.py", "src/shop/cart.py"),
        ("../shop/cart.py", "src/shop/cart.py"),
        ("../" * 30 + "src/shop/cart.py", None),
        ("dir with space/u\u0308.py", "dir with space/ü.py"),  # as macOS spells it
        ("/builds/9/dir with space/u\u0308.py", "dir with space/ü.py"),
        ("u\u0308.py", "dir with space/ü.py"),
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


def test_a_path_that_goes_up_leads_out_of_a_folder_and_not_to_another_file():
    assert find("../web/src/index.js") == "web/src/index.js"
    assert find("../../usr/lib/web.js") is None
    assert find("/github/workspace/../web/src/index.js") == "web/src/index.js"  # another root


def test_a_name_that_git_holds_decomposed_is_found_by_either_form():
    known = "cafe\u0301/e\u0301.py"
    for spelling in ("café/é.py", known, "/w/café/é.py", "é.py"):
        assert PathFinder([known], ()).find((spelling,)) == known


def test_a_go_module_stands_for_its_folder():
    known = ["main.go", "pkg/a.go", "tools/main.go", "tools/gen/a.go"]
    modules = {"github.com/o/r": "", "github.com/o/r/tools/v2": "tools"}
    find = PathFinder(known, (), modules=modules).find
    assert find(("github.com/o/r/main.go",)) == "main.go"
    assert find(("github.com/o/r/pkg/a.go",)) == "pkg/a.go"
    assert find(("github.com/o/r/tools/v2/main.go",)) == "tools/main.go"
    assert find(("github.com/o/r/tools/v2/gen/a.go",)) == "tools/gen/a.go"
    assert find(("github.com/other/r/main.go",)) is None


def test_windows_tells_no_capitals_apart():
    find = PathFinder(["a.py", "src/b.py"], ["D:/a/Shop/Shop"]).find
    assert find(("d:/a/shop/shop/a.py",)) == "a.py"
    assert find(("d:/a/shop/shop2/a.py",)) is None


def test_kotlin_may_leave_out_the_folders_of_its_packages():
    known = ["app/src/main/kotlin/cart/Cart.kt", "app/src/main/java/cart/Cart.java"]
    find = PathFinder(known, ()).find
    assert find(("com/acme/cart/Cart.kt",)) == known[0]
    assert find(("com/acme/cart/Cart.java",)) is None
    assert PathFinder([*known, "b/cart/Cart.kt"], ()).find(("com/acme/cart/Cart.kt",)) is None


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
