"""Gathering: what is searched for and read for a batch, and when that is the whole."""

import asyncio

import pytest

from codeflow_action.engine.ports import Hit, Search
from codeflow_action.review.proof import Claim, ClaimKind, ProofContext
from codeflow_action.review.proof.fact_search import gather
from tests.review.changes import changed
from tests.review.proof.proving import Files, context


class Asked(Files):
    """A tree that keeps what it was asked, and may answer a search with made-up hits."""

    def __init__(self, files, answer=None, **limits):
        super().__init__(files, **limits)
        self.answer, self.names, self.within, self.read = answer, (), (), ()

    async def read_many(self, paths):
        self.read = paths
        return await super().read_many(paths)

    async def search(self, names, within):
        self.names, self.within = names, within
        return self.answer or await super().search(names, within)


def claim(kind="unused", subject="total", path="a.py", other=""):
    return Claim(kind=ClaimKind(kind), subject=subject, other=other, path=path, line=1, end_line=1)


def gathered(claims, head, base=None, files=()):
    where = ProofContext(head=head, base=base or Files({}), files=files)
    return asyncio.run(gather(claims, where))


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (claim(), ("total",)),
        (claim(subject="a.b.c"), ("a", "c")),
        (claim("duplicate_of", other="B.other"), ("total", "B", "other")),
        (claim("missing_test"), ("total", "a")),
        (claim("missing_test", path="a-b.py"), ("total",)),
        (claim("file_missing"), ()),
        (claim("other"), ()),
        (claim(subject="no symbol"), ()),
    ],
)
def test_names_that_are_searched_for(one, names):
    tree = Asked({"a.py": "x\n"})
    gathered([one, one], tree)
    assert tree.names == names


def test_sources_are_searched_first_and_data_never():
    paths = ["yarn.lock", "a.html", "a.py", "a.csv", "package.json", "b.json", "x/Dockerfile.dev"]
    tree = Asked(dict.fromkeys(paths, "total\n"))
    gathered([claim()], tree)
    assert tree.within == ("a.py", "a.html", "package.json", "x/Dockerfile.dev")


def test_without_a_listing_the_claims_own_files_are_searched():
    tree = Asked({"a.py": "total\n", "b.py": "total\n"}, lists=False)
    facts = gathered([claim()], tree)
    assert tree.within == ("a.py",)
    assert (facts.listing, facts.is_whole) == (None, False)


def test_files_with_a_name_are_read_tests_first():
    texts = {f"f{at:02}.py": "total\n" for at in range(50)}
    tree = Asked({"a.py": "total\n", **texts, "test_z.py": "total\n", "b.html": "total\n"})
    facts = gathered([claim()], tree)
    assert tree.read[:3] == ("a.py", "test_z.py", "f00.py")
    assert len(tree.read) == 40
    assert "b.html" not in tree.read
    assert facts.listing == {*tree.files}
    assert len(facts.hits["total"]) == 53


def test_missing_files_are_read_only_where_no_listing_tells():
    one = claim("file_missing", "./b", path="a.ts")
    listed, unlisted = Asked({"a.ts": ""}), Asked({"a.ts": ""}, lists=False)
    gathered([one], listed)
    gathered([one, claim("other")], unlisted)
    assert listed.read == ("a.ts", ".gitignore")
    assert unlisted.read[:4] == ("a.ts", ".gitignore", "b", "b.ts")
    gathered([claim("other")], unlisted)
    assert unlisted.read == ()


def test_of_paths_that_may_be_meant_sixty_are_read():
    tree = Asked({"p/a.ts": ""}, lists=False)
    gathered([claim("file_missing", "b.js", path="p/a.ts")], tree)
    assert len(tree.read) == 2 + 60


def hits(count):
    return tuple(Hit(path="a.py", line=1, text="total", name="total") for _ in range(count))


@pytest.mark.parametrize(
    ("answer", "is_whole"),
    [
        (Search(hits=hits(1), searched=1, of=1), True),
        (Search(hits=hits(1), searched=2, of=1), True),
        (Search(hits=hits(1), searched=1, of=2), False),
        (Search(hits=hits(3999), searched=1, of=1), True),
        (Search(hits=hits(4000), searched=1, of=1), False),
    ],
)
def test_when_all_was_looked_at(answer, is_whole):
    facts = gathered([claim()], Asked({"a.py": "total\n"}, answer))
    assert facts.is_whole is is_whole
    assert facts.hits == {"total": answer.hits}


@pytest.mark.parametrize(("count", "is_whole"), [(200, True), (201, False)])
def test_more_names_than_trees_search_for(count, is_whole):
    claims = [claim(subject=f"name{at}") for at in range(count)]
    assert gathered(claims, Asked({"a.py": "x\n"})).is_whole is is_whole


def test_a_tree_that_cannot_search_is_not_whole():
    facts = gathered([claim()], Asked({"a.py": "x\n"}, searches=False))
    assert (facts.is_whole, facts.hits) == (False, {})


@pytest.mark.parametrize(("size", "is_read"), [(1_000_000, True), (1_000_001, False)])
def test_large_files_are_a_tools_work(size, is_read):
    facts = gathered([claim()], Asked({"a.py": "x" * size, "b.py": "x"}))
    assert ("a.py" in facts.head) is is_read


def test_the_version_before_is_read_under_its_earlier_path():
    base = Asked({"old.py": "total\n", "b.py": "b\n"})
    files = [
        changed("total\n", "x\n", "a.py", previous_path="old.py"),
        changed("b\n", "c\n", "b.py"),
        changed("c\n", "d\n", "c.py"),
    ]
    claims = [claim("was_removed"), claim("was_removed", path="b.py"), claim(path="c.py")]
    facts = gathered(claims, Asked({"a.py": "x\n"}), base, files)
    assert base.read == ("old.py", "b.py")
    assert {path: text.path for path, text in facts.base.items()} == {
        "a.py": "old.py",
        "b.py": "b.py",
    }
    assert set(facts.changed_files) == {"a.py", "b.py", "c.py"}


def test_the_base_is_not_asked_for_what_it_cannot_tell():
    where = context({"a.py": "x\n"}, {"a.py": "total\n"})
    facts = asyncio.run(gather([claim()], where))
    assert (where.base.asked, facts.base) == ([], {})
