"""The measure of remarks' words, on a dataset of a few comments."""

import json

from benchmarks.remark_words import merge_table, overlapping_pairs, read_comments, survival_table
from tests.integrations.gitting import commit, init


def entry(number, note, first=1, last=3):
    comment = {
        "note": note,
        "path": "a.py",
        "side": "right",
        "from_line": first,
        "to_line": last,
        "category": "Code Defect",
    }
    return {"githubPrUrl": f"https://example.com/{number}", "comments": [comment]}


def test_comments_are_split_by_their_pull_request_and_counted(tmp_path):
    folder = init(tmp_path / "alibaba+aacr-bench")
    accepted = [entry(at, f"`load_{at}` fails when the list is empty") for at in range(20)]
    accepted[0]["comments"] += entry(0, "`load_0` fails on an empty list", 2)["comments"]
    accepted[0]["comments"] += entry(0, "`load_0` is slow", 9, 9)["comments"]
    rejected = [entry(at, f"Consider a new name {at}") for at in range(20)]
    samples = {"positive": accepted, "negative": rejected}
    commit(
        folder,
        {
            f"dataset/{name}_samples.json": json.dumps(entries).encode()
            for name, entries in samples.items()
        },
    )
    comments = read_comments(tmp_path)
    assert len(comments) == 42
    by_half = {one.pull_request: one.is_held_out for one in comments}
    assert all(one.is_held_out is by_half[one.pull_request] for one in comments)
    assert len(set(by_half.values())) == 2
    (pair,) = overlapping_pairs(comments)
    assert [one.lines for one in pair] == [range(1, 4), range(2, 4)]
    table = "\n".join(survival_table(comments))
    assert "begins with no errand (taken out) | 1.000" in table
    assert "1 of 1 pairs" in "\n".join(merge_table(comments, shows_pairs=True))
