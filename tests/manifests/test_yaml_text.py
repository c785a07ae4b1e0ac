"""YAML of strangers: values by the core schema, and one error for all that is wrong."""

import math

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from codeflow_action.manifests.yaml_text import MAX_BYTES, Document, DocumentError, parse
from tests.properties import examples

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 8)]
)
HOSTILE = {
    "a control character": "a: \x07",
    "a zero byte": b"a: \0",
    "an escaped zero byte": 'a: "\\0"',
    "an empty float": "a: !!float ''",
    "an empty integer": "a: !!int ''",
    "no boolean": "a: !!bool maybe",
    "no null": "a: !!null x",
    "a date that is none": "a: !!timestamp 2020-99-99",
    "bytes": "a: !!binary '='",
    "a set": "a: !!set {x}",
    "an object": "a: !!python/object/apply:os.system [id]",
    "a tag of its own": "!mine a: 1",
    "a tag on a key": "!!str a: 1",
    "a number of 5,000 digits": f"a: {'9' * 5_000}",
    "a hexadecimal of 5,000 digits": f"a: 0x{'f' * 5_000}",
    "a float of 5,000 digits": f"a: 1.{'9' * 5_000}",
    "a list as a key": "? [a]\n: b",
    "a mapping as a key": "? {a: b}\n: c",
    "an alias as a key": "a: &x 1\n*x : 2",
    "a number as a key": "1: a",
    "a key twice": "a: 1\na: 2",
    "a merge": "a: &x {b: 1}\nc: {<<: *x}",
    "a merge with itself": "a: &x {<<: *x}",
    "an anchor that holds itself": "a: &x [*x]",
    "an anchor that is not there": "a: *x",
    "a billion laughs": LAUGHS,
    "flow nesting": "a: " + "[" * 100_000,
    "open mappings": "{a: " * 50_000,
    "block nesting": "\n".join(f"{' ' * at}a:" for at in range(400)),
    "dashes": "- " * 50_000,
    "nesting by aliases": "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20,
    "many values": "a: [" + "1, " * 30_000 + "]",
    "a lone surrogate": "a: \ud800",
    "an escaped surrogate": 'a: "\\ud800"',
    "an escape beyond unicode": 'a: "\\U00110000"',
    "no UTF-8": b"a: \xff",
    "UTF-16": "a: 1".encode("utf-16"),
    "ten megabytes": b"a: " + b"x" * 10_000_000,
    "two documents": "a: 1\n---\nb: 2",
    "a version that is none": "%YAML 9.9\n---\na: 1",
    "a list": "- a",
    "a word": "a",
    "an open quote": "a: 'b",
    "a tab": "\ta: 1",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_configuration_is_one_error(content):
    """Fault 14: each of these was, or could have been, an exception that nobody expects."""
    with pytest.raises(DocumentError) as caught:
        parse(content)
    assert caught.value.problem.message
    assert len(caught.value.problem.at("file")) < 300


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:2", "1:2"),  # sixty-two, by YAML 1.1
        ("1_000", "1_000"),
        ("2020-99-99", "2020-99-99"),
        ("off", "off"),
        ("yes", "yes"),
        ("0b11", "0b11"),
        ("017", 17),  # fifteen, by YAML 1.1
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("~", None),
        ("", None),
        ("Null", None),
        ("TRUE", True),
        ("'1'", "1"),
        ('"true"', "true"),
        ("|\n  1", "1"),
        ("=", "="),
    ],
)
def test_scalars_are_what_the_core_schema_says(text, value):
    """Fault 14: YAML 1.2.2, 10.3.2."""
    got = parse(f"a: {text}").value["a"]
    assert (got, type(got)) == (value, type(value))


def test_an_alias_is_its_anchor_and_a_byte_order_mark_is_nothing():
    document = parse("\ufeffa: &x [1, {b: 2}]\nc: *x".encode())
    assert document.value == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}
    assert document.place(("c", 1, "b")) == document.place(("c",))


def test_a_place_counts_line_feeds_alone_as_git_does():
    """Fault 14: YAML breaks lines at more signs, and a finding would land below its line."""
    with pytest.raises(DocumentError) as caught:
        parse("a: 'x\u2028y\x85z'\r\nb: !!int ''")
    assert caught.value.problem.place.line == 2


def test_a_text_may_be_as_long_as_is_said():
    assert parse(b"#" * MAX_BYTES).value == {}
    with pytest.raises(DocumentError):
        parse(b"#" * (MAX_BYTES + 1))


PIECES = st.sampled_from(
    [
        *("a", "b: ", ": ", "- ", "\n", "\n  ", "[", "]", "{", "}", ", ", "&x ", "*x", "<<", "? "),
        *(
            "'",
            '"',
            "\\",
            "!!int ",
            "!",
            "%",
            "---",
            "...",
            "|",
            ">",
            "#",
            "1",
            "0x",
            ".",
            "e",
            "~",
        ),
        *("\t", "\0", "\x85", "\u2028", "\ufeff", "\ud800", "é", "🙂", "\r", "@", "`", "null"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@examples(600)
@example("a: &x {b: *x}")
def test_no_text_raises_anything_else(text):
    """Fault 14: either it is a document, or it is a `DocumentError`."""
    try:
        document = parse(text)
    except DocumentError as error:
        place = error.problem.place
        assert place is None or 1 <= place.line <= text.count("\n") + 1
        return
    assert isinstance(document, Document)


@given(st.binary(max_size=80))
@examples(300)
def test_no_bytes_raise_anything_else(content):
    """Fault 14: either they are a document, or they are a `DocumentError`."""
    try:
        parse(content)
    except DocumentError:
        return


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("ab 1:#'\"\\-é", max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), PLAIN, max_size=4))
@examples(200)
def test_what_a_writer_of_yaml_writes_is_read_as_it_was(value):
    assert parse(yaml.safe_dump(value, allow_unicode=True)).value == value
