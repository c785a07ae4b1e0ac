"""Globs match what people expect, in time in proportion to a path that a stranger named."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.globs import BadGlob, compile_glob
from tests.properties import examples

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[ab]\]|[{},]|.")
_MEANING = {
    "*": "[^/]*",
    "**": ".*",
    "**/": "(?:.*/)?",
    "?": "[^/]",
    "[!a]": "[^a/]",
    "[!b]": "[^b/]",
    "{": "(?:",
    "}": ")",
    ",": "|",
}


def expression(pattern):
    """Return a pattern as a regular expression, token by token."""
    rooted = pattern.lstrip("/")
    rooted += "**" if rooted.endswith("/") else ""
    body = "".join(
        one if one in ("[a]", "[b]") else _MEANING.get(one) or re.escape(one)
        for one in _TOKEN.findall(rooted)
    )
    anywhere = "/" not in pattern.rstrip("/")
    return re.compile(("(?:.*/)?" if anywhere else "") + body, re.DOTALL)


plain = st.lists(
    st.sampled_from(["a", "b", "/", ".", "*", "**", "**/", "?", "[a]", "[!b]"]), max_size=5
).map("".join)
choice = st.lists(plain, min_size=1, max_size=3).map(lambda some: f"{{{','.join(some)}}}")
choices = st.lists(st.one_of(plain, choice), min_size=1, max_size=3).map("".join)


@examples(400)
@given(choices, st.text("ab/.", max_size=9))
def test_a_glob_matches_what_its_expression_matches(pattern, path):
    """Fault 13: held against backtracking, which is right where it ends."""
    if pattern:
        expected = expression(pattern).fullmatch(path) is not None
        assert compile_glob(pattern).fullmatch(path) is expected


# What takes polynomial or exponential time in an expression that tracks back.
@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*a*a*a*b", "a" * 4_000),  # stars within a name
        ("**/a/**/a/**/a/**/b", "a/" * 2_000),  # folders within folders
        ("*.*.*.*.*.min.js", "." * 4_000),  # an ordinary pattern, a made-up name
        ("{*a,*a*,a*}{*a,*a*,a*}{*a,*a*,a*}c", "a" * 4_000),  # choices
        ("[!b]*[!b]*[!b]*[!b]*b", "a" * 4_000),  # sets
        ("**/*/**/*/**/*.py", "/" * 4_000),
    ],
)
def test_no_file_name_takes_more_than_a_look_up_a_character(pattern, path):
    """Fault 13: few steps are worked out, whatever the path's length; the rest is looked up."""
    matcher = compile_glob.__wrapped__(pattern)
    assert matcher.fullmatch(path) is False
    assert sum(len(state.next) for state in matcher._states.values()) < 100


def test_what_is_remembered_has_a_limit():
    """Fault 13: a pattern with very many states forgets some, and is right all the same."""
    matcher = compile_glob("*a????????????????b")
    path = "".join("ab"[(at * at // 3 + at // 7) % 2] for at in range(20_000))
    assert matcher.fullmatch(path + "a" + "a" * 16 + "b")
    assert not matcher.fullmatch(path + "b" * 18 + "c")
    assert len(matcher._states) <= 502


def test_a_glob_that_is_bad_says_so():
    with pytest.raises(BadGlob, match="unclosed"):
        compile_glob("{a,{b}")
