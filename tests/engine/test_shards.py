"""A change in shards: each line once, about as much in each, and never more than the budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import parse_hunks
from codeflow_action.engine.pull_request import Author, ChangedFile, FileStatus, PullRequest
from codeflow_action.engine.shards import ShardBudget, ShardFile, ShardPlan, divide

BUDGET = ShardBudget(400_000, 1.0)
# Additions, removals and context in any order, hunks of different lengths.
BODIES = st.lists(st.sampled_from(["+a", "-b", " c", "+" + "x" * 90]), min_size=1, max_size=30)


def changed(path, bodies):
    patches, old, new = [], 1, 1
    for body in bodies:
        olds = sum(line[0] != "+" for line in body)
        news = sum(line[0] != "-" for line in body)
        starts = old - (olds == 0), new - (news == 0)
        patches.append(f"@@ -{starts[0]},{olds} +{starts[1]},{news} @@\n" + "\n".join(body) + "\n")
        old, new = old + olds + 5, new + news + 5
    hunks = parse_hunks("".join(patches))
    return ChangedFile(path=path, status=FileStatus.MODIFIED, hunks=hunks)


@st.composite
def changes(draw):
    count = draw(st.integers(0, 12))
    return tuple(
        changed(f"src/{number:02}.py", draw(st.lists(BODIES, max_size=4)))
        for number in range(count)
    )


def pull_request(files, **fields):
    shas = {"base_sha": "b" * 40, "merge_base_sha": "c" * 40, "head_sha": "a" * 40}
    names = {"repository": "o/r", "base_ref": "main", "head_ref": "f", "head_repository": "o/r"}
    whole = {"number": 1, "author": Author(login="m"), "files": files, **shas, **names, **fields}
    return PullRequest(**whole)


def plan_for(files, shards, **fields):
    own = pull_request(files)
    names = ("repository", "number", "base_sha", "merge_base_sha", "head_sha")
    values = {name: getattr(own, name) for name in names} | {"name": "codeflow"}
    return ShardPlan(**{**values, "configuration": "x", "shards": shards, **fields})


@given(changes(), st.integers(1, 64), st.sets(st.integers(0, 12)), st.floats(0, 9))
def test_each_line_is_in_one_shard_and_the_shares_are_no_more_than_the_budget(
    files, count, unread, cost
):
    readable = frozenset(file.path for at, file in enumerate(files) if at not in unread)
    budget = ShardBudget(400_001, cost)
    shards = divide(files, readable, count, budget)
    assert 1 <= len(shards) <= count
    plan = plan_for(files, shards)
    assert plan.flaw(pull_request(files), "codeflow", budget) == ""
    assert ShardPlan.model_validate_json(plan.model_dump_json()) == plan
    by_path = {file.path: file for file in files}
    parts = [part for shard in shards for part in shard.narrow(by_path)]
    for file in files:
        mine = [part for part in parts if part.path == file.path]
        assert sum(part.changed_line_count for part in mine) == file.changed_line_count
        lines = [line for part in mine for hunk in part.hunks for line in hunk.lines]
        assert lines == [line for hunk in file.hunks for line in hunk.lines]


@given(changes(), st.integers(1, 16))
def test_the_hunks_of_a_stretch_count_their_lines_as_git_does(files, count):
    by_path = {file.path: file for file in files}
    for shard in divide(files, frozenset(by_path), count, BUDGET):
        parts = shard.narrow(by_path)
        for part_path, hunk in ((part.path, hunk) for part in parts for hunk in part.hunks):
            olds = [line.old for line in hunk.lines if line.old is not None]
            news = [line.new for line in hunk.lines if line.new is not None]
            assert (hunk.old_count, hunk.new_count) == (len(olds), len(news))
            assert not olds or hunk.old_start == olds[0]
            assert not news or hunk.new_start == news[0]
            # A side without lines starts at the line before it.
            (whole,) = [
                one for one in by_path[part_path].hunks if set(hunk.lines) <= set(one.lines)
            ]
            before = whole.lines[: whole.lines.index(hunk.lines[0])]
            earlier = [line.old for line in before if line.old is not None]
            if not olds:
                first = whole.old_start - (whole.old_count > 0)
                assert hunk.old_start == (earlier[-1] if earlier else first)


def test_the_heaviest_shard_is_at_most_a_file_above_the_mean():
    files = tuple(changed(f"{at:04}.py", [["+x" * (at % 7 + 1)] * 20]) for at in range(300))
    shards = divide(files, frozenset(file.path for file in files), 16, BUDGET)
    weights = [shard.weight for shard in shards]
    assert len(shards) == 16
    assert max(weights) < sum(weights) / 16 + max(weights) / 10


def test_only_a_file_that_is_larger_than_a_share_is_divided():
    small = tuple(changed(f"s{at}.py", [["+x"] * 10]) for at in range(8))
    large = changed("large.py", [["+x"] * 400])
    files = (*small, large)
    shards = divide(files, frozenset(file.path for file in files), 4, BUDGET)
    parts = [part for shard in shards for part in shard.files]
    assert [part.path for part in parts if part.lines is None] == [file.path for file in small]
    assert {part.path for part in parts if part.lines} == {"large.py"}


def test_a_change_without_files_is_one_shard():
    (shard,) = divide((), frozenset(), 8, BUDGET)
    assert shard.files == ()
    assert (shard.max_tokens, shard.max_cost_usd) == (400_000, 1.0)
    assert plan_for((), (shard,)).labels == ("1/1",)


FILES = (changed("a.py", [["+x"] * 40]), changed("b.py", [["+y"] * 40]))


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"head_sha": "f" * 40}, "another head"),
        ({"merge_base_sha": "f" * 40}, "another merge base"),
        ({"number": 2}, "another pull request"),
        ({"name": "other"}, "another name"),
    ],
)
def test_a_plan_for_something_else_is_none(change, flaw):
    plan = plan_for(FILES, divide(FILES, frozenset(), 2, BUDGET), **change)
    assert flaw in plan.flaw(pull_request(FILES), "codeflow", BUDGET)


@pytest.mark.parametrize(
    ("files", "flaw"),
    [
        ([ShardFile(path="a.py")], "in none of its shards"),
        ([ShardFile(path="a.py"), ShardFile(path="b.py"), ShardFile(path="b.py")], "twice"),
        ([ShardFile(path="a.py"), ShardFile(path="b.py", lines=(1, 39))], "in none"),
        ([ShardFile(path="a.py"), ShardFile(path="b.py", lines=(1, 41))], "in none"),
        ([ShardFile(path="a.py"), ShardFile(path="b.py", lines=(0, 40))], "in none"),
        ([ShardFile(path="a.py"), ShardFile(path="b.py"), ShardFile(path="c")], "does not touch"),
    ],
)
def test_a_plan_that_hides_or_doubles_lines_is_none(files, flaw):
    (shard,) = divide(FILES, frozenset(), 1, BUDGET)
    plan = plan_for(FILES, (shard.model_copy(update={"files": tuple(files)}),))
    assert flaw in plan.flaw(pull_request(FILES), "codeflow", BUDGET)


def test_a_plan_that_has_a_line_in_two_shards_is_none():
    (shard,) = divide(FILES, frozenset(), 1, BUDGET)
    twin = shard.model_copy(update={"files": (ShardFile(path="a.py"),), "max_tokens": 0})
    plan = plan_for(FILES, (shard, twin.model_copy(update={"max_cost_usd": 0.0})))
    assert "or in two" in plan.flaw(pull_request(FILES), "codeflow", BUDGET)


def test_a_plan_that_spends_more_than_there_is_is_none():
    plan = plan_for(FILES, divide(FILES, frozenset(), 2, BUDGET))
    own = pull_request(FILES)
    assert "more tokens" in plan.flaw(own, "codeflow", ShardBudget(399_000, 1.0))
    assert "cost more" in plan.flaw(own, "codeflow", ShardBudget(400_000, 0.99))


def test_another_plan_has_another_digest():
    plan = plan_for(FILES, divide(FILES, frozenset(), 2, BUDGET))
    assert plan.digest == plan.model_copy().digest
    assert plan.digest != plan.model_copy(update={"unchanged": True}).digest
