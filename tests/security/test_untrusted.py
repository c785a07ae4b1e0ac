"""Strangers' text, per destination: nothing in it may act."""

import re
import time

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
        ("Use `x < y` **now**, or *later*.", "Use `x < y` **now**, or *later*."),
        ("a < b && c, it's 50% (or so); see C#", "a &lt; b && c, it's 50% (or so); see C#"),
        ("```py\nx = 1\ny = 2\n```", "```py\nx = 1\ny = 2\n```"),
        ("see `a`b` c", "see `a`b&#96; c"),
        # names and generics are what reviewers forget to quote
        (
            "call my_helper(x) on List<int>, or __init__",
            "call `my_helper(x)` on `List<int>`, or `__init__`",
        ),
        ("- one\n  - two\n* three\n\n1. a\n2. b", "- one\n  - two\n- three\n\n1. a\n2. b"),
        ("# Why\nbecause\nof it", "**Why**\n\nbecause\nof it"),
        # a link is its text and its address, which is no link any more
        (
            "see [the `docs`](https://e.example/a_b)",
            "see the `docs` (`https:\u200b//e.example/a_b`)",
        ),
        # what nobody draws for a stranger is shown as it was written
        ("```mermaid\ngraph\n```", "```\nmermaid\ngraph\n```"),
        ("7. no list\n9. of ours", "7. no list\n   9\\. of ours"),
    ],
)
def test_plain_prose_and_code_stay_readable(text, expected):
    assert untrusted.markdown(text) == expected


def test_a_path_at_the_start_of_a_line_of_code_stays_code():
    shown = untrusted.markdown("```\n/etc/passwd\nx\n```")
    assert shown.replace("\u200b", "") == "```\n/etc/passwd\nx\n```"


@pytest.mark.parametrize(
    "text",
    [
        *("*a " * 20_000, "`` ` " * 12_000, "[" * 60_000, "[x](" * 15_000, ")" * 60_000),
        *("f" * 60_000, "a_" * 30_000, "x[" * 30_000, ":a" * 30_000, "`x` " * 15_000),
        *("- x\n" * 15_000, "```\n" * 15_000, "\n" * 60_000 + "/x", "x" * 30_000 + "[" * 30_000),
    ],
    ids=lambda text: repr(text[:6]),
)
def test_writing_prose_takes_no_more_than_its_length_asks(text):
    """A second or two of this process's own time; a square of the length would be minutes."""
    started = time.process_time()
    untrusted.markdown(text)
    assert time.process_time() - started < 20
