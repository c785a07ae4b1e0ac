"""What the second look is shown, what it answers, and when its answer does not count."""

import json
import re

import pytest

from codeflow_action.actions.pr_reviewer.control_remarks import is_control
from codeflow_action.actions.pr_reviewer.remarks import Judgements, RemarkJudgement
from codeflow_action.engine.findings import DropStage, Evidence, Suggestion
from codeflow_action.engine.guidance import Guidance, PathRule
from codeflow_action.engine.outcome import Reason
from codeflow_action.evaluation.prompt_view import PromptView
from codeflow_action.testing.reviewer_replies import judgements
from tests.actions.test_pr_reviewer import REMARK, remarks, text_of
from tests.actions.test_pr_reviewer_rounds import CHECKS, OLD, review
from tests.review.changes import changed

LONG_BODY = "def price(total):\n" + "".join(f"    total += {number}\n" for number in range(13))
LONG_HEAD = f"{LONG_BODY}    return -total\n"
LONG = {
    "files": (changed(f"{LONG_BODY}    return total\n", LONG_HEAD),),
    "heads": {"shop/cart.py": LONG_HEAD.encode()},
}
GUARD = "    if not prices:"
GUARDED = OLD + f"\n\ndef mean(prices):\n{GUARD}\n        return 0\n    return total(prices)\n"
ON_GUARDED = {**REMARK, "quote": "    return total(prices)"}


def verdict(kind, **fields):
    """Return a judge that says this of every remark."""

    def judge(text):
        reply = judgements(text, kind)
        return {"judgements": [{**judgement, **fields} for judgement in reply["judgements"]]}

    return judge


def on_guarded(judge, **fields):
    files, heads = (changed(OLD, GUARDED),), {"shop/cart.py": GUARDED.encode()}
    return review(remarks(ON_GUARDED), judge, files=files, heads=heads, **fields)


def test_what_a_model_commits_to_comes_after_what_it_rests_on():
    """Fault 10: `verdict` came before `reason`; a fix was asked for while judging."""
    order = ["id", "mitigation", "reason", "verdict", "severity", "suggestion"]
    assert list(RemarkJudgement.model_fields) == order


def test_a_judgement_of_an_older_tape_is_read():
    old = {"id": 0, "verdict": "confirmed", "severity": "error", "reason": "It is so."}
    assert Judgements.model_validate({"judgements": [old]}).judgements[0].mitigation is None


@pytest.mark.parametrize(
    ("quote", "counts"),
    [
        (GUARD, True),
        (GUARD.strip(), True),
        ("6 +    if not prices:", True),  # with our gutter
        (None, True),
        ("    if prices is None:", False),  # nowhere
        ("    if not prices:\n        raise ValueError", False),  # half of it
        (":", False),
    ],
)
def test_a_refutation_that_rests_on_a_line_which_is_not_there_does_not_count(quote, counts):
    outcome, _ = on_guarded(verdict("refuted", mitigation=quote))
    if counts:
        assert [drop.stage for drop in outcome.dropped] == [DropStage.VERIFY]
    else:
        assert [finding.evidence for finding in outcome.findings] == [Evidence.QUOTED]
        assert outcome.shortfalls == ()


def test_a_line_that_prevents_it_may_stand_in_another_file():
    lib = "def total(prices):\n    require_some(prices)\n    return sum(prices)\n"
    new = "from lib import total\n\n\ndef mean(prices):\n    return total(prices) // len(prices)\n"
    old = "from lib import total\n"
    outcome, asked = review(
        remarks({**REMARK, "message": "`total` takes an empty list."}),
        verdict("refuted", mitigation="    require_some(prices)"),
        files=(changed(old, new),),
        heads={"shop/cart.py": new.encode(), "lib.py": lib.encode()},
    )
    assert "require_some" in text_of(asked.judged[0])
    assert [drop.stage for drop in outcome.dropped] == [DropStage.VERIFY]


def test_what_cannot_be_decided_is_kept_as_it_is():
    """Fault 2: it was to be refuted, for it "rests on something that is not shown"."""
    outcome, asked = on_guarded(verdict("undecided", severity="notice"))
    assert [finding.evidence for finding in outcome.findings] == [Evidence.QUOTED]
    assert outcome.shortfalls == ()
    assert len(asked.judged) == 1


def test_the_fix_comes_from_the_second_look_and_is_checked_like_any():
    fix = "    return total(prices) or 0"
    outcome, _ = on_guarded(verdict("confirmed", suggestion=fix))
    assert outcome.findings[0].suggestion == Suggestion(start_line=8, end_line=8, replacement=fix)
    for unfit in ("    return total(", "return total(prices) or 0", "    return total(prices)"):
        outcome, _ = on_guarded(verdict("confirmed", suggestion=unfit))
        assert [finding.suggestion for finding in outcome.findings] == [None]


