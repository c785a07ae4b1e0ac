"""Every text in a value is reached, and what has none stays the same object."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.security.walk import rewrite_texts


class Row(NamedTuple):
    number: int
    text: str


class Kind(StrEnum):
    SMALL = "small"


@dataclass(frozen=True)
class Box:
    label: str
    length: int = field(init=False, default=0)


class Note(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(max_length=5)
    kind: Kind = Kind.SMALL


@pytest.mark.parametrize(
    ("value", "rewritten"),
    [
        ("small", "SMALL"),
        (Row(1, "a"), Row(1, "A")),  # takes its fields one by one
        (("a", ["b", 2]), ("A", ["B", 2])),
        ({"a": {"b": None}}, {"A": {"B": None}}),  # keys are texts, too
        (Box("a"), Box("A")),
        (Note(text="a"), Note(text="A")),  # an enumeration's value is a word of ours
        (Kind.SMALL, Kind.SMALL),
        ((Note(text="a"), (Row(1, "b"),)), (Note(text="A"), (Row(1, "B"),))),
        (b"a", b"a"),
    ],
)
def test_each_text_is_rewritten_however_deep(value, rewritten):
    assert rewrite_texts(value, str.upper) == rewritten
    assert rewrite_texts(rewritten, lambda text: text) == rewritten


def test_a_longer_text_does_not_fail_a_rule_of_its_model():
    assert rewrite_texts(Note(text="a"), lambda _text: "[redacted]").text == "[redacted]"


def test_what_does_not_change_is_the_same_object():
    value = (Note(text="a"), Box("b"), [Row(1, "c")])
    assert rewrite_texts(value, lambda text: text) is value


def test_a_field_that_is_to_be_kept_stays():
    assert rewrite_texts((Box("a"), Note(text="b")), str.upper, keep=["label"]) == (
        Box("a"),
        Note(text="B"),
    )
