"""Quotes that a model has bent: they are placed where the model says, or nowhere, never wrongly."""

import html
import random
from collections import Counter
from pathlib import Path

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.review.anchoring import Anchor, QuoteMatch, find_anchor
from codeflow_action.review.bent_quotes import likest_span, plain
from tests.review.changes import numbered, source

ROOT = Path(__file__).parents[2]
# Real code in many languages: this repository's own, and what its tests read.
FEW_LETTERS = 12  # of a brace or a blank line nobody can tell which one is meant
SUFFIXES = {".py", ".mjs", ".md", ".yml", ".yaml", ".json", ".toml", ".sh"}


def real_files():
    """Return the repository's files of 20 to 800 lines, the same ones in the same order."""
    folders = ("codeflow_action", "docs", "tests", "benchmarks", "scripts", ".github", "examples")
    paths = sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES
    )
    for path in paths:
        text = path.read_text("utf-8", "replace")
        if 20 <= text.count("\n") <= 800 and len(text) < 60_000:
            yield path, text


def smart(text, _rng):
    """Return the text with typographic quotation marks, dashes and dots."""
    left = text.replace('"', "\u201c", 1).replace('"', "\u201d").replace("'", "\u2019")
    return left.replace(" - ", " \u2013 ").replace("...", "\u2026")


def joined(text, _rng):
    return " ".join(line.strip() for line in text.split("\n"))


