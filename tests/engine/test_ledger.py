"""What is remembered of a pull request, as values and as text in our comment."""

import base64
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.findings import (
    Category,
    DroppedFinding,
    DropStage,
    Evidence,
    Severity,
    Suggestion,
)
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.ledger import Entry, EntryState, Ledger, hash_line, hash_lines
from codeflow_action.engine.ledger_text import (
    MAX_ENCODED,
    UNIT_DIGEST,
    VERSION,
    LedgerFlaw,
    decode,
    encode,
)
from tests.engine.test_values import COVERAGE, finding, ledger

UNITS = tuple(f"{number:0{UNIT_DIGEST}d}" for number in range(40))


def packed(payload):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return base64.b64encode(zlib.compress(raw)).decode()


def payload(value):
    return json.loads(zlib.decompress(base64.b64decode(encode(value))))


def unshuffled(value):
    return sorted(entry.model_dump_json() for entry in value.entries)


WORDS = ["cart", "total", "price", "item", "order", "list", "map", "user", "token", "loses"]


def realistic(number, state=EntryState.OPEN):
    """An entry as a model's remark on a large change makes it."""
    rng = random.Random(number)
    words = [rng.choice(WORDS) + str(rng.randrange(40)) for _ in range(60)]
    code = "\n".join(f"    {words[at]} = {words[at + 1]}({words[at + 2]})" for at in (0, 4))
    made = finding(
        path=f"src/{words[0]}/{words[number % 7]}_{number // 4}.py",
        line=rng.randrange(1, 2_000),
        end_line=None,
        title=" ".join(words[:8]).capitalize(),
        message=" ".join(words),
        code=code,
        symbol=f"{words[9].title()}.{words[10]}",
        evidence=rng.choice([Evidence.VERIFIED, Evidence.QUOTED]),
        severity=rng.choice(list(Severity)),
        category=rng.choice(list(Category)),
    )
    entry = Entry.of(f"{rng.getrandbits(64):016x}", made, number=rng.randrange(1, 20))
    entry = entry.model_copy(update={"thread": rng.randrange(10**9, 3 * 10**9)})
    return entry if state is EntryState.OPEN else entry.closed(state)


def digests(count):
    rng = random.Random(count)
    return tuple(base64.urlsafe_b64encode(rng.randbytes(15)).decode() for _ in range(count))


@given(
    st.lists(
        st.builds(
            Entry,
            fingerprint=st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
            state=st.sampled_from(EntryState),
            is_owed=st.booleans(),
            severity=st.sampled_from(Severity),
            category=st.sampled_from(Category),
            evidence=st.sampled_from(Evidence),
            sources=st.lists(st.text(max_size=5), min_size=1, max_size=2).map(tuple),
            rule=st.text(max_size=9),
            path=st.none() | st.text(max_size=9),
            line=st.none() | st.integers(1, 10**6),
            end_line=st.none() | st.integers(1, 10**6),
            line_hashes=st.text(max_size=60).map(hash_lines),
            title=st.text(max_size=9),
            suggestion=st.none() | st.just(Suggestion(start_line=1, end_line=2, replacement="x")),
        ),
        max_size=4,
    ),
    st.integers(0, len(UNITS)),
)
def test_a_ledger_survives_its_text(entries, count):
    value = ledger(
        entries=tuple(entries),
        coverage=COVERAGE,
        tokens=7,
        cost_usd=None,
        reviewed_units=UNITS[:count],
        labels=("size/S",),
        is_paused=True,
        comments=3,
    )
    assert decode(encode(value)) == value


def test_300_findings_fit_with_their_titles_and_300_read_units():
    entries = tuple(map(realistic, range(300)))
    value = ledger(entries=entries, reviewed_units=digests(300), coverage=COVERAGE)
    text = encode(value)
    assert len(text) <= MAX_ENCODED
    kept = decode(text)
    assert kept.complete
    assert [entry.title for entry in kept.entries] == [entry.title for entry in entries]
    assert kept.reviewed_units == value.reviewed_units


def test_where_there_is_no_room_kept_answers_go_before_anything_else():
    answer = KeptAnswer(digest="d", text=random.Random(1).randbytes(4_000).hex())
    few = ledger(entries=tuple(map(realistic, range(3))), kept_answers={"pr_describer": answer})
    assert decode(encode(few)) == few
    many = few.model_copy(update={"entries": tuple(map(realistic, range(180)))})
    kept = decode(encode(many))
    assert kept.kept_answers == {}
    without = many.model_copy(update={"kept_answers": {}})
    assert kept == decode(encode(without))


@pytest.mark.promise(
    "Whoever can read the pull request can read it: besides the findings it has the newest 20 "
    "remarks that were not shown, shortened, with the reasons."
)
def test_of_remarks_that_were_dropped_it_has_the_newest_20_shortened():
    drops = [
        DroppedFinding(
            stage=DropStage.VERIFY, reason="r" * 1_000, title=f"{at} {'t' * 1_000}", path="a.py"
        )
        for at in range(30)
    ]
    kept = decode(encode(ledger().with_drops(drops[10:]).with_drops(drops[:10]))).drops
    assert [drop.title.partition(" ")[0] for drop in kept] == [str(at) for at in range(20)]
    assert {(len(drop.title), len(drop.reason)) for drop in kept} == {(80, 160)}


