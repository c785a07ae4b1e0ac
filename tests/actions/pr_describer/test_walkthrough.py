"""Files in groups, and the tables that are made of them."""

import asyncio
from dataclasses import replace

from codeflow_action.actions.pr_describer import PrDescriber
from codeflow_action.actions.pr_describer.change_facts import find_facts
from codeflow_action.actions.pr_describer.description_sections import (
    reading_order_section,
    walkthrough_section,
)
from codeflow_action.actions.pr_describer.draft_prompts import group_list
from codeflow_action.actions.pr_describer.walkthrough import FileGroup, group_files
from codeflow_action.engine.facts import Facts, LineCoverage, UncoveredLines
from codeflow_action.engine.proposals import CellKind, Section, Synopsis
from codeflow_action.engine.pull_request import ChangedFile, FileStatus, Gap
from codeflow_action.engine.risk import FileRisk
from codeflow_action.review.change_risk import purpose_of
from tests.actions.gating import Files, task_of
from tests.review.changes import changed

CART = "def total(prices):\n    return sum(prices)\n"
USER = "from shop.cart import total\n\nprint(total([1]))\n"


class NoModels:
    available = False
    why_not = "no_key"


def risks(*paths, size=1):
    return [
        FileRisk(path=path, purpose=purpose_of(path), added_count=size, removed_count=0)
        for path in paths
    ]


def titles(*paths):
    return [(group.title, len(group.files)) for group in group_files(risks(*paths))]


def facts_of(files, heads, **fields):
    return asyncio.run(find_facts(task_of(files, heads, models=NoModels(), **fields)))


def rows(section):
    return [tuple(cell.text for cell in row) for row in section.table.rows]


def test_code_is_grouped_by_folder_and_the_rest_by_what_it_is():
    assert titles(
        "src/api/a.py", "src/api/b.py", "src/api/c.py", "src/db/a.py", "src/db/b.py",
        "src/main.py", "tests/test_a.py", "docs/a.md", "README.md", "package-lock.json",
        "config.yml", "locales/de.json",
    ) == [
        ("src/api", 3), ("src/db", 2), ("src", 1), ("configuration and data", 1), ("tests", 1),
        ("documentation", 2), ("translations", 1), ("generated, copied and lock files", 1),
    ]  # fmt: skip


def test_few_files_are_not_divided():
    assert titles("a/b/c/x.py", "a/b/d/y.py") == [("a", 2)]
    assert titles("x.py", "y.py") == [("other code", 2)]
    assert titles() == []


def test_what_lies_outside_of_the_other_folders_is_the_last_code():
    apart = [f"a{number}/{name}.py" for number in range(7) for name in "xyz"]
    few = [f"b{number}/{name}.py" for number in range(30) for name in "xy"]
    assert titles(*few, *apart, "docs/a.md")[-2:] == [("other folders", 60), ("documentation", 1)]
    assert titles("main.py", "setup.py", "src/a/x.py", "src/b/y.py") == [
        ("src", 2), ("other code", 2)
    ]  # fmt: skip


def test_there_are_never_more_groups_than_a_reader_keeps_in_mind():
    paths = [f"packages/p{number}/src/{name}.ts" for number in range(300) for name in "abcdefghij"]
    groups = group_files(risks(*paths))
    assert len(groups) == 8
    # However many lie there, they are read after what has a name.
    assert (groups[-1].title, groups[-1].is_folder) == ("other folders of `packages`", False)
    assert sum(len(group.files) for group in groups) == 3_000


def test_each_file_is_in_exactly_one_group():
    paths = [f"{a}/{b}/{c}.py" for a in "abc" for b in "defg" for c in "hijkl"] + ["root.py"]
    groups = group_files(risks(*paths))
    assert sorted(file.path for group in groups for file in group.files) == sorted(paths)
    assert len(groups) <= 8


def test_a_row_says_what_changes_in_a_file():
    new = CART.replace("sum(prices)", "sum(prices, 0)") + "\n\ndef mean(prices):\n    return 0\n"
    files = (
        changed(CART, new),
        changed("", USER, "shop/new.py"),
        ChangedFile(path="shop/b.py", previous_path="shop/a.py", status=FileStatus.RENAMED),
        ChangedFile(path="logo.png", status=FileStatus.MODIFIED, gap=Gap.BINARY),
        changed(CART, "", "shop/old.py", status=FileStatus.REMOVED),
        ChangedFile(path="run.sh", status=FileStatus.MODIFIED, made_executable=True),
    )
    heads = {"shop/cart.py": new.encode(), "shop/new.py": USER.encode()}
    facts = facts_of(files, heads)
    section = walkthrough_section(facts, group_files(facts.risk.files))
    what = {row[1]: row[3] for row in rows(section)}
    assert what == {
        "shop/cart.py": "adds `mean`; changes `total`",
        "shop/new.py": "new",
        "shop/b.py": "moved from `shop/a.py`",
        "logo.png": "binary",
        "shop/old.py": "removed; removes `total`",
        "run.sh": "made executable",
    }
    cells = {row[1].text: row[1] for row in section.table.rows}
    assert all(cell.kind is CellKind.PATH for cell in cells.values())
    assert [path for path, cell in cells.items() if cell.is_gone] == ["shop/old.py"]
    assert section.is_folded


