"""Says what became of `/codeflow dismiss`: the discussion decides it, as any words there. Pure."""

from codeflow_action.actions.responder.subjects import command_thread
from codeflow_action.engine.action import Task
from codeflow_action.engine.opinions import dismissal_target
from codeflow_action.engine.proposals import Reply
from codeflow_action.engine.standing_dismissals import DISMISSED_PATH, entry_text


def dismissal_answer(task: Task) -> Reply:
    """Return whether the finding is dismissed now, and what would take that back."""
    argument = task.command.argument if task.command else ""
    named_id, reason = dismissal_target(argument)
    thread = command_thread(task)
    finding_id = named_id or (thread.finding_id if thread else "")
    if not finding_id:
        body = (
            "Name a finding by its id of 16 digits, as in `dismiss 0123456789abcdef by design`, or "
            "write `dismiss` in its thread on the diff."
        )
        return Reply(body=body, is_refusal=True)
    entry = task.memory.entries.get(finding_id)
    if task.memory.ledger and entry is None:
        body = f"There is no finding with the id `{finding_id}` on record here."
        return Reply(body=body, is_refusal=True)
    if finding_id not in task.dismissals:
        body = f"`{finding_id}` is not dismissed: this comment could not be read as a whole."
        return Reply(body=body, is_refusal=True)
    title = f" **{entry.title or entry.rule}**" if entry else ""
    return Reply(
        body=f"Dismissed:{title} (`{finding_id}`). It is not open and blocks nothing, as long as "
        "your comment stands.\n\nTo keep it quiet for good, add this below `dismissed:` in "
        f"`{DISMISSED_PATH}` on the branch where the configuration is read:",
        code=entry_text(finding_id, reason),
    )
