"""A label counts for the head that whoever set it could see, by the server's times alone."""

import pytest

from codeflow_action.integrations.github.read.approval import (
    Timeline,
    TimelineEvent,
    TimelineKind,
)

LABEL = "codeflow:review"
COMMENT = "2026-11-30T12:00:00Z"
BEFORE, SAME, AFTER, LATER = (f"2026-11-30T{time}Z" for time in
                              ("11:59:59", "12:00:00", "12:00:01", "12:00:02"))  # fmt: skip


def label(time, name=LABEL, login="mona"):
    return TimelineEvent(kind=TimelineKind.LABELED, time=time, label=name, login=login)


def moved(time, kind=TimelineKind.FORCE_PUSHED, head_sha="another"):
    return TimelineEvent(kind=kind, time=time, head_sha=head_sha)


def removed(time, name=LABEL):
    return TimelineEvent(kind=TimelineKind.UNLABELED, time=time, label=name)


def labeler(*events, since=COMMENT, is_cut=False):
    labelers = Timeline(events=events, is_cut=is_cut).labelers("head", since)
    return labelers.get(LABEL, "")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([label(AFTER)], "mona"),
        ([moved(BEFORE), label(AFTER)], "mona"),
        ([label(BEFORE), label(AFTER, "bug"), label(LATER)], "mona"),
        ([label(AFTER), label(LATER, login="tim")], "tim"),  # the last one answers for it
        ([], ""),
        ([label(BEFORE)], ""),
        ([label(SAME)], ""),  # nobody can tell which came first
        ([label(AFTER, "bug")], ""),
        ([label(AFTER, login="")], ""),  # an app
        ([moved(SAME), label(AFTER)], ""),
        ([label(AFTER), moved(LATER)], ""),
        ([moved(AFTER), label(LATER)], ""),
        ([moved(AFTER, TimelineKind.RESTORED), label(LATER)], ""),
        ([moved(AFTER, TimelineKind.DELETED), label(LATER)], ""),
        ([moved(AFTER, TimelineKind.BASE_CHANGED), label(LATER)], ""),
    ],
)
def test_a_label_counts_if_it_came_later_and_the_head_stayed(events, expected):
    assert labeler(*events) == expected


def test_events_that_were_left_out_count_as_a_moved_head():
    """Who pushes often enough drives an event out of the newest hundred."""
    later = (label(AFTER), label(LATER))
    assert not labeler(*later, is_cut=True)
    assert labeler(moved(BEFORE), *later, is_cut=True) == "mona"


def test_without_a_time_of_our_comment_no_label_counts():
    assert not labeler(label(AFTER), since="")


@pytest.mark.parametrize("since", ["", BEFORE, COMMENT, LATER])
def test_a_force_push_to_this_head_says_since_when_it_is_there(since):
    arrival = moved(SAME, head_sha="head")
    assert labeler(arrival, label(AFTER), since=since) == "mona"
    assert not labeler(label(BEFORE), arrival, since=since)
    assert not labeler(label(SAME), arrival, since=since)
    # Whoever sets the label may have seen what came between.
    assert not labeler(arrival, moved(AFTER), label(LATER), since=since)


def test_what_was_taken_off_does_not_count_until_it_is_set_anew():
    assert not labeler(label(AFTER), removed(LATER))
    assert labeler(label(BEFORE), removed(SAME), label(LATER)) == "mona"
    taken_off = Timeline(events=(label(BEFORE), removed(AFTER), label(LATER, "bug")))
    assert taken_off.labels_taken_off == {LABEL}


@pytest.mark.parametrize(
    ("events", "is_cut", "expected"),
    [
        ([], False, True),
        ([label(AFTER)], False, True),
        ([moved(BEFORE)], False, True),
        ([moved(SAME)], False, False),
        ([moved(AFTER)], False, False),
        ([label(AFTER)], True, False),  # older ones were left out, and may be later than that
        ([moved(BEFORE), label(AFTER)], True, True),
    ],
)
def test_a_head_stays_while_it_is_not_replaced(events, is_cut, expected):
    assert Timeline(events=tuple(events), is_cut=is_cut).is_still_since(COMMENT) is expected


def test_without_a_time_nothing_is_known_of_the_head():
    assert not Timeline().is_still_since("")
