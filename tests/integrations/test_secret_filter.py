"""What the filter in front of the secret scanner lets through, beside the scanner itself."""

import base64
import json
import re
import string
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.seed_files import read_rows
from codeflow_action.integrations.kingfisher import Kingfisher
from codeflow_action.integrations.secret_filter import PATTERNS_FILE, bundled_filter
from scripts.write_secret_patterns import secret_patterns, written
from tests.properties import examples

PATTERNS = json.loads(PATTERNS_FILE.read_text("utf-8"))["patterns"]


def is_read_by_python(pattern):
    """Not so with flags in the middle, `\\z`, and POSIX classes."""
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(pattern)
    except (re.error, FutureWarning):
        return False
    return True


def with_python_spaces(pattern):
    return pattern.replace("[[:space:]]", r"\s").replace("[:space:]", r"\s")


WORDS = {with_python_spaces(pattern): words for pattern, words in PATTERNS.items()}
READABLE = [pattern for pattern in WORDS if is_read_by_python(pattern)]


def test_python_reads_most_expressions():
    assert len(READABLE) > 0.9 * len(PATTERNS)


@pytest.fixture(scope="module")
def scanner(rule_cache):
    kingfisher = Kingfisher(rule_cache)
    kingfisher.load_rules()
    return kingfisher


@pytest.fixture(scope="module")
def rough():
    return bundled_filter()


def test_the_patterns_are_those_of_the_installed_rules():
    assert PATTERNS_FILE.read_text("utf-8") == written(secret_patterns())


def test_a_scanner_with_other_rules_has_no_filter(tmp_path):
    other = tmp_path / "patterns.json"
    other.write_text(json.dumps({"version": "99.0", "patterns": {}}), "utf-8")
    assert bundled_filter(other) is None
    assert bundled_filter(tmp_path / "missing.json") is None


def test_whatever_the_scanner_finds_in_the_seeds_passes(scanner, rough):
    found = 0
    for row in read_rows().values():
        for _, head in (seed.versions() for group in row.groups for seed in group.seeds):
            for path, content in head.items():
                if scanner.scan(path, content):
                    found += 1
                    assert rough.may_match(content), path
    assert found > 30


AROUND = st.sampled_from(
    ["", "\n", " ", '"', "'", "é", "—", "\u017f", "\u212a", "x", "=", ";", "\ufeff"]
)


def in_base64(content):
    return b'x = "' + base64.b64encode(content) + b'"\n'


ENCODINGS = {
    "UTF-8": lambda text: text.encode("utf-8", "replace"),
    "UTF-16": lambda text: text.encode("utf-16", "replace"),
    "Latin-1": lambda text: text.encode("latin-1", "replace"),
    "base64": lambda text: in_base64(text.encode("utf-8", "replace")),
    "base64 twice": lambda text: in_base64(in_base64(text.encode("utf-8", "replace"))),
}


@pytest.mark.parametrize("space", string.whitespace)
def test_each_blank_that_ends_a_secret_for_the_scanner_ends_it_here(scanner, rough, space):
    content = f"AQ.Ab8RN60000000000000000001111223344579BCDEFGHIJSTUV{space}x\n".encode()
    assert scanner.scan("src/settings.py", content)
    assert rough.may_match(content)


@examples(300)
@given(
    st.sampled_from(READABLE).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True)),
    AROUND,
    AROUND,
    st.sampled_from(sorted(ENCODINGS)),
)
def test_whatever_the_scanner_finds_passes(scanner, rough, secret, before, after, encoding):
    content = ENCODINGS[encoding](f"a = 1\n{before}{secret}{after}\n")
    if scanner.scan("src/settings.py", content):
        assert rough.may_match(content)


def test_nearly_all_expressions_have_a_word_to_look_for():
    assert sum(not words or min(map(len, words)) < 3 for words in WORDS.values()) < 15


@examples(300)
@given(st.data())
def test_each_match_has_a_word_of_its_expression(data):
    """A file without one of the words is not searched for the expression."""
    pattern = data.draw(st.sampled_from([pattern for pattern in READABLE if WORDS[pattern]]))
    match = data.draw(st.from_regex(pattern, fullmatch=True))
    # Python folds letters beyond ASCII as well; the scanner, which reads bytes, does not.
    if match.isascii():
        assert any(word in match.lower() for word in WORDS[pattern]), pattern


@pytest.mark.parametrize("repeats", [1, 2, 5, 9])
def test_a_secret_in_any_depth_of_base64_passes(rough, repeats):
    content = b"ghp_" + b"a1B2" * 9 + b"\n"
    for _ in range(repeats):
        content = in_base64(content)
    assert rough.may_match(content)


def test_code_without_a_secret_needs_no_rules(tmp_path):
    kingfisher = Kingfisher(tmp_path)
    for path in Path("codeflow_action/engine").glob("*.py"):
        assert kingfisher.scan(str(path), path.read_bytes()) == ()
    assert list(tmp_path.iterdir()) == []
