"""What is told fast is what the slow search tells: a text is blanked the same, byte for byte."""

import base64
import itertools
import string
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.security import known, redaction, shapes, views
from codeflow_action.security.known import Index
from codeflow_action.security.linear import compile_linear
from codeflow_action.security.redaction import Redactor
from tests.security.corpus import FORMS, LOOK_ALIKES, SECRETS
from tests.security.texts import PIECES

VENDOR_SHAPE = r"\bacme-[0-9]{12}\b"  # as a provider hands it over
OWN = ["s3cr3t/Value+with=signs&more", "hunter2hunter2", "Zm9vYmFyYmF6cXV4MTIz"]
WORDS = [
    "the ",
    "total_price(",
    "\n",
    " = ",
    '"',
    "'\n'",
    "\\n",
    "%41",
    "&amp;",
    "é",
    "\u200b",
    "\x07",
]
SIGNS = ["\\n", "%41", "&amp;", "é", "\u200b", "\x07"]
WRITTEN = [form(secret.text, secret.values) for secret in SECRETS for form in FORMS.values()]
# The least that base64 and hex take, 20 signs and 40, and a control character within a value.
RARE = [
    base64.b64encode(b"pwd=a1b2c3d4e5f").decode(),
    b"password=a1b2c3d4e5f".hex(),
    "hunt\x07er2hunter2",
]
CUT = st.builds(
    lambda text, start, end: text[start:end],
    st.sampled_from(WRITTEN),
    st.integers(0, 40),
    st.integers(20, 400),
)
ENCODED = st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode())
TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*WRITTEN, *OWN, *LOOK_ALIKES]),
        st.sampled_from([*WORDS, *SIGNS]),
        st.text(string.ascii_letters + string.digits + "+/_-=", max_size=45),
        st.binary(max_size=24).map(bytes.hex),
        st.from_regex(VENDOR_SHAPE),
        CUT,
        ENCODED,
        PIECES,
    ),
    max_size=8,
).map("".join)


class _SlowIndex(Index):
    """Looks a value up at every character."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        start = 0
        while start < len(text):
            sizes = [
                size
                for size, values in self._pieces.get(text[start : start + self._least], {}).items()
                if text[start : start + size] in values
            ]
            if sizes:
                yield start, start + max(sizes)
            start += max(sizes, default=1)


def slow_views(text: str) -> Iterator[views.View]:
    """Yield a text's readings, each looked for with the expressions alone."""
    view = views._fold_odd_characters(views.View(text=text))
    yield view
    plain = view
    for _ in range(views._MAX_ROUNDS):
        plain = views._resolve_escapes(plain)
    if plain is not view:
        yield plain
    content = views._decode_runs(plain)
    if content.text:
        yield content


def slow_shapes(text: str) -> Iterator[shapes.Span]:
    """Yield what each expression finds."""
    yield from shapes._tokens(text, [VENDOR_SHAPE])
    yield from shapes._secret_places(text)
    yield from shapes._assignments(text)
    yield from shapes._private_keys(text)


def redact_slowly(text: str) -> str:
    """Return the text as a redactor does that makes every search."""
    index, spans = _SlowIndex(known.MIN_LENGTH), list[shapes.Span]()
    for form in itertools.chain.from_iterable(map(known._forms, OWN)):
        index.add(form)
    for view in slow_views(text):
        found = [*index.spans(view.text), *slow_shapes(view.text)]
        if found or redaction.MASK in view.text:
            found += redaction._other_halves(view.text, found)
        spans += [view.original(start, end) for start, end in found if end > start]
    return redaction._mask(text, spans)


def test_every_kind_and_look_alike_is_blanked_as_by_the_slow_search():
    for text in (*WRITTEN, *LOOK_ALIKES, *RARE):
        assert Redactor(OWN, key_shapes=[VENDOR_SHAPE]).redact(text) == redact_slowly(text)


@given(TEXTS)
def test_any_text_is_blanked_as_by_the_slow_search(text):
    assert Redactor(OWN, key_shapes=[VENDOR_SHAPE]).redact(text) == redact_slowly(text)


@given(
    st.lists(st.text("ab", min_size=1, max_size=90), max_size=6),
    st.text("abc", max_size=200),
    st.integers(4, 9),
)
def test_values_are_found_where_a_look_at_every_character_finds_them(values, text, least):
    fast, slow = Index(least), _SlowIndex(least)
    for value in values:
        fast.add(value)
        slow.add(value)
    whole = text.join(values)
    assert list(fast.spans(whole)) == list(slow.spans(whole))


@given(TEXTS)
def test_a_text_without_signs_of_an_escape_holds_none(text):
    assert views._may_hold_escapes(text) or not views._ESCAPE.search(text)


@given(TEXTS.map(lambda text: text.encode("ascii", "ignore").decode()))
def test_an_expression_that_matches_makes_the_whole_of_all_match(text):
    expressions = (*shapes._TOKENS, VENDOR_SHAPE, *shapes._SECRET_PLACES, shapes._ASSIGNMENT)
    matches = any(compile_linear(expression).search(text) for expression in expressions)
    assert bool(shapes._any_shape((VENDOR_SHAPE,)).search(text)) == matches


@given(st.lists(st.text(string.ascii_lowercase, min_size=8, max_size=30), max_size=4))
def test_a_text_that_was_harmless_is_searched_again_once_more_is_known(values):
    texts = [*(f"so {value}" for value in values), "acme-" + "7" * 12]
    redactor = Redactor()
    for value in values:
        for text in texts:
            redactor.text(text)
        redactor.hide([value])
    assert [redactor.text(text) for text in texts] == [
        Redactor(values).text(text) for text in texts
    ]
    redactor.learn_shapes([VENDOR_SHAPE])
    fresh = Redactor(values, key_shapes=[VENDOR_SHAPE])
    assert [redactor.text(text) for text in texts] == [fresh.text(text) for text in texts]
