"""Seals: what holds, what does not, and that nothing is told by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.security.seal import LEAST_KEY, Seal

KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
OTHER = "sk-" + "otherKeyOfTheseTests0123456789ab"
SEAL = Seal.of([KEY, OTHER], "a purpose")


def test_the_same_keys_in_any_order_make_the_same_seal():
    """Fault 12: the next run has to know it again."""
    again = Seal.of([OTHER, KEY, KEY], "a purpose")
    assert again.holds(SEAL.mark("a", "b"), "a", "b")


@pytest.mark.parametrize(
    "other",
    [
        Seal.of([KEY], "a purpose"),  # a key fewer
        Seal.of([KEY, OTHER + "x"], "a purpose"),  # another key
        Seal.of([KEY + OTHER], "a purpose"),  # the same characters
        Seal.of([KEY, OTHER], "another purpose"),
        Seal.of([], "a purpose"),
    ],
    ids=str,
)
def test_another_key_or_purpose_is_another_seal(other):
    """Fault 12: an answer's seal says nothing for a ledger, nor an old key's."""
    assert not other.holds(SEAL.mark("a"), "a")


@pytest.mark.parametrize(
    "parts",
    [("ab",), ("a", "b", ""), ("b", "a"), ('a", "b',), ("a,b",), ()],
)
def test_other_parts_are_not_what_was_sealed(parts):
    """Fault 12: no two lists of parts are the same text."""
    assert not SEAL.holds(SEAL.mark("a", "b"), *parts)


@given(st.text(max_size=80))
def test_what_is_no_seal_does_not_hold(mark):
    """Fault 12: any text, beyond ASCII too, which a comparison of strings would refuse."""
    assert not SEAL.holds(mark, "a")


@pytest.mark.parametrize("keys", [[], [""], ["EMPTY"], ["x" * (LEAST_KEY - 1)]])
def test_a_key_that_can_be_guessed_seals_nothing(keys):
    """Fault 12: a public seal would give it away."""
    seal = Seal.of(keys, "a purpose")
    assert not seal.is_secret
    assert seal == Seal.of([], "a purpose")


def test_a_seal_shows_no_key():
    """Fault 12: neither in what it prints nor in its marks."""
    assert KEY not in f"{SEAL!r}{SEAL.mark(KEY)}"
    assert SEAL.key.hex() not in repr(SEAL)