def mistyped(text, rng):
    """Return the text with a few letters lost or doubled; no digit, that would be another line."""
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    for place in sorted(rng.sample(letters, len(letters) // 40), reverse=True):
        text = text[:place] + rng.choice(["", text[place] * 2]) + text[place + 1 :]
    return text


BENDS = (
    smart,
    joined,
    mistyped,
    lambda text, _rng: html.escape(text),
    lambda text, _rng: text.replace('"', '\\"').replace("\n", "\\n"),
    lambda text, _rng: f"{text},",
    lambda text, _rng: f"{text} ...",
    lambda text, _rng: f"{text}\u2026",
    lambda text, _rng: f"`{text}`",
    lambda text, _rng: text.replace("  ", "\t"),
    lambda text, rng: text[: len(text) - rng.randint(0, len(text) // 25)],
)


def changed_file(text, rng):
    """Return the file as one that this change has edited in a few places."""
    lines = text.split("\n")
    old = list(lines)
    for _edit in range(rng.randint(1, 4)):
        start = rng.randrange(len(old))
        old[start : start + rng.randint(1, 6)] = [f"was {rng.random()}"] * rng.randint(0, 2)
    return source("\n".join(old), text, "file.txt")


def campaign(files, rng, rounds):
    """Count what becomes of bent quotes: `right`, `wrong`, `nowhere` by how the line was told."""
    outcomes = Counter()
    for _path, text in files:
        changed = changed_file(text, rng)
        added = sorted(changed.file.added_lines)
        for _round in range(rounds if added else 0):
            first = rng.choice(added)
            last = first
            while last + 1 in changed.file.added_lines and rng.random() < 0.6:
                last += 1
            quote = "\n".join(changed.lines[first - 1 : last])
            if len(plain(quote)) < FEW_LETTERS:
                continue
            for bend in rng.sample(BENDS, rng.randint(1, 2)):
                quote = bend(quote, rng)
            told, line = rng.choice(
                [
                    ("exactly", first),
                    ("exactly", first),
                    ("nearly", first + rng.choice([-3, -2, -1, 1, 2, 3])),
                    ("wrongly", rng.randint(1, len(changed.lines))),
                    ("not", None),
                ]
            )
            anchor = find_anchor(changed, quote, Side.RIGHT, line)
            outcomes[told, verdict(anchor, changed, first, last, quote)] += 1
    return outcomes


def verdict(anchor, changed, first, last, quote):
    """Return what came of a quote of these lines; another place that says it too is a twin."""
    if not isinstance(anchor, Anchor) or not anchor.in_diff:
        return "nowhere"
    if anchor.side is Side.RIGHT and anchor.line <= last and first <= anchor.end_line:
        return "right"
    placed, *meant = (
        "".join(map(plain, lines))
        for lines in (anchor.code.split("\n"), changed.lines[first - 1 : last], quote.split("\n"))
    )
    return "twin" if any(letters in placed for letters in meant) else "wrong"


def assert_never_wrong(outcomes):
    """A line that is wrong by more than three misleads people, too."""
    assert not [told for told, verdict_ in outcomes if verdict_ == "wrong" and told != "wrongly"]
    exact = {came: count for (told, came), count in outcomes.items() if told == "exactly"}
    assert exact.get("nowhere", 0) <= 0.1 * sum(exact.values())


def test_bent_quotes_of_real_code_are_placed_or_dropped():
    """Fault 12: of some hundred quotes none is placed wrongly, whatever has bent them."""
    files = random.Random(1).sample(list(real_files()), 60)
    assert_never_wrong(campaign(files, random.Random(2), 5))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_bent_quotes_of_all_files_are_placed_or_dropped(seed):
    """Fault 12: some 84,000 quotes."""
    assert_never_wrong(campaign(list(real_files()), random.Random(seed), 10))


CODE = """def total(prices):
    names = [price["name"] for price in prices]
    if total < 10 and names != ["none"]:
        log.info("nothing to pay for %s - yet", names)
    return round(sum(prices), 2)
"""


@pytest.mark.parametrize(
    ("quote", "line", "expected"),
    [
        ("names = [price[\u201cname\u201d] for price in prices]", 2, (2, 2)),
        ("if total &lt; 10 and names != [&quot;none&quot;]:", 3, (3, 3)),
        ("if total &lt; 10 and names != [&quot;none&quot;]:", None, (3, 3)),  # all of it is there
        (r'    names = [price[\"name\"] for price in prices]\n    if total < 10', 2, (2, 3)),
        ('if total < 10 and names != ["none"]: log.info("nothing to pay for %s - yet", names)',
         3, (3, 4)),
        ("return round(sum(prices), 2),", 5, (5, 5)),
        ("return round(sum(prices), 2) ...", 5, (5, 5)),
        ("`return round(sum(prices), 2)`", None, (5, 5)),
        ('log.info("nothing to pay for %s \u2013 yet", names)', 4, (4, 4)),
        ("return round(sum(prces), 2)", 5, (5, 5)),  # 22 of 23 letters
        ("return round(sum(prces), 2)", 2, (5, 5)),  # three lines off
        ("return round(sum(prces), 2)", None, None),  # nothing says where
        ("return ceil(max(prices), 2)", 5, None),  # less than nine of ten letters
        ("def total(prices", None, (1, 1)),
    ],
)  # fmt: skip
def test_a_bent_quote_is_found_at_its_line(quote, line, expected):
    """Fault 12: what a model does to code between reading and quoting it."""
    anchor = find_anchor(source("", CODE), quote, Side.RIGHT, line)
    assert (anchor and (anchor.line, anchor.end_line)) == expected


def test_a_bent_quote_of_removed_lines_is_found_where_they_stood():
    """Fault 12: the line is one at head, before which it stood."""
    old = numbered(60, l30='print("gone for good")')
    new = old.replace('print("gone for good")\n', "")
    quote = "print(\u201cgone for good\u201d);"
    for line in (30, 31):
        anchor = find_anchor(source(old, new), quote, Side.LEFT, line)
        assert (anchor.line, anchor.side, anchor.match) == (30, Side.LEFT, QuoteMatch.BENT)


def test_a_place_that_is_bent_takes_no_suggestion():
    """Fault 12: what is not quoted exactly is not replaced."""
    anchor = find_anchor(source("", CODE), "return round(sum(prces), 2)", Side.RIGHT, 5)
    assert anchor.match is QuoteMatch.BENT
    assert not anchor.match.is_whole


@pytest.mark.parametrize(
    ("quote", "line", "expected"),
    [
        ("call(first, second)", 50, 50),  # the changed line that was named says nearly that
        ("call(first, second)", 51, 5),  # one line off: what is quoted exactly is meant
        ("call(first, second)", 5, 5),  # the twin itself was named
        ("call(first, second)", 30, 5),  # a line that says something else
        ("call(first, second)", None, 5),
    ],
)
def test_a_changed_line_that_was_named_beats_an_unchanged_twin(quote, line, expected):
    """Fault 12: the twin stands in the diff, beside another change."""
    old = numbered(60, l5="call(first, second)")
    new = numbered(60, l5="call(first, second)", l7="changed", l50="call(first, second_)")
    anchor = find_anchor(source(old, new), quote, Side.RIGHT, line)
    assert anchor.line == expected


def test_a_twin_outside_the_diff_does_not_hide_the_line_that_was_named():
    """Fault 12: such a remark was dropped as one about lines outside this change."""
    old = numbered(60, l5="call(first, second)")
    new = numbered(60, l5="call(first, second)", l50="    call(first, second)  # again")
    anchor = find_anchor(source(old, new), "call(first, second)", Side.RIGHT, 50)
    assert (anchor.line, anchor.in_diff, anchor.match) == (50, True, QuoteMatch.PART)


def test_where_another_place_is_more_like_it_nothing_is_said():
    """Fault 12: the line may be wrong, too."""
    lines = [plain(f"total = compute(items, rate_{name})") for name in ("north", "south", "nort")]
    quote = ("total = compute(items, rate_nor)",)
    spans = [
        likest_span(lines, quote, lambda index, named=named: index == named) for named in range(3)
    ]
    assert spans == [None, None, (2, 3)]
