"""Findings, ledger and patterns."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    Category,
    Evidence,
    Finding,
    Severity,
    fingerprint,
    identify,
)
from codeflow_action.engine.globs import BadGlob, any_matches, compile_glob
from codeflow_action.engine.ledger import Coverage, Entry, Ledger, Unread


def finding(**fields):
    defaults = {
        "severity": Severity.WARNING,
        "category": Category.CORRECTNESS,
        "path": "a.py",
        "line": 3,
        "title": "A title",
        "message": "A message",
        "evidence": Evidence.QUOTED,
        "sources": ("pr_reviewer",),
        "rule": "pr_reviewer/correctness",
        "code": "x = 1",
    }
    return Finding(**{**defaults, **fields})


COVERAGE = Coverage(
    reviewed_lines=5,
    reviewable_lines=10,
    reviewable_files=2,
    unread={Unread.BINARY: 1},
    share=0.5,
)


def noise(at):
    """Text that does not compress."""
    return "".join(hashlib.sha256(f"{at}.{part}".encode()).hexdigest() for part in range(3))


def ledger(count=0, **fields):
    entries = tuple(
        Entry.of(f"{at:016x}", finding(line=at + 1, message=noise(at))) for at in range(count)
    )
    defaults = {
        "head_sha": "1" * 40,
        "merge_base_sha": "2" * 40,
        "digest": "d",
        "complete": True,
        "entries": entries,
    }
    return Ledger(**{**defaults, **fields})


@pytest.mark.parametrize(
    "other",
    [
        {"line": 90},
        {"title": "Other words"},
        {"message": "…"},
        {"code": "  x  =  1 "},
        {"severity": Severity.ERROR},
    ],
)
def test_a_finding_keeps_its_name_when_lines_shift_or_words_change(other):
    assert fingerprint(finding()) == fingerprint(finding(**other))


@pytest.mark.parametrize(
    "other",
    [{"path": "b.py"}, {"code": "y = 1"}, {"side": Side.LEFT}, {"category": Category.SECURITY}],
)
def test_another_place_or_kind_is_another_finding(other):
    assert fingerprint(finding()) != fingerprint(finding(**other))


def test_equal_findings_in_one_file_have_different_names():
    named = identify([finding(line=3), finding(line=9)])
    assert len(named) == 2
    assert [one.line for one in named.values()] == [3, 9]


def test_a_range_needs_a_start_and_must_not_go_backwards():
    for wrong in ({"line": None, "end_line": 3}, {"line": 5, "end_line": 3}, {"path": None}):
        with pytest.raises(ValueError, match="line"):
            finding(**wrong)


@pytest.mark.parametrize(
    ("patterns", "path", "included"),
    [
        (["*.py"], "a/b/c.py", True),
        (["*.py"], "a.pyi", False),
        (["src/*.py"], "src/a.py", True),
        (["src/*.py"], "src/b/a.py", False),
        (["src/**"], "src/b/a.py", True),
        (["**/vendor/**"], "a/vendor/x", True),
        (["**/vendor/**"], "vendor/x", True),
        (["vendor/"], "vendor/a/b", True),
        (["/a.py"], "b/a.py", False),
        (["*.{js,ts}"], "x.ts", True),
        (["[ab].py"], "a.py", True),
        (["[!ab].py"], "a.py", False),
        (["a?.py"], "ab.py", True),
        (["**", "!docs/**"], "docs/x.md", False),
        (["**", "!docs/**", "docs/keep.md"], "docs/keep.md", True),
        (["a+b(c).py"], "a+b(c).py", True),
        (["*.py"], "new\nline.py", True),
        ([], "a", False),
    ],
)
def test_patterns_mean_what_people_expect(patterns, path, included):
    assert any_matches(patterns, path) is included


@pytest.mark.parametrize("bad", ["", " x", "[a", "{a,b", "a\0b"])
def test_a_pattern_that_means_nothing_is_an_error(bad):
    with pytest.raises(BadGlob):
        compile_glob(bad)


@given(
    st.text(alphabet="*?[]{},!/ab\\.^-&~|", min_size=1, max_size=12), st.text("ab/.", max_size=8)
)
@example(pattern="[?--]", path="-")
@example(pattern="[+--]", path="-")
@example(pattern="[a---z]", path="-")
def test_no_pattern_breaks_matching(pattern, path):
    try:
        compiled = compile_glob(pattern)
    except BadGlob:
        return
    assert compiled.fullmatch(path) is None or isinstance(path, str)
