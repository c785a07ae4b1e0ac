"""Which commit was the head when a comment was written, by GitHub's own record."""

from dataclasses import replace

import pytest

from codeflow_action.integrations.github.read.head_moves import head_at
from codeflow_action.testing.github.values import BranchMove

X, Y, Z = "a" * 40, "b" * 40, "c" * 40
ZERO = "0" * 40
BEFORE, COMMENT, AFTER, LATER = (f"2026-11-30T12:00:0{second}Z" for second in range(4))


def head_then(scene, head, *moves, **fields):
    """Return what GitHub tells of a branch that was moved like that, oldest first."""
    scene.pull.repository.moves = tuple(
        BranchMove(
            id=number, repository="octo/shop", branch="topic", before=before, after=after, time=time
        )
        for number, (time, before, after) in enumerate(moves)
    )
    pull_request = replace(scene.value, head_sha=head, **fields)
    return scene.ask(lambda api: head_at(api, pull_request, COMMENT))


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(BEFORE, ZERO, X)], X),
        ([(BEFORE, ZERO, Y), (AFTER, Y, X)], Y),
        ([(BEFORE, ZERO, Y), (COMMENT, Y, X)], Y),  # within one second nobody has seen it
        ([(BEFORE, ZERO, X), (AFTER, X, Y), (LATER, Y, X)], X),  # there and back again
        ([(AFTER, Z, Y), (LATER, Y, X)], Z),
        ([(AFTER, ZERO, X)], ZERO),
        ([(BEFORE, ZERO, Y)], None),  # the record lags behind
        ([], None),
        ([(AFTER, Y, X)] * 100, None),  # who pushes that often is not followed
    ],
)
def test_the_record_of_pushes_tells_the_head(scene, moves, expected):
    assert head_then(scene, X, *moves) == expected


@pytest.mark.parametrize("status", [403, 404, 502])
def test_where_it_cannot_be_asked_nothing_is_known(scene, status):
    scene.github.fail("GET", "/activity", status, 9)
    assert head_then(scene, X, (BEFORE, ZERO, X)) is None


def test_of_a_deleted_fork_nothing_is_known(scene):
    assert head_then(scene, X, (BEFORE, ZERO, X), head_repository=None) is None
    assert scene.github.requests == []


def test_the_local_github_records_pushes_by_its_own_clock(scene):
    head = scene.value.head_sha
    pull_request = scene.value
    comment = scene.pull.add_comment("/codeflow review")
    scene.pull.push(scene.value.base_sha)
    moved = replace(pull_request, head_sha=scene.value.base_sha)
    try:
        assert scene.ask(lambda api: head_at(api, moved, comment.created_at)) == head
    finally:
        scene.pull.push(head)
