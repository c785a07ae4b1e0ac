"""What reads strangers' texts answers or refuses, in time and memory that the text accounts for."""

import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings

from tests.mutations import TOKENS, broken_bytes, broken_json
from tests.readers import READERS

SECONDS = 20  # of the processor; what is not linear needs minutes
LARGE = 100_000  # bytes
MEMORY = 20  # times the input
# What ends a parser that calls itself, as those of JSON and XML do.
DEEP = tuple(part * 60_000 for part in (b"[", b'{"runs":', b"<a>", b"- ", b"a.", b"("))


def answer(reader, raw):
    """Return what the reader makes of the text, None where it refuses; nothing else may happen."""
    started = time.process_time()
    try:
        return reader.read(raw)
    except reader.refusals:
        return None
    finally:
        assert time.process_time() - started < SECONDS


def try_many(reader, count):
    strategy = broken_json if reader.is_json else broken_bytes

    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy(reader.examples))
    def holds(raw):
        answer(reader, raw)

    holds()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_valid_text_is_read(reader):
    for raw in reader.examples:
        assert answer(reader, raw) is not None


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_broken_text_is_read_or_refused(reader):
    try_many(reader, 40)
    for token in (*TOKENS, *DEEP):
        answer(reader, token)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_large_text_takes_memory_in_proportion(reader):
    """Else a report of a few megabytes ends the run, as the kernel ends what takes all memory."""
    raw = reader.large(LARGE)
    answer(reader, raw[:1_000])  # what is made once is not the text's
    tracemalloc.start()
    try:
        value = answer(reader, raw)
        _size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < max(MEMORY * len(raw), reader.at_most), value is None


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_of_many_broken_texts_none_breaks_a_reader(reader):
    try_many(reader, 20_000)