def several(count):
    """Return a review's arguments with so many remarks, each on a line of its own."""
    lines = "".join(f"value_{at} = compute({at})\n" for at in range(40))
    given = [
        {
            **REMARK,
            "quote": f"value_{at} = compute({at})",
            "title": f"Wrong {at} is",
            "path": "v.py",
        }
        for at in range(0, 4 * count, 4)
    ]
    for remark in given:
        remark["message"] = f"{remark['title']}, as `{remark['quote']}` shows."
    return remarks(*given), {
        "files": (changed("", lines, path="v.py"),),
        "heads": {"v.py": lines.encode()},
    }


def test_what_an_answer_leaves_out_is_asked_once_more_and_alone():
    """Fault 12: one that was skipped made the run incomplete at once."""

    def without_first(text):
        given = judgements(text)["judgements"]
        return {"judgements": given[1:] or given}

    answer, change = several(2)
    outcome, asked = review(answer, without_first, **change)
    assert outcome.shortfalls == ()
    assert {finding.evidence for finding in outcome.findings} == {Evidence.VERIFIED}
    first, second = (text_of(prompt) for prompt in asked.judged)
    assert first.count("\nid: ") == 2
    assert second.count("\nid: ") == 1
    assert "left out these remarks" in second


def test_what_is_left_out_twice_is_a_shortfall_as_before():
    answer, change = several(2)
    outcome, asked = review(answer, lambda _text: {"judgements": []}, **change)
    assert len(asked.judged) == 2
    assert [short.reason for short in outcome.shortfalls] == [Reason.MODEL_ERROR]
    assert "2 of 2 remarks were not judged" in outcome.shortfalls[0].detail


def test_the_second_look_sees_all_of_the_unit_that_the_first_one_saw():
    """Fault 2: it saw ten rows around the first line, 60 % of the finder's block."""
    body = "".join(f"    step_{at} = prices[{at}] + offset\n" for at in range(60))
    new = OLD + f"\n\ndef mean(prices, offset):\n{body}    return step_3 / len(prices)\n"
    outcome, asked = review(
        remarks({**REMARK, "quote": "    return step_3 / len(prices)"}),
        files=(changed(OLD, new),),
        heads={"shop/cart.py": new.encode()},
    )
    assert len(outcome.findings) == 1
    seen, judged = (
        {row.code for row in PromptView.of([text_of(prompt)], tokens=0, size=0).rows}
        for prompt in (asked.prompts[0], asked.judged[0])
    )
    assert len(seen) > 60
    assert seen <= judged


def test_where_the_budget_does_not_pay_for_whole_units_less_is_shown_and_all_is_judged():
    answer, change = several(7)
    _, wide = review(answer, **change)
    needed = sum(len(prompt.instructions) + len(text_of(prompt)) for prompt in wide.judged)
    outcome, narrow = review(answer, left=needed - 1_000, **change)
    assert {finding.evidence for finding in outcome.findings} == {Evidence.VERIFIED}
    assert len(outcome.findings) == 7
    sizes = [sum(len(text_of(prompt)) for prompt in asked.judged) for asked in (narrow, wide)]
    assert sizes[0] < sizes[1]


def test_the_second_look_knows_what_is_intended_wished_and_ruled():
    """Fault 2: it got no title, description, issue, wish, check, or suggestion."""
    wish = PathRule(match="shop/**", instructions="Every amount needs a currency.")
    cited = {
        **REMARK,
        "rule": "check:money",
        "suggestion": "    return total(prices) // max(1, len(prices))",
    }
    _, asked = review(
        remarks(cited),
        base=CHECKS,
        guidance=Guidance(rules=(wish,)),
        title="A mean of prices",
        body="For the summary.",
    )
    text = text_of(asked.judged[0])
    for part in (
        "title and description by the author\nA mean of prices\n\nFor the summary.",
        "For files that match 'shop/**', the maintainers add: Every amount needs a currency.",
        "The rule of the project that remark 0 cites: No floats for money: Amounts are integers",
        "suggested in its place:\n    return total(prices) // max(1, len(prices))",
    ):
        assert part in text, json.dumps(text)


def control_of(text):
    """Return the number and the title of the control in a prompt, None without one."""
    found = re.findall(r"^id: (\d+)\nat: .*\nseverity: .*\ntitle: (.*)$", text, re.MULTILINE)
    controls = [(int(number), title) for number, title in found if is_control(title)]
    assert len(controls) <= 1
    return controls[0] if controls else None


