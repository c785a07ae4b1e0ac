"""A review at a terminal that was ended by force."""

import io

import pytest

from codeflow_action.hosts.messages import Bundle, Cut
from codeflow_action.hosts.unfinished import TerminalResults

SO_FAR = Bundle(exit_code=3, outputs={}, summary="found so far")
STOPPED = Cut(exit_code=0, reason="deadline", text="the run was stopped by SIGINT")


@pytest.mark.parametrize(
    ("messages", "code", "out", "err"),
    [
        ([SO_FAR, STOPPED], 130, "found so far\n", "\ncodeflow: the run was stopped by SIGINT\n"),
        ([STOPPED], 130, "", "\ncodeflow: the run was stopped by SIGINT\n"),  # nothing yet
        ([SO_FAR, Bundle(final=True, exit_code=1, outputs={}, summary=""), STOPPED], 1, "", ""),
        (  # a fault in C
            [SO_FAR, Cut(exit_code=70, reason="gate_not_run", text="it died ##[error]x")],
            70,
            "found so far\n",
            "\ncodeflow: it died # #[error]x\n",
        ),
    ],
)
def test_what_there_is_is_shown_once(messages, code, out, err):
    """Fault 13: Ctrl-C ends a review that computes, with what it has found."""
    stdout, stderr = io.StringIO(), io.StringIO()
    unfinished = TerminalResults(stdout=stdout, stderr=stderr)
    for message in messages:
        unfinished.take(message)
    assert unfinished.exit_code == code
    assert stdout.getvalue() == out
    assert stderr.getvalue() == err
