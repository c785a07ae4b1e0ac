"""What a comment asks for, and who may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.commands import (
    MAX_ARGUMENT,
    USAGES,
    Command,
    CommandAccess,
    CommandLine,
    CommandName,
    RepositoryRole,
    parse_command,
)

ALL = set(CommandName)
AUTHORS = {CommandName.EXPLAIN, CommandName.HELP}


@pytest.mark.parametrize(
    ("body", "word", "argument"),
    [
        ("/codeflow review", "review", ""),
        ("/codeflow review full\r\nPlease.", "review", "full"),  # as a browser sends lines
        ("  /codeflow\tReVieW   Full  \nmore", "ReVieW", "Full"),
        ("/CodeFlow ask Why is `Total` an int?", "ask", "Why is `Total` an int?"),
        ("/codeflow\u00a0help", "help", ""),  # a phone's keyboard may write this blank
        ("/codeflow", "", ""),
        ("/codeflow \rhelp", "", ""),
        ("/codeflow explain src/a b.py:12", "explain", "src/a b.py:12"),
        ("/codeflow \u202ewen", "\u202ewen", ""),
    ],
)
def test_the_first_line_asks_and_its_argument_keeps_its_case(body, word, argument):
    assert parse_command(body) == CommandLine(word=word, argument=argument)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n/codeflow review",  # not the first line
        "Please /codeflow review",
        "> /codeflow review",  # a quote
        "    /codeflow review",  # a block of code
        "\t/codeflow review",
        "`/codeflow review`",
        "```\n/codeflow review\n```",
        "- /codeflow review",
        "<!-- x -->/codeflow review",
        "/codeflows review",
        "/codeflow-review",
        "/codeflow: review",
        "\u200b/codeflow review",  # as we write it ourselves when we quote a command
    ],
)
def test_nothing_else_asks(body):
    assert parse_command(body) is None


def test_names_are_read_without_their_case_and_a_wrong_one_is_none():
    assert CommandLine(word="REVIEW").name is CommandName.REVIEW
    assert CommandLine().name is CommandName.HELP
    assert CommandLine(word="reveiw").name is None
    assert CommandLine(word="rev\u0131ew").name is None  # a dotless i is another letter


@given(st.text(max_size=200), st.integers(min_value=0, max_value=9_000))
def test_a_comment_of_any_text_is_read_within_bounds(text, length):
    line = parse_command(f"/codeflow ask {text}{'x' * length}")
    assert line is None or len(line.argument) <= MAX_ARGUMENT


@pytest.mark.parametrize(
    ("allow", "access", "is_author", "expected"),
    [
        ("write", RepositoryRole.ADMIN, False, ALL),
        ("write", RepositoryRole.MAINTAIN, False, ALL),
        ("write", RepositoryRole.WRITE, False, ALL),
        ("write", RepositoryRole.TRIAGE, False, set()),
        ("write", RepositoryRole.READ, False, set()),
        (
            "write",
            RepositoryRole.READ,
            True,
            AUTHORS,
        ),  # always, so that an author is not left alone
        ("admin", RepositoryRole.WRITE, False, set()),
        ("maintain", RepositoryRole.WRITE, False, set()),
        ("triage", RepositoryRole.TRIAGE, False, ALL),
        ("read", RepositoryRole.READ, False, ALL),
        ("read", RepositoryRole.NONE, False, set()),
        ("author", RepositoryRole.READ, True, ALL),
        ("author", RepositoryRole.NONE, True, ALL),
        ("author", RepositoryRole.TRIAGE, False, set()),
        ("author", RepositoryRole.WRITE, False, ALL),
    ],
)
def test_who_may_ask_for_what(allow, access, is_author, expected):
    assert set(CommandAccess(allow).commands(access, is_author=is_author)) == expected


def test_every_command_says_how_it_is_written():
    assert list(USAGES) == list(CommandName)
    assert all(usage.startswith(name) for name, (usage, _meaning) in USAGES.items())


def test_full_is_a_word_of_review_alone():
    line = {"login": "mona", "comment_id": 1}
    assert Command(name=CommandName.REVIEW, argument="FULL", **line).is_full_review
    assert not Command(name=CommandName.REVIEW, argument="fully", **line).is_full_review
    assert not Command(name=CommandName.ASK, argument="full", **line).is_full_review
