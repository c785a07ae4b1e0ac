"""The table of checkers, the batch, and what may not happen whatever comes in."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.files import USUAL_SUFFIXES
from codeflow_action.review.proof import CHECKERS, Claim, ClaimKind, NoProof, prove_all
from codeflow_action.review.syntax.grammar_list import LANGUAGES
from tests.properties import examples
from tests.review.proof.proving import context, verdict

TEXT = "import os\ndef f(a):\n    return g(a)\n"


def claims(path="a.py", line=3, subject="g"):
    return [
        Claim(kind=kind, subject=subject, other=subject, path=path, line=line, end_line=line)
        for kind in ClaimKind
    ]


def test_every_kind_has_its_checker():
    assert set(CHECKERS) == set(ClaimKind)


def test_a_batch_asks_the_trees_once_for_all():
    where = context({"a.py": TEXT}, {"a.py": ""})
    verdicts = asyncio.run(prove_all(claims() * 5, where))
    assert len(verdicts) == 5 * len(ClaimKind)
    assert where.head.asked == ["list", "search", "read_many"]
    assert where.base.asked == ["read_many"]


def test_other_claims_ask_nothing():
    where = context({"a.py": TEXT})
    claim = Claim(kind=ClaimKind.OTHER, subject="g", path="a.py", line=1, end_line=1)
    assert asyncio.run(prove_all([claim], where)) == (NoProof("nothing that code can check"),)
    assert asyncio.run(prove_all([], where)) == ()
    assert where.head.asked == []


@pytest.mark.parametrize("kind", list(ClaimKind))
def test_a_file_that_is_not_there_says_nothing(kind):
    assert isinstance(verdict(kind, "g", 1, {"a.py": TEXT}, path="b.py"), NoProof)


@pytest.mark.parametrize("kind", ["undefined", "unused", "file_missing"])
def test_removed_lines_are_no_place_for_claims_about_the_head(kind):
    assert isinstance(verdict(kind, "g", 3, {"a.py": TEXT}, side=Side.LEFT), NoProof)


def test_strangers_names_are_code():
    files = {"a@b`c.py": "def _f(): ...\n"}
    assert verdict("unused", "_f", 1, files).evidence == ("No file names `_f` but ``a@b`c.py:1``.")


SUFFIXES = sorted({USUAL_SUFFIXES[language.name] for language in LANGUAGES})
PIECES = st.sampled_from(
    [
        "g",
        "(",
        ")",
        "{",
        "}",
        "\n",
        "    ",
        "=",
        "def ",
        "class ",
        "import ",
        "try:",
        "except",
        "'",
        ".",
        ":",
        "#",
        "//",
        "for ",
        " in ",
        "return ",
        "\t",
        "\0",
        "é",
        "\r",
        "x",
        "1",
        ",",
        "<",
    ]
)
CONTENT = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=40).map("".join))


@examples(150)  # a grammar is loaded at its first use
@given(
    suffix=st.sampled_from(SUFFIXES),
    head=CONTENT,
    other=CONTENT,
    line=st.integers(1, 99),
    subject=st.one_of(st.sampled_from(["g", "g()", "self.g", "./g", "a::g", "x"]), st.text()),
    side=st.sampled_from(Side),
)
def test_whatever_the_bytes_there_is_an_answer(suffix, head, other, line, subject, side):
    path = f"a{suffix}"
    where = context({path: head, f"test_b{suffix}": other}, {path: other, f"test_b{suffix}": other})
    made = [
        Claim(
            kind=kind,
            subject=subject,
            other="x",
            path=path,
            line=line,
            end_line=line + 2,
            side=side,
        )
        for kind in ClaimKind
    ]
    assert len(asyncio.run(prove_all(made, where))) == len(made)
