"""What a run's notes look like to a reader."""

from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.run.conclude import bare_report

LINKS = Links(server_url="", repository="octo/shop")


def told(*notes):
    decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
    report = bare_report(decision, name="codeflow").model_copy(update={"notes": notes})
    return summary(report, None, LINKS)


def test_without_notes_there_is_no_heading_for_them():
    assert "About this change" not in told()


def test_notes_that_are_not_shown_are_counted():
    twelve = [f"note {at}" for at in range(12)]
    assert "more in the report" not in told(*twelve)
    assert "- note 11\n- 3 more in the report\n" in told(*twelve, "a", "b", "c")
