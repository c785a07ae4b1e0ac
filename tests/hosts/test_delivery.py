"""Handing results over: what cannot be written hinders nothing else."""

import io

import pytest

from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.verdict import Decision
from codeflow_action.hosts.delivery import Delivery, Ending
from codeflow_action.hosts.writer import Output, RunnerFiles, Writer
from codeflow_action.run.conclude import bare_report
from codeflow_action.security.redaction import Redactor


def deliver(workspace, output, summary):
    decision = Decision(verdict=Verdict.SKIPPED, reason=Reason.DRAFT, exit_code=0)
    stdout = io.StringIO()
    writer = Writer(
        target=RunnerFiles(output=output, summary=summary, workspace=workspace),
        stdout=Output(stdout),
        stderr=Output(io.StringIO()),
    )
    delivery = Delivery(
        send=writer.take,
        redactor=Redactor(),
        workspace=workspace,
        report_path=".codeflow/report.json",
    )
    delivery.deliver(Ending(report=bare_report(decision, name="codeflow"), summary="as it went"))
    return stdout.getvalue()


@pytest.mark.parametrize("lost", ["output", "summary", "report"])
def test_one_file_that_cannot_be_written_loses_no_other(tmp_path, lost):
    files = {"output": tmp_path / "out", "summary": tmp_path / "sum", "report": tmp_path / "ws"}
    files["report"].mkdir()
    files[lost] = tmp_path / "nowhere" / lost
    said = deliver(files["report"], files["output"], files["summary"])
    assert "could not be written" in said
    assert lost in said
    written = {
        "output": files["output"].is_file(),
        "summary": files["summary"].is_file(),
        "report": (files["report"] / ".codeflow" / "report.json").is_file(),
    }
    assert written == {name: name != lost for name in written}
