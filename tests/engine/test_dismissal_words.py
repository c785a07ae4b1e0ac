"""What a reply to a remark means: phrases in ten languages, and what only looks like one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.dismissal_words import PHRASES, Stance, stance

DISMISSIVE = [
    "Won't fix.",
    "won’t fix, the caller checks it",  # as phones write it
    "wontfix",
    "This is a false positive.",
    "No, this is by design.",
    "Intentional: the test needs it.",
    "It works as intended",
    "not a bug",
    "By design, because the caller never passes an empty list.",
    "Das ist Absicht, weil die Liste nie leer ist.",
    "C'est voulu, la liste n'est jamais vide.",
    "> Is this safe?\n\nYes, it's intentional.",
    "Das ist Absicht.",
    "Fehlalarm",
    "C'est voulu.",
    "Faux positif !",
    "Es un falso positivo.",
    "No, es intencional.",
    "É um falso positivo.",
    "Não é um bug.",
    "È voluto.",
    "Non è un errore.",
    "To celowe.",
    "Fałszywy alarm",
    "Так задумано.",
    "Это ложное срабатывание",
    "这是误报。",
    "设计如此",
    "これは誤検知です。",
    "仕様です",
]
# Each has the words of a dismissal, and does not say it.
QUIET = [
    "This is not a false positive.",
    "This isn't intentional.",
    "Won't fix this in another PR?",
    "We won't fix it here, but in a follow-up.",
    "Is it by design?",
    "By design. Or do I miss something?",
    "It may be a false positive.",
    "If this is a false positive, tell me.",
    "I thought this was by design.",
    "> This is a false positive\n\nHm.",
    "`by design` is what the page says",
    'The page says "by design".',
    "unintentional",
    "Das ist kein Fehlalarm.",
    "Absicht ist das nicht.",
    "Intentional it is not!",
    "by design, not intentional",
    "Nicht beabsichtigt",
    "Ce n'est pas un faux positif.",
    "No es un falso positivo.",
    "Não é um falso positivo.",
    "Non è un falso positivo.",
    "To nie jest fałszywy alarm.",
    "Это не ложное срабатывание.",
    "这不是误报。",
    "这是误报吗",
    "誤検知ではありません。",
    "これは仕様ですか。",
    "",
    "Thanks, I'll look at it tomorrow.",
]
AGREEING = [
    "Good catch!",
    "You're right, will fix",
    "Fixed in 1234567.",
    "By design. No: good catch!",
]


@pytest.mark.parametrize("body", DISMISSIVE)
def test_this_dismisses(body):
    assert stance(body) is Stance.DISMISSES


@pytest.mark.parametrize("body", QUIET)
def test_this_says_nothing_of_the_kind(body):
    assert stance(body) is Stance.NONE


@pytest.mark.parametrize("body", AGREEING)
def test_this_agrees(body):
    assert stance(body) is Stance.AGREES


@pytest.mark.parametrize("language", PHRASES)
def test_every_phrase_of_a_language_dismisses_and_not_in_a_question(language):
    for phrase in PHRASES[language].dismissive:
        assert stance(phrase) is Stance.DISMISSES, phrase
        assert stance(f"{phrase}?") is Stance.NONE, phrase


def test_there_are_ten_languages():
    assert len(PHRASES) == 10


@given(st.text(alphabet="\"'`>?.\n „“«»not by design", max_size=200))
def test_any_text_has_a_stance(body):
    assert stance(body) in Stance


@pytest.mark.parametrize("sign", ['"', "„", "`", ">", "\n", " ", "n't ", "not ", "by design "])
def test_a_text_that_repeats_a_sign_is_read_in_a_moment(sign):
    start = time.process_time()
    stance(sign * 40_000)
    assert time.process_time() - start < 3
