"""Faults 18 and 23: who is told what was not done, and where."""

import pytest

from codeflow_action.actions.pr_reviewer import PrReviewer
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.headline import headline
from codeflow_action.engine.omissions import OMISSIONS, omission_cause, omission_words
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped, Verdict
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.receipt import FileReceipt, Receipt, ReviewExtent
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
)
from codeflow_action.engine.verdict import Decision, review_extent
from codeflow_action.integrations.github.write.placement import Audience
from codeflow_action.integrations.github.write.sticky import wants_comment
from codeflow_action.run.conclude import bare_report

GATES = ActionReport(name="quality_gates", status=ActionStatus.DONE)
KEYS = "no key was given (looked for OPENAI_API_KEY)"


def report(verdict=Verdict.PASS, reason=Reason.OK, **fields):
    decision = Decision(verdict=verdict, reason=reason, exit_code=0)
    return bare_report(decision, name="codeflow").model_copy(update=fields)


def skipped(reason):
    one = ActionReport(name="pr_reviewer", status=ActionStatus.SKIPPED, reason=reason.value)
    return (GATES, one)


def short(reason):
    return (Shortfall(reason=reason, detail="of a stranger", severity=Severity.ERROR),)


# What a clean run that skipped its reviewer does: without a comment so far; where a model was
# wanted; in the first line.
TABLE = {
    Reason.NO_KEY: (False, True, "no model key was given"),
    Reason.NO_KEY_FORK: (False, False, "pull requests from forks get no keys"),
    Reason.NO_KEY_DEPENDABOT: (
        False,
        False,
        "Dependabot's pull requests get no keys",
    ),
    Reason.DRAFT: (False, False, "the pull request is a draft"),
    Reason.BOT: (False, False, "a bot or an agent opened the pull request"),
    Reason.FORK_UNKNOWN: (
        False,
        False,
        "the author has no earlier commits here",
    ),
    Reason.BUDGET: (
        False,
        False,
        "the author's budget of the day is used up, or cannot be read",
    ),
    Reason.OPTED_OUT: (
        False,
        False,
        "held back by a label, the description or the configuration",
    ),
    Reason.PAUSED: (False, False, "paused"),
    Reason.INVALID_CONFIG: (False, True, "the configuration is broken"),
    Reason.NO_REVIEWABLE_CHANGES: (False, False, ""),
    Reason.UNCHANGED: (False, False, ""),
    Reason.UNSUPPORTED_EVENT: (False, False, ""),
}


@pytest.mark.parametrize("reason", list(OMISSIONS))
def test_every_reason_for_which_an_action_is_skipped_was_decided(reason):
    """Fault 18: a comment is not written just to say that nobody gave a key."""
    plain, wanted, cause = TABLE[reason]
    audience = Audience(number=1)
    quiet = report(actions=skipped(reason))
    assert wants_comment(quiet, audience, exists=False) is plain
    loud = quiet.model_copy(update={"no_model": KEYS, "reviewed": ReviewExtent.NONE})
    assert wants_comment(loud, audience, exists=False) is wanted
    rest = f"; no model was asked: {cause}" if cause else ""
    assert headline(quiet) == f"CodeFlow: passed its gates, nothing found{rest}"


@pytest.mark.parametrize("reason", list(OMISSIONS))
def test_a_comment_that_exists_is_kept_up_to_date(reason):
    """Fault 18: whatever the reason; and `always` and `never` are what they say."""
    one = report(actions=skipped(reason))
    assert wants_comment(one, Audience(number=1), exists=True)
    always, never = CommentMode.ALWAYS, CommentMode.NEVER
    assert wants_comment(one, Audience(number=1, comment=always), exists=False)
    assert not wants_comment(one, Audience(number=1, comment=never), exists=True)


def test_what_was_asked_for_and_not_done_is_news():
    """Fault 18: a shortfall, an action that broke, a reason that nobody has thought of."""
    broke = ActionReport(name="pr_reviewer", status=ActionStatus.FAILED)
    for one in (
        report(shortfalls=short(Reason.BUDGET)),
        report(actions=(GATES, broke)),
        report(actions=skipped(Reason.NOT_PERMITTED)),
        report(receipt=Receipt(share=1.0)),
    ):
        assert wants_comment(one, Audience(number=1), exists=False)


