"""A model's text to the object that was asked for, and what is saved of a bad one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.ai.reply import parse_reply, salvage
from codeflow_action.engine.errors import UnusableReply


class Remark(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=20)
    confidence: float = Field(ge=0, le=1)


class Remarks(BaseModel):
    summary: str
    remarks: list[Remark]


remark = st.builds(
    lambda title, confidence: {"title": title, "confidence": confidence},
    st.text(max_size=20),
    st.floats(min_value=0, max_value=1),
)
whole = st.builds(
    lambda summary, remarks: {"summary": summary, "remarks": remarks},
    st.text(max_size=10),
    st.lists(remark, max_size=5),
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(whole, st.sampled_from(["", "Sure: ", "\ufeff", "```json\n", "<think>{}</think>"]))
def test_a_good_answer_is_found_in_what_stands_around_it(answer, before):
    assert parse_reply(f"{before}{json.dumps(answer)} Done.", Remarks) == answer


@given(whole, st.data())
def test_of_an_answer_that_is_cut_anywhere_only_whole_elements_are_kept(answer, data):
    text = json.dumps(answer)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(UnusableReply):
        parse_reply(cut, Remarks)
    saved = salvage(cut, Remarks)
    if saved is None:
        return
    assert saved.flaws  # it says that something is missing
    Remarks.model_validate(saved.data)
    kept = saved.data["remarks"]
    assert kept == answer["remarks"][: len(kept)]
    assert saved.data["summary"] == answer["summary"]


@given(st.text(max_size=10), st.lists(remark | junk, max_size=6))
def test_of_a_list_exactly_the_elements_that_fit_are_kept(summary, elements):
    saved = salvage(json.dumps({"summary": summary, "remarks": elements}), Remarks)
    assert saved is not None
    Remarks.model_validate(saved.data)
    assert len(saved.data["remarks"]) + len(saved.flaws) == len(elements)
    assert all(one in elements for one in saved.data["remarks"])


@given(st.text(max_size=200) | st.text(alphabet='{}[]",:0189eE.-tfn\\ ', max_size=200))
def test_whatever_comes_is_an_answer_or_unusable(text):
    salvage(text, Remarks)
    with pytest.raises(UnusableReply):
        parse_reply(text, Remarks)


def test_depth_without_end_is_unusable():
    for text in ("[" * 100_000, '{"remarks":' * 50_000):
        assert salvage(text, Remarks) is None
        with pytest.raises(UnusableReply):
            parse_reply(text, Remarks)


def test_a_flaw_tells_its_place_and_whose_it_is():
    text = json.dumps({"summary": "", "remarks": [{"title": "Mine", "confidence": 7}]})
    saved = salvage(text, Remarks)
    assert [(flaw.where, flaw.label) for flaw in saved.flaws] == [("remarks[0].confidence", "Mine")]


def test_a_root_that_does_not_fit_is_not_made_up():
    assert salvage('{"remarks": [{"title": "t", "confidence": 1}]}', Remarks) is None


def test_the_nearest_object_is_what_the_model_is_told_about():
    near = {"summary": 1, "remarks": []}
    with pytest.raises(UnusableReply, match="summary: Input should be a valid string"):
        parse_reply(f'{{"other": 1}} {json.dumps(near)}', Remarks)


@pytest.mark.parametrize(
    ("before", "title"),
    [
        ("", "<think> and </think>"),  # two words of a diff, quoted
        ("", "<think>{</think>"),
        ("<think>{}</think>\n", "a </think> b"),
        ("<think>x</think> <thinking>{</thinking> ", "<think>"),
        ("```json\n", "</think>"),
    ],
)
def test_what_a_remark_quotes_is_no_thinking(before, title):
    """Fault 5: what stood between two quoted words was cut out of the answer, remarks and all."""
    others = [{"title": text, "confidence": 0.5} for text in (title, "in between", title)]
    answer = {"summary": "x", "remarks": others}
    assert parse_reply(f"{before}{json.dumps(answer)}", Remarks) == answer
    saved = salvage(f"{before}{json.dumps(answer)[:-3]}", Remarks)
    assert saved is not None
    assert [one["title"] for one in saved.data["remarks"]][:2] == [title, "in between"]
