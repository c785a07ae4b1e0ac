"""Files that mean harm: every reader answers, soon, and never raises."""

import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.manifests import (
    FORMATS,
    MAX_BYTES,
    MAX_ENTRIES,
    SURVEY_ONLY,
    FileRole,
    Listing,
    ManifestKind,
    Unreadable,
    format_of,
    read,
)
from tests.properties import examples

SIZE = 100_000
KINDS = (*FORMATS, *SURVEY_ONLY)
SECONDS = 2  # of the CPU, ten times what the slowest takes; what is not linear takes longer


def filled(text: str) -> str:
    return (text * (SIZE // len(text) + 1))[:SIZE]


HOSTILE = {
    "nested lists": "[" * SIZE,
    "nested objects": filled('{"a":'),
    "nested TOML": "a = " + "[" * SIZE,
    "nested YAML": "".join(f"{' ' * at}a:\n" for at in range(800)),
    "nested XML": "<a>" * (SIZE // 3),
    "aliases": "a: &a [x]\n" + filled("b: [*a, *a]\n"),
    "entities": '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>',
    "quotes": '"' * SIZE,
    "escapes": filled('"\\'),
    "open strings": filled('x "a '),
    "comments": filled("/*"),
    "commas": filled(", "),
    "colons": filled(": "),
    "headers": filled("[a"),
    "zero bytes": "\0" * SIZE,
    "spaces": " " * SIZE,
    "one word": "a" * SIZE,
    "empty lines": "\n" * SIZE,
    "a plugin": filled("id" + " " * 1_900 + "\n"),
    "tuples": filled("{ " * 900 + "\n"),
    "a gem": "gem " + " " * SIZE,
    "an image": "FROM " + " " * SIZE,
    "extras": filled("a["),
    "braces": filled("a: {b: c, "),
    "digits": '{"a":' + "9" * SIZE + "}",
    "surrogates": '{"packages":{"node_modules/\\ud800":{"version":"\\udfff"}}}',
    "wrong shapes": '{"packages":[1],"dependencies":"x","pins":{"a":1},"_meta":[],"require":3}',
    "wrong TOML": 'package = "a"\ntool = 1\nproject = [1]\ndependencies = 2\nlibraries = "x"\n',
}


def name(value: object) -> str:
    return value.name if isinstance(value, ManifestKind) else ""


@pytest.mark.parametrize("of", KINDS, ids=name)
def test_no_content_breaks_a_reader_or_keeps_it_long(of: ManifestKind) -> None:
    for what, text in HOSTILE.items():
        started = time.process_time()
        found = read(of, text.encode())
        assert isinstance(found, Listing | Unreadable)
        assert time.process_time() - started < SECONDS, what


@pytest.mark.parametrize("of", KINDS, ids=name)
def test_bytes_that_are_no_text_are_an_answer_too(of: ManifestKind) -> None:
    assert isinstance(read(of, b"\xff\xfe\x00\xd8" * 1_000), Listing | Unreadable)
    assert isinstance(read(of, b""), Listing | Unreadable)


def test_what_is_too_large_is_not_read() -> None:
    of = next(one for one in FORMATS if one.role is FileRole.LOCK)
    found = read(of, b" " * (MAX_BYTES[FileRole.LOCK] + 1))
    assert found == Unreadable(reason="it is larger than 5 MB")


def test_a_document_type_is_refused() -> None:
    of = next(one for one in FORMATS if one.pattern.fullmatch("pom.xml"))
    found = read(of, HOSTILE["entities"].encode())
    assert isinstance(found, Unreadable)
    assert "document type" in found.reason


WORDS = st.sampled_from(
    [
        *("packages", "", "node_modules/a", "version", "name", "dependencies", "source"),
        *("requires", "tool", "poetry", "project", "pins", "state", "_meta", "default", "dist"),
    ]
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, -1, 1.5, 10**30, "", "x", "^1", "git+https://x", "a\0b", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
@examples(150)
def test_no_shape_of_json_breaks_a_reader(value: object) -> None:
    """Fault 14: what looks at the head's files answers, whatever stands where."""
    content = json.dumps(value).encode()  # YAML, too
    for of in KINDS:
        assert isinstance(read(of, content), Listing | Unreadable)


@given(st.dictionaries(WORDS.filter(bool), st.dictionaries(WORDS.filter(bool), VALUES)))
@examples(100)
def test_no_shape_of_toml_breaks_a_reader(tables: dict[str, dict[str, object]]) -> None:
    """Fault 14: JSON's strings, numbers, lists and tables in a line are TOML's."""
    content = "".join(
        f"[{json.dumps(name)}]\n"
        + "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    ).encode()
    for of in KINDS:
        assert isinstance(read(of, content), Listing | Unreadable)


def _toml(value: object) -> str:
    match value:
        case None:
            return '""'
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            rows = (f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items())
            return f"{{{', '.join(rows)}}}"
        case int() if not isinstance(value, bool):
            return str(value % 10**15)
        case _:
            return json.dumps(value)


# The shortest entries that a reader takes: what stands before them, one, what ends them, the joint.
SHORT = {
    "package.json": ('{"dependencies":{', '"NN":""', "}}", ","),
    "package-lock.json": ('{"dependencies":{', '"NN":{}', "}}", ","),
    "requirements.txt": ("", "aNN", "", "\n"),
    "Cargo.toml": ("", "[dev-dependencies.aNN]", "", "\n"),
    "pubspec.lock": ("packages:\n", "  aNN: {}", "", "\n"),
    "packages.lock.json": ('{"version":1,"dependencies":{"a":{', '"NN":{}', "}}}", ","),
    "pnpm-lock.yaml": ("packages:\n", "  aNN@1: {}", "", "\n"),
    "deno.lock": ('{"version":"4","npm":{', '"NN@1":{}', "}}", ","),
    "composer.json": ('{"require":{', '"NN/a":""', "}}", ","),
}
PER_ENTRY = 1_800  # bytes


def short(name, number):
    before, entry, after, joint = SHORT[name]
    entries = (entry.replace("NN", format(at, "x")) for at in range(number))
    return f"{before}{joint.join(entries)}{after}".encode()


@pytest.mark.parametrize("name", SHORT)
def test_short_entries_are_counted_before_they_are_read(name):
    """They take up to 150 times their size in memory: a lock of 5 MB would take 780 MB."""
    kind = format_of(name)
    limit = MAX_ENTRIES[kind.role]
    before, entry, after, joint = SHORT[name]
    raw = f"{before}{joint.join([entry] * (limit + 2))}{after}".encode()
    assert len(raw) < MAX_BYTES[kind.role]
    tracemalloc.start()
    try:
        listing = read(kind, short(name, 2_000))
        _size, peak = tracemalloc.get_traced_memory()
        assert len(listing.packages) == 2_000
        assert peak < PER_ENTRY * 2_000
        tracemalloc.reset_peak()
        start, _peak = tracemalloc.get_traced_memory()
        assert read(kind, raw) == Unreadable(reason=f"it has more than {limit:,} entries")
        _size, peak = tracemalloc.get_traced_memory()
        assert peak - start < len(raw)
    finally:
        tracemalloc.stop()
