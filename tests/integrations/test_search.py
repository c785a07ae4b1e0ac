"""Searching trees for names: git's objects, a work tree, and a repository that lacks contents."""

import asyncio

import pytest

from codeflow_action.engine.ports import Search
from codeflow_action.integrations.git import Git, GitSettings
from codeflow_action.integrations.git_tree import GitTree
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.integrations.name_search import SearchLimits
from tests.integrations.gitting import commit, git, init

HOSTILE = [
    "-e",
    "--",
    "--open-files-in-pager=touch x",
    "-O",
    "",
    " ",
    "total.*",
    "(total)+",
    "total\nitems",
    "total\0",
    "$(touch x)",
    ":(top)",
    "t" * 10_000,
]


@pytest.fixture
def shop(tmp_path):
    directory = init(tmp_path / "shop")
    commit(
        directory,
        {
            "cart.py": b"def total(items):\n    return sum(items)\n",
            "web/page.py": b"from cart import total\r\n\r\nprint(total([1]), subtotal)\r\n",
            "-e": b"total\n",
            "new\nline.py": b"total = 1\n",
            ":(top)x.py": b"total = 2\n",
            b"latin\xff1.py": b"total = '\xff'\n",
            "binary.py": b"total\0total\n",
            "empty.py": b"",
        },
    )
    return directory


def searched(directory, names, within=None, kind="commit"):
    async def searching_():
        repository = await LocalRepository.discover(directory, GitSettings())
        tree = (
            repository.tree(await repository.resolve("HEAD"))
            if kind == "commit"
            else repository.working_tree()
        )
        return await tree.search(names, within if within is not None else await tree.list())

    return asyncio.run(searching_())


def places(search):
    return [(hit.path, hit.line, hit.name) for hit in search.hits]


@pytest.mark.parametrize("kind", ["commit", "work tree"])
def test_a_name_is_found_as_a_whole_word_in_files_of_any_name(shop, kind):
    search = searched(shop, ["total"], kind=kind)
    found = places(search)
    assert ("cart.py", 1, "total") in found
    assert ("web/page.py", 3, "total") in found
    assert {path for path, *_ in found} >= {"-e", "new\nline.py", ":(top)x.py", "web/page.py"}
    assert "binary.py" not in {path for path, *_ in found}
    assert searched(shop, ["tot"], kind=kind).hits == ()
    assert next(hit.text for hit in search.hits if hit.path == "web/page.py").endswith("total")


def test_hits_come_in_the_order_of_the_paths_that_were_asked(shop):
    within = ["web/page.py", "cart.py"]
    assert [path for path, *_ in places(searched(shop, ["total"], within))] == [
        "web/page.py",
        "web/page.py",
        "cart.py",
    ]


@pytest.mark.parametrize("kind", ["commit", "work tree"])
def test_a_name_is_never_an_option_and_never_a_pattern(shop, tmp_path, kind):
    assert searched(shop, HOSTILE, kind=kind).hits == ()
    assert {hit.name for hit in searched(shop, [*HOSTILE, "total"], kind=kind).hits} == {"total"}
    assert not list(tmp_path.rglob("x"))


def test_ten_thousand_names_are_cut_to_those_that_come_first(shop):
    names = [f"name{at}" for at in range(10_000)]
    assert searched(shop, ["total", *names]).hits
    assert searched(shop, [*names, "total"]).hits == ()


def test_paths_that_are_not_there_are_counted_as_not_searched(shop):
    search = searched(shop, ["total"], ["cart.py", "gone.py", "../../etc/passwd", "web"])
    assert (search.searched, search.of) == (1, 4)


def test_a_work_tree_is_searched_without_following_links(shop, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("total = 1\n")
    (shop / "link.py").symlink_to(outside / "secret.py")
    (shop / "folder").symlink_to(outside)
    (shop / "untracked.py").write_text("total = 3\n")
    within = ["link.py", "folder/secret.py", "untracked.py", "../outside/secret.py"]
    search = searched(shop, ["total"], within, kind="work tree")
    assert places(search) == [("untracked.py", 1, "total")]
    assert search.searched == 1


def searched_within(directory, limits):
    head = git(directory, "rev-parse", "HEAD").decode().strip()
    tree = GitTree(head, Git(directory / ".git", GitSettings()), search_limits=limits)

    async def search():
        return await tree.search(["total"], await tree.list())

    return asyncio.run(search())


def test_caps_hold_for_hits_files_and_bytes(tmp_path):
    directory = init(tmp_path / "many")
    commit(directory, {f"f{at}.py": b"total\n" * (60 + at % 2) for at in range(10)})
    assert len(searched(directory, ["total"]).hits) == 100
    assert searched_within(directory, SearchLimits(paths=0)) == Search(of=10)
    commit(directory, {"f1.py": b"other\n" * 60})
    # Equal files are one blob.
    assert searched_within(directory, SearchLimits(together=400)).searched == 5
    assert searched_within(directory, SearchLimits(together=400, file=100)).searched == 0


def without_contents(directory, tmp_path):
    """Return a bare clone that has the trees of `directory` and none of its blobs."""
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    objects = git(directory, "rev-list", "--objects", "--filter=blob:none", "HEAD").split(b"\n")
    names = b"".join(line.split()[0] + b"\n" for line in objects if line)
    pack = git(directory, "pack-objects", "--stdout", "-q", stdin=names)
    git(bare, "unpack-objects", "-q", stdin=pack)
    return bare


def test_contents_that_lack_are_brought_at_once_and_bounded(shop, tmp_path):
    head = git(shop, "rev-parse", "HEAD").decode().strip()
    bare = without_contents(shop, tmp_path)
    asked = []

    def bring(oids):
        asked.append(list(oids))
        for oid in asked[-1]:
            content = git(shop, "cat-file", "blob", oid)
            git(bare, "hash-object", "-w", "--stdin", stdin=content)

    command = Git(bare, GitSettings())
    tree = GitTree(head, command, bring, search_limits=SearchLimits(fetched=1))
    search = asyncio.run(tree.search(["total"], ["cart.py", "web/page.py"]))
    assert [len(oids) for oids in asked] == [1]
    assert {hit.path for hit in search.hits} == {"cart.py"}
    assert (search.searched, search.of) == (1, 2)
    nothing = asyncio.run(GitTree(head, command).search(["total"], ["web/page.py"]))
    assert nothing == Search(of=1)


def test_a_tree_behind_the_api_cannot_be_searched():
    assert asyncio.run(ApiTree(None, "o/r", "1" * 40, None).search(["total"], ["a.py"])) is None
