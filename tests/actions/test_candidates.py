"""Whatever a model quotes: a comment is inside the diff by GitHub's rules, or there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.pr_reviewer import candidates as placing
from codeflow_action.actions.pr_reviewer.remarks import QuotedSide, Remark
from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, DropStage, Severity
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.integrations.github.write.placement import can_comment
from codeflow_action.review.anchoring import Anchor, find_anchor
from codeflow_action.testing.github import anchors, diffs, values
from tests.properties import examples
from tests.pull_requests import pull_request
from tests.review.changes import numbered, source
from tests.review.quoting import PATH, changes, quotes


def remark(quote, **fields):
    given = {
        "path": PATH,
        "quote": quote,
        "side": QuotedSide.NEW,
        "severity": Severity.WARNING,
        "category": Category.CORRECTNESS,
        "title": "A title.",
        "message": "A message.",
        "trigger": "It fails.",
        "effect": "It ends.",
        "suggestion": None,
        "confidence": 0.9,
    }
    return Remark(**{**given, **fields})


def refusal(finding, patch):
    """Return what the stand-in for GitHub, which reads the patch for itself, would refuse."""
    hunks = diffs.read_hunks(patch.encode().split(b"\n"))
    file = diffs.DiffEntry(
        path=PATH,
        previous_path=None,
        letter="M",
        old_sha="",
        new_sha="",
        submodule=False,
        patch=patch,
        additions=0,
        deletions=0,
        hunks=hunks,
    )
    side = values.DiffSide(finding.side.value)
    last = finding.last_line
    start = finding.line if finding.line < last else None
    anchor = values.CommentAnchor(
        path=finding.path, line=last, side=side, start_line=start, start_side=side
    )
    return anchors.anchor_problem(anchor, [file])


@examples(300)
@given(st.data())
def test_every_comment_is_one_that_github_takes(data):
    one, patch = data.draw(changes())
    quote, side, line = data.draw(quotes(one))
    anchor = find_anchor(one, quote, side, line)
    if anchor is None or (isinstance(anchor, Anchor) and not anchor.in_diff):
        return
    finding = placing._finding(remark(quote, suggestion="x = 0\n"), one, anchor, None)
    reported = ReportedFinding(id="1", finding=finding, blocking=False)
    assert can_comment(reported, pull_request(one.file)) is (finding.line is not None)
    if finding.line is None:
        return
    assert refusal(finding, patch) is None
    lines = one.lines if side is Side.RIGHT else one.old.values()
    assert anchor.side is not side or set(anchor.code.split("\n")) <= set(lines)
    if finding.suggestion is not None:
        assert finding.side is Side.RIGHT
        asked = finding.suggestion.start_line, finding.suggestion.end_line
        assert asked == (finding.line, finding.last_line)


def placed(quote, one, **fields):
    return placing.place_remarks([remark(quote, **fields)], {one.shown_path: one}, {})


def only(found):
    (candidate,) = found.candidates
    return candidate.finding


def test_what_stands_in_several_places_is_about_the_file_and_names_them():
    new = "".join(f"value_{at} = get()\nother\n" for at in range(12))
    one = source("", new)
    finding = only(placed("= get()", one, suggestion="= put()"))
    assert (finding.path, finding.line, finding.suggestion) == (PATH, None, None)
    assert finding.message.endswith("appears on lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, ….")
    finding = only(placed("other", source("", "other\na\nother\n")))
    assert finding.message.endswith("It fails → It ends.\n\nThe quoted code appears on lines 1, 3.")


def test_a_quote_of_which_only_half_is_there_is_about_the_file():
    finding = only(placed("line one\nline 2", source("", numbered(5))))
    assert (finding.line, finding.code) == (None, "line 2")
    assert finding.message.endswith("It fails → It ends.")


def test_a_long_place_is_shown_by_its_first_thirty_lines_without_a_suggestion():
    quote = numbered(40)
    finding = only(placed(quote, source("", numbered(50)), suggestion="x = 1\n"))
    assert (finding.line, finding.end_line, finding.suggestion) == (1, 30, None)


@pytest.mark.parametrize(
    ("quote", "fields", "stage"),
    [
        ("nowhere to be seen", {}, DropStage.ANCHOR),
        ("line 50", {"path": "other.py"}, DropStage.ANCHOR),
        ("line 5", {}, DropStage.SCOPE),
        ("changed", {"trigger": ""}, DropStage.SHAPE),
        ("changed", {"effect": ""}, DropStage.SHAPE),
    ],
)
def test_what_has_no_place_is_listed_with_its_stage(quote, fields, stage):
    one = source(numbered(60), numbered(60, l50="changed"))
    found = placed(quote, one, **fields)
    assert found.candidates == ()
    assert [gone.stage for gone in found.drops] == [stage]
