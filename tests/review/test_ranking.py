"""Equal remarks merge into the gravest; what is mild, unsure or said before is recorded."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    Category,
    DropStage,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.review import ranking
from codeflow_action.review.ranking import apply_floor, drop_said, merge_duplicates, rank
from codeflow_action.review.wording import says_the_same, wording
from tests.review.pairs import DIFFERENT, SAME

ZERO = "Divides by zero when the list of prices is empty"
LOCK = "Counter is updated without holding the lock"


def finding(line=3, severity=Severity.WARNING, confidence=0.9, **fields):
    given = {
        "title": ZERO,
        "message": "It raises.",
        "category": Category.CORRECTNESS,
        "path": "a.py",
        "evidence": Evidence.QUOTED,
        "sources": ("pr_reviewer",),
        **fields,
    }
    return Finding(line=line, severity=severity, confidence=confidence, rule="r", **given)


def replaced(first, last):
    return Suggestion(start_line=first, end_line=last, replacement="x")


def said(line=3, body=f"Hm: {ZERO}?", **fields):
    return ForeignThread(**{"path": "a.py", "line": line, "login": "mona", "body": body, **fields})


def remarks_of(row):
    """Return both remarks of a row of pairs, on one line."""
    return [
        finding(category=Category(row[at]), title=row[at + 1], message=row[at + 2]) for at in (0, 3)
    ]


def test_what_is_merged_is_measured_on_pairs():
    """Fault 8: of twenty pairs that differ none is merged, of twenty that agree twelve are."""
    merged = [
        [row for row in rows if ranking.is_same_remark(*remarks_of(row))]
        for rows in (SAME, DIFFERENT)
    ]
    assert [len(rows) for rows in merged] == [12, 0]


def test_words_alone_merge_nothing():
    """Fault 8: two true findings of one line, whose words are mostly the same."""
    one = finding(title="`count` is read without the lock", message="Threads race on the value.")
    other = finding(title="`total` is read without the lock", message="Threads race on the value.")
    assert len(merge_duplicates([one, other])[0]) == 2
    plain = [
        finding(title=f"The {name} is read without the lock", message="Threads race on the value.")
        for name in ("counter", "sum")
    ]
    assert len(merge_duplicates(plain)[0]) == 2
    # Each says what it is about in a field of its own.
    same, _ = merge_duplicates(
        plain, partial(ranking.is_same_remark, subject_of=lambda _finding: "read_total")
    )
    assert len(same) == 1


def test_one_replacement_for_the_same_lines_is_one_remark():
    """Fault 8: whatever they say."""
    one = finding(title=ZERO, suggestion=replaced(3, 3))
    other = finding(title=LOCK, message="Threads race.", suggestion=replaced(3, 3))
    assert len(merge_duplicates([one, other])[0]) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("alpha beta gamma", "alpha beta gamma", True),
        ("alpha beta", "alpha beta", False),  # two words say nothing
        ("alpha beta gamma x1 x2", "alpha beta gamma y3 y4", True),  # 3 of 5
        ("alpha beta gamma d4 e5 f6", "alpha beta gamma h7 i8 j9", False),
        ("`alpha_beta` gamma 4 5 6", "`alpha_beta` gamma 7 8 9", True),  # named, 3 of 6
        ("`alpha_beta` gamma 3 4 5 6", "`alpha_beta` gamma 7 8 9 0", False),
        ("`alpha_x` gamma", "alpha 6 7 8 9 10 11", False),
        ("closing handles leaked", "closed handle leaks", True),  # by their stems
        ("itemCount maxPrice", "item count max price", True),
        ("`foo_x` beta gamma delta 4 5", "`bar_x` beta gamma delta 7 8", False),
        (
            "`alpha_beta` gamma 1 2 3 4 5 6 7 8",
            "`alpha_beta` gamma 1 2 13 14 15 16 17 18",
            False,
        ),  # named, 5 of 11
        ("alpha beta gamma delta 1 2 3", "alpha beta gamma delta 4 5 6", False),  # 4 of 7
        ("logged cars bits", "logging car bit", True),
        ("the and for this that with", "the and for this that with", False),
        ("> alpha beta gamma\ndelta", "alpha beta gamma", False),  # somebody quoted
        ("<!-- alpha beta gamma -->", "alpha beta gamma", False),
        ("<details>alpha\nbeta gamma</details>", "alpha beta gamma", False),
        ("```\nalpha\nbeta gamma\n```", "alpha beta gamma", False),
        ("1 " * 500 + "alpha beta gamma", "alpha beta gamma", False),  # far down
        (" " * 3_000 + "alpha beta gamma", "alpha beta gamma", False),
        ("ab cd ef gh", "ab cd ef gh", False),  # short words
        ("1 2 3", "1 2 3", True),
    ],
)
def test_words_say_the_same(one, other, same):
    assert says_the_same(wording(one), wording(other)) is same
    assert says_the_same(wording(other), wording(one)) is same


def test_of_two_on_the_same_lines_the_gravest_stays():
    mild = finding(end_line=6, evidence=Evidence.VERIFIED, sources=("b", "pr_reviewer"))
    grave = finding(5, Severity.ERROR, 0.5, title=f"{ZERO} here")
    kept, gone = merge_duplicates([mild, grave])
    (one,) = kept
    assert (one.line, one.end_line, one.title) == (5, None, grave.title)
    assert (one.severity, one.evidence, one.confidence) == (Severity.ERROR, Evidence.VERIFIED, 0.9)
    assert one.sources == ("pr_reviewer", "b")
    assert [(each.stage, each.title, each.line) for each in gone] == [
        (DropStage.DUPLICATE, ZERO, 3)
    ]
    assert gone[0].reason == f"says the same as: {grave.title}"


def test_of_equally_grave_ones_the_placed_the_proven_and_the_surest_stays():
    quoted = finding(5, confidence=1.0)
    proven, surer = (
        finding(5, confidence=sure, evidence=Evidence.PROVEN, title=f"{ZERO} now")
        for sure in (0.7, 0.8)
    )
    kept, gone = merge_duplicates([quoted, proven, surer])
    assert [(one.line, one.title, one.evidence) for one in kept] == [
        (5, proven.title, Evidence.PROVEN)
    ]
    assert len(gone) == 2
    assert kept[0].confidence == 1.0
    kept, _ = merge_duplicates([finding(confidence=0.8, message="ab"), finding(message="cd")])
    assert kept[0].message == "cd"


def test_a_suggestion_for_the_very_lines_is_taken_over():
    grave = finding(3, Severity.ERROR, end_line=4)
    for twin, expected in (
        (finding(3, end_line=4, suggestion=replaced(3, 4)), replaced(3, 4)),
        (finding(3, end_line=5, suggestion=replaced(3, 5)), None),
        (finding(4, suggestion=replaced(4, 4)), None),
    ):
        (one,), _ = merge_duplicates([grave, twin])
        assert one.suggestion == expected
    own = finding(3, Severity.ERROR, suggestion=replaced(3, 3))
    other = finding(3, suggestion=Suggestion(start_line=3, end_line=3, replacement="y"))
    assert merge_duplicates([own, other])[0][0].suggestion == replaced(3, 3)


def test_what_a_program_found_is_never_a_models_to_change():
    gate = finding(severity=Severity.NOTICE, evidence=Evidence.DETERMINISTIC, sources=("gate",))
    model = finding(severity=Severity.ERROR)
    assert merge_duplicates([model, gate])[0] == (gate,)
    assert merge_duplicates([gate, gate])[0] == (gate, gate)


@pytest.mark.parametrize(
    "other",
    [
        {"line": 4},
        {"line": 2},
        {"path": "b.py"},
        {"side": Side.LEFT},
        {"title": LOCK, "message": "Threads race."},
        {"title": LOCK, "message": "Threads race.", "line": None},
    ],
)
def test_other_lines_files_and_things_are_other_remarks(other):
    kept, gone = merge_duplicates([finding(), finding(**other)])
    assert len(kept) == 2
    assert gone == ()


@pytest.mark.parametrize(
    ("first", "last", "line", "end_line", "same"),
    [(3, 5, 5, 7, True), (3, 5, 6, 7, False), (6, 7, 3, 5, False), (5, 7, 3, 5, True),
     (3, 9, 4, 5, True), (4, 5, 3, 9, True), (3, None, 3, None, True)],
)  # fmt: skip
def test_lines_overlap(first, last, line, end_line, same):
    pair = [finding(first, end_line=last), finding(line, end_line=end_line)]
    assert (len(merge_duplicates(pair)[0]) == 1) is same


def test_what_is_about_the_file_is_held_against_its_like():
    """Fault 8: only lines that overlap make one remark of two."""
    kept, _ = merge_duplicates([finding(line=None), finding()])
    assert [one.line for one in kept] == [3, None]
    assert len(merge_duplicates([finding(line=None), finding(line=None)])[0]) == 1


def test_the_same_title_and_another_message_are_two():
    half = "Divides by zero: prices without an owner, elsewhere, unseen yesterday"
    assert len(merge_duplicates([finding(), finding(title=half, message="So.")])[0]) == 2


@pytest.mark.parametrize(
    ("before", "repeated"),
    [
        (said(), True),
        (said(line=6), True),
        (said(line=7), False),
        (said(line=0), True),
        (said(line=-1), False),
        (said(line=1, end_line=1), True),
        (said(line=None), True),
        (said(path="b.py"), False),
        (said(side=Side.LEFT), False),
        (said(body="Looks good to me"), False),
        (said(body=LOCK), False),
        (said(body="Divides by zero: prices without owner, elsewhere, unseen yesterday"), False),
        (said(body=""), False),
    ],
)
def test_what_somebody_said_on_about_the_same_lines_is_not_said_again(before, repeated):
    kept, gone = drop_said([finding()], [said(path="c.py"), before])
    assert (kept == ()) is repeated
    assert len(gone) == repeated


def test_who_said_it_before_is_told():
    rows = [(said(), "mona"), (said(login="a[bot]\n", resolved=True), "a[bot] and resolved")]
    for before, who in rows:
        (gone,) = drop_said([finding()], [before])[1]
        assert (gone.stage, gone.reason) == (DropStage.DUPLICATE, f"said before by {who}")


def test_a_programs_finding_is_told_whoever_said_it_before():
    gate = finding(evidence=Evidence.DETERMINISTIC)
    assert drop_said([gate], [said()]) == ((gate,), ())


def test_ranking_goes_through_every_step_and_loses_nothing():
    unsure_twin = finding(severity=Severity.ERROR, confidence=0.1)
    mild = finding(9, severity=Severity.NOTICE)
    first = finding(end_line=4, suggestion=replaced(3, 4))
    twin = finding(4)
    second = finding(4, title=LOCK, message="Threads race.", suggestion=replaced(4, 4))
    known = finding(30)
    ranked = rank(
        [mild, unsure_twin, second, first, twin, known],
        floor=Severity.WARNING,
        min_confidence=0.5,
        threads=[said(30)],
    )
    shown = {one.title: one.suggestion for one in ranked.findings}
    assert shown == {LOCK: replaced(4, 4), ZERO: None}
    assert [gone.stage for gone in ranked.dropped] == [
        DropStage.FLOOR,
        DropStage.FLOOR,
        DropStage.DUPLICATE,
        DropStage.DUPLICATE,
    ]


def test_the_floor_counts_severity_and_confidence():
    low, unsure, good = finding(severity=Severity.NOTICE), finding(confidence=0.4), finding()
    kept, gone = apply_floor([low, unsure, good], Severity.WARNING, 0.5)
    assert kept == (good,)
    assert [one.reason for one in gone] == [
        "notice is below the floor warning",
        "confidence 0.40 is below 0.50",
    ]
    assert {one.stage for one in gone} == {DropStage.FLOOR}
    exact = finding(confidence=0.5)
    assert apply_floor([exact], Severity.WARNING, 0.5) == ((exact,), ())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("alpha beta feed", "alpha beta fees", False),  # short words are no forms of each other
        ("alpha<!-- aside -->beta gamma", "alpha beta gamma", True),
        ("alpha```code```beta gamma", "alpha beta gamma", True),
    ],
)
def test_words_end_where_an_aside_or_another_word_begins(one, other, same):
    assert says_the_same(wording(one), wording(other)) is same


def test_a_titles_last_word_is_not_the_messages_first():
    said_apart = said(body="alpha beta gamma")
    kept, _ = drop_said([finding(title="alpha beta", message="gamma")], [said_apart])
    assert kept == ()


@pytest.mark.parametrize(
    ("before", "same"),
    [
        (" " * 984, True),  # the words end with the thousandth character
        (" " * 985, False),
        (f"<!--{' ' * 3_977}-->", True),  # asides do not count, but are read
        (f"<!--{' ' * 3_978}-->", False),
    ],
)
def test_the_beginning_of_a_long_text_is_compared(before, same):
    words = "alpha beta gamma"
    assert says_the_same(wording(f"{before}{words}"), wording(words)) is same


def pairwise(findings):
    """Merge by holding each finding against all, which is what merging means."""
    kept = []
    for one in sorted(findings, key=ranking._precedence):
        at = next((at for at, held in enumerate(kept) if ranking.is_same_remark(one, held)), None)
        if at is None:
            kept.append(one)
        else:
            kept[at] = ranking._merge(kept[at], one)
    return tuple(kept)


some_findings = st.lists(
    st.builds(
        finding,
        line=st.sampled_from([None, 1, 2]),
        path=st.sampled_from(["a.py", "b.py"]),
        title=st.sampled_from([ZERO, LOCK, "Debug leftover: debugger"]),
        evidence=st.sampled_from([Evidence.DETERMINISTIC, Evidence.QUOTED]),
        sources=st.sampled_from(
            [("quality_gates",), ("ruff",), ("eslint", "ruff"), ("pr_reviewer",)]
        ),
        severity=st.sampled_from(Severity),
    ),
    max_size=12,
)


@given(some_findings)
def test_an_index_merges_what_pairs_would_merge(findings):
    """Fault 13: findings are held against few others, and none is missed by that."""
    assert merge_duplicates(findings)[0] == pairwise(findings)


@pytest.mark.parametrize(
    "fields",
    [
        {},  # one file, one program
        {"path": "b.py"},  # another file
        {"sources": ("ruff",), "line": 1},  # another program, all on one line
    ],
)
def test_findings_of_one_program_are_not_held_against_each_other(fields):
    """Fault 13: 10,000 findings make no 50 million pairs."""

    def fail(*pair):
        pytest.fail(f"held against each other: {[one.line for one in pair]}")

    same = {"evidence": Evidence.DETERMINISTIC, "sources": ("quality_gates",), **fields}
    findings = [finding(**{"line": at + 1, **same}) for at in range(10_000)]
    other = finding(**{**same, "path": "c.py"})
    survivors, _ = merge_duplicates([*findings, other], are_same=fail)
    assert len(survivors) == 10_001