def test_the_words_for_people_are_those_of_the_table():
    """Fault 18: one table; a reason that it does not know has none."""
    assert omission_words("no_key") == (
        "no model key was given, so nothing was reviewed by a model"
    )
    assert omission_cause("no_key") == "no model key was given"
    assert omission_words("of another version") == omission_cause("") == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        # all was done
        ({"reviewed": ReviewExtent.FULL, "receipt": Receipt(share=1.0)}, "passed, nothing found"),
        # a key that vanished
        (
            {"reviewed": ReviewExtent.NONE, "no_model": KEYS},
            f"passed its gates, nothing found; no model reviewed this: {KEYS}",
        ),
        # a part
        (
            {
                "reviewed": ReviewExtent.PART,
                "receipt": Receipt(share=0.5, reviewable_lines=4_000, reviewed_lines=2_000),
            },
            "passed, nothing found; a model read 2,000 of 4,000 changed lines",
        ),
        # a part, in an earlier run
        (
            {"reviewed": ReviewExtent.PART, "receipt": Receipt(share=0.25)},
            "passed, nothing found; a model read 25% of the changed lines",
        ),
        # gates alone, because nothing else is in the pipeline
        ({"actions": (GATES,)}, "passed its gates, nothing found"),
        # gates cut short, files not read
        (
            {
                "verdict": Verdict.INCOMPLETE,
                "reason": Reason.GATE_NOT_RUN,
                "shortfalls": short(Reason.GATE_NOT_RUN) + short(Reason.LOW_COVERAGE),
            },
            (
                "incomplete, 0 findings so far; not every gate ran to its end; "
                "not all files were read; no model reviewed this"
            ),
        ),
        (
            {
                "verdict": Verdict.FAIL,
                "reason": Reason.LOW_COVERAGE,
                "reviewed": ReviewExtent.NONE,
                "no_model": KEYS,
            },
            f"failed: too little of the change was reviewed; no model reviewed this: {KEYS}",
        ),
        (
            {
                "verdict": Verdict.INCOMPLETE,
                "reason": Reason.MODEL_ERROR,
                "reviewed": ReviewExtent.NONE,
                "receipt": Receipt(share=0.0, reviewable_lines=4),
                "shortfalls": short(Reason.MODEL_ERROR) * 3,
            },
            (
                "incomplete, 0 findings so far; a model gave no usable answer; "
                "no model reviewed this"
            ),
        ),
        (
            {"actions": (GATES, ActionReport(name="mine", status=ActionStatus.FAILED))},
            "passed its gates, nothing found; the action mine broke",
        ),
        (
            {"verdict": Verdict.SKIPPED, "reason": Reason.DRAFT},
            "skipped (the pull request is a draft)",
        ),
    ],
)
def test_the_first_line_says_what_was_not_done(fields, said):
    """Fault 23: for every verdict, in words of ours alone."""
    assert headline(report(**fields)) == f"CodeFlow: {said}"


LOCK_FILE = FileReceipt(path="uv.lock", changed=9, reviewed=0, reviewable=False)
KEPT_AWAY = (Reason.DRAFT, Reason.BOT, Reason.FORK_UNKNOWN, Reason.OPTED_OUT, Reason.PAUSED)
NO_KEYS = (Reason.NO_KEY, Reason.NO_KEY_FORK, Reason.NO_KEY_DEPENDABOT, Reason.INVALID_CONFIG)
NOTHING_TO_DO = (Reason.NO_REVIEWABLE_CHANGES, Reason.UNSUPPORTED_EVENT)


@pytest.mark.parametrize(
    ("receipt", "outcomes", "no_model", "reviewed"),
    [
        (Receipt(share=1.0), [Done()], "", "full"),
        (Receipt(share=1.0, reviewable_lines=9, reviewed_lines=9), [Done()], "", "full"),
        # a ledger's word, where all of it was read before
        (Receipt(share=1.0, from_ledger=True), [Skipped(reason=Reason.UNCHANGED)], "", "full"),
        # so little is missing that the share is rounded up
        (Receipt(share=1.0, reviewable_lines=99_999, reviewed_lines=99_998), [], "", "part"),
        (Receipt(share=0.3), [], "", "part"),
        # one part of the change was read, and of another nobody knows how many lines it has
        (Receipt(share=1.0, reviewable_lines=9, reviewed_lines=9, lacks_part=True), [], "", "part"),
        (Receipt(share=0.0, reviewable_lines=9), [Done()], "", "none"),
        (Receipt(), [Failed(detail="x")], "", "none"),
        (Receipt(), [Done()], "", "none"),  # stopped before its end
        # a key that vanished, or that a named model lacks
        *((Receipt(), [Skipped(reason=reason)], KEYS, "none") for reason in NO_KEYS),
        *((Receipt(), [Skipped(reason=reason)], "", "not_asked") for reason in NO_KEYS),
        *((Receipt(), [Skipped(reason=reason)], "", "not_asked") for reason in KEPT_AWAY),
        *((Receipt(), [Skipped(reason=reason)], "", "not_asked") for reason in NOTHING_TO_DO),
        (Receipt(), [], KEYS, "not_asked"),  # a pipeline in which nothing asks models
        # nothing in the change is for a model to read, and none was asked
        (Receipt.of([LOCK_FILE]), [Done()], "", "not_asked"),
    ],
)
def test_how_much_was_reviewed(receipt, outcomes, no_model, reviewed):
    """Fault 23: `full` is all of it, and nothing less; `none` says that one was wanted."""
    steps = [Step(action=PrReviewer(), outcome=outcome, seconds=0) for outcome in outcomes]
    actions = tuple(ActionReport.of(step) for step in steps)
    assert review_extent(report(receipt=receipt, actions=actions, no_model=no_model)) == reviewed


def test_a_run_that_broke_does_not_say_that_no_model_was_asked_for():
    assert report(Verdict.INCOMPLETE, Reason.INVALID_CONFIG).reviewed is ReviewExtent.NONE
    assert report(Verdict.SKIPPED, Reason.UNSUPPORTED_EVENT).reviewed is ReviewExtent.NOT_ASKED
