"""What goes through the pipe, and what a run comes to that was cut short."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.cut_short import NO_OUTPUTS, cut_short
from codeflow_action.hosts.messages import (
    Activity,
    Bundle,
    Cut,
    Deadline,
    Decoder,
    Lines,
    encode,
)
from codeflow_action.integrations.outputs import outputs
from codeflow_action.run.conclude import bare_report

ANY = st.text(st.characters() | st.sampled_from("\ud800\x00\n\r:#["), max_size=30)
MESSAGES = st.one_of(
    st.builds(Activity, text=ANY),
    st.builds(Deadline, time=st.floats(allow_nan=False)),
    st.builds(Lines, lines=st.lists(ANY).map(tuple)),
    st.builds(Cut, exit_code=st.integers(), reason=ANY, text=ANY),
    st.builds(
        Bundle,
        final=st.booleans(),
        exit_code=st.integers(),
        outputs=st.dictionaries(ANY, ANY),
        summary=ANY,
        files=st.dictionaries(ANY, st.tuples(ANY, ANY)),
        annotations=st.lists(ANY).map(tuple),
        warnings=st.lists(ANY).map(tuple),
        kind=ANY,
        last_word=ANY,
    ),
)


@given(st.lists(MESSAGES, max_size=5), st.integers(1, 50))
def test_messages_arrive_as_they_were_sent_in_whatever_pieces(messages, size):
    data = b"".join(map(encode, messages))
    decoder = Decoder()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [one for piece in pieces for one in decoder.feed(piece)] == messages


@given(MESSAGES, st.data())
def test_half_a_message_is_none(message, data):
    whole = encode(message)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert list(Decoder().feed(whole[:cut])) == []


def test_a_run_without_results_has_every_output_of_the_contract():
    decision = Decision(verdict=Verdict.INCOMPLETE, reason=Reason.GATE_NOT_RUN, exit_code=3)
    assert outputs(bare_report(decision, name="codeflow")) == NO_OUTPUTS


CODES = [
    # what the run had, what cut it short, what it ends with
    (None, 0, 3),  # no gate was passed
    (None, 3, 3),
    (None, 70, 70),
    (0, 0, 0),  # gates are done: a deadline is no failure
    (1, 0, 1),  # a blocking finding stays one
    (3, 0, 3),
    (0, 3, 3),
    (1, 3, 3),
    (1, 70, 70),
    (2, 3, 2),
    (70, 0, 70),
]


@pytest.mark.parametrize(("had", "cut", "code"), CODES)
def test_the_worse_exit_code_holds(had, cut, code):
    """Fault 13: a gate that was cut short has not passed."""
    report = json.dumps({"verdict": "fail", "exit_code": had})
    bundle = had is not None and Bundle(
        exit_code=had,
        outputs={**NO_OUTPUTS, "verdict": "fail"},
        summary="so far",
        files={"report_path": ("report.json", report)},
        kind="error" if had else "warning",
        last_word="first",
    )
    ended = cut_short(bundle or None, Cut(exit_code=cut, reason="deadline", text="`cut` <b>"))
    assert ended.final
    assert ended.exit_code == code
    assert ended.kind == ("error" if code else "warning")
    assert "<b>" not in ended.summary
    overruled = code != had
    assert ended.outputs["verdict"] == ("incomplete" if overruled else "fail")
    if bundle:
        assert json.loads(ended.files["report_path"][1])["exit_code"] == code
        assert ended.summary.endswith("so far")
        assert ("first" in ended.last_word) == bool(had)
