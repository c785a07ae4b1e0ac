"""Hunks as git writes them, against git itself."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import (
    DiffSyntaxError,
    LineKind,
    Side,
    commentable,
    parse_hunks,
)
from tests.properties import examples

LINES = st.lists(
    st.sampled_from(
        ["a", "b", "", "-- x", "++ y", "@@ -1 +1 @@", "\\ z", "\r", "\x0c", "\u2028", " "]
    ),
    max_size=12,
)


def git_diff(folder: Path, old: str, new: str) -> str:
    """Return git's own diff of two texts."""
    (folder / "old").write_bytes(old.encode())
    (folder / "new").write_bytes(new.encode())
    done = subprocess.run(
        ["git", "diff", "--no-index", "--no-color", "--text", "old", "new"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode()


@examples(60)
@given(old=LINES, new=LINES, old_ends=st.booleans(), new_ends=st.booleans())
def test_the_old_lines_and_the_hunks_make_the_new_lines(tmp_path, old, new, old_ends, new_ends):
    before = "\n".join(old) + ("\n" if old and old_ends else "")
    after = "\n".join(new) + ("\n" if new and new_ends else "")
    hunks = parse_hunks(git_diff(tmp_path, before, after))
    source = before.removesuffix("\n").split("\n") if before else []
    target = after.removesuffix("\n").split("\n") if after else []
    rebuilt, at = [], 0
    for hunk in hunks:
        start = hunk.old_start - (1 if hunk.old_count else 0)
        rebuilt += source[at:start]
        at = start
        for line in hunk.lines:
            if line.kind is not LineKind.ADDED:
                assert source[at] == line.text
                assert line.old == at + 1
                at += 1
            if line.kind is not LineKind.REMOVED:
                rebuilt.append(line.text)
                assert line.new == len(rebuilt)
    rebuilt += source[at:]
    assert rebuilt == target


def test_what_a_hunk_promises_and_does_not_hold_is_an_error():
    with pytest.raises(DiffSyntaxError):
        parse_hunks("@@ -1,2 +1,2 @@\n a\n")
    with pytest.raises(DiffSyntaxError):
        parse_hunks("@@ -1 +1 @@\n?what\n")


def test_a_comment_may_stand_on_shown_lines_of_its_side_and_within_one_hunk():
    first = "@@ -10,3 +10,4 @@ def f():\n a\n-b\n+c\n+d\n e\n"
    hunks = parse_hunks(first + "@@ -30 +31 @@\n-x\n+y\n")
    right = [line for line in range(1, 40) if commentable(hunks, line, Side.RIGHT)]
    left = [line for line in range(1, 40) if commentable(hunks, line, Side.LEFT)]
    assert right == [10, 11, 12, 13, 31]
    assert left == [10, 11, 12, 30]
    assert commentable(hunks, 13, Side.RIGHT, 10)
    assert not commentable(hunks, 31, Side.RIGHT, 13)  # two hunks
    assert not commentable(hunks, 11, Side.RIGHT, 11)  # equal ends are refused
    assert hunks[0].section == "def f():"


def test_a_pure_addition_has_no_left_side():
    (hunk,) = parse_hunks("@@ -0,0 +1,2 @@\n+a\n+b\n")
    assert not any(commentable([hunk], line, Side.LEFT) for line in range(4))
    assert commentable([hunk], 2, Side.RIGHT, 1)