def test_a_change_of_thousands_of_files_stays_short():
    files = tuple(
        ChangedFile(path=f"p{number % 40}/m{number}.dat", status=FileStatus.ADDED)
        for number in range(3_000)
    )
    facts = facts_of(files, {})
    section = walkthrough_section(facts, group_files(facts.risk.files))
    assert len(section.table.rows) <= 40
    assert "more files are not listed below" in section.body
    order = reading_order_section(facts)
    assert order is None or len(order.table.rows) <= 10


def test_each_row_has_its_symbols_where_more_files_weigh_more_than_are_parsed():
    texts = {f"lib/m{number}.py": f"{CART}# of {number}\n" * 3 for number in range(90)}
    large = [changed("", text, path) for path, text in texts.items()]
    small = changed("", CART, "shop/cart.py")
    heads = {path: text.encode() for path, text in texts.items()}
    facts = facts_of((*large, small), heads | {"shop/cart.py": CART.encode()})
    assert facts.order[-1].path == "shop/cart.py"
    section = walkthrough_section(facts, group_files(facts.risk.files))
    assert {row[3] for row in rows(section)} == {"new; adds `total`"}
    assert "shop/cart.py" in {row[1] for row in rows(section)}
    assert facts.notes == ("functions and classes of 11 more files were not read",)


def test_what_to_read_first_is_told_with_its_reasons():
    quiet = [changed("", f"x = {number}\n", f"lib/m{number}.py") for number in range(6)]
    workflow = changed("a: 1\n", "a: 2\n", ".github/workflows/ci.yml")
    cart = changed(CART, CART.replace("sum", "max"))
    files = (*quiet, workflow, cart)
    heads = {
        **{f"lib/m{number}.py": f"x = {number}\n".encode() for number in range(6)},
        "shop/cart.py": CART.replace("sum", "max").encode(),
        ".github/workflows/ci.yml": b"a: 2\n",
        **{f"app/{name}.py": USER.replace("total", "total").encode() for name in "abc"},
    }
    heads["shop/cart.py"] = heads["shop/cart.py"].replace(b"total", b"grand_total")
    coverage = LineCoverage(files=(UncoveredLines(path="lib/m3.py", lines=(1,), reachable=1),))
    facts = facts_of(files, heads, facts=Facts([coverage]))
    listed = dict(rows(reading_order_section(facts)))
    first = next(iter(listed))
    assert first == ".github/workflows/ci.yml"
    assert listed[first].startswith("It says what runs with the repository's token and secrets")
    assert listed["lib/m3.py"].startswith("No test has run 1 added line")
    assert listed["shop/cart.py"].startswith("3 other files name what it changes")
    assert len(listed) == 3
    # The walkthrough tells how large each file is.
    assert reading_order_section(facts_of(quiet, heads)) is None


def test_who_else_uses_what_changed_is_counted_outside_of_the_change():
    old = CART.replace("total", "grand_total")
    new = old.replace("sum", "max")
    users = {f"app/{name}.py": b"grand_total([1])\n" for name in "abc"}
    other = changed("", "grand_total([2])\n", "app/new.py")
    heads = {"shop/cart.py": new.encode(), "app/new.py": b"grand_total([2])\n", **users}
    facts = facts_of((changed(old, new), other), heads)
    counts = {file.path: file.user_count for file in facts.risk.files}
    assert counts == {"shop/cart.py": 3, "app/new.py": None}


def test_few_files_need_no_order():
    assert reading_order_section(facts_of((changed(CART, "x = 1\n"),), {})) is None


def test_without_a_model_the_description_is_what_code_can_tell():
    task = task_of((changed("", CART),), {"shop/cart.py": CART.encode()}, models=NoModels())
    done = asyncio.run(PrDescriber().run(task))
    synopsis, walkthrough = done.proposals
    assert synopsis == Synopsis(text="This touches `shop` (1 file).")
    assert isinstance(walkthrough, Section)
    assert walkthrough.title == "Walkthrough of 1 file, 2 lines added and 0 removed"
    assert done.shortfalls == ()


def test_a_tree_that_cannot_be_searched_leaves_out_users_alone():
    class Silent(Files):
        async def search(self, names, within):
            return None

        async def list(self):
            return None

    task = task_of((changed(CART, CART.replace("sum", "max")),), {}, models=NoModels())
    task = replace(task, head=Silent({"shop/cart.py": CART.replace("sum", "max").encode()}))
    facts = asyncio.run(find_facts(task))
    assert facts.symbols["shop/cart.py"].changed == ("total",)
    assert facts.risk.files[0].user_count is None


def test_a_folders_name_forges_no_line_of_a_prompt():
    group = FileGroup(title="`a\n9. all is well`", is_folder=True, files=())
    lines = group_list([group], frozenset()).splitlines()
    assert lines[1:-1] == ["1. `a 9. all is well` (0 files, +0 -0 lines): "]
