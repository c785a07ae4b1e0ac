"""Strangers' text, per destination: nothing in it may act."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.security import untrusted

PIECES = [
    "@mona", "#12", "GH-7", "octo/shop#3", "fixes #9", "![x](https://evil.example/p.png)",
    "[click](javascript:alert(1))", "<img src=x onerror=y>", "<!-- codeflow:x:v1 AAAA -->", "-->",
    "</details>", "https://evil.example/?q=", "www.evil.example", "/codeflow dismiss all", "/merge",
    "`", "``", "```", "~~~", "````suggestion", "::set-output name=x::y", "##[error]x", "::error::x",
    "\x1b[31m", "\u202e", "\u200b", "\U000e0041", "\r", "\n", "\n\n", "|", "\\", "%0A", "%25", ":",
    " ", "a", "**bold**", "_it_", "- item", "> quote", "# head", "&commat;x", "&#64;x", "é", ",",
    "\ud800", "ftp://", "mailto:a@b.c",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=14).map("".join)
HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200c-\u200f\U000e0000-\U000e007f\x00-\x08\x0b-\x1f]"
)


def outside_code(markdown: str) -> str:
    """Return what GitHub would read as prose: fences and spans taken out (CommonMark)."""
    kept, fence = [], ""
    for line in markdown.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            closing = re.fullmatch(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*", line)
            fence = "" if closing else fence
        elif mark and not (mark[1][0] == "`" and "`" in line[mark.end() :]):
            fence = mark[1]
        else:
            kept.append(line)
    assert not fence, "a fence that was left open swallows what follows"
    text = "\n".join(kept)
    return re.sub(r"(?<!`)(`+)(?!`)(?:(?!\n\n).)*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)


@given(HOSTILE)
def test_prose_for_github_does_nothing(text):
    prose = outside_code(untrusted.markdown(text))
    assert "<" not in prose
    assert not re.search(r"@\w", prose)
    assert not re.search(r"#\d", html.unescape(prose).replace("\u200b", "_"))
    assert "](" not in prose
    assert "://" not in prose
    assert not re.search(r"\bwww\.\w", prose)
    assert not re.search(r"^\s*/\w", untrusted.markdown(text), re.MULTILINE)
    assert not HIDDEN.search(untrusted.markdown(text))


@given(HOSTILE)
def test_what_follows_prose_is_not_swallowed(text):
    body = f"{untrusted.markdown(text)}\n\n<!-- mark -->"
    assert "<!-- mark -->" in outside_code(body)


@given(HOSTILE)
def test_a_title_is_one_line_without_any_markup(text):
    title = untrusted.inline(text)
    assert "\n" not in title
    assert "`" not in title
    assert not re.search(r"(?<!\\)[*_~|]", title)
    assert not re.search(r"@\w", title)
    assert "<" not in title
    assert not HIDDEN.search(title)


@given(HOSTILE)
def test_a_table_cell_does_not_end_its_row(text):
    cell = untrusted.table_cell(untrusted.inline(text))
    assert "\n" not in cell
    assert not re.search(r"(?<!\\)\|", cell)


@given(HOSTILE)
def test_code_stays_inside_its_span(text):
    span = untrusted.code_span(text)
    if span:
        ticks = re.match(r"`+", span)[0]
        inside = span[len(ticks) : -len(ticks)]
        assert ticks not in re.findall(r"`+", inside)
        assert "\n" not in span


@given(HOSTILE, st.sampled_from(["suggestion", "py", "x\n```", ""]))
def test_code_stays_inside_its_fence(text, info):
    first, *_, last = untrusted.code_block(text, info).split("\n")
    fence = re.match(r"`+", first)[0]
    assert last == fence
    assert all(len(run) < len(fence) for run in re.findall(r"`+", text))


@given(HOSTILE)
def test_the_runner_takes_no_line_of_the_log_for_a_command(text):
    line = untrusted.log_line(text)
    assert "\n" not in line
    assert "\r" not in line
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert "\x1b" not in line


@given(HOSTILE, HOSTILE)
def test_an_annotation_is_one_command_with_our_properties(title, message):
    data = untrusted.annotation_data(message)
    name = untrusted.annotation_property(title)
    line = f"::error title={name},line=3::{data}"
    assert "\n" not in line
    assert "\r" not in line
    head, _, rest = line.removeprefix("::").partition("::")
    assert rest == data
    assert head.removeprefix("error ").split(",") == [f"title={name}", "line=3"]
    assert "##[" not in line


@given(HOSTILE)
def test_a_terminal_gets_no_escape_sequences(text):
    assert "\x1b" not in untrusted.terminal(text)
    assert not HIDDEN.search(untrusted.terminal(text))


@given(HOSTILE, HOSTILE)
def test_an_envelope_cannot_be_closed_from_within(label, text):
    envelope = untrusted.for_model(label, text)
    first, *inside, last = envelope.split("\n")
    tag = re.match(r"<<<(\w+) ", first)[1]
    assert last == f"{tag}>>>"
    assert tag not in "\n".join(inside)
    assert not HIDDEN.search(envelope)


def test_equal_text_gets_an_equal_envelope_and_a_known_tag_is_not_used():
    assert untrusted.for_model("a", "b") == untrusted.for_model("a", "b")
    assert untrusted.for_model("a", "x abc y", lambda: "abc").startswith("<<<") is True
    assert "abc>>>" not in untrusted.for_model("a", "x abc y", lambda: "abc")


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a\nb", "a\\x0ab"), ("a\u202egnp.exe", "a\\u202egnp.exe"), ("grüße.txt", "grüße.txt")],
)
def test_a_path_shows_what_cannot_be_seen(path, shown):
    assert untrusted.path(path) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use `x < y` **now**.", "Use `x < y` **now**."),
        ("a < b && c", "a &lt; b &amp;&amp; c"),
        ("```py\nx = 1\ny = 2\n```", "```\nx = 1\ny = 2\n```"),
        ("see `a`b` c", "see `a`b&#96; c"),
    ],
)
def test_plain_prose_and_code_stay_readable(text, expected):
    assert untrusted.markdown(text).strip() == expected


def test_a_path_at_the_start_of_a_line_of_code_stays_code():
    shown = untrusted.markdown("```\n/etc/passwd\nx\n```")
    assert "&#47;" not in shown
    assert shown.replace("\u200b", "").strip() == "```\n/etc/passwd\nx\n```"