def confirming_all(text):
    """Answer as a model that believes whatever it is asked about."""
    number, _title = control_of(text) or (-1, "")
    given = judgements(text)["judgements"]
    return {
        "judgements": [
            {**judgement, "verdict": "confirmed"} if judgement["id"] == number else judgement
            for judgement in given
        ]
    }


def test_a_control_stands_among_three_remarks_and_never_leaves_the_prompt():
    answer, change = several(3)
    outcome, asked = review(answer, **change)
    _number, title = control_of(text_of(asked.judged[0]))
    assert text_of(asked.judged[0]).count("\nid: ") == 4
    assert len(outcome.findings) == 3
    assert {finding.evidence for finding in outcome.findings} == {Evidence.VERIFIED}
    told = (*outcome.findings, *outcome.dropped)
    assert title not in {each.title for each in told}
    answer, change = several(2)
    _, asked = review(answer, **change)
    assert control_of(text_of(asked.judged[0])) is None


@pytest.mark.promise("An answer of the second look that confirms what is false does not count.")
def test_who_confirms_the_control_has_judged_nothing():
    answer, change = several(3)
    outcome, _ = review(answer, confirming_all, **change)
    assert {finding.evidence for finding in outcome.findings} == {Evidence.QUOTED}
    assert len(outcome.findings) == 3
    (short,) = outcome.shortfalls
    assert short.reason is Reason.MODEL_ERROR
    said = "the second look at 3 remarks counts as not made: it confirmed a remark that is false"
    assert said in short.detail
    assert any(said in note for note in outcome.facts[0].notes)
    assert outcome.facts[0].units == ()  # the next round reads it again


def test_controls_are_false_by_the_code_that_is_shown_and_differ():
    """What a control calls undefined is defined in the file; what it calls gone stands there."""
    titles = set()
    for count in range(3, 7):
        answer, change = several(count)
        _, asked = review(answer, **change)
        _number, title = control_of(text_of(asked.judged[0]))
        titles.add(title)
        name = re.search(r"`(\w+)`", title)[1]
        assert f"{name}(" in text_of(asked.judged[0])
    assert len(titles) > 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de-AT", r"ist nicht definiert|wird nicht mehr aufgerufen"),
        ("ja", r"定義されていません|呼び出されなくなっています"),
        ("sv", r"not defined|Definition|called|Call of"),  # no words of ours: English
    ],
)
def test_a_control_is_in_the_language_of_the_others(language, words):
    answer, change = several(3)
    outcome, asked = review(answer, guidance=Guidance(language=language), **change)
    _number, title = control_of(text_of(asked.judged[0]))
    assert re.search(words, title)
    assert {finding.evidence for finding in outcome.findings} == {Evidence.VERIFIED}


def test_a_verifier_that_refutes_everything_is_told_from_a_clean_change():
    """Fault 12: four of four refuted looked like nothing found."""
    answer, change = several(4)
    outcome, _ = review(answer, verdict("refuted"), **change)
    assert {finding.evidence for finding in outcome.findings} == {Evidence.QUOTED}
    assert len(outcome.findings) == 4
    assert outcome.dropped == ()
    (short,) = outcome.shortfalls
    assert "counts as not made: it refuted all 4 remarks that it judged" in short.detail
    assert any("refuted all 4" in note for note in outcome.facts[0].notes)
    answer, change = several(3)
    outcome, _ = review(answer, verdict("refuted"), **change)
    assert outcome.findings == outcome.shortfalls == ()
    assert len(outcome.dropped) == 3


@pytest.mark.parametrize(
    ("kind", "line"),
    [("confirmed", 3), ("lowered", 3), ("undecided", None), ("refuted", None)],
)
def test_an_unchanged_line_of_what_was_shown_is_told_when_the_second_look_confirms_it(kind, line):
    """What a change breaks may show beside it; and so may what was broken before."""
    outcome, _ = review(remarks({**REMARK, "quote": "    total += 1"}), verdict(kind), **LONG)
    assert [finding.line for finding in outcome.findings] == ([line] if line else [])
    stages = {"undecided": [DropStage.SCOPE], "refuted": [DropStage.VERIFY]}
    assert [drop.stage for drop in outcome.dropped] == stages.get(kind, [])


def test_nobody_confirms_a_line_beside_the_diff_where_there_is_no_second_look():
    in_diff, beside = ({**REMARK, "quote": f"    total += {number}"} for number in (12, 9))
    outcome, _ = review(remarks(in_diff, beside), options={"effort": "low"}, **LONG)
    assert [finding.line for finding in outcome.findings] == [14]
    assert [drop.stage for drop in outcome.dropped] == [DropStage.SCOPE]