def test_without_room_remarks_that_were_dropped_are_the_first_to_go_and_then_nobody_knows():
    drop = DroppedFinding(stage=DropStage.VERIFY, reason="It holds.", title="Twice", path="a.py")
    few = ledger(entries=tuple(map(realistic, range(3)))).with_drops([drop])
    assert decode(encode(few)) == few
    many = few.model_copy(update={"entries": tuple(map(realistic, range(300)))})
    assert decode(encode(many)).drops is None


def test_where_there_is_no_room_messages_go_before_anything_else_and_the_gravest_last():
    value = ledger(entries=tuple(map(realistic, range(300))))
    kept = decode(encode(value))
    with_message = [entry for entry in kept.entries if entry.message]
    without = [entry for entry in kept.entries if not entry.message]
    assert with_message
    assert without
    worst = max(entry.severity.rank for entry in with_message)
    assert worst <= min(entry.severity.rank for entry in without)


def test_the_oldest_closed_entries_go_before_an_open_one_and_what_was_fixed_before_a_dismissal():
    closed = [realistic(number, EntryState.FIXED) for number in range(300, 900)]
    dismissed = [realistic(number, EntryState.DISMISSED) for number in range(900, 950)]
    opened = [realistic(number) for number in range(200)]
    kept = decode(encode(ledger(entries=(*closed, *dismissed, *opened))))
    assert kept.complete
    names = {entry.fingerprint for entry in kept.entries}
    assert {entry.fingerprint for entry in (*dismissed, *opened)} <= names
    kept_rounds = [entry.last_round for entry in closed if entry.fingerprint in names]
    lost_rounds = [entry.last_round for entry in closed if entry.fingerprint not in names]
    assert lost_rounds
    assert max(lost_rounds) <= min(kept_rounds, default=99)


def test_a_ledger_that_forgets_an_open_finding_of_a_model_is_not_complete():
    value = ledger(
        entries=(
            *map(realistic, range(900)),
            Entry.of("f" * 16, finding(severity=Severity.ERROR, path="a", line=9_999)),
        )
    )
    text = encode(value)
    assert len(text) <= MAX_ENCODED
    kept = decode(text)
    assert "f" * 16 in {entry.fingerprint for entry in kept.entries}
    assert 10 < len(kept.entries) < 901
    assert not kept.complete


def test_a_closed_entry_has_no_prose():
    entry = realistic(1).closed(EntryState.FIXED)
    assert (entry.title, entry.message, entry.suggestion) == ("", "", None)
    assert entry.quoted_lines


def test_a_gate_s_entry_has_no_message_for_it_is_made_again():
    gate = finding(evidence=Evidence.DETERMINISTIC, rule="secrets/key")
    assert Entry.of("0" * 16, gate).message == ""


def test_an_entry_is_the_finding_again_but_for_its_code():
    one = finding(end_line=4, symbol="Cart.total", code="x = 1")
    assert Entry.of("0" * 16, one).finding == one.model_copy(update={"code": ""})


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
)
def test_what_is_no_ledger_is_damaged(text):
    assert decode(text) is LedgerFlaw.DAMAGED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(JSON, st.sampled_from(["entries", "reviewed_units", "number", "coverage", "version", ""]))
def test_no_json_in_the_place_of_a_ledger_breaks_anything(value, name):
    whole = payload(ledger(2)) | ({name: value} if name else {})
    assert isinstance(decode(packed(whole if name else value)), Ledger | LedgerFlaw)


def test_a_payload_that_would_fill_the_memory_is_damaged():
    assert decode(packed(b"0" * 50_000_000)) is LedgerFlaw.DAMAGED


def test_a_ledger_of_another_version_is_told_as_such():
    own = payload(ledger(2))
    assert own["version"] == VERSION
    assert decode(packed(own | {"version": VERSION + 1})) is LedgerFlaw.NEWER
    assert decode(packed(own | {"version": 2})) is LedgerFlaw.OLDER
    older = {"head_sha": "1" * 40, "merge_base_sha": "2" * 40, "digest": "d", "complete": True}
    assert decode(packed(older)) is LedgerFlaw.OLDER


@pytest.mark.parametrize("changed", ["head_sha", "merge_base_sha", "digest"])
def test_a_ledger_covers_the_same_change_under_the_same_configuration(changed):
    same = {"head_sha": "1" * 40, "merge_base_sha": "2" * 40, "digest": "d"}
    assert ledger().covers(**same)
    assert not ledger().covers(**{**same, changed: "other"})
    assert not ledger(complete=False).covers(**same)


@given(st.text(alphabet="ab =()", min_size=1, max_size=12), st.text(alphabet=" \t", max_size=4))
def test_a_line_keeps_its_hash_when_it_is_indented_in_another_way(line, indent):
    assert hash_line(f"{indent}{line}") == hash_line(line)


def test_blank_lines_are_not_hashed_and_a_masked_one_is_any_line():
    assert hash_lines("a\n\n  b") == hash_line("a") + hash_line("b")
    assert hash_line("key = '[redacted: token]'") == "*****"


def test_what_has_a_thread_for_the_first_time_is_one_more_comment():
    entries = (realistic(1), realistic(2).model_copy(update={"thread": 0}))
    first, second = (entry.fingerprint for entry in entries)
    after = ledger(entries=entries, comments=4).with_threads({first: 7, second: 9, "gone": 1})
    assert [entry.thread for entry in after.entries] == [7, 9]
    assert after.comments == 5
    assert after.with_threads({second: 9}) == after
